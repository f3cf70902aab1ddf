#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The window opens Unix sockets and no other: every socket of its threads, from its start through the
assistant, the file chooser and a guest's console to its end, as the kernel saw them."""
import os
import re
import subprocess
import sys
from pathlib import Path

import iso
from desktop import Application, Atspi, BUILD, Widget, check, leave_console, press, wait

HOME = Path(os.environ["HOME"])
TRACE = HOME / "sockets"


class Traced(Application):
    """vitrine under strace, which lets go of what vitrine executes."""

    def __init__(self):
        self.process = subprocess.Popen(
            ["strace", "-f", "-qq", "-b", "execve", "-o", str(TRACE), "-e",
             "trace=socket,socketpair,connect,execve", str(BUILD / "vitrine")])

    def node(self):
        self.alive()
        desktop = Atspi.get_desktop(0)
        for i in range(desktop.get_child_count()):
            child = desktop.get_child_at_index(i)
            if child is not None and "Vitrine" in (child.get_name() or ""):
                return Widget(child)
        return None


def use(app):
    app.front("Vitrine")
    press("ctrl+n")
    assistant = app.front("New Guest")
    assistant.get(role="push button", name="Choose an ISO File").click()
    chooser = app.front("Choose an ISO File")
    wait("the chooser's focus", lambda: app.focus() is not None)
    chooser.get(role="push button", name="Cancel").click()
    app.no_window("Choose an ISO File")
    assistant.get(name="any.iso").click()
    create = assistant.get(role="push button", name="Create and Start")
    wait("Create to become possible", lambda: create.sensitive)
    create.click()
    page = app.front("any")
    console = page.get(name="Screen of any")
    wait("the guest's picture", lambda: bytes.fromhex("2060a0") in console.colours(11))
    leave_console()
    press("Escape")
    app.front("Vitrine")
    app.quit()


def main():
    (HOME / "Downloads").mkdir()
    boot = (BUILD / "tests" / "guests" / "paint.img").read_bytes()
    (HOME / "Downloads" / "any.iso").write_bytes(iso.make(boot))
    with Traced() as app:
        use(app)
    subprocess.run([str(BUILD / "vitrinectl"), "stop", "--force", "any"], check=True)
    text = TRACE.read_text()
    families = re.findall(r"\b(?:socket|socketpair)\((\w+)", text)
    check(len(families) >= 5, f"the trace saw only {len(families)} sockets")
    check("vitrine-vmm" in text, "the trace did not see the guest's start")
    print(len(families), "sockets:", *sorted(set(families)))
    check(set(families) == {"AF_UNIX"}, f"sockets of other families: {set(families)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
