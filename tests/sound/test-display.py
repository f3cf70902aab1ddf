# SPDX-License-Identifier: GPL-2.0-or-later
"""A real guest's sound through a real QEMU and vitrine-display, to clients of the glass protocol that
are not ours."""

import os
import sys
import tempfile
import time

SOURCE = os.environ.get("VITRINE_SOURCE", ".")
sys.path[:0] = [os.path.join(SOURCE, "tests", name) for name in ("display", "process", "sound")]

import glass
import harness
import tones
from harness import disk
from listener import HEAR, PLAYING, RECORDING, SPEAK, Listener, speak, speak_until_heard
from trace import Trace, until

FORMAT = "%s.frequency=48000,%s.channels=2,%s.format=s16"
BOTH_WAYS = ",".join(FORMAT.replace("%s", way) for way in ("out", "in"))
AUDIO = ["-audiodev", "dbus,id=sound,out.voices=4,in.voices=4," + BOTH_WAYS,
         "-display", "dbus,p2p=on,audiodev=sound", "-device", "VGA"]
DEAF = [word.replace("in.voices=4", "in.voices=0") for word in AUDIO]
SPEAKER = ["-machine", "q35,pcspk-audiodev=sound"]
KEY = 30


def painted(listener, colour):
    listener.wait(lambda: listener.pixel(700, 399) == colour, "the screen is %06x" % colour)


def wake_ups_of_a_second(display):
    before = display.wake_ups()
    time.sleep(1)
    return display.wake_ups() - before


def test_speaker():
    """The PC speaker, from the key press on; silence costs nothing; two hear the same."""
    with harness.machine(*AUDIO, *SPEAKER, *disk("beep")) as (qemu, display), \
            Listener(display.path) as first:
        painted(first, 0x0000a8)
        first.wait(lambda: first.state == 0, "the guest is said to be silent")
        quiet = wake_ups_of_a_second(display)  # QEMU tells of a text screen again and again
        with Listener(display.path) as second, glass.Glass(display.path) as deaf:
            first.key(KEY, True)
            first.hear(1000)
            second.hear(1000)
            assert first.state & PLAYING, first.state
            painted(first, 0x00a800)
            first.key(KEY, False)
            first.wait(lambda: not first.state & PLAYING, "the guest is said to be silent again")
            deaf.drain()  # it knows no message of sound
        first.drain()
        end = time.monotonic() + 60
        while (after := wake_ups_of_a_second(display)) >= quiet + 15:
            assert time.monotonic() < end, (quiet, after)


def test_cards():
    """Both sound cards, each with the speaker beside it. GDBus's thread has no part in it."""
    with harness.machine(*AUDIO, *SPEAKER, "-device", "ich9-intel-hda", "-device",
                         "hda-output,audiodev=sound", *disk("tone")) as (qemu, display), \
            Listener(display.path) as listener:
        end = time.monotonic() + 60
        while not 7000 < (loud := listener.hear(500)) < 9000:  # a busy machine leaves gaps
            assert time.monotonic() < end, loud
        packets, wake_ups, start = listener.packets, display.wake_ups(), time.monotonic()
        gdbus = display.wake_ups("gdbus")
        listener.wait(lambda: time.monotonic() > start + 2, "two seconds pass")
        passed = time.monotonic() - start
        note = "%.0f packets/s, %.0f wake-ups/s" % (
            (listener.packets - packets) / passed, (display.wake_ups() - wake_ups) / passed)
        assert 0 < (listener.packets - packets) / passed < 130, note
        assert display.wake_ups("gdbus") - gdbus < 20, display.wake_ups("gdbus") - gdbus
        return note


def test_pace():
    """What QEMU hands over at a time, at the pace that vmm sets, is one packet."""
    pace = [word.replace("id=sound,", "id=sound,timer-period=20000,nsamples=960,") for word in AUDIO]
    with harness.machine(*pace, *SPEAKER, *disk("beep")) as (_, display), \
            Listener(display.path) as listener:
        painted(listener, 0x0000a8)
        listener.key(KEY, True)
        listener.hear(1000)
        packets, heard = listener.packets, len(listener.heard)
        listener.wait(lambda: listener.packets >= packets + 100, "a hundred packets come")
        frames = (len(listener.heard) - heard) / 4 / (listener.packets - packets)
        assert frames > 900, frames
        return "%.0f frames a packet" % frames


