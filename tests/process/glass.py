# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of the glass protocol (common/ipc/glass-wire.h) of its own, so that the tests do not
judge the display process by the front end's client. Checks what it is sent as it goes."""

import fcntl
import mmap
import os
import select
import socket
import struct
import time

HEAD_OFF, LOCKS, HEADS = 16, 17, 48
HELLO, ACK, KEY, POINTER_ABSOLUTE, POINTER_RELATIVE, BUTTON, TOUCH, RESIZE = range(1, 9)
(WELCOME, SCANOUT, DAMAGE, CURSOR, CURSOR_POSITION, POINTER_MODE, LEDS, BLANK) = range(32, 40)
VERSION = 1
FORMAT = 0x34325258
SIZES = {WELCOME: 12, SCANOUT: 24, CURSOR: 20, CURSOR_POSITION: 16, POINTER_MODE: 8, LEDS: 8,
         BLANK: 4, HEADS: 12}
F_GET_SEALS = 1034
SEAL_SHRINK = 2


class Closed(Exception):
    """The display process ended the connection."""


class Broken(AssertionError):
    """The display process broke the protocol."""


class Glass:
    """Connected and welcomed. Holds the present frame; acknowledges what it has seen."""

    def __init__(self, path, timeout=30.0, head=0):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
        self.socket.settimeout(timeout)
        self.socket.connect(path)
        self.memory = None
        self.width = self.height = self.stride = 0
        self.absolute = None
        self.leds = None
        self.damages = self.updates = self.scanouts = 0
        self.n_heads = self.lit = None
        self.send(HELLO, VERSION, head)
        kind, body, _ = self.receive(timeout)
        if kind != WELCOME or struct.unpack("=2I", body) != (VERSION, head):
            raise Broken(f"message {kind} instead of a welcome")

    def close(self):
        self.socket.close()
        if self.memory:
            self.memory.close()
            self.memory = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, kind, *fields):
        try:
            self.socket.send(struct.pack(f"={1 + len(fields)}i", kind, *fields))
        except OSError as error:
            raise Closed(str(error)) from error

    def receive(self, timeout):
        """(type, body, fd or -1) of the next message; TimeoutError if none comes."""
        ready = select.select([self.socket], [], [], max(0, timeout))
        if not ready[0]:
            raise TimeoutError("no message from the display process")
        try:
            data, fds, _, _ = socket.recv_fds(self.socket, 65536, 4)
        except OSError as error:
            raise Closed(str(error)) from error
        if not data:
            raise Closed("end of file")
        if len(fds) > 1:
            raise Broken(f"{len(fds)} descriptors in one message")
        kind = struct.unpack_from("=I", data)[0]
        if kind in SIZES and len(data) != SIZES[kind]:
            raise Broken(f"message {kind} of {len(data)} bytes")
        return kind, data[4:], fds[0] if fds else -1

    def take_scanout(self, body, fd):
        serial, width, height, stride, fmt = struct.unpack("=5I", body)
        if fd < 0:
            raise Broken("a scanout without its descriptor")
        try:
            size = os.fstat(fd).st_size
            seals = fcntl.fcntl(fd, F_GET_SEALS)
            if not 0 < width <= 16384 or not 0 < height <= 16384 or stride % 4:
                raise Broken(f"scanout {width}x{height} stride {stride}")
            if fmt != FORMAT or stride < width * 4 or size < stride * height:
                raise Broken(f"scanout {width}x{height} stride {stride} format {fmt:#x} size {size}")
            if not seals & SEAL_SHRINK:
                raise Broken(f"the frame's memory can shrink (seals {seals:#x})")
            if self.memory:
                self.memory.close()
            self.memory = mmap.mmap(fd, stride * height, mmap.MAP_SHARED, mmap.PROT_READ)
        finally:
            os.close(fd)
        self.width, self.height, self.stride = width, height, stride
        self.scanouts += 1
        return serial

    def take_damage(self, body):
        serial, n_rects, n_updates = struct.unpack_from("=3I", body)
        if len(body) != 12 + 16 * n_rects or n_rects < 1 or n_updates < 1:
            raise Broken(f"damage of {n_rects} rectangles, {n_updates} updates, {len(body)} bytes")
        rects = list(struct.iter_unpack("=4I", body[12:]))
        for x, y, width, height in rects:
            if not width or not height or x + width > self.width or y + height > self.height:
                raise Broken(f"rectangle {x},{y} {width}x{height} outside the frame")
        self.damages += 1
        self.updates += n_updates
        return serial, rects

    def step(self, timeout=5.0):
        """Handles one message and acknowledges it. Returns its type; rectangles in self.rects."""
        return self.take(*self.receive(timeout))

    def take(self, kind, body, fd):
        self.rects = []
        if kind == SCANOUT:
            serial = self.take_scanout(body, fd)
            self.rects = [(0, 0, self.width, self.height)]
            self.send(ACK, serial)
        elif kind == DAMAGE:
            serial, self.rects = self.take_damage(body)
            self.send(ACK, serial)
        elif kind == POINTER_MODE:
            self.absolute = bool(struct.unpack("=I", body)[0])
        elif kind == HEADS:
            self.n_heads, self.lit = struct.unpack("=2I", body)
            if not 1 <= self.n_heads <= 4 or self.lit >> self.n_heads:
                raise Broken(f"{self.n_heads} heads, lit {self.lit:#x}")
        elif kind == LEDS:
            self.leds = struct.unpack("=I", body)[0]
        elif kind == BLANK:
            self.width = self.height = 0
        elif kind == CURSOR:
            width, height, hot_x, hot_y = struct.unpack("=4I", body)
            if (fd < 0) != (width == 0) or width and (hot_x >= width or hot_y >= height):
                raise Broken(f"cursor {width}x{height} hot {hot_x},{hot_y} descriptor {fd}")
            if fd >= 0:
                os.close(fd)
        elif kind != CURSOR_POSITION:
            raise Broken(f"unknown message {kind}")
        return kind

    def pixel(self, x, y):
        if not self.memory or x >= self.width or y >= self.height:
            return None
        return struct.unpack_from("=I", self.memory, y * self.stride + x * 4)[0] & 0xffffff

    def wait(self, test, timeout):
        """Until the test, on what the display process has told, is true."""
        end = time.monotonic() + timeout
        while not test():
            left = end - time.monotonic()
            if left <= 0:
                raise AssertionError(f"not within {timeout} s; heads {self.n_heads}, lit {self.lit}, "
                                     f"leds {self.leds}, {self.width}x{self.height}")
            try:
                self.step(left)
            except TimeoutError:
                pass

    def wait_pixel(self, x, y, test, timeout=30.0):
        """Until pixel (x, y) passes a test; returns it."""
        end = time.monotonic() + timeout
        while True:
            pixel = self.pixel(x, y)
            if pixel is not None and test(pixel):
                return pixel
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"pixel {x},{y} is {pixel if pixel is None else hex(pixel)}"
                                   f" of {self.width}x{self.height}")
            try:
                self.step(left)
            except TimeoutError:
                continue

    def key(self, qnum, down):
        self.send(KEY, qnum, int(down))

    def drain(self):
        """Handles what has come already."""
        try:
            while True:
                self.step(0)
        except TimeoutError:
            pass
