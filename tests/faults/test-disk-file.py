#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The disk's file deleted, replaced, moved or cut off while the guest that uses it runs: vitrinectl says
what has happened and what to do, and that works; the next start says so if it finds another file."""

import os
import re
import shutil
import signal
import subprocess

from records import PATIENCE, WRITING, RecordsTest, count_records, main
from vitrine_test import wait_until


class DiskFile(RecordsTest):
    user = 1500

    def setUp(self):
        super().setUp()
        self.guest.start()
        self.run_on()

    def told(self, *words):
        """Waits until the guest's state says so."""
        wait_until(lambda: all(word in self.guest.show()["state-reason"] for word in words), PATIENCE,
                   f"the state says {words}: {self.guest.show()['state-reason']}")
        text = self.guest.show()["state-reason"]
        self.assertIn(self.disk, text)
        self.assertIn(text, self.world.ctl("show", "keeper").out.replace("\n", " "))
        return text

    def cut_off(self, size, *words):
        """QEMU stands still meanwhile: it would write on, and the file could be as large as before when
        vmm comes to look at it."""
        qemu = self.guest.process("qemu")
        qemu.kill(signal.SIGSTOP)
        with open(self.disk, "r+b") as file:
            file.truncate(size)
        wait_until(lambda: "was made shorter" in self.guest.log(), PATIENCE, "vmm has seen it")
        qemu.kill(signal.SIGCONT)
        self.told("was made shorter", *words)
        self.guest.wait_state("paused", PATIENCE)

    def rescue(self, text):
        """Does what the sentence says."""
        self.run_on()
        self.world.ctl("pause", "keeper")
        self.note()
        command = re.search("'(cp [^']*) NEWFILE'", text).group(1)
        saved = self.world.path("saved.qcow2")
        subprocess.run([*command.split(), saved], check=True)
        self.world.own(saved)
        self.guest.stop()
        self.check_all_gone()
        return saved

    def test_deleted(self):
        os.unlink(self.disk)
        saved = self.rescue(self.told("was deleted"))
        self.assertRefused(self.guest.start(code=1), self.disk, "Put it back")
        os.rename(saved, self.disk)
        self.check_next_start()

    def test_replaced(self):
        other = self.make_disk(self.world.path("other.qcow2"))
        os.rename(other, self.disk)
        saved = self.rescue(self.told("was replaced by another file", "next start"))
        # Not silently: the next start says that it is another file, once.
        started = self.guest.start()
        self.assertIn("another file than at the last start", started.err)
        self.told("another file than at the last start")
        self.square(0, lambda pixel: pixel == WRITING)
        self.assertEqual(self.square(2, lambda pixel: True), 0)
        self.guest.stop()
        os.replace(saved, self.disk)
        self.assertIn("another file", self.guest.start().err)
        self.guest.stop()
        self.assertNotIn("another file", self.guest.start().err)
        self.assertEqual(self.guest.show()["state-reason"], "")
        self.guest.stop()
        self.check_next_start()

    def test_moved(self):
        away = self.world.path("away.qcow2")
        os.rename(self.disk, away)
        self.told("was moved or renamed", "Nothing is lost")
        self.run_on()
        os.rename(away, self.disk)
        wait_until(lambda: self.guest.show()["state-reason"] == "", PATIENCE, "it is well again")
        self.guest.stop()
        self.check_next_start()

    def test_touched(self):
        """What does not matter is not told of."""
        os.utime(self.disk)
        os.chmod(self.disk, 0o660)
        os.link(self.disk, self.world.path("second"))
        with open(self.disk, "r+b"):
            pass
        self.run_on()
        self.world.ctl("pause", "keeper")
        self.assertEqual(self.guest.show()["state-reason"], "")
        self.guest.stop()
        self.check_disk()

    def test_cut_off(self):
        copy = self.world.path("copy.qcow2")
        self.world.ctl("pause", "keeper")
        self.note()
        shutil.copyfile(self.disk, copy)
        self.world.ctl("resume", "keeper")
        self.cut_off(1 << 17, "restore the image from a copy")
        self.guest.stop()
        self.check_all_gone()
        shutil.copyfile(copy, self.disk)
        self.check_next_start()


class RootsDiskFile(RecordsTest):
    """Of root, whose vmm is root no more when it looks at the name."""

    def test_deleted(self):
        self.guest.start()
        self.run_on()
        os.unlink(self.disk)
        wait_until(lambda: "was deleted" in self.guest.show()["state-reason"], PATIENCE, "it says so")
        self.run_on()
        self.guest.stop()
        self.check_all_gone()


class RawDiskFile(DiskFile):
    format = "raw"
    test_deleted = test_replaced = test_moved = test_touched = None  # alike

    def test_cut_off(self):
        """Of a raw image what lies before the cut is still there."""
        self.run_on(8)
        self.cut_off(4 << 16)
        self.guest.stop()
        with open(self.disk, "rb") as file:
            self.assertGreaterEqual(count_records(file.fileno()), 4)


if __name__ == "__main__":
    main()
