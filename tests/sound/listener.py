# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of the glass protocol that hears a guest and speaks to it (common/ipc/glass-wire.h), not
the front end's."""

import struct
import time

import glass
import tones

WISH, RECORDED, STATE, PLAYED = 9, 10, 40, 41
HEAR, SPEAK = 1, 2
PLAYING, RECORDING = 1, 2


class Listener(glass.Glass):
    """Keeps what it hears."""

    def __init__(self, path, wish=HEAR):
        super().__init__(path)
        self.state = None
        self.heard = b""
        self.packets = 0
        self.send(WISH, wish)

    def step(self, timeout=5.0):
        kind, body, fd = self.receive(timeout)
        if kind == STATE:
            self.state = struct.unpack("=I", body)[0]
        elif kind == PLAYED:
            frames = struct.unpack_from("=I", body)[0]
            if not 1 <= frames <= 960 or len(body) != 4 + frames * 4:
                raise glass.Broken("a packet of %d frames in %d bytes" % (frames, len(body)))
            self.heard += body[4:]
            self.packets += 1
        else:
            self.replay = (kind, body, fd)
            self.receive = lambda timeout: self.replay
            try:
                super().step(timeout)
            finally:
                del self.receive
        return kind

    def wait(self, test, what, timeout=60):
        end = time.monotonic() + timeout
        while not test():
            if time.monotonic() > end:
                raise AssertionError("not within %d s: %s" % (timeout, what))
            try:
                self.step(0.1)
            except TimeoutError:
                pass

    def hear(self, frequency, timeout=60):
        """A quarter of a second of nothing but this frequency."""
        found = b""

        def enough():
            nonlocal found
            quarter = tones.RATE  # bytes of 250 ms
            if len(self.heard) < quarter:
                return False
            found, self.heard = self.heard[:quarter], b""
            return tones.power(tones.left(found), frequency) > 0.6
        self.heard = b""
        self.wait(enough, "%d Hz are heard" % frequency, timeout)
        return tones.loudness(tones.left(found))

    def set_wish(self, wish):
        self.send(WISH, wish)


def speak(listener, frequency, seconds):
    """As a microphone does: 10 ms at a time, by the clock."""
    data = tones.sine(frequency, 0.5)
    start = time.monotonic()
    sent = 0
    while sent < seconds * 100:
        part = sent % 50 * 1920
        listener.socket.send(struct.pack("=II", RECORDED, 480) + data[part:part + 1920])
        sent += 1
        end = start + sent / 100
        while time.monotonic() < end:
            try:
                listener.step(max(0, end - time.monotonic()))
            except TimeoutError:
                pass


def speak_until_heard(listener, frequency, timeout=60):
    """To a guest that plays what it records: until it is heard in half a second of two."""
    limit = time.monotonic() + timeout
    while True:  # a busy machine leaves gaps
        listener.heard = b""
        speak(listener, frequency, 2)
        part = listener.heard[-2 * tones.RATE:-tones.RATE]
        if tones.power(tones.left(part), frequency) > 0.8:
            return
        assert time.monotonic() < limit, "%d Hz are not heard" % frequency
