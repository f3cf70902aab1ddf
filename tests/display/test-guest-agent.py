#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's agent as vitrine-display meets it: text and pictures both ways up to the limit, and
whatever a hostile program of the guest could write instead. The test is the agent."""

import fcntl
import os
import socket
import struct
import sys
import time

sys.path.insert(1, os.path.join(os.path.dirname(__file__), "../clipboard"))

from harness import LINK_PING, LINK_PONG, disk, machine, run_tests
from glass_clipboard import BOTH, PNG, TEXT, ClipboardGlass

LINK_CLIPBOARD, LINK_AGENT, LINK_AGENT_OPENED, LINK_AGENT_OVER = 12, 13, 14, 38
CLIPBOARD, ANNOUNCE, GRAB, REQUEST, RELEASE = 4, 6, 7, 8, 9
BY_DEMAND, SELECTION = 1 << 5, 1 << 6
BYTES_MAX = 8 << 20
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(BYTES_MAX - 8)


def message(kind, body, size=None):
    return struct.pack("<IIQI", 1, kind, 0, len(body) if size is None else size) + body


def chunk(data, port=1, size=None):
    return struct.pack("<II", port, len(data) if size is None else size) + data


def words(*values):
    return struct.pack(f"<{len(values)}I", *values)


class Agent:
    """One connection; announced, unless told otherwise."""

    def __init__(self, display, announce=True):
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(20)
        display.send(LINK_AGENT, 0, [theirs.fileno()])
        theirs.close()
        self.stream = bytearray()
        if announce:
            assert self.receive()[0] == ANNOUNCE
            self.send(ANNOUNCE, words(0, BY_DEMAND | SELECTION))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, kind, body):
        self.socket.sendall(chunk(message(kind, body)))

    def read(self, size):
        data = b""
        while len(data) < size:
            got = self.socket.recv(size - len(data))
            if not got:
                raise EOFError("vitrine-display closed the connection")
            data += got
        return data

    def receive(self):
        """(type, body) of the next message."""
        while len(self.stream) < 20 or len(self.stream) < 20 + self.size():
            port, size = struct.unpack("<II", self.read(8))
            assert port == 1 and 0 < size <= 2048, (port, size)
            self.stream += self.read(size)
        kind, size = struct.unpack("<4xI8xI", self.stream[:20])
        body = bytes(self.stream[20:20 + size])
        del self.stream[:20 + size]
        return kind, body

    def size(self):
        return struct.unpack("<I", self.stream[16:20])[0]

    def expect(self, kind):
        while True:
            got, body = self.receive()
            if got == kind:
                return body

    def is_closed(self):
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionResetError:
            pass
        return True


class Desk:
    """A machine with a display, and a front end that gives and takes."""

    def __enter__(self):
        self.machine = machine("-vga", "std", *disk("idle"))
        _, self.display = self.machine.__enter__()
        self.display.send(LINK_CLIPBOARD, BOTH)
        self.glass = ClipboardGlass(self.display.path)
        return self.display, self.glass

    def __exit__(self, *what):
        self.glass.close()
        return self.machine.__exit__(*what)


def offer(agent, glass, *kinds):
    agent.send(GRAB, words(0, *kinds))
    glass.wait_offer(sum(kinds))


def ask(agent, glass, kind):
    """The agent's question, answered by the front end."""
    wants = glass.wants
    agent.send(REQUEST, words(0, kind))
    glass.until(lambda: glass.wants > wants)


def check_both_ways(display, glass):
    """A new agent gets a text and gives one."""
    with Agent(display) as agent:
        check_texts(agent, glass)


def check_texts(agent, glass):
    glass.give(b"to the guest")
    assert agent.expect(GRAB) == words(0, TEXT)
    ask(agent, glass, TEXT)
    assert agent.expect(CLIPBOARD) == words(0, TEXT) + b"to the guest"
    offer(agent, glass, TEXT)
    check_fetch(agent, glass)


def check_fetch(agent, glass):
    fetched = start_fetch(glass, TEXT)
    assert agent.expect(REQUEST) == words(0, TEXT)
    agent.send(CLIPBOARD, words(0, TEXT) + b"from the guest")
    assert fetched() == b"from the guest"


def start_fetch(glass, kind):
    """Asks now; the answer comes when the result is called."""
    glass.number += 1
    before = len(glass.answers)
    glass.send(13, glass.number, kind)

    def finish():
        glass.until(lambda: len(glass.answers) > before)
        return glass.answers[-1]
    return finish


