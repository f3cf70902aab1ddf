#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Limits that need no control group: of disks, by QEMU's own word, and of descriptors, by the
kernel's; before the start and while the guest runs. What this host cannot hold is said. Changes of
several kinds at once are in force together, or none of them."""

import json
import socket

from vitrine_test import VitrineTest, image, main


class Limits(VitrineTest):
    def throttle(self, guest):
        reply = json.loads(self.world.ctl("monitor", guest.name, json.dumps(
            {"execute": "qom-get", "arguments": {
                "path": "/objects/disk-limits", "property": "limits"}})).out)["return"]
        return reply["bps-total"], reply["iops-total"]

    def descriptors(self, guest):
        for line in guest.process("qemu").read("limits").splitlines():
            if line.startswith("Max open files"):
                return int(line.split()[3])
        raise AssertionError("no limit of open files")

    def test_from_the_definition(self):
        guest = self.start("held", image("idle"), limits__disk_rate=5000, limits__disk_iops=70,
                           limits__descriptors=300)
        self.assertEqual(self.throttle(guest), (5000000, 70))
        self.assertEqual(self.descriptors(guest), 300)
        guest.stop()

    def test_while_it_runs(self):
        guest = self.start("held", image("idle"))
        self.assertEqual(self.throttle(guest), (0, 0))
        before = self.descriptors(guest)
        self.world.ctl("limits", "held", "disk-rate=20M", "disk-iops=500", "descriptors=256")
        self.assertEqual(self.throttle(guest), (20 * 1024 * 1024 // 1000 * 1000, 500))
        self.assertEqual(self.descriptors(guest), 256)
        shown = self.world.json("limits", "held")
        self.assertEqual(shown["disk-iops"], {"value": 500, "enforced": True})
        # It stays, and can be lifted.
        guest.stop()
        guest.start()
        self.assertEqual(self.throttle(guest)[1], 500)
        self.world.ctl("set", "held", "limits.disk-iops=0", "limits.descriptors=0")
        self.assertEqual(self.throttle(guest)[1], 0)
        self.assertEqual(self.descriptors(guest), before)
        guest.stop()

    def test_all_kinds_at_once(self):
        guest = self.start("held", image("idle"), network__policy="internet")
        self.world.ctl("set", "held", "clipboard.policy=both", "network.policy=lan",
                       "network.rate-out=700", "limits.disk-iops=40", "limits.disk-rate=900")
        self.assertEqual(self.throttle(guest), (900000, 40))
        state = self.world.json("network", "held")
        self.assertEqual((state["policy"], state["rate-out"], state["rate-in"]), ("lan", 700, 0))
        with open(guest.folder("guest.conf"), encoding="utf-8") as file:
            written = file.read()
        for line in ("policy=both", "policy=lan", "rate-out=700", "disk-iops=40", "disk-rate=900"):
            self.assertIn(line + "\n", written)

        # The network is asked last and refuses: what was in force before it is taken back.
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            self.assertRefused(self.world.ctl(
                "set", "held", "limits.disk-iops=50", "clipboard.policy=off", "network.dns=1.1.1.1",
                f"network.forward=tcp:{port}:80", code=1), "another program has this port")
        self.assertEqual(self.throttle(guest), (900000, 40))
        self.assertRefused(self.world.ctl("set", "held", "limits.disk-iops=50", "guest.memory=99",
                                          code=1), "is running")
        self.assertEqual(self.throttle(guest), (900000, 40))
        with open(guest.folder("guest.conf"), encoding="utf-8") as file:
            self.assertEqual(file.read(), written)

        # The file already says so, the guest not yet: what is asked for is said all the same.
        with open(guest.folder("guest.conf"), "w", encoding="utf-8") as file:
            file.write(written.replace("disk-iops=40", "disk-iops=60"))
        self.world.ctl("set", "held", "limits.disk-iops=60")
        self.assertEqual(self.throttle(guest), (900000, 60))
        guest.stop()

    def test_refused(self):
        guest = self.start("held", image("idle"))
        for wrong in ("cpu=1", "descriptors=5", "memory=1"):
            self.assertRefused(self.world.ctl("limits", "held", wrong, code=1))
        for wrong in ("ram=5", "disk-rate=x"):
            self.assertEqual(self.world.ctl("limits", "held", wrong, code=2).out, "")
        self.assertEqual(self.throttle(guest), (0, 0))
        # What only a control group could hold is refused where there is none, by name.
        if not self.world.json("limits", "held")["cpu"]["enforced"]:
            self.assertRefused(self.world.ctl("limits", "held", "cpu=50", code=1), "processor time")
            self.assertIn("memory and processes do not", self.world.ctl("limits", "held").out)
        guest.stop()


if __name__ == "__main__":
    main()
