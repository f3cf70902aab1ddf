# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures of consoles shared by VNC, each beside QEMU's own VNC server in the same run: the same
guest, the same client, by turns."""

import os
import random
import time

import linux_guest
from servers import Load, Ours, Own, Rates, Watch, in_turns, middle
from stats import median, p95
from vitrine_test import image, wait_until

ENCODINGS = (("raw", ()), ("hextile", ()), ("zrle", ()), ("tight", ()))
SOON = 40  # milliseconds
JPEG = ("tight", ("--quality", 8))  # what TigerVNC asks for by itself


def both(world, disk):
    return Ours(world, disk, [image(disk)]), Own(image(disk))


def frames_of(table, servers, what, encoding, more, rounds, seconds, most=33):
    """`most`: frames a second that either could show."""
    def measure(server):
        with Load(server, "--encoding", encoding, *more) as load:
            time.sleep(0.7)
            return Rates(server, load, seconds)
    ours, own = in_turns(servers, rounds, measure)
    own_rate, own_cost = middle(own, "frames"), middle(own, "milliseconds")
    table.row(f"{what}, frames a second", middle(ours, "frames"), own_rate,
              min(own_rate * 0.97, most), "/s", least=True)
    cost, display = middle(ours, "milliseconds"), middle(ours, "display_milliseconds")
    table.row("... CPU a frame", cost, own_cost, own_cost / 2, " ms")
    table.row("    of it in QEMU", cost - display, unit=" ms")
    table.row("    of it in display", display, unit=" ms")
    table.row("... bytes a second", middle(ours, "bytes") / 1e6, middle(own, "bytes") / 1e6,
              unit=" MB")


def frames(world, table, quick):
    table.section("VNC, every pixel of 1920x1080 changing (CPU: QEMU without its vCPU, and display)")
    rounds, seconds = (1, 2) if quick else (2, 2.5)
    for disk, what, wanted in (("full", "flat", ENCODINGS),
                               ("photo", "photo", (*ENCODINGS, JPEG))):
        ours, own = both(world, disk)
        with ours, own:
            time.sleep(2)
            for encoding, more in wanted:
                name = f"{what}, {encoding}{' with JPEG' if more else ''}"
                frames_of(table, (ours, own), name, encoding, more, rounds, seconds)


def frames_linux(world, table, quick):
    """The same of a guest whose pictures QEMU shares as memory."""
    table.section("VNC, every pixel of 1920x1080 changing 30 times a second, of a Linux guest that"
                  " draws by virtio-gpu")
    rounds, seconds = (1, 2) if quick else (3, 2.5)
    kernel, initrd = linux_files(world)
    for what, wanted in (("flat", ENCODINGS), ("photo", (*ENCODINGS, JPEG))):
        line = linux_guest.MOVING + what
        with Ours(world, what, **linux_settings(kernel, initrd, line)) as ours, \
                linux_own(kernel, initrd, line) as own:
            for server in (ours, own):
                wait_until(lambda server=server: frames_now(server) > 3, 90,
                           "the guest moves its picture")
            for encoding, more in wanted:
                name = f"{what}, {encoding}{' with JPEG' if more else ''}"
                frames_of(table, (ours, own), name, encoding, more, rounds, seconds, most=29)


def frames_now(server):
    """A second, just now; 0 if the picture is not as large yet."""
    with Load(server) as load:
        before = load.count()["viewers"][0]
        time.sleep(1)
        return (load.count()["viewers"][0][1] - before[1]) / (1920 * 1080)


def press(server, times, encoding, seed=0):
    with Load(server, "--encoding", encoding) as load:
        reply = load.command(f"press {times} {seed}")
    if reply["lost"]:
        raise RuntimeError(f"{reply['lost']} of {times} key presses were not shown")
    return reply["ms"]


def press_in_turns(servers, rounds, encoding, times=20):
    """Milliseconds of each server's presses: in each round the same pauses for all, in the next ones
    others."""
    took = [[] for _ in servers]
    for seed in range(rounds):
        for list_, (found,) in zip(took, in_turns(servers, 1,
                                                  lambda server: press(server, times, encoding, seed))):
            list_ += found
    return took


def after_glass(server, times):
    """How many milliseconds later than a local client a viewer is shown the very same key press.
    Medians of presses that are not the same could differ by several: each waits for QEMU's
    refresh, anything up to 30 ms."""
    with Watch(server.guest) as watch, Load(server, "--encoding", "raw") as load:
        reply = load.command(f"press {times} 0")
        time.sleep(0.5)
    if reply["lost"] or len(watch.times) != times:
        raise RuntimeError(f"of {times} key presses {reply['lost']} were not shown, and"
                           f" {len(watch.times)} to the local client")
    return [(viewer - local) * 1000 for viewer, local in zip(reply["shown"], watch.times)]


def soon(took):
    return 100 * sum(ms <= SOON for ms in took) / len(took)


def latency(world, table, quick):
    """QEMU's own server shows a key press after some 80 ms, or after 5 to 30 if that came just after
    one of its refreshes: of few presses the median may be of either kind."""
    table.section("VNC, key press to changed pixel of a VGA guest (300 ms from one to the next at a mean)")
    rounds = 3 if quick else 5
    ours, own = both(world, "keys")
    with ours, own:
        time.sleep(1)
        for encoding in ("raw", "tight"):
            mine, its = press_in_turns((ours, own), rounds, encoding)
            table.row(f"{encoding}, median of {len(mine)}", median(mine), median(its),
                      median(its) * 0.35, " ms")
            table.row("... 95th percentile", p95(mine), p95(its), p95(its) * 0.45, " ms")
            table.row(f"... shown within {SOON} ms", soon(mine), soon(its), unit=" %", digits=0)
        own.pause()
        table.row("raw, after the local window's protocol, median",
                  median(after_glass(ours, 20 * rounds)), limit=2, unit=" ms")


def press_glass(guest, times):
    """The same by the local display's protocol: what a window sees."""
    choose, took = random.Random(2), []
    with guest.glass() as glass:
        before = glass.wait_pixel(0, 0, lambda pixel: pixel is not None)
        for number in range(times):
            time.sleep(choose.uniform(0.1, 0.25))
            begin = time.monotonic()
            glass.key(30, number % 2 == 0)
            before = glass.wait_pixel(0, 0, lambda pixel, seen=before: pixel != seen)
            took.append((time.monotonic() - begin) * 1000)
    return took


