# SPDX-License-Identifier: GPL-2.0-or-later
"""Limits of the network: a Linux guest through vitrine-net moves as much as it can, by TCP and by UDP,
each way. What counts is what the program at the receiving end has got: payload, without headers,
which is also what a limit counts. From 1 MB/s to half of what this machine can."""

import contextlib
import os
import socket
import sys
import threading
import time

from net import places
from rates import Counter, measure
from vitrine_test import BUILD, SOURCE, wait_until

sys.path.append(os.path.join(SOURCE, "tests", "net"))

SHELL, METER = 2303, 2304  # ports of ours; the second is forwarded by TCP and by UDP
DATAGRAM = 1400  # one frame each
BLOCK = bytes(1 << 18)


class FlowCounter(Counter):
    """What a flow's receiving end has got, by the clock of that end: its word of it may come late."""

    def __init__(self, flow):
        super().__init__(None)
        self.flow = flow

    def sample(self):
        return self.flow.so_far


class Flow:
    """One direction at work (tests/guests/meter.c); `so_far` is when its receiving end had got how many
    bytes."""

    def __init__(self, letter):
        self.so_far = (0, 0)
        self.over = False
        self.client = socket.create_connection(("127.0.0.1", METER), timeout=120)
        self.client.sendall(letter)

    def thread(self, function):
        threading.Thread(target=self.guarded, args=(function,), daemon=True).start()

    def guarded(self, function):
        with contextlib.suppress(OSError):  # closed, or the guest is gone: it grows no more
            function()

    def listen(self):
        """To what the guest's program says that it has got."""
        ahead = float("inf")  # our clock, of the guest's: the line that came fastest tells
        with self.client.makefile("r") as lines:
            for line in lines:
                count, ms = map(int, line.split())
                ahead = min(ahead, time.monotonic() - ms / 1000)
                self.so_far = (ms / 1000 + ahead, count)

    def got(self, size):
        self.so_far = (time.monotonic(), self.so_far[1] + size)

    def offer(self, rate):
        """How much to send, in MB/s, where the sender would not notice a limit; 0: as much as it can."""

    def close(self):
        self.over = True
        with contextlib.suppress(OSError):
            self.client.shutdown(socket.SHUT_RDWR)  # a thread that reads it would keep it open
        self.client.close()


class TcpIn(Flow):
    name = "to the guest, TCP"
    key = "network.rate-in"

    def __init__(self):
        super().__init__(b"r")
        self.thread(self.listen)
        self.thread(self.send)

    def send(self):
        while not self.over:
            self.client.sendall(BLOCK)


class TcpOut(Flow):
    name = "from the guest, TCP"
    key = "network.rate-out"

    def __init__(self):
        super().__init__(b"s")
        self.thread(self.receive)

    def receive(self):
        buffer = bytearray(1 << 20)
        while size := self.client.recv_into(buffer):
            self.got(size)


class Udp(Flow):
    def __init__(self, letter):
        super().__init__(letter)
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.udp.connect(("127.0.0.1", METER))

    def close(self):
        super().close()
        self.udp.close()


class UdpIn(Udp):
    name = "to the guest, UDP"
    key = "network.rate-in"
    share = 2  # of the limit that is offered: the rest is lost, which is what UDP is for

    def __init__(self):
        super().__init__(b"u")
        self.pace = 0
        self.thread(self.listen)
        self.thread(self.send)

    def offer(self, rate):
        self.pace = rate * self.share * 1e6

    def send(self):
        begin, sent, pace = time.monotonic(), 0, self.pace
        while not self.over:
            if pace != self.pace:
                begin, sent, pace = time.monotonic(), 0, self.pace
            if pace and sent > (time.monotonic() - begin) * pace:
                time.sleep(0.001)
                continue
            sent += self.udp.send(BLOCK[:DATAGRAM])


class UdpOut(Udp):
    name = "from the guest, UDP"
    key = "network.rate-out"

    def __init__(self):
        super().__init__(b"d")
        self.udp.settimeout(0.2)
        self.thread(self.receive)

    def receive(self):
        buffer = bytearray(DATAGRAM)
        self.udp.send(b"to here")
        while not self.over:
            try:
                self.got(self.udp.recv_into(buffer))
            except TimeoutError:
                self.udp.send(b"to here")  # the guest's socket may have been full


def measure_flow(world, table, kind, quick):
    flow = kind()

    def limit(rate):
        world.ctl("set", "linux", f"{flow.key}={round(rate * 1000)}")
        flow.offer(rate)
    try:
        wait_until(lambda: flow.so_far[1] > 1 << 20, 60, f"bytes flow {flow.name}")
        measure(table, flow.name, FlowCounter(flow), limit, quick)
    finally:
        flow.close()


def network(world, table, quick):
    import linux
    places()
    table.section("limits of the network: a Linux guest (TCG), payload at the receiving program")
    initrd = linux.initrd(meter=os.path.join(BUILD, "tests", "guests", "meter"))
    guest = world.guest("linux", guest__memory=256, boot__kernel=linux.kernel(),
                        boot__initrd=world.file("initrd.gz", initrd), boot__cmdline="quiet",
                        network__policy="internet",
                        network__forward=f"tcp:{SHELL}:{linux.SHELL_PORT};tcp:{METER}:{METER};"
                                         f"udp:{METER}:{METER}")
    guest.start()
    shell = linux.Shell(("127.0.0.1", SHELL), 120)
    shell.run(f"meter {METER} </dev/null >/dev/null 2>&1 &")
    shell.run(f"until netstat -ltn | grep -q :{METER}; do sleep 0.1; done")
    for kind in (TcpIn, TcpOut, UdpIn, UdpOut):
        measure_flow(world, table, kind, quick)
    shell.close()
    guest.stop()
