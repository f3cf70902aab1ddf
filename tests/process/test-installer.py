#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's graphical installer: its first page appears, the pointer and the keyboard move it."""

import os
import sys
import time

from vitrine_test import VitrineTest, main, wait_until

sys.path.insert(0, os.path.dirname(__file__))
from importlib import import_module

installer_folder = import_module("test-media").installer_folder


def light(shot):
    return shot.share(lambda r, g, b: r + g + b > 600)


class Installer(VitrineTest):
    def settled(self, guest):
        """A screenshot, once two in a row are the same."""
        last = [None]

        def same():
            before, last[0] = last[0], guest.screenshot()
            time.sleep(0.2)
            return before and before.raw == last[0].raw and last[0]
        return wait_until(same, 20, "the screen rests")

    def test_reaches_its_screen(self):
        folder = installer_folder()
        self.world.ctl("create", "installer", "--kernel", os.path.join(folder, "linux"), "--initrd",
                       os.path.join(folder, "initrd.gz"), "--cmdline", "vga=788", "--memory", "1G",
                       "--cpus", "2", "--disk", "1G")
        self.world.ctl("start", "installer")
        from vitrine_test import Guest
        guest = Guest(self.world, "installer", self.world.json("list")[0]["uuid"])

        def ready():
            time.sleep(0.5)
            shot = guest.screenshot()
            return shot.width >= 640 and light(shot) > 0.5
        wait_until(ready, 240, "the installer's first page")
        before = self.settled(guest)
        self.world.ctl("send-keys", "installer", "down")
        moved = wait_until(lambda: self.differs(guest, before), 10, "a key moves the selection")
        after = self.settled(guest)
        # A click on a row in the middle of the list selects it.
        self.world.ctl("pointer", "installer", str(moved.width // 2), str(moved.height // 2),
                       "--click")
        wait_until(lambda: self.differs(guest, after), 10, "a click moves the selection")
        self.world.ctl("stop", "installer", "--force")

    def differs(self, guest, before):
        shot = guest.screenshot()
        return shot if shot.raw != before.raw else None


if __name__ == "__main__":
    main()
