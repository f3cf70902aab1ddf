#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A console shared by web with the real programs, the display process in its jail: the page and who
gets it, links and passwords, what a WebSocket may say, and programs that nobody here wrote on the
TLS port (curl, openssl s_client, sslscan)."""

import os
import re
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from web_test import WebTest, image, main, wait_until
from websocket import CLOSE, PING, PONG, Connection, Refused, Rfb, frame, readable, token_of

BACKGROUND, SQUARE = 0x2060a0, 0xf0c020
WRONG_PASSWORD, PROTOCOL, PENALTY, LINK, UNSHARED = 4001, 4002, 4004, 4010, 4011


class Page(WebTest):
    def test_all_that_it_loads(self):
        """From the page on, whatever a script imports is there, and typed right."""
        self.web()
        todo, seen = ["/"], set()
        while todo:
            path = todo.pop()
            seen.add(path)
            with Connection(self.port) as connection:
                status, fields, body = connection.get(path)
                self.assertEqual(status, 200, path)
                self.assertEqual((fields["cache-control"], fields["x-content-type-options"],
                                  fields["referrer-policy"], fields["x-frame-options"]),
                                 ("no-store", "nosniff", "no-referrer", "DENY"))
                policy = fields["content-security-policy"]
                for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'",
                             f"connect-src 'self' ws://127.0.0.1:{self.port};"):
                    self.assertIn(part, policy)
                # The same without a body, on the same connection.
                self.assertEqual(connection.get(path, "HEAD")[:2], (200, fields))
            text = body.decode()
            kind = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
            self.assertTrue(fields["content-type"].startswith(
                kind.get(path.rsplit(".")[-1], "text/html")), (path, fields["content-type"]))
            found = re.findall(r'(?:import|export)[^;"\']*from\s+["\']([^"\']+)', text) \
                if path.endswith(".js") else re.findall(r'(?:src|href)="([^"]+)"', text)
            for name in found:
                there = os.path.normpath(os.path.join(os.path.dirname(path), name))
                if there not in seen and there not in todo:
                    todo.append(there)
        self.assertIn("/novnc/core/rfb.js", seen)
        self.assertIn("/novnc/vendor/pako/lib/zlib/inflate.js", seen)
        self.assertGreater(len(seen), 40)
        self.assertEqual(self.listed(), [], "whoever loads a page is no viewer")
        self.guest.stop()

    def test_refused_requests(self):
        self.web()
        host = f"Host: 127.0.0.1:{self.port}\r\n"
        for text, status in (
                (f"GET /nothing HTTP/1.1\r\n{host}\r\n", 404),
                (f"GET /novnc/ HTTP/1.1\r\n{host}\r\n", 404),
                (f"GET /console HTTP/1.1\r\n{host}\r\n", 426),
                (f"POST / HTTP/1.1\r\n{host}\r\n", 405),
                (f"OPTIONS * HTTP/1.1\r\n{host}\r\n", 405),
                (f"CONNECT 127.0.0.1:22 HTTP/1.1\r\n{host}\r\n", 405),
                (f"GET / HTTP/1.0\r\n{host}\r\n", 505),
                (f"GET / HTTP/2.0\r\n{host}\r\n", 505),
                ("GET / HTTP/1.1\r\n\r\n", 400),
                (f"GET /../../etc/passwd HTTP/1.1\r\n{host}\r\n", 400),
                (f"GET /%2e%2e/etc/passwd HTTP/1.1\r\n{host}\r\n", 400),
                (f"GET /?token=abc HTTP/1.1\r\n{host}\r\n", 400),
                (f"GET http://127.0.0.1/ HTTP/1.1\r\n{host}\r\n", 400),
                (f"GET / HTTP/1.1\r\n{host}{host}\r\n", 400),
                (f"GET / HTTP/1.1\r\n{host}Content-Length: 5\r\n\r\nhello", 413),
                (f"GET / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n", 413),
                (f"GET / HTTP/1.1\r\n{host}" + "A: b\r\n" * 70 + "\r\n", 431),
                (f"GET / HTTP/1.1\r\n{host}A: {'b' * 9000}\r\n\r\n", 431),
                (f"GET / HTTP/1.1\r\n{host}\r\nGET / HTTP/1.1\r\n{host}\r\n", 400),
                ("\x16\x03\x01\x02\x00\x01", 400)):
            with self.subTest(text[:60]), Connection(self.port) as connection:
                connection.send(text)
                self.assertEqual(connection.answer()[0], status)
                self.assertTrue(connection.is_closed())
        self.wait_log(self.guest, "was refused: it broke the protocol")
        self.guest.stop()

    def test_foreign_hosts_and_origins(self):
        """A name server that says that another name is this computer, and another site's page."""
        self.web()
        for host in (f"evil.example:{self.port}", "127.0.0.1", f"127.0.0.1:{self.port + 1}",
                     f"127.0.0.2:{self.port}", f"[::1]:{self.port}"):
            for ask in (Connection.get, Connection.upgrade):
                with self.subTest((host, ask)), Connection(self.port, host=host) as connection:
                    status, fields, body = ask(connection)
                    self.assertEqual(status, 421)
                    self.assertNotIn(b"novnc", body)
                    self.assertNotIn("sec-websocket-accept", fields)
        for host in (f"localhost:{self.port}", f"LOCALHOST:{self.port}"):
            with Connection(self.port, host=host) as connection:
                self.assertEqual(connection.get()[0], 200)
        right = f"http://127.0.0.1:{self.port}"
        for origin in (None, "null", "http://evil.example", f"https://127.0.0.1:{self.port}",
                       f"http://localhost:{self.port}", f"http://127.0.0.1:{self.port + 1}",
                       "http://127.0.0.1", right + "/", right + ".evil.example", "file://"):
            with self.subTest(origin), Connection(self.port) as connection:
                status, fields, _ = connection.upgrade(Origin=origin)
                self.assertEqual(status, 403)
                self.assertTrue(connection.is_closed())
        with Connection(self.port) as connection:
            self.assertEqual(connection.get(Origin="http://evil.example")[0], 403)
        with Connection(self.port) as connection:
            self.assertEqual(connection.upgrade("/")[0], 404)
        with Connection(self.port) as connection:
            self.assertEqual(connection.upgrade()[0], 101)
        self.guest.stop()

    def test_without_novnc(self):
        """The sentence says what to install; VNC works all the same."""
        self.world.config("[host]\nnovnc=/nonexistent\n")
        guest = self.start("bare", image("idle"))
        refused = self.world.ctl("share", guest.name, "--web", code=1)
        self.assertRefused(refused, "noVNC", "apt install novnc", "/nonexistent/core/rfb.js")
        self.assertEqual(self.viewers(guest)["shares"], [])
        made = self.share(guest, "--vnc")
        with Rfb(made["port"], made["password"]) as viewer:
            viewer.wait_pixel(0, 0, lambda pixel: pixel is not None)
        guest.stop()

    def test_odd_novnc(self):
        """Of the folder, only plain scripts are taken: no link, no pipe, nothing without end."""
        folder = self.world.path("novnc")
        os.makedirs(folder + "/core/deep/er")
        secret = self.world.file("secret.js", b"secret")
        for name in ("core/rfb.js", "core/deep/er/fine.js"):
            with open(f"{folder}/{name}", "wb") as file:
                file.write(b"plain")
        os.symlink(secret, folder + "/core/link.js")
        os.symlink(self.world.root, folder + "/core/up")
        os.mkfifo(folder + "/core/pipe.js")
        os.symlink("/etc", folder + "/vendor")
        with open(folder + "/core/huge.js", "wb") as file:
            file.truncate(2 << 20)
        with open(folder + "/core/page.html", "wb") as file:
            file.write(b"no script")
        for top, folders, names in os.walk(folder):
            self.world.own(top, *(os.path.join(top, name) for name in names
                                  if not os.path.islink(os.path.join(top, name))))
            os.chmod(top, 0o755)
        os.chmod(self.world.root, 0o755)
        self.world.config(f"[host]\nnovnc={folder}\n")
        self.web()
        for path, status in (("core/rfb.js", 200), ("core/deep/er/fine.js", 200),
                             ("core/link.js", 404), ("core/up/secret.js", 404),
                             ("core/pipe.js", 404), ("core/huge.js", 404),
                             ("core/page.html", 404), ("vendor/passwd", 404)):
            with self.subTest(path), Connection(self.port) as connection:
                self.assertEqual(connection.get("/novnc/" + path)[0], status)
        self.guest.stop()


