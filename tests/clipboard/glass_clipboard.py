# SPDX-License-Identifier: GPL-2.0-or-later
"""The clipboard's messages of the glass protocol, as a front end speaks them."""

import fcntl
import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../process"))

from glass import F_GET_SEALS, SEAL_SHRINK, Broken, Glass

GIVE, FETCH, SEND, DECIDE = range(12, 16)
OFFER, WANT, DATA, STATE = range(44, 48)
TEXT, PNG = 1, 2
OFF, TO_GUEST, FROM_GUEST, BOTH, ASK = range(5)
TO, FROM = range(2)
F_ADD_SEALS = 1033
ALL_SEALS = 0xf


def memory(data, seals=ALL_SEALS):
    fd = os.memfd_create("clipboard", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.write(fd, data)
    fcntl.fcntl(fd, F_ADD_SEALS, seals)
    return fd


class ClipboardGlass(Glass):
    """Answers what the guest pastes with self.contents, by kind; while it holds, later."""

    def __init__(self, path, timeout=5.0, head=0):
        self.contents = {}
        self.holds = False
        self.held = None
        self.serial = 0
        self.number = 0
        self.wants = 0
        self.offers = []
        self.answers = []
        self.policy, self.question, self.direction = OFF, 0, TO
        super().__init__(path, timeout, head)

    def send_memory(self, fields, data):
        message = struct.pack(f"={len(fields)}I", *fields)
        fd = memory(data)
        try:
            socket.send_fds(self.socket, [message], [fd])
        finally:
            os.close(fd)

    def take(self, kind, body, fd):
        if kind == OFFER:
            self.offers.append(struct.unpack("=2I", body))
        elif kind == STATE:
            self.policy, self.question, self.direction = struct.unpack("=3I", body)
        elif kind == WANT:
            number, what = struct.unpack("=2I", body)
            self.wants += 1
            if self.holds:
                self.held = number, what
            else:
                self.answer(number, what)
        elif kind == DATA:
            self.answers.append(self.read(*struct.unpack("=3I", body), fd))
        else:
            return super().take(kind, body, fd)
        return kind

    def read(self, number, kind, size, fd):
        if number != self.number or (size > 0) != (fd >= 0):
            raise Broken(f"data {number} of kind {kind} and {size} bytes, descriptor {fd}")
        if fd < 0:
            return None
        try:
            if not fcntl.fcntl(fd, F_GET_SEALS) & SEAL_SHRINK:
                raise Broken("the clipboard's memory can shrink")
            return os.pread(fd, size, 0)
        finally:
            os.close(fd)

    def answer(self, number, kind):
        data = self.contents.get(kind)
        if data is None:
            self.send(SEND, number, kind, 0)
        else:
            self.send_memory((SEND, number, kind, len(data)), data)

    def release(self):
        """Answers what it held back."""
        self.holds = False
        self.answer(*self.held)

    def give(self, text, png=None):
        """Offers text, a picture, or both; or takes the offer back."""
        self.contents = {kind: data for kind, data in ((TEXT, text), (PNG, png)) if data is not None}
        if self.contents:
            self.serial += 1
        self.send(GIVE, self.serial, sum(self.contents))

    def until(self, test, timeout=30.0):
        end = time.monotonic() + timeout
        while not test():
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError("the clipboard did not get there")
            try:
                self.step(left)
            except TimeoutError:
                continue

    def fetch(self, kind=TEXT, timeout=30.0):
        """What the guest has copied; None if there is nothing for us."""
        self.number += 1
        before = len(self.answers)
        self.send(FETCH, self.number, kind)
        self.until(lambda: len(self.answers) > before, timeout)
        return self.answers[-1]

    def wait_offer(self, kinds=TEXT, timeout=30.0):
        self.until(lambda: self.offers and self.offers[-1][1] == kinds, timeout)

    def decide(self, allow):
        self.send(DECIDE, self.question, int(allow))
