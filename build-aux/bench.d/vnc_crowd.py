# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures of many VNC viewers, good and bad, beside QEMU's own VNC server in the same run."""

import contextlib
import time

from servers import Load, Rates, in_turns
from stats import Usage, median, p99, pss
from vnc import JPEG, both, press

FRAME_MIB = 1920 * 1080 * 4 / (1 << 20)
CROWD = (("deaf", 20), ("silent", 50), ("half", 50), ("garbage", 20))


class Nothing:
    """What a server gives viewers of whom some have no picture after 20 s."""

    frames = slowest = 0
    core = None


def rates_of_many(server, number, more, seconds):
    try:
        with Load(server, "--encoding", "tight", "--viewers", number, *more) as load:
            time.sleep(1)
            rates = Rates(server, load, seconds)
            rates.memory = pss(server.display) if server.display else 0
            return rates
    except EOFError:
        if server.display:
            raise
        return Nothing()


def viewers(world, table, quick):
    table.section("VNC, many viewers of 1920x1080 changing (tight; CPU without the vCPU)")
    seconds = 2 if quick else 3
    for disk, what, more in (("full", "flat", ()), ("photo", "photo, JPEG", JPEG[1])):
        ours, own = both(world, disk)
        with ours, own:
            time.sleep(2)
            for number in (1, 4, 16, 64):
                (mine,), (its,) = in_turns((ours, own), 1, lambda server: rates_of_many(
                    server, number, more, seconds))
                name = f"{what}, {number} viewer{'s' if number > 1 else ''}"
                wanted = 30 if number == 16 and disk == "full" else None
                table.row(f"{name}: frames a second each", mine.frames, its.frames, wanted, "/s",
                          least=True)
                table.row("... of the slowest", mine.slowest, its.slowest, unit="/s")
                table.row("... of a core", mine.core, its.core, unit=" %")
                if disk == "photo":
                    table.row("... display process, PSS", mine.memory,
                              limit=64 + 2 * FRAME_MIB + 2 * number, unit=" MiB")


NO_NEWS = {"ms": [], "lost": None}


def of(what, presses):
    return what(presses["ms"]) if presses["ms"] else None


@contextlib.contextmanager
def crowd(server):
    """Bad company, which comes back whenever it is turned out."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(Load(server, "--as", kind, "--viewers", number))
               for kind, number in CROWD]


def hostile(world, table, quick):
    table.section("VNC, honest viewers beside " +
                  ", ".join(f"{number} {kind}" for kind, number in CROWD))
    times = 30 if quick else 100
    ours, own = both(world, "keys")

    def measure(server):
        memory = server.memory()
        with Load(server, "--encoding", "raw", "--viewers", 4) as honest:
            quiet = honest.command(f"press {times} 0")
            with crowd(server):
                time.sleep(1)
                # QEMU's own may show nothing for seconds.
                loud = honest.command(f"press {times if server.display else 10} 1")
                grown = server.memory() - memory
        return quiet, loud, grown

    def measure_peer(server):
        if server is ours:
            return measure(server)
        try:
            return measure(server)
        except EOFError:  # not all of its viewers had a picture in time
            return NO_NEWS, NO_NEWS, None
    with ours, own:
        time.sleep(1)
        ((quiet, loud, grown),), ((its_quiet, its_loud, its_grown),) = in_turns(
            (ours, own), 1, measure_peer)
    calm = p99(quiet["ms"])
    table.row("quiet, median", median(quiet["ms"]), of(median, its_quiet), unit=" ms")
    table.row("quiet, 99th percentile", calm, of(p99, its_quiet), unit=" ms")
    table.row("beside them, median", median(loud["ms"]), of(median, its_loud), unit=" ms")
    table.row("beside them, 99th percentile", p99(loud["ms"]), of(p99, its_loud),
              min(2 * calm, 250), " ms")
    table.row("key presses not shown within 2 s", loud["lost"], its_loud["lost"], 0, digits=0)
    table.row("QEMU's memory, more than before", grown, its_grown, 8, " MiB")


def idle(world, table, quick):
    """QEMU looks 33 times a second whether the picture has changed for whoever listens by D-Bus, and
    its emulation wakes the vCPU for each look. Its own VNC server looks ever more seldom at what does
    not change, down to once in three seconds, and shows the next change that much later."""
    table.section("VNC, 16 viewers of a still picture (1024x768; QEMU looks at it 33 times a second for"
                  " us, once in 3 s for its own server)")
    ours, own = both(world, "paint")
    seconds = 3 if quick else 8

    def measure(server):
        with Load(server, "--encoding", "tight", "--viewers", 16):
            time.sleep(1)
            usage = Usage(server.pids)
            time.sleep(seconds)
            return usage.finish()
    with ours, own:
        time.sleep(1)
        (mine,), (its,) = in_turns((ours, own), 1, measure)
    table.row("QEMU and display without the vCPU, of a core",
              sum(mine.core(pid, ours.vcpus) for pid in ours.pids), its.core(own.qemu, own.vcpus),
              unit=" %", digits=2)
    table.row("display, wake-ups", mine.wakeups(ours.display), limit=2, unit="/s", digits=2)
    table.row("QEMU without the vCPU, wake-ups", mine.wakeups(ours.qemu, ours.vcpus),
              its.wakeups(own.qemu, own.vcpus), unit="/s")
    table.row("its vCPU (the guest's timer: 18/s), wake-ups",
              mine.wakeups(ours.qemu) - mine.wakeups(ours.qemu, ours.vcpus),
              its.wakeups(own.qemu) - its.wakeups(own.qemu, own.vcpus), unit="/s")