class Login(WebTest):
    def test_password(self):
        self.web()
        viewer = self.viewer()
        viewer.wait_pixel(1023, 767, BACKGROUND)
        shot = self.guest.screenshot()
        for x, y in ((1023, 767), (10, 10), (70, 70), (512, 300)):
            self.assertEqual(viewer.pixel(x, y), shot.pixel(x, y))
        self.press(viewer)
        entry = self.listed()[0]
        self.assertEqual((entry["protocol"], entry["state"]), ("web", "in"))
        wait_until(lambda: self.listed()[0]["bytes"] > 100, 30, "bytes are counted")
        viewer.close()
        self.wait_log(self.guest, "it left")
        self.assertEqual(self.closing_code(token="a" * 22), LINK)
        viewer = self.viewer(start=False)
        with self.assertRaisesRegex(Refused, "password is wrong"):
            viewer.login("wrong")
        self.assertEqual(viewer.closing_code(), WRONG_PASSWORD)
        self.wait_log(self.guest, "was refused: wrong password")
        self.guest.stop()

    def test_link(self):
        """One viewer each, once, and not in the log or a list."""
        made = self.web("--view-only")
        self.assertEqual(made["url"], f"http://127.0.0.1:{self.port}/")
        self.assertRegex(made["link"], rf"^{re.escape(made['url'])}#[A-Za-z0-9_-]{{22}}$")
        token = token_of(made["link"])
        viewer = self.viewer(token=token)
        viewer.wait_pixel(1023, 767, BACKGROUND)
        self.assertEqual(self.closing_code(token=token), LINK)
        self.wait_log(self.guest, "its link was used before, or is too old")
        more = [self.world.ctl("viewers", self.guest.name, "--link", "1").out.strip()
                for _ in range(2)]
        self.assertNotEqual(*more)
        for link in reversed(more):
            self.viewer(token=token_of(link)).wait_pixel(1023, 767, BACKGROUND)
        self.assertNotIn(token, self.guest.log())
        self.assertNotIn("link", self.viewers(self.guest)["shares"][0])
        # Only the newest eight are good.
        many = [token_of(self.world.ctl("viewers", self.guest.name, "--link", "1").out.strip())
                for _ in range(9)]
        self.assertEqual(self.closing_code(token=many[0], source="127.0.0.7"), LINK)
        self.viewer(token=many[1], source="127.0.0.7")
        # One of another share is none of this.
        other = self.share(self.guest, "--web")
        self.assertEqual(self.closing_code(token=token_of(other["link"]), source="127.0.0.7"), LINK)
        vnc = self.share(self.guest)
        self.assertRefused(self.world.ctl("viewers", self.guest.name, "--link", str(vnc["id"]),
                                          code=1), "by VNC")
        self.assertRefused(self.world.ctl("viewers", self.guest.name, "--link", "99", code=1),
                           "no share 99")
        self.guest.stop()

    def test_guessing(self):
        """Wrong tokens and passwords count alike; who has to wait is told so, and by VNC too."""
        self.web()
        vnc = self.share(self.guest)
        for token in ("b" * 22, None, "c" * 22):
            viewer = self.viewer(start=False, token=token)
            with self.assertRaises(Refused):
                viewer.login("wrong")
        for _ in range(3):
            viewer = self.viewer(start=False, token=token_of(self.made["link"]))
            self.assertEqual(viewer.closing_code(), PENALTY)
        with self.assertRaises((Refused, EOFError, ConnectionError)):
            Rfb(vnc["port"], vnc["password"])
        with Connection(self.port) as connection:  # the page is there to say it
            self.assertEqual(connection.get()[0], 200)
        self.viewer(token=token_of(self.made["link"]), source="127.0.0.9")
        self.guest.stop()

    def test_view_only_and_ask(self):
        made = self.web("--view-only", "--ask")
        with Connection(self.port) as connection:
            self.assertEqual(connection.get("/share.json")[2],
                             b'{"viewOnly": true, "ask": true, "clipboard": false}\n')
        viewer = self.viewer(start=False)
        thread = threading.Thread(target=viewer.login, args=(made["password"],))
        thread.start()
        wait_until(lambda: [v["state"] for v in self.listed()] == ["asks"], 10, "it asks")
        self.world.ctl("viewers", self.guest.name, "--allow", str(self.listed()[0]["number"]))
        thread.join(20)
        viewer.begin()
        before = viewer.wait_pixel(10, 10, SQUARE)
        viewer.key(ord("a"), 1)
        viewer.key(ord("a"), 0)
        with self.assertRaises(TimeoutError):
            viewer.wait_pixel(10, 10, lambda pixel: pixel != before, 0.5)
        self.guest.stop()

    def test_with_vnc_and_cut_off(self):
        """Several shares at once; ending one tells its browsers why, and nobody else."""
        self.web()
        vnc = self.share(self.guest, "--vnc")
        viewer = self.viewer()
        with Rfb(vnc["port"], vnc["password"]) as other:
            self.press(viewer)
            self.press(other)
            self.world.ctl("unshare", self.guest.name, "1")
            self.assertEqual(viewer.closing_code(), UNSHARED)
            self.press(other)
        self.assertEqual([s["protocol"] for s in self.viewers(self.guest)["shares"]], ["vnc"])
        self.guest.stop()

    def test_display_killed(self):
        """Another display process serves the same page. Links that nobody has used are still good,
        once; one that was used is not, though the process was killed as soon as it let in."""
        made = self.web()
        unused = token_of(made["link"])
        used, last = (self.link() for _ in range(2))
        self.viewer(token=used).wait_pixel(1023, 767, BACKGROUND)
        self.replace(self.viewer(token=last))
        self.assertEqual(self.closing_code(token=last), LINK)
        self.assertEqual(self.closing_code(token=used), LINK)
        viewer = self.viewer(token=unused)
        viewer.wait_pixel(1023, 767, BACKGROUND)
        self.assertEqual(self.closing_code(token=unused, source="127.0.0.7"), LINK)
        self.replace(viewer)
        for token in (unused, last):
            self.assertEqual(self.closing_code(token=token), LINK)
        self.viewer(token=self.link()).wait_pixel(1023, 767, BACKGROUND)
        self.guest.stop()

    def link(self):
        return token_of(self.world.ctl("viewers", self.guest.name, "--link", "1").out.strip())

    def replace(self, viewer):
        """Kills the display process that serves this viewer, and waits for the next."""
        display = self.guest.process("display")
        display.kill()
        self.assertIsNone(viewer.closing_code())
        display.wait_gone(20)
        self.guest.glass().close()
        wait_until(lambda: "sec-websocket-accept" in self.connection().upgrade()[1], 30,
                   "the page is served again")


