#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs in the lab, where control groups can be made: a busy guest gets the processor time that it
may have and no more, one that wants more memory than its ceiling is ended and says why, and no group
is left behind."""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../process"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../guests"))

from linux_guest import KERNEL, InitialRamDisk  # noqa: E402
from vitrine_test import VitrineTest, image, main, wait_until  # noqa: E402

SECONDS = 20  # of measuring


class Limits(VitrineTest):
    def group(self, guest, name):
        with open(f"/sys/fs/cgroup/vitrine-{guest.uuid}/guest/{name}", encoding="ascii") as file:
            return file.read()

    def clean_up(self):
        super().clean_up()
        wait_until(lambda: not [n for n in os.listdir("/sys/fs/cgroup") if n.startswith("vitrine-")],
                   5, "no control group is left")

    def used(self, guest):
        """Microseconds of processor time so far."""
        return int(self.group(guest, "cpu.stat").split()[1])

    def share(self, guest):
        """Per cent of one processor over SECONDS."""
        begin, used = time.monotonic(), self.used(guest)
        time.sleep(SECONDS)
        return (self.used(guest) - used) / 1e4 / (time.monotonic() - begin)

    def test_processor(self):
        guest = self.world.guest("busy", [image("full")], limits__cpu=50)
        guest.start()
        procs = {int(pid) for pid in self.group(guest, "cgroup.procs").split()}
        self.assertTrue({guest.process("qemu").pid, guest.process("display").pid} <= procs)
        share = self.share(guest)
        print(f"a busy guest at 50 % of a processor: {share:.1f} %")
        self.assertLess(abs(share - 50), 3)
        self.world.ctl("limits", "busy", "cpu=20")
        share = self.share(guest)
        print(f"changed to 20 % while it runs: {share:.1f} %")
        self.assertLess(abs(share - 20), 3)
        guest.stop()

    def test_memory(self):
        ram = InitialRamDisk()
        # One buffer of most of its memory, filled.
        ram.set_init("dd if=/dev/zero of=/dev/null bs=400M count=1; sleep 1000")
        initrd = ram.write(self.world.path("ram"))
        guest = self.world.guest("greedy", boot__kernel=KERNEL, boot__initrd=initrd,
                                 boot__cmdline="quiet", guest__memory=512,
                                 limits__memory=300)
        guest.start()
        wait_until(lambda: guest.state() == "stopped", 60, "the kernel has ended the guest")
        self.assertIn("ceiling of 300 MiB", guest.log())

    def test_report(self):
        guest = self.start("watched", image("idle"))
        rows = self.world.json("isolation", "watched")["rows"]
        groups = [row for row in rows if row["layer"] == "cgroup" and row["process"] != "vmm"]
        self.assertEqual({row["level"] for row in groups}, {"green"}, groups)
        self.assertEqual(int(self.group(guest, "memory.max")), (64 + 640) << 20)
        guest.stop()


if __name__ == "__main__":
    main()
