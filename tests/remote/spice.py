# SPDX-License-Identifier: GPL-2.0-or-later
"""SPICE viewers for the tests: virt-viewer's screenshot tool, a GLib client of the library that
spicy and remote-viewer are made of (runs in a process of its own), and a small raw client with
which a test can say exactly what a viewer says."""

import json
import os
import select
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time

SPICE = 3  # LINK_PROTOCOL_SPICE
MAIN, DISPLAY, INPUTS, CURSOR, PLAYBACK, RECORD = range(1, 7)
OK, INVALID_DATA, VERSION_MISMATCH, DENIED, BAD_ID, NO_CHANNEL = 0, 3, 4, 7, 8, 9
AUTH_SELECTION, AUTH_SPICE, MINI_HEADER = 1, 2, 8


class Picture:
    """A binary PPM."""

    def __init__(self, path):
        with open(path, "rb") as file:
            magic, size, depth, self.data = file.read().split(b"\n", 3)
        assert (magic, depth[:3]) == (b"P6", b"255"), (magic, depth)
        if len(depth) > 3:  # the tool ends its header with a space or nothing
            self.data = depth[4:] + b"\n" + self.data
        self.width, self.height = (int(word) for word in size.split())
        self.data = self.data[-self.width * self.height * 3:]

    def pixel(self, x, y):
        at = (y * self.width + x) * 3
        return int.from_bytes(self.data[at:at + 3], "big")


def screenshot(port, password, tls=False, timeout=60):
    """What spicy-screenshot saves; None if it is not let in, as by TLS: it
    can be told no certificate to trust."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "shot.ppm")
        command = ["spicy-screenshot", "-h", "127.0.0.1", "-w", password, "-o", path]
        if tls:
            command += ["-s", str(port)]
        else:
            command += ["-p", str(port)]
        env = dict(os.environ, HOME=folder, XDG_CONFIG_HOME=folder)
        try:
            subprocess.run(command, env=env, timeout=timeout, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=False)
        except subprocess.TimeoutExpired:
            pass
        return Picture(path) if os.path.exists(path) else None


class Client:
    """spice_client.py, as a process."""

    def __init__(self, port, password="secret", **options):
        options = {name.replace("_", "-"): value for name, value in options.items()}
        key = "tls-port" if "ca-file" in options or options.pop("tls", False) else "port"
        options.update({"host": "127.0.0.1", key: str(port), "password": password})
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            ["/usr/bin/python3", os.path.join(os.path.dirname(__file__), "spice_client.py"),
             json.dumps(options)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
            env={name: value for name, value in os.environ.items() if name != "G_DEBUG"})
        self.buffer = b""
        self.kept = []
        self.unread = []

    def send(self, **command):
        self.process.stdin.write(json.dumps(command).encode() + b"\n")
        self.process.stdin.flush()

    def next(self, timeout):
        end = time.monotonic() + timeout
        while b"\n" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                self.log.seek(0)
                raise TimeoutError("the viewer says nothing; it has said: %s\n%s" % (
                    self.kept, self.log.read()[-2000:]))
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                raise EOFError("the viewer ended: %s" % self.kept)
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        self.kept.append(json.loads(line))
        return self.kept[-1]

    def expect(self, event, timeout=60, **values):
        """The first event of that name and with those values; others stay to be expected."""
        end = time.monotonic() + timeout
        at = 0
        while True:
            if at == len(self.unread):
                self.unread.append(self.next(max(0, end - time.monotonic())))
            got = self.unread[at]
            if got["event"] == event and all(got.get(k) == v for k, v in values.items()):
                del self.unread[at]
                return got
            at += 1

    def opened(self, channel, timeout=60):
        return self.expect("channel", timeout, channel=channel, what="opened")

    def pixel(self, x, y):
        self.send(pixel=[x, y])
        return self.expect("pixel")["value"]

    def wait_pixel(self, x, y, test, timeout=60):
        check = test if callable(test) else lambda value: value == test
        end = time.monotonic() + timeout
        while True:
            value = self.pixel(x, y)
            if check(value):
                return value
            assert time.monotonic() < end, "pixel %d,%d is %s" % (x, y, value)
            time.sleep(0.02)

    def close(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.stdout.close()
        self.process.wait()
        self.log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


# --- Saying exactly what a test wants said ---


def link_message(channel=MAIN, connection=0, common=(AUTH_SELECTION | AUTH_SPICE | MINI_HEADER,),
                 own=(0,), offset=18, major=2, size=None, magic=b"REDQ", words=None, identity=0):
    words = words or (len(common), len(own))
    body = struct.pack("<IBBIII", connection, channel, identity, *words, offset)
    body += struct.pack("<%dI" % (len(common) + len(own)), *common, *own)
    return magic + struct.pack("<III", major, 2, len(body) if size is None else size) + body


def seal(key, password):
    """The password for the server's key, by OpenSSL's command."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(key)
        file.flush()
        run = subprocess.run(
            ["openssl", "pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", file.name,
             "-pkeyopt", "rsa_padding_mode:oaep"], input=password.encode() + b"\0",
            stdout=subprocess.PIPE, check=True)
    return run.stdout


class Refused(Exception):
    pass


class Raw:
    """One connection, which is one channel."""

    def __init__(self, port, authority=None, address="127.0.0.1"):
        self.socket = socket.create_connection((address, port), 60)
        self.socket.settimeout(60)
        if authority:
            context = ssl.create_default_context(cadata=authority.decode())
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")

    def read(self, size):
        data = b""
        while len(data) < size:
            got = self.socket.recv(size - len(data))
            if not got:
                raise EOFError("the server closed the connection")
            data += got
        return data

    def send(self, data):
        self.socket.sendall(data)

    def reply(self):
        """The answer to a link message: result and key."""
        magic, major, _, size = struct.unpack("<4sIII", self.read(16))
        assert (magic, major) == (b"REDQ", 2)
        body = self.read(size)
        return struct.unpack_from("<I", body)[0], body[4:166]

    def login(self, password="secret", channel=MAIN, connection=0, **options):
        self.send(link_message(channel, connection, **options))
        result, key = self.reply()
        if result != OK:
            raise Refused(result)
        self.send(struct.pack("<I", 1) + seal(key, password))
        result, = struct.unpack("<I", self.read(4))
        if result != OK:
            raise Refused(result)
        return self

    def message(self):
        kind, size = struct.unpack("<HI", self.read(6))
        return kind, self.read(size)

    def session(self):
        """The number that the other channels are to name."""
        while True:
            kind, body = self.message()
            if kind == 103:
                return struct.unpack_from("<I", body)[0]

    def put(self, kind, body=b""):
        self.send(struct.pack("<HI", kind, len(body)) + body)

    def is_cut(self, timeout=60):
        """Whether the server ends the connection."""
        self.socket.settimeout(timeout)
        try:
            while self.socket.recv(65536):
                pass
        except socket.timeout:
            return False
        except OSError:
            pass
        return True

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