def test_lazy_listener():
    """One that does not read loses sound, and delays neither QEMU nor the other."""
    with harness.machine(*AUDIO, "-device", "ich9-intel-hda", "-device", "hda-output,audiodev=sound",
                         *disk("tone")) as (qemu, display), Listener(display.path) as listener, \
            Listener(display.path) as lazy:
        listener.hear(500)
        before = display.memory_kib()
        start = time.monotonic()
        listener.heard = b""
        listener.wait(lambda: time.monotonic() > start + 2, "two seconds pass")
        assert len(listener.heard) > 0.2 * tones.RATE * 4, len(listener.heard)
        qemu.call("query-status")
        assert display.memory_kib() < before + 512, (before, display.memory_kib())
        lazy.heard = b""
        lazy.drain()
        assert len(lazy.heard) < 0.5 * tones.RATE * 4, len(lazy.heard)
        lazy.hear(500)


def test_unheard():
    """A guest that plays to nobody is not listened to, and plays on: QEMU is asked for its sound when
    the first comes who hears, and told to keep it when the last has gone."""
    with tempfile.TemporaryDirectory(prefix="vitrine-sound-") as folder:
        trace = Trace(folder)
        with harness.machine(*AUDIO, "-device", "ich9-intel-hda", "-device",
                             "hda-output,audiodev=sound", *disk("tone"),
                             *trace.options) as (qemu, display):
            def sockets():
                return sum(name.startswith("socket:") for name in display.open_files())

            quiet = sockets()
            trace.plays()
            with Listener(display.path, 0) as deaf:
                painted(deaf, 0x0000a8)
            assert trace.listeners() == 0
            for times in (1, 2):
                with Listener(display.path) as first:
                    first.hear(500)
                    with Listener(display.path) as second:
                        second.hear(500)
                    first.hear(500)
                    assert first.state & PLAYING, first.state
                until(lambda: sockets() == quiet, "the listener is given back")
                trace.plays()
                assert trace.listeners() == times, trace.listeners()


def echo_machine(audio, *options):
    return harness.machine(*audio, "-device", "AC97,audiodev=sound", *disk("echo"), options=options)


def test_microphone():
    """A guest that plays what it records: hears the client that speaks, and silence after it."""
    with echo_machine(AUDIO, "--microphone") as (qemu, display), Listener(display.path) as listener:
        listener.wait(lambda: listener.state == PLAYING, "the guest plays")
        listener.heard = b""
        listener.wait(lambda: len(listener.heard) > tones.RATE, "it plays silence")
        assert not any(listener.heard), "something is heard without a microphone"
        listener.set_wish(HEAR | SPEAK)
        listener.wait(lambda: listener.state == PLAYING | RECORDING, "the microphone is wanted")
        speak_until_heard(listener, 700)
        with Listener(display.path, HEAR | SPEAK) as newer:
            newer.wait(lambda: newer.state == PLAYING | RECORDING, "the newer microphone is wanted")
            speak_until_heard(listener, 1100)  # nothing is said into that
        listener.set_wish(HEAR)
        listener.wait(lambda: listener.state == PLAYING, "its microphone is off")
        listener.wait(lambda: not any(listener.heard[-tones.RATE:]), "silence again")


def test_no_permission():
    """Without --microphone the same client is never asked, and the guest hears nothing; nor does it
    where QEMU could record."""
    for audio in (DEAF, AUDIO):
        with echo_machine(audio) as (qemu, display), \
                Listener(display.path, HEAR | SPEAK) as listener:
            painted(listener, 0x0000a8)
            speak(listener, 700, 1.5)
            assert not listener.state & RECORDING, listener.state
            assert tones.power(tones.left(listener.heard), 700) < 0.1
            if audio is DEAF:
                assert not any(listener.heard), "the guest has recorded"


def test_display_replaced():
    """Another display takes the sound over."""
    with harness.machine(*AUDIO, "-device", "ich9-intel-hda", "-device", "hda-output,audiodev=sound",
                         *disk("tone")) as (qemu, display):
        with Listener(display.path) as listener:
            listener.hear(500)
        display.process.kill()
        display.process.wait()
        again = harness.Display(display.path, listening=display.listening)
        try:
            again.attach(qemu.link())
            again.expect(harness.LINK_READY)
            with Listener(again.path) as listener:
                listener.hear(500)
        finally:
            again.process.kill()
            again.process.wait()


def test_qemu_ends():
    """A QEMU that ends while it plays has gone, and is not said to have sent nonsense."""
    for end in (lambda qemu: qemu.process.kill(),
                lambda qemu: qemu.socket.sendall(b'{"execute": "quit"}')):
        with harness.machine(*AUDIO, "-device", "ich9-intel-hda", "-device",
                             "hda-output,audiodev=sound", *disk("tone")) as (qemu, display), \
                Listener(display.path) as listener:
            listener.hear(500)
            end(qemu)
            assert display.expect(harness.LINK_FAILED) == harness.FAILED_GONE


harness.run_tests([test_speaker, test_cards, test_pace, test_lazy_listener, test_unheard,
                   test_microphone, test_no_permission, test_display_replaced, test_qemu_ends])
