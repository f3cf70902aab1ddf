#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A Linux guest with a file system of its own goes through it all: its processes are killed in turn, it is
paused, stopped by force and by its power button, the host's disk fills up and fails. After each it goes on
or starts anew, and every record that fsync or O_DSYNC made durable is there, in a sound file system."""

import errno
import os
import signal
import subprocess

from faultfs import mount, own_mounts, put_on_faults, unmount
from linux_records import LinuxRecordsTest
from records import PATIENCE, main
from vitrine_test import read_process, wait_until


class Killed(LinuxRecordsTest):
    def kill(self, role):
        victim = self.guest.process(role)
        victim.kill()
        victim.wait_gone(PATIENCE)

    def halt_and_go_on(self):
        qemu = self.guest.process("qemu")
        qemu.kill(signal.SIGSTOP)
        wait_until(lambda: read_process(qemu.pid).state == "T", PATIENCE, "QEMU is stopped")
        qemu.kill(signal.SIGCONT)
        self.run_on()
        self.world.ctl("pause", "keeper")
        self.world.ctl("resume", "keeper")
        self.run_on()

    def test_all(self):
        self.guest.start()
        self.run_on()
        self.assertFalse(self.had_journal())
        for role in ("display", "net"):  # the guest does not notice
            self.kill(role)
            self.run_on()
        self.halt_and_go_on()
        for role in ("qemu", "vmm"):
            self.kill(role)
            self.check_all_gone()
            self.check_next_start()
            self.assertTrue(self.had_journal())
        self.world.ctl("stop", "keeper", "--force")
        self.check_all_gone()
        self.check_next_start()
        self.assertTrue(self.had_journal())
        self.world.ctl("stop", "keeper", "--timeout", "120", timeout=150)
        self.check_all_gone()
        # It has unmounted its file system: nothing is to be replayed.
        self.check_next_start()
        self.assertFalse(self.had_journal())
        self.guest.stop()
        self.check_all_gone()


class Failing(LinuxRecordsTest):
    def setUp(self):
        super().setUp()
        # A disk that can fail, on a file system that can be full.
        self.small = self.world.path("small")
        os.mkdir(self.small)
        mount("tmpfs", self.small, "size=512m,mode=700")
        self.addCleanup(unmount, self.small)
        backing = os.path.join(self.small, "disk")
        os.rename(self.disk, self.disk + ".away")
        subprocess.run(["cp", "--sparse=always", self.disk + ".away", backing], check=True)
        put_on_faults(self, backing)

    def resize(self, size):
        return subprocess.run(["mount", "-o", f"remount,size={size}", self.small], check=False,
                              capture_output=True).returncode == 0

    def fill(self):
        """Leaves half a mebibyte; again if the guest has taken more meanwhile."""
        def shrink():
            status = os.statvfs(self.small)
            return self.resize((status.f_blocks - status.f_bfree) * status.f_frsize + (1 << 19))

        wait_until(shrink, PATIENCE, "the host's disk is made small")

    def test_all(self):
        self.guest.start()
        self.run_on()
        self.fill()
        self.paused(self.disk, "full", "resume the guest")
        self.assertTrue(self.resize("512m"))
        self.goes_on()
        self.fs.write_error = errno.EIO
        self.paused(self.disk, "could not be written", "resume the guest")
        self.fs.write_error = 0
        self.goes_on()
        # Paused by a disk that fails, and ended there.
        self.fs.write_error = errno.EIO
        self.paused(self.disk, "could not be written")
        self.guest.stop()
        self.fs.write_error = 0
        self.check_all_gone()
        self.check_next_start()
        self.guest.stop()
        self.check_all_gone()


if __name__ == "__main__":
    own_mounts()
    main()