class Frames(WebTest):
    def test_allowed(self):
        """Fragments, empty frames, pings between them, lengths of each kind."""
        self.web()
        viewer = self.viewer()
        viewer.wait_pixel(1023, 767, BACKGROUND)
        send = viewer.socket.connection.send
        key = struct.pack(">BBxxI", 4, 1, ord("a")) + struct.pack(">BBxxI", 4, 0, ord("a"))
        before = viewer.wait_pixel(10, 10, lambda pixel: pixel is not None)
        send(frame(key[:3], final=False) + frame(b"one", PING) + frame(b"", 0, final=False) +
             frame(b"", PONG) + frame(key[3:9], 0, final=False) + frame(b"two", PING) +
             frame(key[9:], 0) + frame(b"", PING))
        viewer.wait_pixel(10, 10, lambda pixel: pixel != before)
        wait_until(lambda: viewer.step() or viewer.socket.pongs, 5, "pings are answered") \
            if not viewer.socket.pongs else None
        self.assertEqual(viewer.socket.pongs[-1], b"")
        # Byte by byte.
        for byte in frame(key):
            send(bytes([byte]))
        for size in (125, 126, 65535, 65536, 1 << 20):
            send(frame(struct.pack(">B3xI", 6, size - 8) + bytes(size - 8)))
        self.press(viewer)
        # Pings by a browser that does not read have one answer, not one each.
        send(frame(b"x" * 125, PING) * 20000)
        self.press(viewer)
        send(frame(struct.pack(">H", 1000) + b"bye", CLOSE))
        self.assertEqual(viewer.closing_code(), 1000)
        self.wait_log(self.guest, "it left")
        self.guest.stop()

    def test_refused(self):
        self.web()
        send_plain = b"\x82\x0a" + struct.pack(">BBHHHH", 3, 1, 0, 0, 9, 9)
        host = f"127.0.0.1:{self.port}"
        again = (f"GET /console HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
                 "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        for name, data, code in (
                ("not masked", send_plain, 1002),
                ("reserved bit", b"\xc2\x80mask", 1002),
                ("reserved opcode", b"\x83\x80mask", 1002),
                ("reserved control", b"\x8b\x80mask", 1002),
                ("fragmented ping", b"\x09\x80mask", 1002),
                ("long ping", b"\x89\xfe\x00\x7emask" + bytes(126), 1002),
                ("length not minimal", b"\x82\xfe\x00\x05mask", 1002),
                ("64-bit length not minimal", b"\x82\xff" + struct.pack(">Q", 65535), 1002),
                ("64-bit length negative", b"\x82\xff" + b"\xff" * 8, 1002),
                ("too long", b"\x82\xff" + struct.pack(">Q", (1 << 21) + 1), 1009),
                ("far too long", b"\x82\xff" + struct.pack(">Q", (1 << 63) - 1), 1009),
                ("text", frame(b"hi", 1), 1003),
                ("continues nothing", frame(b"x", 0), 1002),
                ("not continued", frame(b"\3", 2, final=False) + frame(b"x", 2), 1002),
                ("half a close code", frame(b"\3", CLOSE), 1002),
                ("impossible close code", frame(struct.pack(">H", 1006), CLOSE), 1002),
                ("close with no text", frame(struct.pack(">H", 1000) + b"\xff", CLOSE), 1002),
                ("upgraded twice", again.encode(), 1002),
                ("no RFB", frame(b"\xfa"), PROTOCOL)):
            with self.subTest(name):
                viewer = self.viewer()
                viewer.socket.connection.send(data)
                self.assertEqual(viewer.closing_code(), code)
                viewer.close()
        self.wait_log(self.guest, "it broke the protocol")
        # Ahead of the answer there is nothing to be said.
        connection = self.connection()
        connection.send(again.encode() + frame(b"RFB 003.008\n"))
        self.assertEqual(connection.answer()[0], 400)
        connection = self.connection()
        connection.send(again + again)
        self.assertEqual(connection.answer()[0], 400)
        wait_until(lambda: self.listed() == [], 5, "nobody is left")
        self.guest.stop()

    def test_cut_everywhere(self):
        """A viewer's first words cut at every byte, then FIN or RST: nothing is left behind."""
        self.web()
        display = self.guest.process("display")
        words = frame(b"RFB 003.008\n") + frame(b"\x13") + frame(b"\0\2") + frame(b"\0\0\1\0")

        def descriptors():
            return len(os.listdir(f"/proc/{display.pid}/fd"))
        self.viewer().close()
        wait_until(lambda: self.listed() == [], 5, "nobody is left")
        before = descriptors()
        for cut in range(len(words)):
            with Connection(self.port) as connection:
                self.assertEqual(connection.upgrade()[0], 101)
                connection.send(words[:cut])
                if cut % 2:
                    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                                 struct.pack("ii", 1, 0))
        head = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n\r\n"
        for cut in range(len(head)):
            with Connection(self.port) as connection:
                connection.send(head[:cut])
        # Gone while, or just before, they are answered; sooner than their ten seconds.
        for at in range(400):
            with Connection(self.port) as connection:
                connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                             struct.pack("ii", 1, 0))
                connection.send(head if at % 2 else head.replace("/ ", "/novnc/core/rfb.js ", 1))
                if at % 3 == 0:
                    connection.more()
        wait_until(lambda: descriptors() <= before and self.listed() == [], 5,
                   "all descriptors are closed")
        self.viewer().wait_pixel(1023, 767, BACKGROUND)
        self.guest.stop()


