#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The drill on a running guest, as root and as a user, with and without user namespaces: every way out
is tried in every jail, and held; nonsense on the supervisor's own channels costs who speaks it; a guest
that ends in the midst of it leaves nothing."""

import os
import shutil
import tempfile

from vitrine_test import VitrineTest, Without, image, main

USER = 61502 if os.geteuid() == 0 else os.geteuid()  # whose processes are bounded in number
# It is the guest's way into the host's network; the bait has sockets that it never holds itself.
NEEDED_BY_NET = {"socket-inet", "socket-inet6", "connect-listener", "connect-x11",
                 "send-from-listener", "send-message-from-listener"}
NEEDED_BY_TCG = {"writable-code", "anonymous-code", "protect-code", "shared-code"}
NEEDED_BY_DISKS = {"fill-disk"}
# Only a control group stops these, but for threads, which a user namespace stops as well.
UNBOUNDED = {"thread-bomb", "memory-bomb"}
# Who is no jailed process: nonsense is all that they have.
PEERS = ("nbd-server", "user")


class Drill(VitrineTest):
    """One drill of each world, judged by all that it says."""

    def setUp(self):
        self.world = Without(self.uid)
        self.addCleanup(self.clean_up)
        # Where vmm lays its bait, whatever user it has become.
        self.bait = self.world.env["TMPDIR"] = tempfile.mkdtemp(prefix="vt-bait-")
        self.addCleanup(shutil.rmtree, self.bait)
        os.chmod(self.bait, 0o1777)

    def results(self, *names):
        return {(jail["process"], way["name"]): way["result"] for jail in self.report["jails"]
                for way in jail["ways"] if way["name"] in names}

    def needed(self, of_net):
        return {way["name"] for jail in self.report["jails"] for way in jail["ways"]
                if way["result"] == "needed" and (jail["process"] == "net") == of_net}

    def check_ways(self, guest):
        """Every way is tried in every jail, and closed but for the documented ones."""
        self.assertEqual(self.report["open"], 0, self.report)
        self.assertEqual([j["process"] for j in self.report["jails"]],
                         ["qemu", "display", "net", "nbd", "qemu-img", *PEERS])
        for jail in self.report["jails"]:
            self.assertGreaterEqual(jail["tried"], 20 if jail["process"] in PEERS else 110)
            self.assertEqual(len(jail["ways"]), jail["tried"])
        self.assertGreater(self.report["tried"], 550)
        emulated = guest.show()["accelerator"] == "tcg"
        self.assertEqual(self.needed(False), NEEDED_BY_DISKS | (NEEDED_BY_TCG if emulated else set()))
        self.assertLessEqual(self.needed(True), NEEDED_BY_NET)
        self.assertLessEqual({"socket-inet", "socket-inet6"}, self.needed(True))

    def check_exhaustion(self):
        """Held, or said not to be where this host gives no control group."""
        grouped = self.world.json("limits", "drilled")["memory"]["enforced"]
        allowed = {"refused", "killed", "bounded" if grouped else "unbounded"}
        for way, result in self.results(*UNBOUNDED).items():
            self.assertIn(result, allowed, way)
        self.assertEqual(self.results("memory-bomb")["net", "memory-bomb"], "refused")  # its own limit
        held = self.results("fork-bomb", "descriptor-bomb", "many-descriptors")
        self.assertEqual(len(held), 15)
        self.assertLessEqual(set(held.values()), {"refused", "killed"}, held)
        disks = self.results("fill-disk")
        self.assertEqual({disks[process, "fill-disk"] for process in ("display", "net", "nbd")},
                         {"refused"})
        if self.world.json("doctor")["layers"][0]["level"] == "green":  # namespaces
            self.assertEqual(set(self.results("thread-bomb").values()), {"refused"})

    def check_nonsense(self, guest):
        """Spoken to vmm on each channel, it costs who speaks it, and is logged."""
        said = {jail["process"]: [way["name"] for way in jail["ways"] if way.get("error") == "EPROTO"]
                for jail in self.report["jails"]}
        self.assertEqual({process: len(names) for process, names in said.items()},
                         {"qemu": 28, "display": 49, "net": 5, "nbd": 8, "qemu-img": 16, "nbd-server": 29, "user": 28})
        log = guest.log()
        for process, names in said.items():
            for name in names:
                self.assertIn(f"the stand-in for {process} spoke nonsense ({name}) and was ended", log)

    def test_all_held(self):
        guest = self.start("drilled", image("idle"), network__policy="internet")
        before = {role: guest.process(role).pid for role in ("vmm", "qemu", "display")}
        memory = int(guest.process("vmm").status("VmRSS")[0])
        self.report = self.world.json("drill", "drilled", timeout=120)
        self.check_ways(guest)
        self.check_exhaustion()
        self.check_nonsense(guest)
        # The guest did not notice.
        self.assertEqual({role: guest.process(role).pid for role in before}, before)
        self.assertEqual(guest.state(), "running")
        guest.screenshot()
        self.assertLess(int(guest.process("vmm").status("VmRSS")[0]) - memory, 32 << 10)
        self.assertEqual(os.listdir(self.bait), [])
        guest.stop()


class DrillInWords(VitrineTest):
    def test_words(self):
        guest = self.start("drilled", image("idle"))
        text = self.world.ctl("drill", "drilled", timeout=120).out
        for word in ("qemu: ", "display: ", "net: ", "qemu-img: ", "ways out were tried", "fill-disk"):
            self.assertIn(word, text)
        guest.stop()

    def test_guest_ends_first(self):
        guest = self.start("drilled", image("idle"))
        waiting = self.world.spawn("drill", "drilled")
        guest.stop()
        self.assertIn(waiting.finish(60).code, (0, 1))
        self.assertNothingLeft(30)
        self.assertRefused(self.world.ctl("drill", "drilled", code=None))


class DrillAsUser(Drill):
    uid = USER


class DrillWithoutNamespaces(Drill):
    """As in a container, where nobody may make namespaces: Landlock and seccomp have to do."""

    def setUp(self):
        super().setUp()
        self.world.layer = "user"


class DrillAsUserWithoutNamespaces(DrillWithoutNamespaces):
    uid = USER


if __name__ == "__main__":
    main()
