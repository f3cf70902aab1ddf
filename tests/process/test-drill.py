#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The drill on a running guest: every way out is tried in every jail, and held; a guest that ends in
the midst of it leaves nothing; two at a time are refused."""

import glob
import os
import tempfile

from vitrine_test import VitrineTest, World, image, main

USER = 1500 if os.geteuid() == 0 else os.geteuid()
# It is the guest's way into the host's network; the bait has sockets that it never holds itself.
NEEDED_BY_NET = {"socket-inet", "socket-inet6", "connect-listener", "connect-x11",
                 "send-from-listener", "send-message-from-listener"}
NEEDED_BY_TCG = {"writable-code", "anonymous-code", "protect-code", "shared-code"}


class Drill(VitrineTest):
    def drill(self, guest):
        report = self.world.json("drill", guest.name, timeout=120)
        self.assertEqual(report["open"], 0, report)
        self.assertEqual([j["process"] for j in report["jails"]][:2], ["qemu", "display"])
        for jail in report["jails"]:
            self.assertGreaterEqual(jail["tried"], 80)
            self.assertEqual(len(jail["ways"]), jail["tried"])
        self.assertGreater(sum(j["tried"] for j in report["jails"]), 200)
        return report

    def needed(self, report, of_net):
        return {way["name"] for jail in report["jails"] for way in jail["ways"]
                if way["result"] == "needed" and (jail["process"] == "net") == of_net}

    def test_all_held(self):
        guest = self.start("drilled", image("idle"))
        report = self.drill(guest)
        emulated = guest.show()["accelerator"] == "tcg"
        self.assertEqual(self.needed(report, False), NEEDED_BY_TCG if emulated else set())
        self.assertLessEqual(self.needed(report, True), NEEDED_BY_NET)
        self.assertLessEqual({"socket-inet", "socket-inet6"}, self.needed(report, True))
        text = self.world.ctl("drill", "drilled", timeout=120).out
        self.assertIn("display: ", text)
        self.assertIn("every one is closed", text)
        self.assertEqual(guest.state(), "running")
        self.assertEqual(glob.glob(tempfile.gettempdir() + "/vitrine-drill-*"), [])
        guest.stop()

    def test_guest_ends_first(self):
        guest = self.start("drilled", image("idle"))
        waiting = self.world.spawn("drill", "drilled")
        guest.stop()
        self.assertIn(waiting.finish(60).code, (0, 1))
        self.assertNothingLeft()
        self.assertRefused(self.world.ctl("drill", "drilled", code=None))


class DrillAsUser(Drill):
    def setUp(self):
        self.world = World(USER)
        self.addCleanup(self.clean_up)


if __name__ == "__main__":
    main()
