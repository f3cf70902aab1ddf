#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A malicious NBD server: whatever it says, the start ends in a plain sentence or the guest pauses,
vmm answers, and nothing is left behind."""

import struct

from servers import (ACK, EIO, GO, HAS_FLAGS, LIST, MAGIC, OPTION, READ_ONLY, REP_INFO, SERVER,
                     STARTTLS, STRUCTURED, TLS_REQD, UNKNOWN, UNSUP, NbdTest, Own)
from vitrine_test import main, wait_until

SIZE = 1 << 20


def wait(talk):
    """Says nothing more, until the peer goes."""
    while talk.sock.recv(65536):
        pass


# --- before the export is agreed on ---

def silent_nothing(talk):
    wait(talk)


def wrong_magic(talk):
    talk.send(b"SSH-2.0-OpenSSH\r\n")
    wait(talk)


def tls_at_once(talk):
    talk.send(b"\x15\x03\x01\x00\x02\x02\x16")
    wait(talk)


def closes(talk):
    pass


def half_greeting(talk):
    talk.send(MAGIC + OPTION[:3])


def old_style(talk):
    talk.send(MAGIC + struct.pack(">QQI", 0x420281861253, SIZE, HAS_FLAGS) + b"\0" * 124)
    wait(talk)


def not_fixed(talk):
    talk.send(MAGIC + OPTION + b"\0\0")
    wait(talk)


def bad_option_magic(talk):
    talk.greet()
    option, _ = talk.option()
    talk.reply_option(option, ACK, magic=1)
    wait(talk)


def oversize_option(talk):
    talk.greet()
    option, _ = talk.option()
    talk.reply_option(option, REP_INFO, size=0xffffffff)
    talk.send(b"x" * 100000)
    wait(talk)


def other_option(talk):
    talk.greet()
    talk.option()
    talk.reply_option(LIST, ACK)
    wait(talk)


def no_size(talk):
    talk.greet()
    option, _ = talk.option()
    talk.reply_option(option, ACK)
    wait(talk)


def flood_of_infos(talk):
    talk.greet()
    option, _ = talk.option()
    while True:
        talk.reply_option(option, REP_INFO, struct.pack(">H", 77) + b"x" * 100)


def two_sizes(talk):
    talk.greet()
    option, _ = talk.option()
    talk.export(option, SIZE, HAS_FLAGS)
    talk.export(option, 2 * SIZE, HAS_FLAGS)
    wait(talk)


def of_size(size, flags=HAS_FLAGS):
    def script(talk):
        talk.open(size, flags)
        wait(talk)
    return script


def bad_blocks(talk):
    talk.greet()
    option, _ = talk.option()
    talk.export(option, SIZE, HAS_FLAGS)
    talk.reply_option(option, REP_INFO, struct.pack(">HIII", 3, 3, 4096, 1 << 20))
    wait(talk)


def huge_blocks(talk):
    talk.greet()
    option, _ = talk.option()
    talk.export(option, SIZE, HAS_FLAGS)
    talk.reply_option(option, REP_INFO, struct.pack(">HIII", 3, 1 << 20, 1 << 20, 1 << 25))
    talk.reply_option(option, ACK)
    wait(talk)


def unknown(names, listing=True):
    def script(talk):
        talk.greet()
        option, _ = talk.option()
        assert option == GO
        talk.reply_option(option, UNKNOWN, b"no")
        option, _ = talk.option()
        if not listing:
            talk.reply_option(option, UNSUP)
        for name in names:
            talk.reply_option(option, SERVER, struct.pack(">I", len(name)) + name)
        talk.reply_option(option, ACK)
        wait(talk)
    return script


def endless_list(talk):
    talk.greet()
    option, _ = talk.option()
    talk.reply_option(option, UNKNOWN)
    option, _ = talk.option()
    while True:
        talk.reply_option(option, SERVER, struct.pack(">I", 4) + b"name")


def bad_list(talk):
    talk.greet()
    option, _ = talk.option()
    talk.reply_option(option, UNKNOWN)
    option, _ = talk.option()
    talk.reply_option(option, SERVER, struct.pack(">I", 1000) + b"x")
    wait(talk)


def refuses(kind, text):
    def script(talk):
        talk.greet()
        option, _ = talk.option()
        talk.reply_option(option, kind, text)
        wait(talk)
    return script


HANDSHAKES = (
    (wrong_magic, ("does not speak NBD",)),
    (tls_at_once, ("does not speak NBD", "TLS from the first byte")),
    (closes, ("closed the connection",)),
    (half_greeting, ("closed the connection",)),
    (old_style, ("too old",)),
    (not_fixed, ("too old",)),
    (bad_option_magic, ("broke the protocol",)),
    (oversize_option, ("broke the protocol",)),
    (other_option, ("broke the protocol",)),
    (no_size, ("broke the protocol", "how large")),
    (flood_of_infos, ("broke the protocol",)),
    (two_sizes, ("broke the protocol",)),
    (of_size(0), ("is empty",)),
    (of_size(1 << 63), ("no disk can have",)),
    (of_size((1 << 64) - 1), ("no disk can have",)),
    (of_size(SIZE, HAS_FLAGS | READ_ONLY), ("is read-only", "read-only=true")),
    (bad_blocks, ("broke the protocol",)),
    (huge_blocks, ("64 KiB",)),
    (unknown([b"one", b"t\x1b[2Jwo\xff", "셋".encode()]), ("no export “disk”. It has: “one”, ",
                                                            "“셋”")),
    (unknown([], listing=False), ("does not say which",)),
    (endless_list, ("broke the protocol",)),
    (bad_list, ("broke the protocol",)),
    (refuses(TLS_REQD, b""), ("demands TLS", "nbds")),
    (refuses((1 << 31) + 2, b"go \x07away"), ("refuses this client: go ",)),
)

# --- afterwards: honest to QEMU, which looks at the first sector, then hostile to the guest ---


def after(answer, honest=1):
    left = [honest]

    def script(talk):
        talk.open()
        while True:
            kind, cookie, offset, length, _ = talk.request()
            left[0] -= 1
            if left[0] >= 0:
                talk.reply(cookie, 0, b"\0" * length)
            else:
                answer(talk, kind, cookie, offset, length)
    return script


def wrong_cookie(talk, kind, cookie, offset, length):
    talk.reply(cookie ^ 1, 0, b"x" * length)


def wrong_reply_magic(talk, kind, cookie, offset, length):
    talk.reply(cookie, 0, b"x" * length, magic=0x12345678)


def structured(talk, kind, cookie, offset, length):
    talk.send(struct.pack(">IHHQI", STRUCTURED, 1, 1, cookie, 8 + length)
              + struct.pack(">Q", 1 << 62) + b"x" * length)


def too_much(talk, kind, cookie, offset, length):
    talk.reply(cookie, 0, b"x" * (length + 512))


def twice(talk, kind, cookie, offset, length):
    talk.reply(cookie, EIO)
    talk.reply(cookie, EIO)


def half_the_data(talk, kind, cookie, offset, length):
    talk.reply(cookie, 0, b"x" * (length // 2))
    talk.sock.close()


def drops(talk, kind, cookie, offset, length):
    talk.sock.close()


def floods(talk, kind, cookie, offset, length):
    while True:
        talk.send(b"\0" * 65536)


AFTERWARDS = (
    (wrong_cookie, "nobody had asked"),
    (wrong_reply_magic, "is no reply"),
    (structured, "is no reply"),
    (half_the_data, "closed the connection"),
    (drops, "closed the connection"),
    (floods, "is no reply"),
)


class Hostile(NbdTest):
    def test_handshakes(self):
        for script, words in HANDSHAKES:
            with self.subTest(script=script.__name__, words=words):
                self.assertStartFails(self.disk(self.own(script).number), *words)

    def test_no_server(self):
        self.assertStartFails({"file": "nbd://no-such-host.invalid/x"}, "no-such-host.invalid",
                              "cannot be reached")
        server = Own(closes)
        server.close()
        self.assertStartFails(self.disk(server.number), "nothing listens there")
        self.assertStartFails({"file": "nbd+unix:///x?socket=/no-such-socket"}, "/no-such-socket",
                              "no such socket")

    def test_silence_and_cancelling(self):
        """A server that never answers ends the start in time, and the start can be given up."""
        server = self.own(silent_nothing)
        guest = self.world.guest("waits", [self.disk(server.number)])
        starting = self.world.spawn("start", "waits")
        wait_until(lambda: server.connections == 1, 30, "connected")
        self.world.ctl("stop", "waits", "--force")
        self.assertEqual(starting.finish(30).code, 1)
        self.assertGone(guest)
        self.assertRefused(guest.start(code=1, timeout=60), "did not answer in time")
        self.assertGone(guest)

    def test_afterwards(self):
        """Side by side, since each takes the time that a server may be away."""
        guests = []
        for number, (answer, words) in enumerate(AFTERWARDS):
            server = self.own(after(answer))
            guest = self.world.guest(f"met{number}", [self.disk(server.number)])
            guest.start(timeout=60)
            guests.append((guest, words, server))
        for guest, words, server in guests:
            self.wait_paused(guest, words)
            self.assertGreater(server.connections, 1, "it is tried again")
        for guest, _, _ in guests:
            self.assertEqual(guest.process("qemu").role, "qemu")
            guest.stop()
        for guest, _, _ in guests:
            self.assertGone(guest)

    def test_more_than_asked(self):
        """What was asked for is delivered; what follows it ends the connection, and not the disk."""
        for answer, words in ((too_much, "is no reply"), (twice, "had asked")):
            server = self.own(after(answer))
            guest = self.start("given", self.disk(server.number))
            wait_until(lambda g=guest, w=words: w in g.log(), 30, words)
            wait_until(lambda s=server: s.connections > 1, 30, "another connection")
            self.assertIn(guest.state(), ("running", "paused"))
            guest.stop()
            self.world.ctl("delete", "given")

    def test_during_the_start(self):
        for answer, words in ((wrong_cookie, "nobody had asked"),
                              (lambda *request: None, "did not answer in time")):
            server = self.own(after(answer, honest=0))
            self.assertStartFails(self.disk(server.number), words)

    def test_errors(self):
        """An error of the server's is the disk's error, and the guest pauses at once."""
        server = self.own(after(lambda talk, kind, cookie, offset, length: talk.reply(cookie, EIO)))
        guest = self.start("unlucky", self.disk(server.number))
        self.wait_paused(guest, "could not be read")
        self.assertEqual(server.connections, 1)
        guest.stop()

    def test_never_answers(self):
        """Requests are held for a time; then the server counts as gone."""
        server = self.own(after(lambda *request: None))
        guest = self.start("patient", self.disk(server.number))
        self.wait_paused(guest, "did not answer in time", timeout=90)
        guest.stop()

    def test_other_disk_after_a_while(self):
        """Whoever comes back must be the disk that it was."""
        sizes = [SIZE, 2 * SIZE]

        def script(talk):
            talk.open(sizes.pop(0) if len(sizes) > 1 else sizes[0])
            _, cookie, _, length, _ = talk.request()
            talk.reply(cookie, 0, b"\0" * length)
            talk.request()

        guest = self.start("swapped", self.disk(self.own(script).number))
        self.wait_paused(guest, "is not the disk that it was")
        guest.stop()


if __name__ == "__main__":
    main()