def test_largest():
    """8 MiB of text and a picture of as many bytes, both ways; one byte more does not pass."""
    with Desk() as (display, glass), Agent(display) as agent:
        longest = b"x" * BYTES_MAX
        glass.give(longest, PICTURE)
        assert agent.expect(GRAB) == words(0, TEXT, PNG)
        for kind, data in ((TEXT, longest), (PNG, PICTURE)):
            ask(agent, glass, kind)
            assert agent.expect(CLIPBOARD) == words(0, kind) + data, kind
        offer(agent, glass, TEXT, PNG)
        for kind, data in ((TEXT, longest), (PNG, PICTURE)):
            fetched = start_fetch(glass, kind)
            assert agent.expect(REQUEST) == words(0, kind)
            agent.send(CLIPBOARD, words(0, kind) + data)
            assert fetched() == data, kind
        offer(agent, glass, PNG)
        for data in (PICTURE + b"x", b"GIF89a"):
            fetched = start_fetch(glass, PNG)
            assert agent.expect(REQUEST) == words(0, PNG)
            agent.send(CLIPBOARD, words(0, PNG) + data)
            assert fetched() is None, len(data)
        check_both_ways(display, glass)


def test_garbage():
    """What is no message ends the connection, and is told; the next one begins anew."""
    noise = os.urandom(65536)
    bad = [chunk(b"x", port=7), chunk(b"", size=0), struct.pack("<I", 0xffffffff) + noise,
           chunk(message(CLIPBOARD, b"", size=0xffffffff)), chunk(message(GRAB, b"", size=1 << 31)),
           chunk(message(ANNOUNCE, b"", size=0)), chunk(struct.pack("<IIQI", 2, GRAB, 0, 4)),
           chunk(message(CLIPBOARD, words(0, TEXT), size=(512 << 20) + 1)),
           chunk(message(99, b"", size=1 << 20))]
    with Desk() as (display, glass):
        for data in bad:
            for announce in (False, True):
                with Agent(display, announce) as agent:
                    agent.socket.sendall(data)
                    assert agent.is_closed()
                expect_over(display)
        check_both_ways(display, glass)


def flood(display, glass, agent, data, seconds):
    """Says this again and again, reading nothing, while display answers pings."""
    slowest, serial, end = 0, 1, time.monotonic() + seconds
    agent.socket.setblocking(False)
    stream = b""
    while time.monotonic() < end:
        begin = time.monotonic()
        display.send(LINK_PING, serial)
        while True:
            stream = stream or data
            try:
                stream = stream[agent.socket.send(stream):]
            except BlockingIOError:
                pass
            ready = display.link.recv(64, socket.MSG_DONTWAIT) if can_read(display.link) else b""
            if ready and struct.unpack("=II", ready)[:2] == (LINK_PONG, serial):
                break
            glass.drain()
        slowest, serial = max(slowest, time.monotonic() - begin), serial + 1
    return slowest


