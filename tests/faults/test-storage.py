#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The file system below a guest's disk is full, its quota used up, or its disk fails: the guest pauses,
the state says which file it is and what to do, and "vitrinectl resume" goes on where it stopped. No
record that was acknowledged is lost, and none is refused to the guest."""

import errno
import os
import subprocess

from faultfs import mount, own_mounts, put_on_faults, unmount
from records import RecordsTest, main


class Full(RecordsTest):
    def test_disk_full(self):
        folder = self.world.path("small")
        os.mkdir(folder)
        mount("tmpfs", folder, "size=3m,mode=755")
        self.addCleanup(unmount, folder)
        disk = self.make_disk(os.path.join(folder, "small.qcow2"))
        self.disk, self.guest = disk, self.make_guest("small", disk)
        self.guest.start()
        words = ("full", disk, "resume the guest")
        self.paused(*words)
        # Without any space it pauses again, as often as one tries.
        self.resume_in_vain(*words)
        subprocess.run(["mount", "-o", "remount,size=64m", folder], check=True)
        self.goes_on()
        self.guest.stop()
        self.check_next_start()
        self.guest.stop()
        self.check_all_gone()

    def test_data_folder_full(self):
        """Where definitions are kept nothing can be written: what was is kept, and guests start."""
        self.guest.start()
        self.run_on()
        self.guest.stop()
        folder = self.guest.folder()
        copy = self.world.path("copy")
        os.rename(folder, copy)
        os.mkdir(folder, 0o700)
        mount("tmpfs", folder, "size=256k,mode=700")
        self.addCleanup(unmount, folder)
        subprocess.run(["cp", "-a", copy + "/.", folder], check=True)
        before = self.definition()
        subprocess.run(["dd", "if=/dev/zero", "of=" + os.path.join(folder, "filler"), "bs=4k"],
                       check=False, capture_output=True)
        refused = self.world.ctl("set", "keeper", "guest.memory=80", code=1)
        self.assertRefused(refused, "guest.conf", "No space left on device")
        self.assertEqual(self.definition(), before)
        self.check_next_start()
        self.guest.stop()
        self.check_all_gone()


class Failing(RecordsTest):
    def setUp(self):
        super().setUp()
        put_on_faults(self, self.disk)
        self.guest.start()
        self.run_on()

    def fail_and_go_on(self, number, *words):
        self.fs.write_error = number
        self.paused(self.disk, "resume the guest", *words)
        self.assertGreater(self.fs.refused, 0)
        self.fs.write_error = 0
        self.goes_on()
        self.guest.stop()
        self.check_next_start()
        self.guest.stop()
        self.check_all_gone()

    def test_io_error(self):
        self.fail_and_go_on(errno.EIO, "could not be written")

    def test_quota(self):
        self.fail_and_go_on(errno.EDQUOT, "quota")

    def test_flush_fails(self):
        """What was not flushed may be lost: QEMU flushes no more, so nothing more is acknowledged."""
        self.fs.flush_error = errno.EIO
        self.paused(self.disk, "brought to safety", "force it off")
        self.fs.flush_error = 0
        refused = self.world.ctl("resume", self.guest.name, code=1)
        self.assertIn("force it off", refused.err)
        self.assertEqual(self.guest.state(), "paused")
        self.guest.stop()
        self.check_all_gone()
        self.check_next_start()
        self.guest.stop()


if __name__ == "__main__":
    own_mounts()
    main()