class Crowd(WebTest):
    def test_silent_and_slow(self):
        """Fifty that say nothing, or say their request byte by byte, and one that does not read,
        beside a viewer who notices nothing; they are gone after their ten seconds."""
        self.web()
        viewer = self.viewer()
        viewer.wait_pixel(1023, 767, BACKGROUND)
        self.press(viewer)
        deaf = self.viewer()
        for _ in range(100):
            deaf.request(False)
        head = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nX: "
        start, worst, byte = time.monotonic(), 0, 0
        crowd = [self.connection() for _ in range(50)]
        while any(connection is not None for connection in crowd):
            self.assertLess(time.monotonic() - start, 120, "they are never gone")
            for i, connection in enumerate(crowd):
                if connection is None:
                    continue
                try:
                    if i % 2:
                        connection.send(head[byte] if byte < len(head) else "x")
                    if readable(connection, 0) and not connection.socket.recv(4096):
                        crowd[i] = None
                except ConnectionError:
                    crowd[i] = None
            byte += 1
            worst = max(worst, self.press(viewer))
            # Another comes meanwhile.
            if byte == 5:
                self.viewer().wait_pixel(1023, 767, BACKGROUND)
        self.assertGreater(time.monotonic() - start, 8, "they had no time to speak")
        self.assertLess(worst, 15, "the viewer had to wait")
        self.wait_log(self.guest, "its login took too long")
        self.guest.stop()

    def test_too_many(self):
        """Those who load pages never take the last place of a viewer."""
        self.web()
        crowd = [self.connection() for _ in range(64)]
        for connection in crowd:
            self.assertEqual(connection.get("/icon.svg")[0], 200)
        self.assertTrue(self.connection().is_closed())
        # Whoever comes from elsewhere is served at once, in the place of the one that came first.
        self.assertEqual(self.connection(source="127.0.0.2").get("/icon.svg")[0], 200)
        self.assertTrue(crowd[0].is_closed())
        vnc = self.share(self.guest)
        with Rfb(vnc["port"], vnc["password"]) as viewer:
            viewer.wait_pixel(1023, 767, BACKGROUND)
        crowd[1].close()
        wait_until(lambda: self.serves(), 5, "there is room again")
        self.guest.stop()

    def serves(self):
        try:
            return self.connection().get("/icon.svg")[0] == 200
        except (EOFError, ConnectionError):
            return False


