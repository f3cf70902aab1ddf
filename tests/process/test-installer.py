#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's graphical installer: its first page appears, the pointer and the keyboard move it."""

import os
import subprocess
import time
from importlib import import_module

from vitrine_test import SOURCE, Guest, VitrineTest, main, wait_until

installer_folder = import_module("test-media").installer_folder


def changed(before, after):
    """The share of points that differ between two screenshots."""
    count = total = 0
    for y in range(0, before.height, 2):
        one, two = before.row(y), after.row(y)
        for x in range(0, before.pitch, before.step * 2):
            total += 1
            count += one[x:x + 3] != two[x:x + 3]
    return count / total


class Installer(VitrineTest):
    def settled(self, guest):
        """A screenshot, once two in a row are the same."""
        last = [None]

        def same():
            before, last[0] = last[0], guest.screenshot()
            time.sleep(0.3)
            return before and before.raw == last[0].raw and last[0]
        return wait_until(same, 20, "the screen rests")

    def moved(self, guest, before, what):
        """Waits until another row is selected: a little of the screen differs, not all of it."""
        wait_until(lambda: guest.screenshot().raw != before.raw, 15, what)
        after = self.settled(guest)
        share = changed(before, after)
        self.assertTrue(0.001 < share < 0.3, f"{what}: {share:.2%} of the screen changed")
        return after

    def test_reaches_its_screen(self):
        folder = installer_folder()
        self.world.ctl("create", "installer", "--kernel", os.path.join(folder, "linux"), "--initrd",
                       os.path.join(folder, "initrd.gz"), "--cmdline", "vga=788", "--memory", "1G",
                       "--cpus", "2", "--disk", "1G")
        self.world.ctl("start", "installer")
        guest = Guest(self.world, "installer", self.world.json("list")[0]["uuid"])
        waited = subprocess.run(
            [os.path.join(SOURCE, "build-aux/wait-for-installer"),
             os.path.join(self.world.programs, "vitrinectl"), "installer",
             self.world.path("installer.png"), "800"], env=self.world.env, check=False)
        self.assertEqual(waited.returncode, 0, self.world.logs())
        first = self.settled(guest)
        self.world.ctl("send-keys", "installer", "down")
        second = self.moved(guest, first, "a key moves the selection")
        self.world.ctl("pointer", "installer", str(second.width // 2), str(second.height // 2),
                       "--click")
        self.moved(guest, second, "a click moves the selection")
        self.world.ctl("stop", "installer", "--force")


if __name__ == "__main__":
    main()