def linux_files(world):
    folder = world.path("linux")
    os.mkdir(folder)
    files = linux_guest.build(folder)
    os.chmod(folder, 0o755)
    return files


def linux_settings(kernel, initrd, line):
    return {"boot__kernel": kernel, "boot__initrd": initrd, "boot__cmdline": line,
            "display__device": "virtio", "guest__memory": 256}


def linux_own(kernel, initrd, line):
    return Own(None, "-kernel", kernel, "-initrd", initrd, "-append", line, video="virtio-vga",
               memory=256)


def linux(world, table, quick):
    table.section("VNC, key press to changed pixel of a Linux guest that draws by virtio-gpu")
    kernel, initrd = linux_files(world)
    times = 20 if quick else 60
    with Ours(world, "linux", **linux_settings(kernel, initrd, linux_guest.CMDLINE)) as ours:
        with ours.guest.glass() as glass:
            glass.wait_pixel(0, 0, lambda pixel: pixel == linux_guest.FIRST, 90)
        mine = press(ours, times, "raw")
        tight = press(ours, times, "tight")
        local = press_glass(ours.guest, times)
    with linux_own(kernel, initrd, linux_guest.CMDLINE) as own:
        wait_until(lambda: len(press_safely(own)) > 0, 90, "the plain guest has started")
        its = press(own, times, "raw")
    table.row("raw, median", median(mine), median(its), 8, " ms")
    table.row("... 95th percentile", p95(mine), p95(its), unit=" ms")
    table.row("tight, median", median(tight), limit=8, unit=" ms")
    table.row("the local window's protocol, median", median(local), unit=" ms")


def press_safely(server):
    """Of one key press, nothing if nothing was shown."""
    with Load(server) as load:
        return load.command("press 1 0")["ms"]


def typing(world, table, quick):
    table.section("VNC, typing in a text console: bytes to the viewer for each key")
    keys = 50 if quick else 100

    def type_text(server, encoding):
        with Load(server, "--encoding", encoding) as load:
            time.sleep(0.5)
            before = load.count()["viewers"][0][2]
            load.command(f"type {keys} 120")
            time.sleep(0.3)
            return (load.count()["viewers"][0][2] - before) / keys
    ours, own = both(world, "type")
    with ours, own:
        time.sleep(1)
        for encoding in ("raw", "hextile", "zrle", "tight"):
            mine, its = (median(found) for found in in_turns(
                (ours, own), 1, lambda server: type_text(server, encoding)))
            table.row(encoding, mine, its, its, " bytes", digits=0)
