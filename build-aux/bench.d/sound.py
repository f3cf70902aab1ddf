# SPDX-License-Identifier: GPL-2.0-or-later
"""Sound through the real window to a PulseAudio of the bench's own: how late it is, what it costs.

A key makes the guest beep and change its picture at the same moment. The beep is heard by parec on
the monitor of a null sink, whose own delay counts. The peer is QEMU playing to the same sink by
itself (ALSA's PulseAudio plugin, which is how Debian's QEMU 10 reaches it).

The peer's 1 to 2 ms are true. At the guest's first sound its processor stands still while QEMU opens
a stream at the sound server and waits for the answers; the stream's first 20 ms are written at once,
and a null sink takes back the silence that it had rendered ahead. A card would do so but for what it
has fetched already. Vitrine's sound comes 20 ms at a time, and nothing of it ever waits for a server."""

import os
import random
import select
import subprocess
import sys
import time

from figures import Screen
from plain import Plain, vnc_socket
from rfb import Rfb
from stats import Usage, median, p95
from vitrine_test import BUILD, POPENS, SOURCE, descendants, image, wait_until

sys.path.append(os.path.join(SOURCE, "tests", "sound"))

KEY_A, SYMBOL_A = 30, 0x61
BLUE, GREEN = 0x0000a8, 0x00a800
LOUD = 500


class Ears:
    """When the first loud sample came out of the sink."""

    def __init__(self, pulse):
        self.pipe = subprocess.Popen(
            ["parec", "-d", "out.monitor", "--raw", "--format=s16le", "--rate=48000",
             "--channels=2", "--latency-msec=5"], env=pulse.env, stdout=subprocess.PIPE, bufsize=0)
        POPENS.add(self.pipe.pid)

    def close(self):
        self.pipe.kill()
        self.pipe.wait()
        POPENS.discard(self.pipe.pid)

    def chunk(self, timeout):
        import tones
        if not select.select([self.pipe.stdout], [], [], timeout)[0]:
            raise TimeoutError("parec says nothing")
        return tones.left(os.read(self.pipe.stdout.fileno(), 1 << 16)), time.monotonic()

    def wait_silence(self):
        quiet = 0
        while quiet < 9600:
            samples, _ = self.chunk(10)
            quiet = 0 if any(abs(s) > LOUD for s in samples) else quiet + len(samples)

    def wait_beep(self):
        while True:
            samples, now = self.chunk(10)
            for at, sample in enumerate(samples):
                if abs(sample) > LOUD:
                    return now - (len(samples) - at) / 48000


def press(ears, key, times, choose):
    """Milliseconds from a key's press to the beep. One heard before that would be another's."""
    took = []
    for _ in range(times):
        ears.wait_silence()
        end = time.monotonic() + choose.uniform(0, 0.05)
        while time.monotonic() < end:
            samples, _ = ears.chunk(1)
            if any(abs(sample) > LOUD for sample in samples):
                raise RuntimeError("a beep is heard before the key is pressed")
        begin = time.monotonic()
        key(True)
        took.append((ears.wait_beep() - begin) * 1000)
        key(False)
    return took


def plain(world, ears, pulse, times):
    """The same of QEMU alone; None where it cannot play to PulseAudio."""
    more, path = vnc_socket(world.root)
    os.environ.update(PULSE_SERVER=pulse.env["PULSE_SERVER"])
    try:
        with Plain(image("beep"), "-machine", "q35,pcspk-audiodev=a", "-audiodev",
                   "alsa,id=a,out.dev=pulse", *more) as qemu, Rfb(path) as rfb:
            rfb.wait_corner(lambda pixel: pixel == BLUE)
            if qemu.process.poll() is not None:
                return None
            return press(ears, lambda down: rfb.key(SYMBOL_A, down), times, random.Random(1))
    except (OSError, RuntimeError, TimeoutError):
        return None
    finally:
        del os.environ["PULSE_SERVER"]


