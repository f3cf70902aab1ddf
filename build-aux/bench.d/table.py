# SPDX-License-Identifier: GPL-2.0-or-later
"""The table: a row a figure, ours beside plain QEMU, the limit and whether it holds."""

HEADS = ("figure", "ours", "plain QEMU", "limit", "", "peers, measured before")


class Table:
    def __init__(self):
        self.rows = []
        self.failed = 0

    def section(self, title):
        self.rows.append((title,))
        print(f"measuring: {title}", flush=True)

    def row(self, what, ours, plain=None, limit=None, unit="", least=False, peers="", digits=1):
        """`limit` is the most that ours may be, or with `least` the least."""
        def text(value):
            return "" if value is None else f"{value:.{digits}f}{unit}"
        mark = ""
        if limit is not None:
            good = ours is not None and (ours >= limit if least else ours <= limit)
            self.failed += not good
            mark = "ok" if good else "MISSED"
        bound = "" if limit is None else f"{'>=' if least else '<='} {limit:.{digits}f}{unit}"
        self.rows.append((what, text(ours), text(plain), bound, mark, peers))

    def broken(self, what, error):
        self.failed += 1
        self.rows.append((what, "", "", "", "MISSED", (str(error).strip() or repr(error)).splitlines()[0][:100]))

    def show(self):
        full = [row for row in self.rows if len(row) > 1] + [HEADS]
        widths = [max(len(row[i]) for row in full) for i in range(len(HEADS))]

        def line(row):
            cells = [row[0].ljust(widths[0])]
            cells += [row[i].rjust(widths[i]) for i in (1, 2, 3)]
            return "  ".join([*cells, row[4].ljust(widths[4]), row[5]]).rstrip()
        print("\n" + line(HEADS))
        for row in self.rows:
            print("\n" + row[0] if len(row) == 1 else line(row))
        print(f"\n{self.failed} of the figures miss their limit" if self.failed
              else "\nevery figure holds its limit")
