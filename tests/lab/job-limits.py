#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs in the lab, where control groups can be made: a busy guest gets the processor time that it
may have and no more, one that wants more memory than its ceiling is ended and says why, and no group
is left behind. What becomes of a guest whose processes get no more memory is in starved_job.py."""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../process"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../guests"))

from linux_guest import KERNEL, InitialRamDisk  # noqa: E402
from starved_job import Starved  # noqa: E402, F401
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
        # Less where the machine has less to give.
        self.assertTrue(20 < share < 53, share)
        self.world.ctl("limits", "busy", "cpu=20")
        share = self.share(guest)
        print(f"changed to 20 % while it runs: {share:.1f} %")
        self.assertTrue(5 < share < 23, share)
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
        for name in ("memory.max", "memory.swap.max"):
            self.assertEqual(int(self.group(guest, name)), (64 + 640) << 20, name)
        guest.stop()


class Lent(VitrineTest):
    """A group that an administrator gave to a user, who has no systemd: the user's processes are in
    a group below it, and beside that Vitrine makes its own."""
    uid = 1500
    TOP = "/sys/fs/cgroup/lent"

    def write(self, path, text):
        with open(os.path.join(self.TOP, path), "w", encoding="ascii") as file:
            file.write(text)

    def setUp(self):
        super().setUp()
        os.makedirs(os.path.join(self.TOP, "shell"), exist_ok=True)
        for controllers in ("../cgroup.subtree_control", "cgroup.subtree_control"):
            self.write(controllers, "+cpu +memory +pids")
        for folder in ("", "shell"):
            for name in ("", "cgroup.procs", "cgroup.subtree_control"):
                os.chown(os.path.join(self.TOP, folder, name), self.uid, self.uid)
        self.write("shell/cgroup.procs", str(os.getpid()))
        self.addCleanup(self.write, "../cgroup.procs", str(os.getpid()))

    def test_delegated(self):
        guest = self.start("lent", image("full"), limits__cpu=90)
        folder = os.path.join(self.TOP, f"vitrine-{guest.uuid}", "guest")
        with open(os.path.join(folder, "cpu.max"), encoding="ascii") as file:
            self.assertEqual(file.read().split(), ["90000", "100000"])
        with open(os.path.join(folder, "cgroup.procs"), encoding="ascii") as file:
            self.assertIn(guest.process("qemu").pid, map(int, file.read().split()))
        self.world.ctl("limits", "lent", "cpu=20", "memory=900")
        for name in ("memory.max", "memory.swap.max"):
            with open(os.path.join(folder, name), encoding="ascii") as file:
                self.assertEqual(int(file.read()), 900 << 20, name)
        self.assertIn("delegated to you", self.world.ctl("limits", "lent").out)
        layer = next(layer for layer in self.world.json("doctor")["layers"]
                     if layer["layer"] == "cgroup")
        self.assertEqual(layer["level"], "green")
        self.assertIn("is delegated to you", layer["text"])
        guest.stop()
        wait_until(lambda: not os.path.exists(os.path.dirname(folder)), 5, "the group is gone")


if __name__ == "__main__":
    main()
