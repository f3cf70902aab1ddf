#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs in the lab, where KVM is real: `auto` picks it, guests boot by it in the full jail, as root and
as a user, and nothing of QEMU's memory is writable and executable."""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../process"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../guests"))

from linux_guest import KERNEL, InitialRamDisk  # noqa: E402
from vitrine_test import VitrineTest, World, image, main, wait_until  # noqa: E402

USER = 1500
SQUARE = 0xf0c020  # what the guest "paint" draws
PROOF = b"a Linux guest was here, hypervisor KVM"


class Kvm(VitrineTest):
    def test_full_jail(self):
        """`auto` picks KVM; every layer that this kernel has holds; nothing says emulation."""
        self.assertTrue(self.world.json("doctor")["kvm"]["usable"])
        guest = self.world.guest("painted", [image("paint")], guest__isolation="required")
        if self.world.json("doctor")["landlockAbi"] < 6:  # Debian 12's kernel has 2
            self.assertRefused(guest.start(code=1), "isolation=required", "Landlock: ", "6.12")
            guest = self.world.guest("painted-2", [image("paint")])
        guest.start()
        shown = guest.show()
        self.assertEqual(shown["accelerator"], "kvm")
        self.assertNotIn("emulation", json.dumps(shown))
        self.assertNotIn('"red"', json.dumps(self.world.json("isolation", guest.name)))
        for row in self.world.json("isolation", guest.name)["rows"]:
            if row["layer"] in ("seccomp", "code") and row["process"] != "vmm":
                self.assertEqual(row["level"], "green", row)
            if row["layer"] == "landlock":
                self.assertNotIn("proved", row["text"])
        maps = [line.split() for line in guest.process("qemu").read("maps").splitlines()]
        self.assertGreater(len(maps), 10)
        self.assertEqual([m for m in maps if "w" in m[1] and "x" in m[1]], [])
        with guest.glass() as glass:
            glass.wait_pixel(0, 0, lambda pixel: pixel == SQUARE, timeout=60)
        drill = self.world.json("drill", guest.name, timeout=60)
        opened = {(jail["process"], way["name"], way["result"]) for jail in drill["jails"]
                  for way in jail["ways"] if way["result"] in ("open", "needed")}
        # The network process is on the host's network, and disks grow; nothing else is open by need
        # under KVM.
        self.assertEqual({way for way in opened if way[2] == "open" or
                          way[0] != "net" and way[1] != "fill-disk"}, set())
        self.assertGreater(drill["tried"], 200)
        guest.stop()

    def test_linux_guest(self):
        ram = InitialRamDisk()
        ram.add_modules("virtio_pci", "virtio_blk")
        ram.set_init("""
grep -q "KVM" /sys/devices/system/clocksource/clocksource0/available_clocksource ||
grep -q kvm-clock /sys/devices/system/clocksource/clocksource0/available_clocksource &&
printf "a Linux guest was here, hypervisor KVM" | dd of=/dev/vda conv=fsync
poweroff -f""")
        initrd = ram.write(self.world.path("ram"))
        self.world.own(initrd)
        disk = self.world.file("disk.img", bytes(1 << 20))
        guest = self.world.guest("linux", [{"file": disk, "bus": "virtio"}], boot__kernel=KERNEL,
                                 boot__initrd=initrd, boot__cmdline="quiet", guest__memory=256)
        guest.start()

        def proof():
            with open(disk, "rb") as file:
                return file.read(len(PROOF)) == PROOF
        wait_until(proof, 60, "the guest's record on its disk")
        wait_until(lambda: guest.state() == "stopped", 30, "the guest has switched itself off")


class KvmAsUser(Kvm):
    def setUp(self):
        self.world = World(USER)
        self.addCleanup(self.clean_up)


if __name__ == "__main__":
    main()
