#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests started and stopped again and again, several at once: each start leaves nothing on the host,
and while they run every kind of remains is found, so that finding none means something."""

import os

import remains
from vitrine_test import VitrineTest, World, image, main, wait_until

GUESTS, ROUNDS = 5, 4
USER = 1500 if os.geteuid() == 0 else os.geteuid()


class Remains(VitrineTest):
    def make(self, n):
        return [self.world.guest(f"guest-{i}", [image("idle")], network__policy="internet",
                                 limits__disk_rate="20000") for i in range(n)]

    def test_none(self):
        guests = self.make(GUESTS)
        for number in range(ROUNDS):
            remains.round_of(self.world, guests)
            wait_until(lambda: not remains.find(self.world, guests), 60,
                       f"nothing is left after round {number + 1}")

    def test_what_runs_is_found(self):
        guests = self.make(1)
        guests[0].start()
        found = remains.find(self.world, guests)
        for kind in ("process", "memfd", "file", "socket", "lock"):
            self.assertTrue([what for what in found if what.startswith(kind)], (kind, found))
        if self.world.json("limits", guests[0].name)["memory"]["enforced"]:
            self.assertTrue([what for what in found if what.startswith("control group")], found)
        guests[0].stop()
        wait_until(lambda: not remains.find(self.world, guests), 60, "nothing is left")


class RemainsAsUser(Remains):
    def setUp(self):
        self.world = World(USER)
        self.addCleanup(self.clean_up)


if __name__ == "__main__":
    main()
