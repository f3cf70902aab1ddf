# SPDX-License-Identifier: GPL-2.0-or-later
"""Shares of a real vitrine-display with a real guest, and a small raw RFB client with which a test
can say exactly what a viewer says. Plays vitrine-vmm on the link (common/ipc/link-wire.h)."""

import os
import select
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "display"))
import harness  # noqa: E402
from harness import disk, machine  # noqa: E402,F401

LINK_SHARE, LINK_SHARE_END, LINK_VIEWER_DROP, LINK_VIEWER_ALLOW, LINK_VIEWER = 3, 4, 5, 6, 36
VIEW_ONLY, TLS, ASK = 1, 2, 4
NAME = "Vitrine"  # as viewers show it
CAME, ASKS, IN, REFUSED, TRAFFIC, ENDED = range(1, 7)
(NONE, WRONG_PASSWORD, PROTOCOL, TIMEOUT, PENALTY, NO_TLS, FULL, LEFT, DROPPED, STUCK) = range(10)
UNSHARED = 11

RAW, HEXTILE, TIGHT, ZRLE = 0, 5, 7, 16
QEMU_LEDS, VMWARE_LEDS = -261, 0x574d5668
DESKTOP_SIZE, LAST_RECT, QEMU_KEYS, EXTENDED_SIZE = -223, -224, -258, -308
BLUE = 0x2060a0  # of the boot-sector guests
FULL_PIXEL = (0, 32, 24, 0, 1, 255, 255, 255, 16, 8, 0)


class Event:
    def __init__(self, data):
        (self.kind, self.viewer, self.share, self.event, self.why, _, self.bytes,
         address) = struct.unpack("=IIIIIIQ64s", data)
        self.address = address.rstrip(b"\0").decode()

    def __repr__(self):
        return "viewer %d of share %d: event %d, why %d, %s" % (
            self.viewer, self.share, self.event, self.why, self.address)


class Sharing:
    """The link of a display, as vmm sees it once the guest runs."""

    def __init__(self, display):
        self.display = display
        self.last = 0

    def share(self, password="secret", flags=0, address="127.0.0.1", pem=None, backlog=64,
              head=0, protocol=1):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listening = socket.socket(family)
        listening.bind((address, 0))
        listening.listen(backlog)
        fds = [listening.fileno()]
        for text in pem or ():
            fd = os.memfd_create("pem")
            os.write(fd, text)
            fds.append(fd)
        self.last += 1
        message = struct.pack("=IIII65s3xI128s", LINK_SHARE, self.last, protocol, flags,
                              password.encode(), head, NAME.encode())
        socket.send_fds(self.display.link, [message], fds)
        for fd in fds[1:]:
            os.close(fd)
        port = listening.getsockname()[1]
        listening.close()
        return port

    def send(self, kind, value):
        self.display.send(kind, value)

    def next(self, timeout=60):
        """The next report on a viewer but for traffic; other messages are passed over."""
        end = time.monotonic() + timeout
        while True:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.display.link], [], [], left)[0]:
                raise TimeoutError("no report on a viewer")
            data = self.display.link.recv(256)
            if not data:
                raise EOFError("vitrine-display closed the link")
            if struct.unpack_from("=I", data)[0] == LINK_VIEWER:
                event = Event(data)
                if event.event != TRAFFIC:
                    return event

    def drain(self):
        """Passes over what has been reported: viewers are only accepted while reports are read."""
        while select.select([self.display.link], [], [], 0)[0] and self.display.link.recv(256):
            pass

    def expect(self, kind, why=None, viewer=None, timeout=60):
        """The next report of that kind (of that viewer); others before it are passed over."""
        while True:
            event = self.next(timeout)
            if event.event == kind and viewer in (None, event.viewer):
                assert why is None or event.why == why, event
                return event


def des_key(key):
    """In hexadecimal, each byte with its bits the other way round, as VNC wants it."""
    return bytes(int("{:08b}".format(byte)[::-1], 2) for byte in key).hex()


def des_response(challenge, password):
    key = des_key(password.encode()[:8].ljust(8, b"\0"))
    run = subprocess.run(["openssl", "enc", "-des-ecb", "-K", key, "-nopad", "-provider",
                          "legacy", "-provider", "default"], input=challenge,
                         stdout=subprocess.PIPE, check=True)
    return run.stdout


def make_pem():
    """A self-signed certificate and its key."""
    with tempfile.TemporaryDirectory() as folder:
        names = [os.path.join(folder, name) for name in ("certificate", "key")]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", names[0], "-keyout",
                        names[1]], check=True, stderr=subprocess.DEVNULL)
        return [open(name, "rb").read() for name in names]


