# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest that hears what a SPICE viewer records: spice-gtk's library with a microphone of
PulseAudio's, a guest that plays what it records, and a listener that is not ours. And that it does
not where nobody has said that it may."""

import contextlib
import os
import sys
import tempfile
import time

SOURCE = os.environ.get("VITRINE_SOURCE", ".")
sys.path[:0] = [os.path.join(SOURCE, "tests", name)
                for name in ("display", "process", "remote", "sound")]

import harness  # noqa: E402
import tones  # noqa: E402
from harness import disk  # noqa: E402
from listener import (HEAR, PLAYING, RECORDING, SPEAK, Listener,  # noqa: E402
                      speak_until_heard)
from remote import ENDED, IN, LEFT, PROTOCOL, VIEW_ONLY, Sharing  # noqa: E402
from spice import RECORD, SPICE, Client, Raw, Refused  # noqa: E402
from trace import Trace  # noqa: E402

RECORD_START = 101  # SPICE_MSG_RECORD_START
OUT = "out.frequency=48000,out.channels=2,out.format=s16"
BOTH_WAYS = ",".join("%s.frequency=48000,%s.channels=2,%s.format=s16" % (way, way, way)
                     for way in ("out", "in"))


@contextlib.contextmanager
def echoing(*options):
    """A guest that plays what it records, whose QEMU could record; its link; one who listens."""
    with harness.machine("-audiodev", "dbus,id=sound,out.voices=4,in.voices=4," + BOTH_WAYS,
                         "-display", "dbus,p2p=on,audiodev=sound", "-device", "VGA", "-device",
                         "AC97,audiodev=sound", *disk("echo"), options=options) as (_, display), \
            Listener(display.path) as listener:
        yield Sharing(display), listener


@contextlib.contextmanager
def microphone():
    """A sound server of the test's own, to which the viewers speak."""
    with tempfile.TemporaryDirectory(prefix="vitrine-sound-") as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder
        from pulse import Pulse
        with Pulse() as pulse:
            os.environ["PULSE_SERVER"] = pulse.env["PULSE_SERVER"]
            yield pulse


def silence(listener):
    """A second of nothing else, from some moment on."""
    def silent():
        if len(listener.heard) < 4 * tones.RATE:
            return False
        second, listener.heard = listener.heard[:4 * tones.RATE], b""
        return not any(second)
    listener.heard = b""
    listener.wait(silent, "the guest hears nothing")


def test_heard():
    """The tone that the viewer's user makes, then another; silence once the viewer has gone."""
    with microphone() as pulse, echoing("--microphone") as (sharing, listener):
        port = sharing.share(protocol=SPICE)
        silence(listener)
        with Client(port, sound=True, devices=True) as client:
            client.opened("record")
            assert client.expect("record") == {"event": "record", "rate": 48000, "channels": 2}
            for frequency in (700, 1100):
                with pulse.play(tones.sine(frequency, 1)):
                    listener.hear(frequency)
        sharing.expect(ENDED, LEFT)
        silence(listener)


def test_not_taken_away():
    """A viewer that does not speak leaves the guest the ear of the one that does."""
    with microphone() as pulse, echoing("--microphone") as (sharing, listener), \
            Client(sharing.share(protocol=SPICE), sound=True, devices=True) as client:
        client.expect("record")
        with pulse.play(tones.sine(700, 1)):
            listener.hear(700)
        with Client(sharing.share(protocol=SPICE)) as other:
            other.opened("inputs")
            other.expect("primary")
            with pulse.play(tones.sine(1100, 1)):
                listener.hear(1100)


def test_window_beside():
    """The window's microphone is heard though that of a viewer who says nothing was offered later; then
    the viewer, who speaks while the window does not; and the other way round."""
    with microphone() as pulse, echoing("--microphone") as (sharing, window):
        window.set_wish(HEAR | SPEAK)
        window.wait(lambda: window.state == PLAYING | RECORDING, "its microphone is wanted")
        with Client(sharing.share(protocol=SPICE), sound=True, devices=True) as client:
            client.expect("record")
            for frequency in (700, 1100):
                speak_until_heard(window, frequency)
                with pulse.play(tones.sine(frequency + 200, 1)):
                    window.hear(frequency + 200)


def test_deaf():
    """For a viewer that has no playback channel QEMU is not asked for sound; for one that has, it is."""
    with tempfile.TemporaryDirectory(prefix="vitrine-sound-") as folder:
        trace = Trace(folder)
        with harness.machine("-audiodev", "dbus,id=sound,out.voices=4,in.voices=0," + OUT,
                             "-display", "dbus,p2p=on,audiodev=sound", "-device", "VGA", "-device",
                             "ich9-intel-hda", "-device", "hda-output,audiodev=sound",
                             *disk("tone"), *trace.options) as (_, display):
            port = Sharing(display).share(protocol=SPICE)
            trace.plays()
            with Client(port) as deaf:
                deaf.opened("inputs")
                deaf.expect("primary")
                trace.plays()
                assert trace.listeners() == 0, "QEMU was asked for sound that nobody hears"
                with microphone(), Client(port, sound=True) as hears:
                    hears.expect("sound", rate=48000, channels=2)
                    hears.expect("heard")
                    assert trace.listeners() == 1, trace.listeners()


def record_is_refused(sharing, port):
    """Whoever asks for what was not offered is sent away."""
    with Raw(port).login() as main, Raw(port) as viewer:
        number = sharing.expect(IN).viewer
        try:
            viewer.login(channel=RECORD, connection=main.session())
            raise AssertionError("a channel to record is open")
        except (Refused, EOFError, ConnectionError):
            sharing.expect(ENDED, PROTOCOL, number)
            assert main.is_cut()


def test_not_permitted():
    """Neither without the guest's permission nor for one that may only look is there a channel to
    record: the library is offered none, and who asks nevertheless is refused."""
    for options, flags in (((), 0), (("--microphone",), VIEW_ONLY)):
        with microphone() as pulse, echoing(*options) as (sharing, listener), \
                pulse.play(tones.sine(700, 1)):
            port = sharing.share(protocol=SPICE, flags=flags)
            record_is_refused(sharing, port)
            with Client(port, sound=True, devices=True) as client:
                client.opened("playback")  # offered together with all others
                client.expect("primary")
                listener.heard = b""
                listener.wait(lambda: len(listener.heard) > 4 * tones.RATE, "a second has passed")
                assert tones.power(tones.left(listener.heard), 700) < 0.1
                kinds = {event["channel"] for event in client.kept if event["event"] == "channel"}
                assert "playback" in kinds and "record" not in kinds, kinds


def open_record(port, session):
    """A channel to record, which the viewer is asked to do; once the one before it is gone."""
    end = time.monotonic() + 60
    while True:
        viewer = Raw(port)
        try:
            viewer.login(channel=RECORD, connection=session)
            break
        except (Refused, EOFError, ConnectionError):
            viewer.close()
            assert time.monotonic() < end, "no channel to record"
            time.sleep(0.05)
    while viewer.message()[0] != RECORD_START:
        pass
    return viewer


def test_permitted():
    """The same words that are refused elsewhere open the channel here, and again after it has
    ended."""
    with echoing("--microphone") as (sharing, _), \
            Raw(sharing.share(protocol=SPICE)).login() as main:
        port = main.socket.getpeername()[1]
        session = main.session()
        for _ in range(4):
            open_record(port, session).close()
        main.close()
        sharing.expect(ENDED, LEFT)


harness.run_tests([test_heard, test_not_taken_away, test_window_beside, test_deaf,
                   test_not_permitted, test_permitted])