def latency(world, table, ears, pulse, guest, quick):
    times = 10 if quick else 40
    with guest.glass() as glass:
        glass.wait_pixel(0, 0, lambda pixel: pixel == BLUE)

        def key(down):
            glass.key(KEY_A, down)
            glass.drain()
        took = press(ears, key, times, random.Random(1))
    peer = plain(world, ears, pulse, times)
    table.row("key press to the beep at the sink, median", median(took),
              peer and median(peer), limit=60, unit=" ms")
    table.row("key press to the beep at the sink, p95", p95(took), peer and p95(peer), unit=" ms")


def cost(table, guest, quick):
    """While the guest plays to the window."""
    with guest.glass() as glass:
        glass.key(KEY_A, True)
        time.sleep(1)
        ours = [process for process in descendants() if process.role != "qemu" and
                process.comm in ("vitrine", "vitrine-display")]
        usage = Usage(process.pid for process in ours)
        time.sleep(3 if quick else 10)
        usage.finish()
        for process in ours:
            table.row(f"playing: {process.comm}, of a core", usage.core(process.pid), limit=5,
                      unit=" %", digits=2)
            table.row(f"playing: {process.comm}, wake-ups", usage.wakeups(process.pid), unit="/s")
        glass.key(KEY_A, False)


def usage_of(process, quick):
    usage = Usage([process.pid])
    time.sleep(3 if quick else 10)
    return usage.finish()


def beginning(path, frequency):
    """Milliseconds from a listener's wish to the first sound that it gets."""
    from listener import Listener
    begin = time.monotonic()
    with Listener(path) as listener:
        listener.wait(lambda: listener.packets > 0, "the first sound comes")
        took = (time.monotonic() - begin) * 1000
        listener.hear(frequency)
    return took


def silent(world, quick):
    """The wake-ups of a display whose guest shows such a screen and is silent."""
    guest = world.guest("quiet", [image("beep")])
    guest.start()
    with guest.glass() as glass:
        glass.wait_pixel(0, 0, lambda pixel: pixel == BLUE)
    usage = usage_of(guest.process("display"), quick)
    guest.stop()
    return usage.wakeups()


def unheard(world, table, quick):
    """A guest that plays all the time, to nobody; and how soon who comes hears it."""
    from listener import Listener
    quiet = silent(world, quick)
    guest = world.guest("tone", [image("tone")])
    guest.start()
    path, display = guest.socket("display"), guest.process("display")
    with Listener(path) as listener:
        listener.hear(500)
    took = []
    for _ in range(3 if quick else 10):
        time.sleep(7)  # it is given back after five seconds
        took.append(beginning(path, 500))
    time.sleep(7)
    usage = usage_of(display, quick)
    table.row("a guest plays to nobody: vitrine-display, of a core", usage.core(), limit=0.5,
              unit=" %", digits=2)
    table.row("a guest is silent: vitrine-display, wake-ups", quiet, unit="/s")
    table.row("a guest plays to nobody: vitrine-display, wake-ups", usage.wakeups(),
              limit=quiet + 10, unit="/s")
    table.row("and from the first listener's wish to the first sound, median", median(took),
              limit=500, unit=" ms")
    table.row("and the same, at most", max(took), limit=500, unit=" ms")
    guest.stop()


def sound(world, table, quick):
    os.environ["XDG_RUNTIME_DIR"] = world.env["XDG_RUNTIME_DIR"]
    table.section("sound that nobody hears")
    unheard(world, table, quick)
    table.section("sound, through the window to PulseAudio (null sink)")
    world.env["XDG_STATE_HOME"] = world.path("state")
    from pulse import Pulse
    guest = world.guest("beep", [image("beep")])
    guest.start()
    with Pulse() as pulse, Screen() as screen:
        POPENS.add(pulse.process.pid)
        env = {**world.env, "DISPLAY": screen.name, "GDK_BACKEND": "x11"}
        gui = subprocess.Popen(["dbus-run-session", "--", os.path.join(BUILD, "vitrine"), "beep"],
                               env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
        POPENS.add(gui.pid)
        ears = Ears(pulse)
        try:
            wait_until(lambda: guest.show()["viewers"] >= 1, 20, "the window shows the console")
            time.sleep(2)
            latency(world, table, ears, pulse, guest, quick)
            cost(table, guest, quick)
        finally:
            ears.close()
            gui.terminate()
            gui.wait()
            POPENS.discard(gui.pid)
    guest.stop()
