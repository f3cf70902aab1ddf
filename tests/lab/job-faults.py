#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs in the lab, whose kernel keeps quotas of disk space: a guest that keeps records
(tests/faults/records.py) uses up its owner's. And whose clock is ours to set (clock_job.py)."""

import ctypes
import os
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../faults"))

from clock_job import Clock  # noqa: E402, F401
from records import RecordsTest, main  # noqa: E402

LIBC = ctypes.CDLL(None, use_errno=True)
Q_SETQUOTA, USRQUOTA, QIF_BLIMITS = 0x800008, 0, 1  # include/uapi/linux/quota.h
MIB = 1 << 20


class Quota(RecordsTest):
    """Of the disk image's owner, on an ext4."""

    user = 1500

    def set_quota(self, mib):
        limits = struct.pack("=8QI4x", mib * 1024, mib * 1024, 0, 0, 0, 0, 0, 0, QIF_BLIMITS)
        if LIBC.quotactl(Q_SETQUOTA << 8 | USRQUOTA, self.device.encode(), self.user, limits) != 0:
            raise OSError(ctypes.get_errno(), "quotactl")

    def setUp(self):
        super().setUp()
        image, self.folder = self.world.path("home.img"), self.world.path("home-of-all")
        with open(image, "wb") as file:
            file.truncate(128 * MIB)
        subprocess.run(["mke2fs", "-q", "-t", "ext4", "-O", "quota", "-E", "quotatype=usrquota", image],
                       check=True)
        self.device = subprocess.run(["losetup", "--find", "--show", image], check=True,
                                     capture_output=True, text=True).stdout.strip()
        self.addCleanup(subprocess.run, ["losetup", "--detach", self.device], check=True)
        os.mkdir(self.folder)
        subprocess.run(["mount", "-o", "usrquota", self.device, self.folder], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.folder], check=True)
        self.world.own(self.folder)

    def test_quota(self):
        self.disk = self.make_disk(os.path.join(self.folder, "records.qcow2"))
        self.guest = self.make_guest("granted", self.disk)
        self.set_quota(3)
        self.guest.start()
        words = ("quota", self.disk, "resume the guest")
        self.paused(*words)
        # As often as one tries without more being granted.
        self.resume_in_vain(*words)
        self.assertLessEqual(os.stat(self.disk).st_blocks * 512, 3 * MIB)
        self.set_quota(64)
        self.goes_on()
        self.guest.stop()
        self.check_all_gone()
        self.assertGreater(os.stat(self.disk).st_blocks * 512, 3 * MIB)
        self.check_next_start()
        self.guest.stop()
        self.check_all_gone()


if __name__ == "__main__":
    main()
