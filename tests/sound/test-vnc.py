# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's sound by VNC: QEMU's audio messages as a test of ours asks for them, and gtk-vnc's
viewer, which plays them through PulseAudio."""

import array
import os
import select
import socket
import struct
import subprocess
import sys
import tempfile
import time

SOURCE = os.environ.get("VITRINE_SOURCE", ".")
sys.path[:0] = [os.path.join(SOURCE, "tests", name) for name in ("display", "remote", "sound")]

import harness  # noqa: E402
import tones  # noqa: E402
from harness import disk  # noqa: E402
from remote import ENDED, IN, LEFT, PROTOCOL, RAW, VIEW_ONLY, Rfb, Sharing  # noqa: E402
from xscreen import screen  # noqa: E402

AUDIO_ENCODING = -259
U8, S8, U16, S16, U32, S32 = range(6)
ENABLE, DISABLE, FORMAT = range(3)
END, BEGIN, DATA = range(3)
CODES = {U8: "B", S8: "b", U16: "H", S16: "h", U32: "I", S32: "i"}
BYTES = {U8: 1, S8: 1, U16: 2, S16: 2, U32: 4, S32: 4}
FORMATS = "out.frequency=48000,out.channels=2,out.format=s16"
TONE = ["-audiodev", "dbus,id=sound,out.voices=4,in.voices=0," + FORMATS,
        "-display", "dbus,p2p=on,audiodev=sound", "-device", "VGA", "-device", "ich9-intel-hda",
        "-device", "hda-output,audiodev=sound", *disk("tone")]


class Hearing(Rfb):
    """Keeps the audio messages."""

    def __init__(self, port, *arguments, **options):
        self.supported = False
        self.begun = None
        self.heard = b""
        super().__init__(port, *arguments, encodings=(RAW, AUDIO_ENCODING), **options)

    def rectangle(self):
        head = self.socket.recv(12, socket.MSG_PEEK | socket.MSG_WAITALL)
        if struct.unpack(">i", head[8:])[0] == AUDIO_ENCODING:
            self.read(12)
            self.supported = True
            return None
        return super().rectangle()

    def ask(self, operation, *format_):
        self.socket.sendall(struct.pack(">BBH", 255, 1, operation) +
                            (struct.pack(">BBI", *format_) if format_ else b""))

    def step(self, ask=True):
        if self.socket.recv(1, socket.MSG_PEEK) != b"\xff":
            super().step(ask)
            return
        kind, audio, operation = struct.unpack(">BBH", self.read(4))
        assert (kind, audio) == (255, 1), (kind, audio)
        if operation == DATA:
            assert self.begun, "sound before its beginning"
            self.heard += self.read(struct.unpack(">I", self.read(4))[0])
        else:
            assert operation in (BEGIN, END), operation
            self.begun = operation == BEGIN

    def wait(self, test, what, timeout=60):
        end = time.monotonic() + timeout
        while not test():
            if time.monotonic() > end:
                raise AssertionError("not within %d s: %s" % (timeout, what))
            if select.select([self.socket], [], [], 0.1)[0]:
                self.step()


def frequency_of(data, sample, channels, rate):
    """By zero crossings of the left channel, which a square wave has two of a period."""
    values = array.array(CODES[sample])
    values.frombytes(data[:len(data) // BYTES[sample] * BYTES[sample]])
    middle = 0 if sample in (S8, S16, S32) else 1 << (8 * BYTES[sample] - 1)
    left = [value - middle for value in values[::channels]]
    crossings = sum((a < 0) != (b < 0) for a, b in zip(left, left[1:]))
    peak = max(map(abs, left)) / (1 << (8 * BYTES[sample] - 1))
    return crossings / 2 * rate / len(left), peak


def hear_tone(viewer, sample, channels, rate):
    """A quarter of a second of the guest's tone; a busy machine leaves gaps in some."""
    end = time.monotonic() + 60
    while True:
        viewer.heard = b""
        viewer.wait(lambda: len(viewer.heard) >= rate * channels * BYTES[sample] // 4,
                    "there is sound")
        found, peak = frequency_of(viewer.heard, sample, channels, rate)
        if 480 < found < 520 and 0.2 < peak < 0.3:
            return
        assert time.monotonic() < end, (sample, channels, rate, found, peak)


