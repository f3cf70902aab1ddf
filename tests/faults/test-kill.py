#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9 of each process of a guest that keeps records, at each phase of its life: as soon as vmm
reports a step of the start, as soon as the process is there, while the guest writes, and while it ends.
After each the definition is as it was, nothing is left over, and the next start finds every record that
was acknowledged."""

import os
import subprocess
import time

from records import PATIENCE, RecordsTest, main
from vitrine_test import BUILD, read_process, wait_until

STEPS = ("Reading the definition", "Opening disks", "Preparing the jails", "Starting QEMU",
         "Connecting the display")
RUNNING = ("vmm", "janitor", "qemu", "display", "net")


def family(pid):
    """The processes below one, by the kernel's list of children: fast enough for those that live for some
    milliseconds only."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            children = [int(word) for word in file.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
    found = [read_process(child) for child in children]
    return [p for p in found if p] + [p for child in children for p in family(child)]


class Start:
    """A start that the test itself asked vmm for, so that it reads its report line by line."""

    def __init__(self, test):
        ours, theirs = os.pipe()
        command = [os.path.join(BUILD, "vitrine-vmm"), "--uuid", test.guest.uuid, "--report-fd",
                   str(theirs)]
        self.vmm = subprocess.Popen(command, env=test.world.env, pass_fds=(theirs,),
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(theirs)
        self.report = os.fdopen(ours, encoding="utf-8")
        self.lines = []

    def wait_line(self, word):
        """Until the report has this word; whether it has, before its end."""
        for line in self.report:
            self.lines.append(line.strip())
            if word in line:
                return True
        return False

    def wait_process(self, wanted):
        """Until a process that is wanted is there; without a pause, since some are soon gone."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for process in family(self.vmm.pid):
                if wanted(process):
                    return process
        raise AssertionError(f"the process did not come: {self.lines}")

    def close(self):
        """Closes the report: a start that is under way is undone then."""
        self.report.close()
        self.vmm.wait(PATIENCE)


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
                    # The first process becomes the janitor once it has forked vmm.
                    first = read_process(start.vmm.pid)
                    below = [p for p in family(first.pid) if p.role == "vmm"]
                    is_janitor = first.role == "janitor"
                    (below[0] if is_janitor and below and role == "vmm" else first).kill()
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
                said = self.guest.log().count("The guest is stopping")
                victim = self.guest.process(role)
                stop = self.world.spawn("stop", "keeper", "--force")
                wait_until(lambda said=said: self.guest.log().count("The guest is stopping") > said,
                           PATIENCE, "it is stopping")
                victim.kill()
                result = stop.finish(PATIENCE)
                self.assertIn(result.code, (0, 1), result)
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
