#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""SIGSTOP of each process of a guest that keeps records, at each phase of its life. What can be replaced
is; what cannot is said in a sentence, within a bounded time; and "vitrinectl stop --force" always
works, whoever hangs. Nothing is left over then, and no acknowledged record is lost."""

import signal

from records import PATIENCE, RecordsTest, main
from starting import STEPS, Start
from vitrine_test import descendants, read_process, wait_until

ADVICE = ("does not answer", "vitrinectl stop --force")


class Hang(RecordsTest):
    def halt(self, *processes):
        """Stops them, and waits until they are."""
        for process in processes:
            process.kill(signal.SIGSTOP)
            wait_until(lambda process=process: read_process(process.pid).state == "T", PATIENCE,
                       f"{process!r} is stopped")

    def end_by_force(self):
        self.world.ctl("stop", "keeper", "--force", timeout=PATIENCE)
        self.assertEqual(self.guest.state(), "stopped")
        self.check_all_gone()
        self.check_disk()

    def start(self):
        self.guest.start()
        self.run_on()

    def test_vmm(self):
        self.start()
        self.halt(self.guest.process("vmm"))
        # QEMU goes on; who asks is told what hangs and what to do.
        for verb in ("pause", "start"):
            self.assertRefused(self.world.ctl(verb, "keeper", code=1, timeout=PATIENCE), *ADVICE)
        shown = self.guest.show()
        self.assertEqual(shown["state"], "failed")
        self.assertIn("does not answer", shown["state-reason"])
        self.end_by_force()
        self.check_next_start()

    def test_vmm_wakes_up(self):
        """One that was only slow is as before."""
        self.start()
        vmm = self.guest.process("vmm")
        self.halt(vmm)
        self.assertRefused(self.world.ctl("pause", "keeper", code=1, timeout=PATIENCE), *ADVICE)
        vmm.kill(signal.SIGCONT)
        self.assertEqual(self.guest.state(), "running")
        self.run_on()
        self.guest.stop()
        self.check_all_gone()
        self.check_disk()

    def test_vmm_and_janitor(self):
        self.start()
        self.halt(self.guest.process("vmm"), self.guest.process("janitor"))
        self.end_by_force()
        self.check_next_start()

    def test_everybody(self):
        self.start()
        self.halt(*self.guest.processes())
        self.end_by_force()
        self.check_next_start()

    def test_janitor(self):
        """Nobody notices, and it keeps nobody from ending."""
        self.start()
        self.halt(self.guest.process("janitor"))
        self.run_on()
        self.end_by_force()

    def test_vmm_killed_beside_stopped_janitor(self):
        self.start()
        self.halt(self.guest.process("janitor"))
        vmm = self.guest.process("vmm")
        vmm.kill()
        vmm.wait_gone(PATIENCE)
        self.world.ctl("stop", "keeper", "--force", timeout=PATIENCE)
        self.check_all_gone()
        self.check_next_start()

    def test_qemu(self):
        self.start()
        self.halt(self.guest.process("qemu"))
        refused = self.world.ctl("pause", "keeper", code=1, timeout=PATIENCE)
        self.assertRefused(refused, "QEMU", "vitrinectl stop --force")
        self.end_by_force()
        self.check_next_start()

    def test_display(self):
        """It is replaced, and the guest does not notice. (vitrine-net: tests/net/test-guest.py.)"""
        self.start()
        victim = self.guest.process("display")
        self.halt(victim)
        wait_until(lambda: [p for p in self.guest.processes()
                            if p.role == "display" and p.pid != victim.pid],
                   PATIENCE, "another display is there")
        victim.wait_gone(PATIENCE)
        self.run_on()
        self.end_by_force()

    def test_vmm_while_starting(self):
        for step in STEPS[1:]:  # before that it has not taken the guest's lock: it holds nothing
            with self.subTest(step=step):
                start = Start(self)
                self.assertTrue(start.wait_line(step), start.lines)
                self.halt(start.process("vmm"))
                self.world.ctl("stop", "keeper", "--force", timeout=PATIENCE)
                start.close()
                self.check_all_gone()
        self.check_next_start()

    def test_others_while_starting(self):
        """The start fails, says who did not come up, and is undone."""
        said = {"image tool": "qemu-img took too long", "qemu": "QEMU"}
        starts = {}
        for role in said:  # two guests at once: it takes as long as QEMU and qemu-img are given
            disk = self.make_disk(self.world.path(f"{role}.qcow2"))
            starts[role] = Start(self, self.make_guest(role, disk))
            self.halt(starts[role].wait_process(
                lambda p, role=role: p.role == role or role == "image tool" and
                "--image-tool" in p.cmdline()))
        for role, start in starts.items():
            with self.subTest(role=role):
                self.assertFalse(start.wait_line("ready"), start.lines)
                self.assertTrue(start.lines[-1].startswith("failed "), start.lines)
                self.assertIn(said[role], start.lines[-1])
                start.close()
        wait_until(lambda: not descendants(), PATIENCE, "no process is left")
        self.assertEqual(self.world.leftovers(), [])
        for role in ("display", "net"):
            with self.subTest(role=role):
                start = Start(self)
                self.halt(start.wait_process(lambda p, role=role: p.role == role))
                self.assertTrue(start.wait_line("ready"), start.lines)
                self.note()
                self.end_by_force()
                start.close()

    def test_while_stopping(self):
        for role in ("vmm", "janitor", "qemu"):
            with self.subTest(role=role):
                self.start()
                self.check_halted_while_stopping(role)


if __name__ == "__main__":
    main()
