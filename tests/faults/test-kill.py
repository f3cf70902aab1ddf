#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9 of each process of a guest that keeps records, at each phase of its life: as soon as vmm
reports a step of the start, as soon as the process is there, while the guest writes, and while it ends.
After each the definition is as it was, nothing is left over, and the next start finds every record that
was acknowledged."""

import os
import signal
import subprocess

from records import PATIENCE, RecordsTest, main
from starting import STEPS, Start

RUNNING = ("vmm", "janitor", "qemu", "display", "net")


class Kill(RecordsTest):
    def setUp(self):
        super().setUp()
        self.before = self.definition()

    def after(self, everybody=False):
        """Whatever was killed."""
        if self.guest.state() not in ("stopped", "failed"):
            self.world.ctl("stop", "keeper", "--force", code=None, timeout=PATIENCE)
        self.check_all_gone(sockets_may_stay=everybody)
        self.assertEqual(self.definition(), self.before)
        self.check_disk()

    def test_while_starting_by_step(self):
        self.guest.start()
        self.run_on()
        self.guest.stop()
        for step in STEPS:
            for role in ("vmm", "janitor"):
                with self.subTest(step=step, role=role):
                    start = Start(self)
                    self.assertTrue(start.wait_line(step), start.lines)
                    # The first process becomes the janitor when it has forked vmm.
                    start.process(role).kill()
                    # Without its janitor vmm may well go on: then it is made to end.
                    if start.wait_line("ready"):
                        self.note()
                    self.after()
                    start.close()
        self.check_next_start()

    def test_while_starting_by_process(self):
        """As soon as a process is there."""
        for role in ("image tool", "bwrap", "qemu", "display", "net"):
            with self.subTest(role=role):
                start = Start(self)
                start.wait_process(lambda p, role=role: p.role == role or role == "image tool"
                                   and "--image-tool" in p.cmdline()).kill()
                if start.wait_line("ready"):
                    self.note()
                else:
                    self.assertTrue(start.lines[-1].startswith("failed "), start.lines)
                self.after()
                start.close()
        self.check_next_start()

    def test_while_running(self):
        for role in RUNNING:
            with self.subTest(role=role):
                self.guest.start()
                self.run_on()
                victim = self.guest.process(role)
                victim.kill()
                victim.wait_gone(PATIENCE)
                if role in ("display", "net", "janitor"):
                    self.run_on()  # the guest has not noticed
                self.after()
        self.check_next_start()

    def test_while_stopping(self):
        for role in RUNNING:
            with self.subTest(role=role):
                self.guest.start()
                self.run_on()
                victim = self.guest.process(role)
                stop = self.begin_stop()
                victim.kill()
                result = stop.finish(PATIENCE)
                self.assertIn(result.code, (0, 1), result)
                self.after()
        self.check_next_start()

    def test_socket_of_a_backup(self):
        """vmm, as it is about to take away the name that the socket of a backup has for a moment. The
        janitor removes it, or, without one, the next front end."""
        for janitor in (True, False):
            with self.subTest(janitor=janitor):
                self.guest.start()
                self.run_on()
                vmm, first = self.guest.process("vmm"), self.guest.process("janitor")
                if not janitor:
                    first.kill(signal.SIGSTOP)
                # The first removes what lay there, the second what vmm has made.
                with subprocess.Popen(["strace", "-p", str(vmm.pid), "-o", self.world.path("trace"), "-e",
                                       "inject=unlinkat:signal=KILL:when=2"], stderr=subprocess.PIPE) as tracer:
                    self.assertIn(b"attached", tracer.stderr.readline())
                    self.world.ctl("backup", "keeper", self.world.path("reader"), code=1)
                    vmm.wait_gone()
                if not janitor:
                    self.assertIn("backup", os.listdir(self.world.runtime(self.guest.uuid)))
                    first.kill()
                    first.wait_gone()
                self.after()
        self.check_next_start()

    def test_everybody(self):
        """As by the kernel out of memory: nobody is left to remove the sockets."""
        self.guest.start()
        self.run_on()
        for process in self.guest.processes():
            process.kill()
        self.after(everybody=True)
        self.check_next_start()


if __name__ == "__main__":
    main()
