#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Viewers of a shared console with the real programs: let in by the password that was printed,
refused, listed, asked about, cut off, and served again when the display process was killed. What
the log says of it."""

import hashlib
import os
import socket
import ssl
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
sys.path.insert(1, os.path.join(os.path.dirname(__file__), "../remote"))

from remote import Refused, Rfb, des_response
from sharing import ShareTest, listeners
from vitrine_test import image, main, wait_until

BACKGROUND, SQUARE = 0x2060a0, 0xf0c020  # of the boot-sector guests
VENCRYPT, X509_VNC = 19, 261


class Viewers(ShareTest):
    def listed(self, guest):
        return self.viewers(guest)["viewers"]

    def wait_listed(self, guest, count, state="in"):
        wait_until(lambda: [v["state"] for v in self.listed(guest)] == [state] * count, 5,
                   f"{count} viewers are {state}: {self.listed(guest)}")
        return self.listed(guest)

    def assertCut(self, viewer, timeout=60):
        """The server ends the connection."""
        viewer.socket.settimeout(timeout)
        try:
            while viewer.socket.recv(65536):
                pass
        except ConnectionResetError:
            pass

    def assertServed(self, viewer):
        viewer.wait_pixel(0, 0, lambda pixel: pixel is not None)


class Login(Viewers):
    def test_printed_password(self):
        guest = self.start("served", image("paint"), disk0__read_only="true")
        made = self.share(guest)
        with Rfb(made["port"], made["password"]) as viewer:
            viewer.wait_pixel(1023, 767, BACKGROUND)
            viewer.wait_pixel(0, 0, SQUARE)  # painted last
            shot = guest.screenshot()
            self.assertEqual((shot.pixel(1023, 767), shot.pixel(0, 0)), (BACKGROUND, SQUARE))
            entry = self.wait_listed(guest, 1)[0]
            self.assertEqual((entry["address"].split(":")[0], entry["protocol"], entry["share"]),
                             ("127.0.0.1", "vnc", 1))
            self.assertLess(abs(entry["since"] - time.time()), 60)
            text = self.world.ctl("viewers", guest.name).out
            self.assertRegex(text, rf"{entry['number']} +1 +{entry['address']} +vnc +in +20")
            wait_until(lambda: [v["bytes"] > 1024 for v in self.listed(guest)] == [True], 5,
                       f"bytes are counted: {self.listed(guest)} {guest.log()}")
            self.wait_log(guest, f"viewer {entry['number']} ({entry['address']}) is in")
        self.wait_listed(guest, 0)
        self.wait_log(guest, "it left")
        guest.stop()

    def test_wrong_password(self):
        guest = self.start("refusing", image("idle"))
        made = self.share(guest)
        with self.assertRaises((Refused, EOFError)):
            Rfb(made["port"], "wrong" + made["password"])
        self.wait_log(guest, " was refused: wrong password")
        self.assertRegex(guest.log(), r"Share 1: viewer \d+ \(127\.0\.0\.1:\d+\) was refused")
        self.assertEqual(self.listed(guest), [])
        guest.stop()

    def test_password_file(self):
        guest = self.start("filed", image("idle"))
        made = self.share(guest, "--password-file", self.password_file("my own\nsecond line\n"))
        with Rfb(made["port"], "my own") as viewer:
            self.assertServed(viewer)
        guest.stop()

    def test_view_only(self):
        guest = self.start("looked-at", image("keys"))
        looking = self.share(guest, "--view-only")
        typing = self.share(guest)
        with Rfb(looking["port"], looking["password"]) as one, \
                Rfb(typing["port"], typing["password"]) as other:
            for viewer in (one, other):
                viewer.wait_pixel(1023, 767, BACKGROUND)
            before = other.wait_pixel(0, 0, SQUARE)
            for down in (True, False):
                one.key(ord("a"), down)
            # Both go the same way: what the second types is seen, so the first's would have been.
            with self.assertRaises(TimeoutError):
                other.wait_pixel(0, 0, lambda pixel: pixel != before, 0.5)
            for down in (True, False):
                other.key(ord("b"), down)
            other.wait_pixel(0, 0, lambda pixel: pixel != before)
        guest.stop()

    def test_tls_and_fingerprint(self):
        """The certificate that is served is the one whose fingerprint was printed."""
        guest = self.start("sealed", image("idle"))
        made = self.share(guest, "--tls", "on")
        with socket.create_connection(("127.0.0.1", made["port"]), 10) as raw:
            read = raw.makefile("rb", buffering=0).read
            self.assertEqual(read(12), b"RFB 003.008\n")
            raw.sendall(b"RFB 003.008\n")
            kinds = read(read(1)[0])
            self.assertEqual(set(kinds), {VENCRYPT}, "nothing is offered without TLS")
            raw.sendall(bytes([VENCRYPT]))
            self.assertEqual(read(2), b"\0\2")
            raw.sendall(b"\0\2")
            self.assertEqual(read(1), b"\0")
            count = read(1)[0]
            offered = struct.unpack(f">{count}I", read(4 * count))
            self.assertIn(X509_VNC, offered)
            raw.sendall(struct.pack(">I", X509_VNC))
            self.assertEqual(read(1), b"\1")
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            with context.wrap_socket(raw) as secure:
                der = secure.getpeercert(binary_form=True)
                self.assertEqual(hashlib.sha256(der).hexdigest().upper(),
                                 made["fingerprint"].replace(":", ""))
                secure.sendall(des_response(self.exactly(secure, 16), made["password"]))
                self.assertEqual(self.exactly(secure, 4), bytes(4))
                secure.sendall(b"\1")
                self.assertEqual(len(self.exactly(secure, 24)), 24)
                self.wait_listed(guest, 1)
        guest.stop()

    def exactly(self, stream, size):
        data = b""
        while len(data) < size:
            more = stream.recv(size - len(data))
            self.assertTrue(more, "the server closed the connection")
            data += more
        return data

    def test_vncsnapshot(self):
        """A program that nobody here wrote."""
        guest = self.start("snapped", image("paint"), disk0__read_only="true")
        made = self.share(guest, "--vnc", "127.0.0.1:0")
        key = bytes(int(f"{b:08b}"[::-1], 2) for b in (23, 82, 107, 6, 35, 78, 88, 7))
        stored = subprocess.run(["openssl", "enc", "-des-ecb", "-K", key.hex(), "-nopad",
                                 "-provider", "legacy", "-provider", "default"],
                                input=made["password"].encode()[:8], capture_output=True,
                                check=True).stdout
        password, picture = self.world.file("vncpasswd", stored), self.world.path("shot.jpg")
        run = subprocess.run(["vncsnapshot", "-passwd", password,
                              f"127.0.0.1::{made['port']}", picture], capture_output=True,
                             timeout=60, check=False)
        if not os.path.exists(picture):  # older syntax: displays, not ports
            run = subprocess.run(["vncsnapshot", "-passwd", password,
                                  f"127.0.0.1:{made['port'] - 5900}", picture],
                                 capture_output=True, timeout=60, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn(b"snapped", run.stderr + run.stdout)
        with open(picture, "rb") as file:
            self.assertEqual(file.read(2), b"\xff\xd8")
        self.wait_log(guest, "is in")
        guest.stop()


class CutOff(Viewers):
    def test_disconnect(self):
        guest = self.start("cutting", image("idle"))
        made = self.share(guest)
        with Rfb(made["port"], made["password"]) as one, Rfb(made["port"], made["password"]) as two:
            self.assertServed(one)
            self.assertServed(two)
            first = self.wait_listed(guest, 2)[0]["number"]
            self.world.ctl("viewers", guest.name, "--disconnect", str(first))
            self.assertCut(one)
            self.wait_listed(guest, 1)
            self.wait_log(guest, "is cut off by a person")
            # The other never noticed, and the share goes on.
            two.request(False)
            two.step()
            with Rfb(made["port"], made["password"]) as three:
                self.assertServed(three)
        guest.stop()

    def test_unshare(self):
        guest = self.start("ending", image("idle"))
        one = self.share(guest)
        other = self.share(guest)
        with Rfb(one["port"], one["password"]) as gone, \
                Rfb(other["port"], other["password"]) as stays:
            self.assertServed(gone)
            self.wait_listed(guest, 2)
            self.world.ctl("unshare", guest.name, str(one["id"]))
            self.assertCut(gone)
            stays.request(False)
            stays.step()
            self.wait_listed(guest, 1)
        guest.stop()

    def test_expiry_cuts_off(self):
        guest = self.start("brief", image("idle"))
        made = self.share(guest, "--expire", "8s")
        with Rfb(made["port"], made["password"]) as viewer:
            self.assertServed(viewer)
            self.assertCut(viewer)
        self.wait_log(guest, "its time was over")
        guest.stop()

    def test_ask(self):
        guest = self.start("asking", image("idle"))
        made = self.share(guest, "--ask")
        with Rfb(made["port"], made["password"], start=False) as viewer:
            self.knock(viewer, made["password"])
            entry = self.wait_listed(guest, 1, "asks")[0]
            number = entry["number"]
            with self.assertRaises(TimeoutError):
                viewer.socket.settimeout(0.5)
                viewer.read(1)
            self.assertRefused(self.world.ctl("viewers", guest.name, "--allow", "99", code=1),
                               "no viewer 99")
            self.world.ctl("viewers", guest.name, "--allow", str(number))
            self.wait_listed(guest, 1, "in")
            self.wait_log(guest, f"viewer {number} ({entry['address']}) is let in by a person")
        with Rfb(made["port"], made["password"], start=False) as viewer:
            self.knock(viewer, made["password"])
            number = self.wait_listed(guest, 1, "asks")[0]["number"]
            self.world.ctl("viewers", guest.name, "--disconnect", str(number))
            self.assertCut(viewer)
        guest.stop()

    def knock(self, viewer, password):
        """Up to the answer to the password, and no further."""
        self.assertEqual(viewer.read(12), b"RFB 003.008\n")
        viewer.socket.sendall(b"RFB 003.008\n")
        viewer.read(viewer.read(1)[0])
        viewer.socket.sendall(b"\2")
        viewer.socket.sendall(des_response(viewer.read(16), password) + b"\1")


class Restart(Viewers):
    def test_display_killed(self):
        """Another display process serves the same shares on the same ports; nobody else notices."""
        guest = self.start("kept", image("paint"), disk0__read_only="true")
        plain = self.share(guest)
        second = self.share(guest, "--vnc", "[::1]:0", "--view-only")
        before = self.viewers(guest)["shares"]
        for _ in range(5):  # as many as are replaced at once; test-display-restarts.c has more
            with Rfb(plain["port"], plain["password"]) as viewer:
                self.assertServed(viewer)
                self.wait_listed(guest, 1)
                display = guest.process("display")
                display.kill()
                self.assertCut(viewer)
            display.wait_gone(5)
            wait_until(lambda: self.listed(guest) == [], 5, "the list is empty again")
        with Rfb(plain["port"], plain["password"]) as viewer:
            viewer.wait_pixel(1023, 767, BACKGROUND)
        with Rfb(second["port"], second["password"], address="::1") as viewer:
            self.assertServed(viewer)
        self.assertEqual(self.viewers(guest)["shares"], before)
        self.assertEqual(listeners(guest.processes())["vmm"], {plain["port"], second["port"]})
        self.world.ctl("unshare", guest.name)
        self.assertEqual(listeners(guest.processes()), {})
        self.assertEqual(guest.state(), "running")
        guest.stop()

    def test_ended_share_stays_ended(self):
        guest = self.start("over", image("idle"))
        made = self.share(guest)
        with Rfb(made["port"], made["password"]) as viewer:
            self.assertServed(viewer)
        self.world.ctl("unshare", guest.name)
        guest.process("display").kill()
        guest.glass().close()
        self.assertEqual(listeners(guest.processes()), {})
        guest.stop()


if __name__ == "__main__":
    main()