class Refused(Exception):
    pass


class Rfb:
    """A viewer. Raw pixels unless told otherwise; step() handles one message of the server's."""

    def __init__(self, port, password="secret", minor=8, encodings=(RAW, DESKTOP_SIZE),
                 address="127.0.0.1", vencrypt=None, authority=None, start=True, source=None):
        self.socket = self.connect(address, port, source)
        self.encodings = encodings
        self.picture = None
        self.updates = 0
        self.received = 0
        self.resizes = []
        self.leds = []  # (encoding, mask)
        self.qemu_keys = False
        self.vencrypt = vencrypt  # X509Vnc (261) or X509Plain (262)
        self.authority = authority
        if start:
            try:
                self.login(password, minor)
                self.begin()
            except BaseException:
                self.socket.close()
                raise

    def connect(self, address, port, source):
        made = socket.create_connection((address, port), 60, source and (source, 0))
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.settimeout(60)
        return made

    def read_version(self):
        version = self.read(12)
        if version == b"RFB 003.003\n":  # turned away at the door
            assert self.read(4) == bytes(4)
            raise Refused(self.reason())
        assert version == b"RFB 003.008\n", version

    def begin_vencrypt(self, kind):
        """Up to where TLS begins."""
        self.read_version()
        self.socket.sendall(b"RFB 003.008\n")
        assert self.read(2) == b"\1\x13"
        self.socket.sendall(b"\x13")
        assert self.read(2) == b"\0\2"
        self.socket.sendall(b"\0\2")
        status, count = self.read(2)
        assert status == 0
        self.read(4 * count)
        self.socket.sendall(struct.pack(">I", kind))
        if self.read(1) != b"\1":
            raise Refused("not offered")

    def login_vencrypt(self, password):
        self.begin_vencrypt(self.vencrypt)
        context = ssl.create_default_context(cadata=self.authority.decode())
        self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        if self.vencrypt == 261:
            self.socket.sendall(des_response(self.read(16), password))
        else:
            text = password.encode()
            self.socket.sendall(struct.pack(">II", 4, len(text)) + b"user" + text)
        if struct.unpack(">I", self.read(4))[0] != 0:
            raise Refused(self.reason())
        self.begin_session()

    def login(self, password, minor=8):
        if self.vencrypt:
            self.login_vencrypt(password)
            return
        self.read_version()
        self.socket.sendall(b"RFB 003.%03d\n" % minor)
        if minor == 3:
            kind = struct.unpack(">I", self.read(4))[0]
        else:
            count = self.read(1)[0]
            if count == 0:
                raise Refused(self.reason())
            kind = self.read(count)[0]
            self.socket.sendall(bytes([kind]))
        if kind == 0:
            raise Refused(self.reason())
        if kind == 2:
            self.answer_challenge(self.read(16), password, minor)
            return
        assert kind == 1, kind
        if minor == 8:
            self.read_result(minor)
        self.begin_session()

    def answer_challenge(self, challenge, password, minor=8):
        self.socket.sendall(des_response(challenge, password))
        self.read_result(minor)
        self.begin_session()

    def read_result(self, minor):
        if struct.unpack(">I", self.read(4))[0] != 0:
            raise Refused(self.reason() if minor == 8 else "")

    def begin_session(self):
        self.socket.sendall(b"\1")
        self.width, self.height = struct.unpack(">HH", self.read(4))
        assert self.read(16) == struct.pack(">BBBBHHHBBB3x", *FULL_PIXEL[1:])
        self.name = self.read(struct.unpack(">I", self.read(4))[0]).decode()

    def begin(self):
        self.socket.sendall(struct.pack(">B3xBBBBHHHBBB3x", *FULL_PIXEL))
        self.set_encodings(self.encodings)
        self.request(False)

    def set_encodings(self, encodings):
        self.socket.sendall(struct.pack(">BxH%di" % len(encodings), 2, len(encodings), *encodings))

    def reason(self):
        return self.read(struct.unpack(">I", self.read(4))[0]).decode()

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def read(self, size):
        data = bytearray(size)
        view, at = memoryview(data), 0
        while at < size:
            n = self.socket.recv_into(view[at:])
            if not n:
                raise EOFError("the server closed the connection")
            at += n
        self.received += size
        return bytes(data)

    def request(self, incremental=True, x=0, y=0, width=None, height=None):
        self.socket.sendall(struct.pack(">BBHHHH", 3, incremental, x, y, width or self.width,
                                        height or self.height))

    def resize(self, width, height, *screens):
        """Asks for a size and screens (x, y, width, height); one that covers it unless given."""
        screens = screens or ((0, 0, width, height),)
        self.socket.sendall(struct.pack(">BxHHBx", 251, width, height, len(screens)) + b"".join(
            struct.pack(">IHHHHI", number, *screen, 0) for number, screen in enumerate(screens)))

    def key(self, symbol, down):
        self.socket.sendall(struct.pack(">BBxxI", 4, down, symbol))

    def qemu_key(self, key, down):
        self.socket.sendall(struct.pack(">BBHII", 255, 0, down, 0, key))

    def pointer(self, x, y, buttons=0):
        self.socket.sendall(struct.pack(">BBHH", 5, buttons, x, y))

    def resized(self, width, height):
        self.width, self.height, self.picture = width, height, None

    def rectangle(self):
        x, y, width, height, encoding = struct.unpack(">HHHHi", self.read(12))
        if encoding == LAST_RECT:
            return "last"
        if encoding == DESKTOP_SIZE:
            self.resized(width, height)
            return "resized"
        if encoding == EXTENDED_SIZE:
            self.read(4 + 16)
            self.resizes.append((x, y, width, height))
            if (width, height) != (self.width, self.height):
                self.resized(width, height)
                return "resized"
            return None
        if encoding in (QEMU_LEDS, VMWARE_LEDS):
            self.leds.append((encoding, int.from_bytes(
                self.read(1 if encoding == QEMU_LEDS else 4), "big")))
            return None
        if encoding == QEMU_KEYS:
            self.qemu_keys = True
            return None
        assert encoding == RAW, encoding
        assert x + width <= self.width and y + height <= self.height
        if self.picture is None:
            self.picture = bytearray(self.width * self.height * 4)
        data = self.read(width * height * 4)
        for row in range(height):
            at = ((y + row) * self.width + x) * 4
            self.picture[at:at + width * 4] = data[row * width * 4:(row + 1) * width * 4]
        return None

    def step(self, ask=True):
        """Handles one message and asks for the next change."""
        kind = self.read(1)[0]
        assert kind == 0, kind
        resized = False
        for _ in range(struct.unpack(">xH", self.read(3))[0]):
            what = self.rectangle()
            resized |= what == "resized"
            if what == "last":
                break
        self.updates += 1
        if ask:
            self.request(not resized)

    def wait(self, test, timeout=60):
        """Until a test on what came so far is true."""
        end = time.monotonic() + timeout
        while not test():
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError("%s, %s" % (self.resizes, self.leds))
            if self.has_bytes() or select.select([self.socket], [], [], left)[0]:
                self.step()

    def pixel(self, x, y):
        if self.picture is None or x >= self.width or y >= self.height:
            return None
        return struct.unpack_from("<I", self.picture, (y * self.width + x) * 4)[0] & 0xffffff

    def wait_pixel(self, x, y, test, timeout=60):
        """Until a pixel passes a test (or equals a number)."""
        check = test if callable(test) else lambda value: value == test
        end = time.monotonic() + timeout
        while self.picture is None or not check(self.pixel(x, y)):
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError("pixel %d,%d is %s" % (x, y, self.pixel(x, y)))
            if self.has_bytes() or select.select([self.socket], [], [], left)[0]:
                self.step()
        return self.pixel(x, y)

    def has_bytes(self):
        return isinstance(self.socket, ssl.SSLSocket) and self.socket.pending() > 0


