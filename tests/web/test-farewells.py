#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The end of a browser's connection, with the real programs: a code and a sentence for each reason,
after all that waited, then TLS's and TCP's own ends; browsers that do not read, never answer, or do
not stop talking are gone soon and hold up nobody, least of all the end of their guest."""

import os
import ssl
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from web_test import WebTest, main, wait_until
from websocket import CLOSE, Rfb, frame

BACKGROUND = 0x2060a0
PASSWORD, PROTOCOL, LATE, DROPPED, STUCK, UNSHARED, EXPIRED = 4001, 4002, 4003, 4008, 4009, 4011, 4012
OFF = 1001
CLOSES_S = 3  # a connection that is over is closed after so long at the latest
PARTS_S = 1.5  # for so long a guest that ends waits for its browsers


def waiting(port, viewer):
    """Bytes that the server's kernel still has for a viewer."""
    ours = viewer.socket.connection.socket.getsockname()[1]
    with open("/proc/net/tcp", encoding="ascii") as file:
        for line in file.readlines()[1:]:
            words = line.split()
            if [int(words[i].split(":")[1], 16) for i in (1, 2)] == [port, ours]:
                return int(words[4].split(":")[0], 16)
    return 0


class FarewellTest(WebTest):
    def shown(self, **more):
        viewer = self.viewer(**more)
        viewer.wait_pixel(1023, 767, BACKGROUND)
        return viewer

    def deaf(self):
        """A viewer that asks for much and reads nothing of it: its connection is full."""
        viewer = self.viewer(start=False)
        viewer.login(self.made["password"])
        viewer.begin()
        for _ in range(20):
            viewer.request(False)
        wait_until(lambda: waiting(self.port, viewer) > 1 << 18, 20, "the connection is full")
        return viewer

    def drop(self, viewer):
        port = viewer.socket.connection.socket.getsockname()[1]
        found = wait_until(lambda: [one["number"] for one in self.listed()
                                    if one["address"].endswith(f":{port}")], 20, "it is listed")
        self.world.ctl("viewers", self.guest.name, "--disconnect", str(found[0]))

    def assertFarewell(self, viewer, code, sentence):
        """It says so, and then the connection ends in order."""
        found, reason = viewer.farewell()
        self.assertEqual(found, code)
        self.assertIn(sentence, reason)
        self.assertLessEqual(len(reason.encode()), 123)
        connection = viewer.socket.connection
        self.assertEqual((connection.buffer, connection.socket.recv(1)), (b"", b""))
        if isinstance(connection.socket, ssl.SSLSocket):
            connection.socket.unwrap()

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.guest.process('display').pid}/fd"))


class Reasons(FarewellTest):
    def all_reasons(self, *args):
        self.web(*args)
        viewer = self.viewer(start=False)
        try:
            viewer.login("wrong one")
        except Exception as error:  # noqa: B902
            self.assertIn("password is wrong", str(error))
        self.assertFarewell(viewer, PASSWORD, "The password is wrong.")
        viewer = self.shown()
        viewer.socket.sendall(b"\xfa")
        self.assertFarewell(viewer, PROTOCOL, "does not know")
        viewer = self.shown()
        viewer.socket.connection.send(frame(b"hello", 1))
        self.assertFarewell(viewer, 1003, "Only binary messages")
        viewer = self.shown()
        viewer.socket.connection.send(b"\x83\x80mask")
        self.assertFarewell(viewer, 1002, "rules of WebSockets")
        viewer = self.shown()
        viewer.socket.connection.send(b"\x82\xff" + struct.pack(">Q", 1 << 22))
        self.assertFarewell(viewer, 1009, "too long")
        viewer = self.shown()
        viewer.socket.connection.send(frame(struct.pack(">H", 3456) + b"bye", CLOSE))
        self.assertFarewell(viewer, 3456, "")
        viewer = self.shown()
        self.drop(viewer)
        self.assertFarewell(viewer, DROPPED, "ended by the owner")
        viewer = self.shown()
        self.world.ctl("unshare", self.guest.name)
        self.assertFarewell(viewer, UNSHARED, "stopped sharing")

    def test_reasons(self):
        self.all_reasons()
        self.guest.stop()

    def test_reasons_by_tls(self):
        self.all_reasons("127.0.0.1:0", "--tls", "on")
        self.guest.stop()

    def test_expiry_and_silence(self):
        """Its time is over; and one that never logs in."""
        self.web("--expire", "25s")
        silent = self.viewer(start=False)
        viewer = self.shown()
        self.assertFarewell(silent, LATE, "took too long")
        self.assertFarewell(viewer, EXPIRED, "The time for which this guest was shared is over.")
        self.guest.stop()

    def test_guest_off(self):
        """Switched off, and QEMU killed; by TLS, in the middle of a login, in plain; with others."""
        for by, args in (("stop", ()), ("kill", ("127.0.0.1:0", "--tls", "on"))):
            with self.subTest(by):
                self.web(*args, name=f"off-by-{by}")
                vnc = self.share(self.guest, "--vnc")
                viewers = [self.shown(), self.viewer(start=False), self.shown()]
                with Rfb(vnc["port"], vnc["password"]) as other:
                    other.wait_pixel(1023, 767, BACKGROUND)
                    if by == "stop":
                        self.guest.stop()
                    else:
                        self.guest.process("qemu").kill()
                    for viewer in viewers:
                        self.assertFarewell(viewer, OFF, "The guest was turned off.")
                    with self.assertRaises((EOFError, ConnectionError)):
                        while True:
                            other.step()
                self.guest.wait_state("stopped")
                self.assertIn("bytes: the guest is off", self.guest.log())


