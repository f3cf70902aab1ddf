# SPDX-License-Identifier: GPL-2.0-or-later
"""A small RFB client (RFC 6143, raw encoding) to measure QEMU's own VNC server with."""

import select
import socket
import struct
import time

RAW, DESKTOP_SIZE = 0, -223


class Rfb:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(path)
        assert self.read(12).startswith(b"RFB 003.008")
        self.socket.sendall(b"RFB 003.008\n")
        kinds = self.read(self.read(1)[0])
        assert 1 in kinds, "the server wants a password"
        self.socket.sendall(b"\1")
        assert self.read(4) == bytes(4)
        self.socket.sendall(b"\1")
        self.width, self.height = struct.unpack(">HH", self.read(4))
        self.read(16)
        self.read(struct.unpack(">I", self.read(4))[0])
        self.socket.sendall(struct.pack(">B3xBBBBHHHBBB3x", 0, 32, 24, 0, 1, 255, 255, 255,
                                        16, 8, 0))
        self.socket.sendall(struct.pack(">BxHii", 2, 2, RAW, DESKTOP_SIZE))
        self.corner = None
        self.area = 0
        self.updates = 0
        self.buffer = bytearray(64 << 20)
        self.request(False)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def read(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise EOFError("the server closed the connection")
            data += more
        return data

    def request(self, incremental=True):
        self.socket.sendall(struct.pack(">BBHHHH", 3, incremental, 0, 0, self.width, self.height))

    def key(self, symbol, down):
        self.socket.sendall(struct.pack(">BBxxI", 4, down, symbol))

    def rectangle(self):
        x, y, width, height, encoding = struct.unpack(">HHHHi", self.read(12))
        if encoding == DESKTOP_SIZE:
            self.width, self.height, self.corner = width, height, None
            return True
        assert encoding == RAW, encoding
        size = width * height * 4
        view, at = memoryview(self.buffer), 0
        while at < size:
            n = self.socket.recv_into(view[at:size])
            if not n:
                raise EOFError("the server closed the connection")
            at += n
        self.area += width * height
        if x == 0 and y == 0 and size:
            self.corner = struct.unpack_from("<I", self.buffer)[0] & 0xffffff
        return False

    def step(self):
        """Handles one message and asks for the next change."""
        kind = self.read(1)[0]
        if kind == 0:
            resized = False
            for _ in range(struct.unpack(">xH", self.read(3))[0]):
                resized |= self.rectangle()
            self.updates += 1
            self.request(not resized)
        elif kind == 3:
            self.read(struct.unpack(">3xI", self.read(7))[0])
        elif kind == 1:
            self.read(5 + 6 * struct.unpack_from(">H", self.read(5), 3)[0] - 5)
        elif kind != 2:
            raise ValueError(f"message {kind}")

    def wait_corner(self, test, timeout=5):
        """Until the corner's pixel passes a test."""
        end = time.monotonic() + timeout
        while self.corner is None or not test(self.corner):
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"the corner is {self.corner}")
            if select.select([self.socket], [], [], left)[0]:
                self.step()
        return self.corner