def can_read(link):
    try:
        return bool(link.recv(64, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    except BlockingIOError:
        return False


def test_floods():
    """Whole messages without end, none of whose answers are read: display neither grows nor stops."""
    with Desk() as (display, glass):
        glass.give(b"x" * BYTES_MAX)
        kinds = {"announcements": message(ANNOUNCE, words(1, SELECTION)),
                 "offers": message(GRAB, words(0, TEXT, PNG)),
                 "questions": message(REQUEST, words(0, TEXT)),
                 "unasked contents": message(CLIPBOARD, words(0, TEXT) + b"y" * 100000),
                 "others": message(99, bytes(60000)), "small ones": message(RELEASE, b"\0")}
        before, slowest = display.memory_kib("Private_Dirty"), 0
        for name, data in kinds.items():
            with Agent(display) as agent:
                slowest = max(slowest, flood(display, glass, agent, chunk(data) * 20, 1))
            grown = display.memory_kib("Private_Dirty") - before
            assert grown < 20 << 10, f"{name}: {grown} KiB more"
        assert slowest < 2, slowest
        glass.give(None)
        check_both_ways(display, glass)
        return f"the slowest answer took {slowest * 1000:.0f} ms, {grown} KiB more"


def test_passed_over():
    """Contents of 512 MiB are announced, and 64 of them come: they are passed over unread."""
    with Desk() as (display, glass), Agent(display) as agent:
        offer(agent, glass, TEXT)
        fetched = start_fetch(glass, TEXT)
        agent.expect(REQUEST)
        before = display.memory_kib("Private_Dirty")
        head = message(CLIPBOARD, words(0, TEXT), size=512 << 20)
        agent.socket.sendall(chunk(head))
        assert fetched() is None  # at once: nobody waits for the rest
        for _ in range(64):
            agent.socket.sendall(chunk(bytes(1 << 20)))
        grown = display.memory_kib("Private_Dirty") - before
        assert grown < 4 << 10, grown
        check_both_ways(display, glass)


def test_cut_off():
    """An agent that is replaced, or leaves, in the middle of a message, either way."""
    with Desk() as (display, glass):
        for leaves in (False, True):
            with Agent(display) as agent:
                offer(agent, glass, PNG)
                fetched = start_fetch(glass, PNG)
                agent.expect(REQUEST)
                whole = chunk(message(CLIPBOARD, words(0, PNG) + PICTURE))
                agent.socket.sendall(whole[:len(whole) // 2])
                if leaves:
                    agent.socket.close()
                else:
                    with Agent(display):
                        assert agent.is_closed()
                assert fetched() is None
            with Agent(display) as agent:
                glass.give(None, PICTURE)
                assert agent.expect(GRAB) == words(0, PNG)
                ask(agent, glass, PNG)
                agent.read(100000)
                if not leaves:
                    with Agent(display):
                        assert agent.is_closed()
            glass.give(None)
            check_both_ways(display, glass)


def test_replaced():
    """Another program has the port now, and what passes is the same connection still."""
    grab = chunk(message(GRAB, words(0, TEXT)))
    with Desk() as (display, glass):
        with Agent(display, announce=False) as agent:
            assert agent.expect(ANNOUNCE)[0] == 1
            display.send(LINK_AGENT_OPENED)  # who has not heard that
            assert agent.expect(ANNOUNCE)[0] == 1
            agent.send(ANNOUNCE, words(0, BY_DEMAND | SELECTION))
            check_texts(agent, glass)
            offer(agent, glass, TEXT)
            display.send(LINK_AGENT_OPENED)  # who is still at the beginning, and may have copied
            assert agent.expect(ANNOUNCE)[0] == 0
            check_fetch(agent, glass)
            agent.send(ANNOUNCE, words(1, BY_DEMAND | SELECTION))
            assert agent.expect(ANNOUNCE)[0] == 0
            check_texts(agent, glass)
        with Agent(display, announce=False) as agent:  # who takes back what another display was offered
            assert agent.expect(ANNOUNCE)[0] == 1
            agent.send(RELEASE, words(0))
            agent.send(ANNOUNCE, words(0, BY_DEMAND | SELECTION))
            is_read(agent)
            glass.give(b"of before")
            assert agent.expect(GRAB) == words(0, TEXT)
            display.send(LINK_AGENT_OPENED)
            assert agent.expect(ANNOUNCE)[0] == 0
            assert agent.expect(GRAB) == words(0, TEXT)  # which may have gone with the port
            check_texts(agent, glass)
        for said in (grab, grab + grab[:8]):
            with Agent(display, announce=False) as agent:
                agent.socket.sendall(said)
                assert agent.expect(ANNOUNCE)[0] == 1
                is_read(agent)
                display.send(LINK_AGENT_OPENED)
                assert agent.is_closed()
            expect_over(display)
        check_both_ways(display, glass)


def test_silent():
    """The rest of a message that does not come: what is said in its place would be taken for it. Who
    has nothing to say is left alone."""
    with Desk() as (display, glass):
        with Agent(display, announce=False) as quiet:
            quiet.expect(ANNOUNCE)
            display.send(LINK_AGENT_OPENED)
            quiet.expect(ANNOUNCE)
            quiet.socket.settimeout(6)
            try:
                raise AssertionError(quiet.receive())
            except TimeoutError:
                quiet.socket.settimeout(20)
            quiet.send(ANNOUNCE, words(1, BY_DEMAND | SELECTION))
            quiet.expect(ANNOUNCE)
            check_texts(quiet, glass)
            quiet.socket.sendall(chunk(message(CLIPBOARD, words(0, TEXT), size=500 << 20)))
            quiet.send(ANNOUNCE, words(1, BY_DEMAND | SELECTION))
            assert quiet.is_closed()
        expect_over(display)
        check_both_ways(display, glass)


def expect_over(display):
    """The connection is given up, since so many milliseconds of the clock's."""
    closed = display.expect(LINK_AGENT_OVER)
    assert (time.monotonic_ns() // 10**6 - closed) % (1 << 32) < 60000, closed


def is_read(agent):
    """What was sent has been taken."""
    SIOCOUTQ = 0x5411
    while struct.unpack("i", fcntl.ioctl(agent.socket, SIOCOUTQ, bytes(4)))[0]:
        time.sleep(0.01)


def test_off():
    """With the policy off the connection is closed, and what was underway does not arrive."""
    with Desk() as (display, glass), Agent(display) as agent:
        offer(agent, glass, TEXT)
        fetched = start_fetch(glass, TEXT)
        agent.expect(REQUEST)
        display.send(LINK_CLIPBOARD, 0)
        assert agent.is_closed()
        assert fetched() is None
        display.send(LINK_CLIPBOARD, BOTH)
        glass.until(lambda: glass.policy == BOTH)
        check_both_ways(display, glass)


if __name__ == "__main__":
    run_tests([test_largest, test_garbage, test_floods, test_passed_over, test_cut_off, test_replaced,
               test_silent, test_off])
