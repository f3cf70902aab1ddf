#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9 of each process of a guest at every moment of its start and while it runs: no process, no
socket is left, the list is right, the next start works."""

import random
import time

from vitrine_test import VitrineTest, descendants, image, main, wait_until

SQUARE = 0xf0c020


class Kill(VitrineTest):
    def setUp(self):
        super().setUp()
        self.guest = self.world.guest("victim", [image("paint")])

    def shows_picture(self):
        with self.guest.glass() as glass:
            glass.wait_pixel(0, 0, lambda pixel: pixel == SQUARE)

    def after(self, ctl, sockets_may_stay=False):
        """Whatever died: either the start failed plainly and nothing is left, or the guest runs (its
        display may have been replaced) and can be stopped. Then the next start works."""
        result = ctl.finish(30) if ctl else None
        state = self.guest.state()
        self.assertIn(state, ("running", "stopped", "failed", "stopping"), repr(result))
        if result and result.code == 1:
            self.assertRefused(result)
        if state != "stopped":
            self.world.ctl("stop", "victim", "--force", code=None)
        if sockets_may_stay:
            wait_until(lambda: not descendants(), 3, "no process is left")
        else:
            self.assertNothingLeft()
        wait_until(lambda: self.guest.state() == "stopped", 3, "the list says stopped")
        self.guest.start()
        self.assertEqual(self.guest.state(), "running")
        self.shows_picture()
        self.guest.stop()
        self.assertNothingLeft()

    def start_and_kill(self, pick, delay, **more):
        """Kills what `pick` chooses of the processes, `delay` seconds after it first can."""
        ctl = self.world.spawn("start", "victim")
        end = time.monotonic() + 5
        while ctl.popen.poll() is None and time.monotonic() < end and not pick(descendants()):
            pass
        until = time.monotonic() + delay
        while time.monotonic() < until:
            pass
        for process in pick(descendants()):
            process.kill()
        self.after(ctl, **more)

    def test_each_role_while_starting(self):
        for role in ("vmm", "bwrap", "jail", "qemu", "display"):
            for delay in (0, 0.01, 0.04):
                with self.subTest(role=role, delay=delay):
                    self.start_and_kill(lambda found: [p for p in found if p.role == role][:1],
                                        delay)

    def test_anybody_at_any_time(self):
        order = random.Random(2)
        for number in range(20):
            delay = number * 0.008
            with self.subTest(delay=delay):
                self.start_and_kill(
                    lambda found: order.sample(found, 1) if found else [], delay)

    def test_everybody_at_once(self):
        """Nobody is left to remove the sockets; they mislead nobody, and the next start does."""
        for delay in (0.02, 0.06, 0.12):
            with self.subTest(delay=delay):
                self.start_and_kill(lambda found: found, delay, sockets_may_stay=True)

    def test_command_killed(self):
        """vitrinectl dies while it waits: the start goes on or is undone, nothing between."""
        for delay in (0.005, 0.03, 0.08):
            with self.subTest(delay=delay):
                ctl = self.world.spawn("start", "victim")
                time.sleep(delay)
                ctl.popen.kill()
                ctl.finish(5)
                wait_until(lambda: self.guest.state() == "running" or not descendants(), 10,
                           "the start is settled, or never began")
                self.after(None)

    def test_each_while_running(self):
        self.guest.start()
        pids = [process.pid for process in self.guest.processes()]
        self.guest.stop()
        roles = range(len(pids))
        for number in roles:
            self.guest.start()
            found = self.guest.processes()
            victim = sorted(found, key=lambda process: process.pid)[min(number, len(found) - 1)]
            with self.subTest(victim=repr(victim)):
                victim.kill()
                victim.wait_gone(2)
                if victim.role == "vmm" or victim.role == "qemu":
                    wait_until(lambda: self.guest.state() != "running" or self.is_well(), 5,
                               "the death is noticed")
                self.after(None)

    def is_well(self):
        """A supervisor's helper may die without harm: then everything else must live."""
        roles = [process.role for process in self.guest.processes()]
        return all(role in roles for role in ("vmm", "qemu", "display"))

    def test_vmm_dies_everything_dies(self):
        self.guest.start()
        found = self.guest.processes()
        self.guest.process("vmm").kill()
        for process in found:
            process.wait_gone(1)
        self.assertNothingLeft()
        self.assertEqual(self.world.json("list")[0]["state"], "stopped")

    def test_qemu_dies_everything_ends(self):
        self.guest.start()
        self.guest.process("qemu").kill()
        wait_until(lambda: self.guest.state() in ("stopped", "failed"), 5, "its end is noticed")
        self.world.ctl("stop", "victim", "--force", code=None)
        self.assertNothingLeft()
        self.assertIn("QEMU", self.guest.log())


if __name__ == "__main__":
    main()
