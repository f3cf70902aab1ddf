# SPDX-License-Identifier: GPL-2.0-or-later
"""A start that is watched step by step."""

import os
import subprocess
import time

from records import PATIENCE
from vitrine_test import SLOWNESS, read_process

STEPS = ("Reading the definition", "Opening disks", "Preparing the jails", "Starting QEMU",
         "Connecting the display")


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

    def __init__(self, test, guest=None, prefix=()):
        ours, theirs = os.pipe()
        world = test.world
        command = [*prefix, os.path.join(world.programs, "vitrine-vmm"), "--uuid",
                   (guest or test.guest).uuid, "--report-fd", str(theirs)]
        if world.uid is not None:
            command = ["setpriv", f"--reuid={world.uid}", f"--regid={world.uid}", "--clear-groups",
                       "--bounding-set=-all", "--", *command]
        self.vmm = subprocess.Popen(command, env=world.env, pass_fds=(theirs,),
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
        end = time.monotonic() + PATIENCE * SLOWNESS
        while time.monotonic() < end:
            for process in family(self.vmm.pid):
                if wanted(process):
                    return process
        raise AssertionError(f"the process did not come: {self.lines}")

    def close(self):
        """Closes the report: a start that is under way is undone then."""
        self.report.close()
        self.vmm.wait(PATIENCE)

    def process(self, role):
        """The janitor or vmm; the first process becomes the janitor once it has forked vmm."""
        first = read_process(self.vmm.pid)
        below = [p for p in family(first.pid) if p.role == "vmm"]
        return below[0] if first.role == "janitor" and below and role == "vmm" else first