class Rude(FarewellTest):
    def test_much_waiting(self):
        """All that waited comes first, in whole frames, then the reason."""
        self.web()
        for code, sentence, end in ((DROPPED, "owner", self.drop),
                                    (OFF, "turned off", lambda viewer: stop.start())):
            viewer = self.deaf()
            stop = threading.Thread(target=self.guest.stop)
            end(viewer)
            if code == DROPPED:
                wait_until(lambda: self.listed() == [], 5, "it is listed no more")
            viewer.socket.ready = b""
            self.assertFarewell(viewer, code, sentence)
            self.assertGreater(len(viewer.socket.ready), 1 << 19)
        stop.join()

    def test_stuck(self):
        """Twenty seconds nothing is taken; whoever then reads after all is told why it is over."""
        self.web()
        viewer = self.deaf()
        self.wait_log(self.guest, "it stopped reading", 60)
        self.assertFarewell(viewer, STUCK, "Nothing was taken for 20 seconds.")
        self.guest.stop()

    def test_deaf_and_mute(self):
        """Forty that read nothing, are cut off at once: closed in seconds, in bounded memory, while
        somebody else types on and newcomers come in."""
        self.web()
        other = self.share(self.guest, "--vnc")
        display = self.guest.process("display")
        with Rfb(other["port"], other["password"]) as honest:
            honest.wait_pixel(1023, 767, BACKGROUND)
            self.press(honest)
            before = self.descriptors()
            crowd = [self.deaf() for _ in range(40)]
            memory = int(display.status("VmRSS")[0])
            self.world.ctl("unshare", self.guest.name, str(self.made["id"]))
            start, worst, most = time.monotonic(), 0, 0
            self.assertEqual([v["protocol"] for v in self.listed()], ["vnc"])
            while self.descriptors() > before:
                worst = max(worst, self.press(honest))
                most = max(most, int(display.status("VmRSS")[0]))
                self.assertLess(time.monotonic() - start, CLOSES_S + 10, "they are never gone")
            self.assertGreater(time.monotonic() - start, 1, "nothing waited for them")
            self.assertLess(worst, 5, "the viewer had to wait")
            self.assertLess(most, memory + (16 << 10), "their ends need memory")
            with Rfb(other["port"], other["password"]) as newcomer:
                newcomer.wait_pixel(1023, 767, BACKGROUND)
            for viewer in crowd:
                viewer.close()
        self.guest.stop()

    def test_chatter(self):
        """One that goes on talking after its end is not listened to, and closed all the same."""
        self.web()
        before = self.descriptors()
        viewer = self.shown()
        connection = viewer.socket.connection
        connection.send(frame(b"\xfa"))
        start = time.monotonic()
        with self.assertRaises(OSError):
            while time.monotonic() - start < CLOSES_S + 60:
                connection.send(b"\xff" * 65536)
        wait_until(lambda: self.descriptors() <= before, 5, "it is closed")
        self.guest.stop()

    def test_places(self):
        """Those who are over hold no place: where all are taken, newcomers get theirs."""
        self.web()
        crowd = [self.viewer(start=False) for _ in range(60)]
        for viewer in crowd:
            viewer.socket.connection.send(frame(b"\xfa", 1))
        wait_until(lambda: self.listed() == [], 5, "their login is over")
        crowd += [self.viewer(start=False) for _ in range(60)]
        self.shown()
        self.assertEqual(len([v for v in self.listed() if v["state"] == "in"]), 1)
        self.guest.stop()

    def took_to_stop(self, name, *shares):
        """Of a guest with the last of these shares' viewers."""
        self.web(name=name)
        for prepare in shares:
            prepare()
        start = time.monotonic()
        self.guest.stop()
        return time.monotonic() - start

    def test_stop(self):
        """A guest's end waits for nobody but browsers, and for these a second and a half at most."""
        alone = min(self.took_to_stop(f"alone-{i}") for i in range(3))

        def by_vnc():
            made = self.share(self.guest, "--vnc")
            viewer = Rfb(made["port"], made["password"])
            self.addCleanup(viewer.close)
            viewer.wait_pixel(1023, 767, BACKGROUND)

        self.assertLess(min(self.took_to_stop(f"vnc-{i}", by_vnc) for i in range(3)), alone + 0.5)
        self.assertLess(min(self.took_to_stop(f"deaf-{i}", self.deaf, self.deaf)
                            for i in range(3)), alone + PARTS_S + 0.3)
        polite = []

        def go(viewer):
            polite.append(viewer.farewell())
            viewer.close()

        def by_web():
            threading.Thread(target=go, args=(self.shown(),)).start()

        self.assertLess(min(self.took_to_stop(f"web-{i}", by_web) for i in range(3)), alone + 0.5)
        wait_until(lambda: len(polite) == 3, 5, "all are gone")
        self.assertEqual({code for code, _ in polite}, {OFF})

    def test_stopped_display(self):
        """A display process that does not even run has no say in how long its guest's end takes."""
        self.web()
        self.shown()
        display = self.guest.process("display")
        display.kill(19)
        start = time.monotonic()
        self.guest.stop()
        self.assertLess(time.monotonic() - start, PARTS_S + 10)
        display.wait_gone(5)


if __name__ == "__main__":
    main()
