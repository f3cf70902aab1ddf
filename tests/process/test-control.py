#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Connections to the control socket that never say who they are: they have their time and no more,
keep nobody out, and leave nothing in the log that is long or not printable."""

import os
import select
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from vitrine_test import VitrineTest, image, main, wait_until

SECONDS = 10  # to authenticate
MOST = 24  # at that at a time
FAILED = "A connection to the control socket failed: "


class Strangers(VitrineTest):
    def connect(self, guest):
        made = socket.socket(socket.AF_UNIX)
        self.addCleanup(made.close)
        made.connect(guest.socket("control"))
        return made

    def wait_closed(self, connection, timeout=60):
        self.assertTrue(select.select([connection], [], [], timeout)[0], "it is never closed")
        try:
            while connection.recv(4096):
                pass
        except ConnectionError:
            pass

    def failures(self, guest):
        return [line.split(FAILED)[1] for line in guest.log().splitlines() if FAILED in line]

    def test_silence(self):
        """Nothing said, half of it said, and a word now and then; front ends are served meanwhile."""
        guest = self.start("quiet", image("idle"))
        start = time.monotonic()
        silent = [self.connect(guest) for _ in range(3)]
        silent[1].sendall(b"\0AUT")
        silent[2].sendall(b"\0")
        open_yet = list(silent)
        while open_yet:
            self.assertEqual(guest.state(), "running")
            self.assertLess(time.monotonic() - start, SECONDS + 60, "they are never closed")
            try:
                silent[2].sendall(b"x")
            except OSError:
                pass
            for connection in select.select(open_yet, [], [], 0.5)[0]:
                self.wait_closed(connection)
                self.assertGreater(time.monotonic() - start, SECONDS - 2)
                open_yet.remove(connection)
        wait_until(lambda: self.failures(guest) == ["it did not authenticate in time"] * 3, 5,
                   f"the log says so: {self.failures(guest)}")
        guest.stop()

    def test_crowd(self):
        """Many at once: of those the eldest go, at once, and whoever says who it is comes in."""
        guest = self.start("crowd", image("idle"))
        vmm = guest.process("vmm")
        before = len(os.listdir(f"/proc/{vmm.pid}/fd"))
        crowd = []
        for _ in range(60):
            crowd.append(self.connect(guest))
            if len(crowd) % 20 == 0:
                self.assertEqual(guest.state(), "running")
        for connection in crowd[:-MOST]:
            self.wait_closed(connection)
        self.assertLessEqual(len(os.listdir(f"/proc/{vmm.pid}/fd")), before + 2 * MOST)
        for connection in crowd:
            connection.close()
        wait_until(lambda: len(os.listdir(f"/proc/{vmm.pid}/fd")) <= before, 5, "all are closed")
        self.assertIn("others wanted to authenticate", self.failures(guest))
        guest.stop()

    def test_words_in_the_log(self):
        guest = self.start("words", image("idle"))
        for words in (b"A" * 100000, b"\x1b[2J\x07\xff\xfe\xc3(\rfake line", b"AUTH " + b"\x01" * 3000):
            connection = self.connect(guest)
            connection.sendall(b"\0" + words + b"\r\n")
            connection.shutdown(socket.SHUT_WR)
            self.wait_closed(connection)
        wait_until(lambda: len(self.failures(guest)) == 3, 5, "the log has all of them")
        for line in self.failures(guest):
            self.assertLessEqual(len(line.encode()), 200)
            self.assertTrue(line.replace("…", "").isascii() and line.isprintable(), line)
        self.assertTrue(any("AAAA" in line and line.endswith("…") for line in self.failures(guest)))
        self.say_nonsense(guest)
        guest.stop()

    def say_nonsense(self, guest):
        """A D-Bus message that cannot be read, of which GDBus would write every byte: one line."""
        before = guest.log()
        connection = self.connect(guest)
        connection.sendall(b"\0AUTH EXTERNAL " + str(os.geteuid()).encode().hex().encode() + b"\r\nBEGIN\r\n")
        body = b"nonsense" * 1000
        connection.sendall(struct.pack("<4sIII", b"l\1\0\1", len(body), 1, 0) + body)
        self.wait_closed(connection)
        said = wait_until(lambda: guest.log()[len(before):], 5, "the log says so").splitlines()
        self.assertEqual(guest.state(), "running")
        self.assertEqual(len(said), 1, said)
        self.assertRegex(said[0], r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d GLib-GIO: Error decoding D-Bus message")
        self.assertLess(len(said[0].encode()), 400)
        self.assertNotIn("6e 6f 6e 73", guest.log())

    def test_end(self):
        """A guest that ends waits for none of them."""
        guest = self.start("ending", image("idle"))
        silent = [self.connect(guest) for _ in range(MOST)]
        guest.stop()
        for connection in silent:
            self.wait_closed(connection, 5)


if __name__ == "__main__":
    main()