class Tls(WebTest):
    def test_https(self):
        """From the first byte on; what others' programs make of it."""
        made = self.web("127.0.0.1:0", "--tls", "on")
        self.assertTrue(made["url"].startswith("https://127.0.0.1:"))
        place = f"127.0.0.1:{self.port}"
        self.press(self.viewer(token=token_of(made["link"])))
        self.press(self.viewer())
        plain = Connection(self.port)
        plain.send(f"GET / HTTP/1.1\r\nHost: {place}\r\n\r\n")
        self.assertTrue(plain.is_closed())
        plain.close()
        self.wait_log(self.guest, "TLS could not be agreed on")
        run = subprocess.run(["openssl", "s_client", "-connect", place, "-servername", "localhost"],
                             input=b"", capture_output=True, timeout=60, check=False)
        self.assertIn(b"TLSv1.3", run.stdout)
        pem = subprocess.run(["openssl", "x509", "-noout", "-fingerprint", "-sha256"],
                             input=run.stdout, capture_output=True, check=True).stdout.decode()
        self.assertEqual(pem.strip().split("=")[1], made["fingerprint"])
        cert = os.path.join(self.world.env["XDG_DATA_HOME"], "vitrine/tls/cert.pem")
        run = subprocess.run(["curl", "-sS", "--cacert", cert, "-k", "-D", "-", "-o", os.devnull,
                              made["url"]], capture_output=True, text=True, timeout=60, check=True)
        self.assertIn("HTTP/1.1 200 OK", run.stdout)
        self.assertIn(f"connect-src 'self' wss://{place};", run.stdout)
        for version, name in (("-tls1", "1.0"), ("-tls1_1", "1.1")):
            run = subprocess.run(["openssl", "s_client", version, "-cipher", "ALL:@SECLEVEL=0",
                                  "-connect", place], input=b"", capture_output=True, timeout=60,
                                 check=False)
            self.assertNotEqual(run.returncode, 0, f"TLS {name} is spoken")
        self.guest.stop()

    def test_sslscan(self):
        self.web("127.0.0.1:0", "--tls", "on")
        run = subprocess.run(["sslscan", "--no-colour", f"127.0.0.1:{self.port}"],
                             capture_output=True, text=True, timeout=120, check=True).stdout
        for version, state in (("SSLv2", "disabled"), ("SSLv3", "disabled"), ("TLSv1.0", "disabled"),
                               ("TLSv1.1", "disabled"), ("TLSv1.2", "enabled"),
                               ("TLSv1.3", "enabled")):
            self.assertRegex(run, rf"(?m)^{re.escape(version)}\s+{state}")
        self.assertNotRegex(run, r"(?i)(?<!not )vulnerable")
        for weak in ("RC4", "3DES", "DES-CBC", "NULL", "EXP", "MD5", " SSLv"):
            self.assertNotRegex(run, rf"(?m)^(Preferred|Accepted).*{weak}")
        # And somebody goes on as before.
        self.press(self.viewer())
        self.guest.stop()

    def test_every_address(self):
        """Under this computer's name, a name that was given, and the address that was asked."""
        made = self.web("0.0.0.0:0", "--host", "Console.example.org")
        self.assertEqual(made["url"], f"https://console.example.org:{self.port}/")
        for host, status in ((f"console.example.org:{self.port}", 200),
                             (f"127.0.0.1:{self.port}", 200), (f"localhost:{self.port}", 200),
                             (f"example.org:{self.port}", 421), (f"0.0.0.0:{self.port}", 421)):
            with self.subTest(host), Connection(self.port, True, host=host) as connection:
                self.assertEqual(connection.get()[0], status)
        other = self.share(self.guest, "--web", "[::]:0")
        name = socket.gethostname().lower()
        if re.fullmatch(r"[a-z0-9.-]+", name):
            self.assertEqual(other["url"], f"https://{name}:{other['port']}/")
            with Connection(other["port"], True, "::1", f"{name}:{other['port']}") as connection:
                self.assertEqual(connection.get()[0], 200)
        with Connection(other["port"], True, "::1") as connection:
            self.assertEqual(connection.upgrade()[0], 101)
        self.guest.stop()


if __name__ == "__main__":
    main()