def test_formats():
    """Each kind of sample, one and two channels, rates below and above ours; only when asked."""
    with harness.machine(*TONE) as (qemu, display):
        sharing = Sharing(display)
        with Hearing(sharing.share(flags=VIEW_ONLY)) as viewer:
            viewer.wait(lambda: viewer.supported, "audio is offered")
            end = time.monotonic() + 0.5
            viewer.wait(lambda: time.monotonic() > end, "half a second passes")
            assert viewer.begun is None and not viewer.heard, "sound that nobody asked for"
            for sample in (U8, S8, U16, S16, U32, S32):
                for channels, rate in ((2, 44100), (1, 8000), (2, 48000), (1, 192000)):
                    viewer.ask(FORMAT, sample, channels, rate)
                    viewer.ask(ENABLE)
                    viewer.wait(lambda: viewer.begun, "sound begins")
                    hear_tone(viewer, sample, channels, rate)
                    viewer.ask(DISABLE)
                    viewer.wait(lambda: not viewer.begun, "sound ends")
        sharing.expect(ENDED, LEFT)


def test_speed():
    """A second of sound takes a second, or more where the machine leaves gaps."""
    with harness.machine(*TONE) as (qemu, display), \
            Hearing(Sharing(display).share()) as viewer:
        viewer.wait(lambda: viewer.supported, "audio is offered")
        viewer.ask(FORMAT, S16, 2, 44100)
        viewer.ask(ENABLE)
        viewer.wait(lambda: len(viewer.heard) > 0, "there is sound")
        viewer.heard, start = b"", time.monotonic()
        viewer.wait(lambda: len(viewer.heard) >= 3 * 44100 * 4, "there are three seconds of sound")
        passed = time.monotonic() - start
        assert passed > 2.7, passed


def test_back_pressure():
    """A viewer that does not read loses sound; another hears on, and memory stays."""
    with harness.machine(*TONE) as (qemu, display):
        sharing = Sharing(display)
        port = sharing.share()
        with Hearing(port) as lazy, Hearing(port) as viewer:
            for one in (lazy, viewer):
                one.wait(lambda: one.supported, "audio is offered")
                one.ask(FORMAT, S32, 2, 192000)
                one.ask(ENABLE)
            viewer.wait(lambda: viewer.heard, "there is sound")
            before = display.memory_kib()
            viewer.heard, start = b"", time.monotonic()
            viewer.wait(lambda: time.monotonic() > start + 6, "six seconds pass")
            assert len(viewer.heard) > 192000 * 8, len(viewer.heard)
            # What the lazy one has missed would be as much as this one heard.
            assert display.memory_kib() < before + len(viewer.heard) // 2048, \
                (before, display.memory_kib(), len(viewer.heard))
            end = time.monotonic() + 0.5
            lazy.wait(lambda: time.monotonic() > end, "it reads what has come")
            assert lazy.begun


def test_nonsense():
    """Audio requests that are none cost the viewer its connection, and nobody else anything."""
    with harness.machine(*TONE) as (qemu, display):
        sharing = Sharing(display)
        port = sharing.share()
        for body in ((FORMAT, 6, 2, 44100), (FORMAT, S16, 0, 44100), (FORMAT, S16, 3, 44100),
                     (FORMAT, S16, 2, 0), (FORMAT, S16, 2, 0xffffffff), (3,), (0xffff,)):
            with Hearing(port) as viewer:
                number = sharing.expect(IN).viewer
                viewer.ask(*body)
                sharing.expect(ENDED, PROTOCOL, number)
        with Hearing(port) as viewer:
            viewer.wait(lambda: viewer.supported, "audio is offered")
            viewer.ask(DISABLE)
            viewer.ask(ENABLE)
            viewer.ask(ENABLE)
            viewer.wait(lambda: len(viewer.heard) > 0, "there is sound")


def test_gtk_vnc():
    """gtk-vnc's viewer asks by itself, and its PulseAudio hears the guest."""
    with tempfile.TemporaryDirectory() as folder, screen() as env, \
            harness.machine(*TONE) as (qemu, display):
        os.environ["XDG_RUNTIME_DIR"] = folder
        from pulse import Ear, Pulse
        sharing = Sharing(display)
        port = sharing.share(password="")
        with Pulse() as pulse, Ear(pulse, "out") as ear:
            viewer = subprocess.Popen(["gvncviewer", "127.0.0.1:%d" % (port - 5900)],
                                      env={**env, **{"PULSE_SERVER": pulse.env["PULSE_SERVER"]}},
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                sharing.expect(IN)
                ear.hear(500)
            finally:
                viewer.kill()
                viewer.wait()


harness.run_tests([test_formats, test_speed, test_back_pressure, test_nonsense, test_gtk_vnc])
