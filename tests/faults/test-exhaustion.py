#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Descriptors, processes and memory exhausted for those who start a guest: each start either comes up and
keeps its records, or fails with a sentence and is undone."""

import os

from records import RecordsTest, main
from starting import Start
from vitrine_test import POPENS


class Exhaustion(RecordsTest):
    def try_start(self, limit):
        """Whether the guest came up with that limit (as of prlimit) for vmm and all below it."""
        start = Start(self, prefix=("prlimit", f"--{limit}"))
        POPENS.add(start.vmm.pid)
        try:
            ready = start.wait_line("ready")
            if ready:
                self.note()
                self.guest.stop()
            else:
                # GLib ends a program that has no memory left: then there is no last line, and
                # vitrinectl says so.
                last = start.lines[-1] if start.lines else ""
                self.assertTrue(last.startswith(("failed ", "step ")) or not last, start.lines)
                if last.startswith("failed "):
                    self.assertGreater(len(last), 20, last)
            start.close()
        finally:
            POPENS.discard(start.vmm.pid)
        self.check_all_gone()
        return ready

    def try_all(self, name, values):
        came_up = []
        for value in values:
            with self.subTest(limit=name, value=value):
                came_up.append(self.try_start(f"{name}={value}:{value}"))
        self.assertFalse(came_up[0], "the smallest of all is too small")
        self.assertTrue(came_up[-1], "the largest of all is enough")
        self.check_next_start()
        self.guest.stop()

    def test_descriptors(self):
        self.try_all("nofile", (8, 12, 16, 24, 32, 48, 1024))

    def test_memory(self):
        mib = 1 << 20
        self.try_all("as", (32 * mib, 96 * mib, 160 * mib, 320 * mib, 640 * mib, 65536 * mib))


class Processes(Exhaustion):
    """Of a user: root has no such limit."""

    user = 61500
    test_descriptors = test_memory = None

    def test_processes(self):
        if os.geteuid() != 0:
            self.user = os.geteuid()
        self.try_all("nproc", (1, 3, 5, 8, 12, 4096))


if __name__ == "__main__":
    main()
