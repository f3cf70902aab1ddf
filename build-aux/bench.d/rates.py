# SPDX-License-Identifier: GPL-2.0-or-later
"""Limits of disks: a guest that moves as much as it can, the rate that comes of it by QEMU's counters,
how far that is from the limit, and how long a change takes until it holds. From 1 MB/s to half of what
this machine can."""

import importlib.util
import json
import os
import time

from gi.repository import Gio, GLib

from stats import median
from vitrine_test import SOURCE, wait_until

DISK_MIB = 256
STEPS = (1, 4, 16, 40)  # MB/s, and half of the best
TRIES = 5  # at half of the best, on a machine that becomes slower
SLOWER = 0.6  # of the best just after a limit: as much as that may have been
STANDSTILL = 60  # seconds without a byte after which nothing will come any more


class Control:
    """A running guest's control socket: a vitrinectl a sample would cost more than what is measured."""

    def __init__(self, guest):
        self.bus = Gio.DBusConnection.new_for_address_sync(
            "unix:path=" + guest.socket("control"),
            Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT, None, None)

    def ask(self, method, *texts):
        arguments = GLib.Variant(f"({'s' * len(texts)})", texts) if texts else None
        reply = self.bus.call_sync(None, "/org/vitrine/Guest", "org.vitrine.Guest1", method,
                                   arguments, GLib.VariantType("(s)"), 0, 20000, None)
        return json.loads(reply.unpack()[0])


class Counter:
    """Bytes so far, by a call that takes a while: each sample is (when, bytes)."""

    def __init__(self, read):
        self.read = read

    def sample(self):
        begin = time.monotonic()
        value = self.read()
        return (begin + time.monotonic()) / 2, value

    def change(self):
        """The moment at which it has just become larger, for what moves in large pieces."""
        before = self.sample()
        end = before[0] + STANDSTILL
        while before[0] < end:
            time.sleep(0.002)
            now = self.sample()
            if now[1] != before[1]:
                return now
            before = now
        raise RuntimeError(f"nothing has moved for {STANDSTILL} s")

    def rate(self, seconds):
        """MB a second."""
        begin = self.change()
        while True:
            end = self.change()
            if end[0] - begin[0] >= seconds:
                return (end[1] - begin[1]) / (end[0] - begin[0]) / 1e6

    def until(self, rate, begin, window=0.5):
        """Seconds from `begin` until the first half second in which the rate is as wanted, within a
        tenth; watched for three seconds."""
        samples = []
        while time.monotonic() < begin + 3:
            samples.append(self.sample())
            time.sleep(0.01)
        for i, (at, value) in enumerate(samples):
            for later, more in samples[i:]:
                if later - at >= window:
                    if abs((more - value) / (later - at) / 1e6 / rate - 1) < 0.1:
                        return max(at - begin, 0)
                    break
        return 3.0


def best(counter, limit):
    limit(0)
    time.sleep(0.5)
    return counter.rate(2)


def measure_limit(table, name, counter, limit, wanted, able, quick):
    """`wanted` MB/s, or None: half of what this machine can. On a busy one that is another thing each
    minute: `able` is from just before, a second figure from just after is the result, and what a slower
    machine could not do meanwhile says nothing about the limit."""
    for _ in range(TRIES):
        rate = wanted or round(able / 2, 1)
        limit(rate)
        time.sleep(1)
        got = counter.rate(6 if quick else 10)
        before, able = able, best(counter, limit)
        if rate <= able * SLOWER:
            break
        if wanted:
            return able
    table.row(f"{name}, limit {rate:g} of {min(before, able):.1f} MB/s: {got:.2f} MB/s, off by",
              abs(got / rate - 1) * 100, limit=3, unit=" %", digits=2)
    return able


def measure(table, name, counter, limit, quick):
    """One direction: `limit` puts a number of MB/s in force, 0: none."""
    able = best(counter, limit)
    table.row(f"{name}, best", able, unit=" MB/s")
    for wanted in STEPS:
        if wanted < able / 2:
            able = measure_limit(table, name, counter, limit, wanted, able, quick)
    measure_limit(table, name, counter, limit, None, able, quick)
    took = []
    for low, high in ((1, 4), (4, 1)) * (1 if quick else 2):
        limit(low)
        time.sleep(1)
        begin = time.monotonic()
        limit(high)
        took.append(counter.until(high, begin))
    limit(0)
    table.row(f"{name}, a change holds after, median", median(took) * 1000, limit=1000, unit=" ms",
              digits=0)


def test_guests():
    """tests/guests/linux_guest.py; the bench has another of this name."""
    path = os.path.join(SOURCE, "tests", "guests", "linux_guest.py")
    spec = importlib.util.spec_from_file_location("test_linux_guest", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def disk_guest(world, way):
    guests = test_guests()
    command = {"reading": "dd if=/dev/vda of=/dev/null bs=128k iflag=direct",
               "writing": f"dd if=/dev/zero of=/dev/vda bs=128k count={DISK_MIB * 8} oflag=direct"}
    ram = guests.InitialRamDisk()
    ram.add_modules("virtio_pci", "virtio_blk")
    ram.set_init(f"while true; do {command[way]}; done")
    disk = world.path("disk.img")
    with open(disk, "wb") as file:
        file.truncate(DISK_MIB << 20)
    return world.guest(way, [{"file": disk, "format": "raw", "bus": "virtio"}], guest__memory=256,
                       boot__kernel=guests.KERNEL, boot__initrd=ram.write(world.path("ram")),
                       boot__cmdline="quiet")


def moved(control, key):
    reply = control.ask("Monitor", '{"execute": "query-blockstats"}')
    return sum(device["stats"][key] for device in reply["return"])


def disks(world, table, quick):
    table.section("limits of disks: a Linux guest (TCG) that reads or writes 128 KiB at a time")
    for way, key in (("reading", "rd_bytes"), ("writing", "wr_bytes")):
        guest = disk_guest(world, way)
        guest.start()
        control = Control(guest)
        wait_until(lambda: moved(control, key) > 1 << 20, 120, f"the guest is {way}")
        measure(table, way, Counter(lambda: moved(control, key)),
                lambda mb: world.ctl("limits", way, f"disk-rate={round(mb * 1000)}"), quick)
        guest.stop()
