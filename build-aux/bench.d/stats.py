# SPDX-License-Identifier: GPL-2.0-or-later
"""What processes cost, as the kernel counts it."""

import os
import statistics
import time


def pss(pid):
    """Proportional set size in MiB."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        for line in file:
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


def threads(pid):
    return [int(name) for name in os.listdir(f"/proc/{pid}/task")]


def cpu_seconds(pid, thread):
    """Of one thread, to the nanosecond."""
    with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
        return int(file.read().split()[0]) / 1e9


def switches(pid, thread):
    with open(f"/proc/{pid}/task/{thread}/status", encoding="ascii", errors="replace") as file:
        return sum(int(line.split()[1]) for line in file if "ctxt_switches" in line)


class Usage:
    """CPU time and wake-ups (context switches) of processes over a while."""

    def __init__(self, pids):
        self.pids = list(pids)
        self.begin = time.monotonic()
        self.cpu, self.wakes = self.take()

    def take(self):
        cpu, wakes = {}, {}
        for pid in self.pids:
            for thread in threads(pid):
                cpu[pid, thread] = cpu_seconds(pid, thread)
                wakes[pid, thread] = switches(pid, thread)
        return cpu, wakes

    def finish(self):
        cpu, wakes = self.take()
        self.seconds = time.monotonic() - self.begin
        self.cpu = {key: cpu[key] - self.cpu.get(key, 0) for key in cpu}
        self.wakes = {key: wakes[key] - self.wakes.get(key, 0) for key in wakes}
        return self

    def core(self, pid=None, without=()):
        """Share of one core, in percent; of one process or all, some threads left out."""
        return 100 * sum(value for (owner, thread), value in self.cpu.items()
                         if pid in (None, owner) and thread not in without) / self.seconds

    def wakeups(self, pid=None, without=()):
        """A second."""
        return sum(value for (owner, thread), value in self.wakes.items()
                   if pid in (None, owner) and thread not in without) / self.seconds

    def busiest(self, pid):
        return max((value, thread) for (owner, thread), value in self.cpu.items()
                   if owner == pid)[1]


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def p95(values):
    return percentile(values, 0.95)


def p99(values):
    return percentile(values, 0.99)


median = statistics.median