def guest(name="keys", *args):
    return machine("-vga", "std", *disk(name), *args)


def is_refused(what, *args, **keywords):
    try:
        viewer = what(*args, **keywords)
    except (Refused, EOFError, ConnectionError) as error:
        return error
    viewer.close()
    raise AssertionError("a viewer was let in")


def press(viewer, down_and_up):
    """Types a key until the guest, which may only just have started, shows it; how long it took."""
    before = viewer.wait_pixel(10, 10, lambda value: True)
    for _ in range(20):
        start = time.monotonic()
        down_and_up()
        try:
            viewer.wait_pixel(10, 10, lambda value: value != before, 3)
            return time.monotonic() - start
        except TimeoutError:
            pass
    raise AssertionError("the guest does not see the key")


def type_a(viewer):
    viewer.key(0x61, 1)
    viewer.key(0x61, 0)


def wait_for(check, seconds, what):
    end = time.monotonic() + max(seconds, 60)
    while not check():
        assert time.monotonic() < end, "timed out waiting until " + what
        time.sleep(0.02)


def latencies(viewer, count):
    """From key press to changed pixel, in milliseconds, sorted."""
    times = []
    for _ in range(count):
        times.append(press(viewer, lambda: type_a(viewer)) * 1000)
        time.sleep(0.02)
    times.sort()
    return times
