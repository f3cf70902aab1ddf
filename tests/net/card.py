# SPDX-License-Identifier: GPL-2.0-or-later
"""A fake QEMU with a guest of our own making: the other end of vitrine-net's sockets. Frames go in and
come out as bytes, so that a test can say what no real guest would."""

import os
import select
import socket
import struct
import subprocess
import time

BUILD = os.environ.get("VITRINE_BUILD") or os.path.join(os.path.dirname(__file__), "../../build")
MAC = bytes.fromhex("525400123456")
BROADCAST = b"\xff" * 6
GATEWAY_MAC = bytes.fromhex("52550a000202")
GUEST, GATEWAY, RESOLVER = "10.0.2.15", "10.0.2.2", "10.0.2.3"
PREFIX6 = "fd76:6974:7269:6e65::"
GUEST6 = PREFIX6 + "15"
(SETUP, ADDRESSES, RESOLVERS, POLICY, RATES, FORWARD, FORWARD_END, CAPTURE, CAPTURE_STOP,
 PING) = range(1, 11)
READY, STATS, CAPTURE_END, FAILED = range(32, 36)
OFFLINE, INTERNET, LAN = range(3)
DROPS = ("none", "malformed", "unsupported", "spoofed", "gateway", "host", "private", "link-local",
         "multicast", "special", "storm", "offline", "full")
TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def packed(address):
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


def mapped(address):
    raw = packed(address)
    return raw if len(raw) == 16 else b"\0" * 10 + b"\xff\xff" + raw


def ethernet(kind, payload, source=MAC, to=GATEWAY_MAC):
    return to + source + struct.pack("!H", kind) + payload


def ip(source, to, protocol, payload, **more):
    """An IPv4 or IPv6 frame, by its addresses."""
    a, b = packed(source), packed(to)
    if len(a) == 16:
        head = struct.pack("!IHBB", 6 << 28, len(payload), protocol, more.get("hops", 64)) + a + b
        return ethernet(0x86dd, head + payload, more.get("mac", MAC))
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), more.get("id", 1),
                       more.get("fragment", 0), 64, protocol, 0) + a + b
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return ethernet(0x0800, head + payload, more.get("mac", MAC))


def pseudo(source, to, protocol, size):
    a, b = packed(source), packed(to)
    return a + b + (struct.pack("!II", size, protocol) if len(a) == 16
                    else struct.pack("!BBH", 0, protocol, size))


def udp(source, to, from_port, to_port, data, **more):
    head = struct.pack("!HHHH", from_port, to_port, 8 + len(data), 0)
    total = checksum(pseudo(source, to, UDP, 8 + len(data)) + head + data) or 0xffff
    return ip(source, to, UDP, head[:6] + struct.pack("!H", total) + data, **more)


def tcp(source, to, from_port, to_port, sequence, acknowledged, flags, data=b"", **more):
    head = struct.pack("!HHIIBBHHH", from_port, to_port, sequence, acknowledged, 5 << 4, flags,
                       more.pop("window", 65535), 0, 0)
    total = checksum(pseudo(source, to, TCP, len(head) + len(data)) + head + data)
    return ip(source, to, TCP, head[:16] + struct.pack("!H", total) + head[18:] + data, **more)


def echo(source, to, number=1, **more):
    six = ":" in source
    body = struct.pack("!BBHHH", 128 if six else 8, 0, 0, 77, number) + b"vitrine!"
    total = checksum((pseudo(source, to, ICMP6, len(body)) if six else b"") + body)
    return ip(source, to, ICMP6 if six else ICMP, body[:2] + struct.pack("!H", total) + body[4:],
              **more)


def arp(source, to, mac=MAC, outer=None):
    return ethernet(0x0806, struct.pack("!HHBBH", 1, 0x800, 6, 4, 1) + mac + packed(source) +
                    b"\0" * 6 + packed(to), outer or mac, BROADCAST)


def dhcp(kind, wanted=None, mac=MAC):
    options = b"\x63\x82\x53\x63\x35\x01" + bytes([kind])
    if wanted:
        options += b"\x32\x04" + packed(wanted)
    body = struct.pack("!BBBBIHH", 1, 1, 6, 0, 0x1234, 0, 0) + b"\0" * 16 + mac + b"\0" * 202
    frame = udp("0.0.0.0", "255.255.255.255", 68, 67, body + options + b"\xff")
    return BROADCAST + frame[6:]


class Packet:
    """A frame from the network, understood as far as tests ask."""

    def __init__(self, frame):
        self.frame = frame
        self.kind = struct.unpack("!H", frame[12:14])[0]
        self.protocol = self.source = self.to = None
        if self.kind == 0x0800:
            size = (frame[14] & 15) * 4
            total = struct.unpack("!H", frame[16:18])[0]
            self.protocol = frame[23]
            self.source, self.to = (socket.inet_ntoa(frame[a:a + 4]) for a in (26, 30))
            self.body = frame[14 + size:14 + total]
        elif self.kind == 0x86dd:
            self.protocol = frame[20]
            self.source, self.to = (socket.inet_ntop(socket.AF_INET6, frame[a:a + 16])
                                    for a in (22, 38))
            self.body = frame[54:54 + struct.unpack("!H", frame[18:20])[0]]
        if self.protocol in (TCP, UDP):
            self.from_port, self.to_port = struct.unpack("!HH", self.body[:4])
        if self.protocol == UDP:
            self.data = self.body[8:]
        if self.protocol == TCP:
            self.sequence, self.acknowledged = struct.unpack("!II", self.body[4:12])
            self.flags = self.body[13]
            self.data = self.body[(self.body[12] >> 4) * 4:]

    def __repr__(self):
        return f"{self.kind:04x} {self.protocol} {self.source} -> {self.to} {self.frame.hex()}"


class Card:
    """vitrine-net, its orders, and the guest's frames."""

    def __init__(self, policy=INTERNET, own=(), resolver=None, resolver6=None, mtu=1500, frames=None,
                 command=None):
        self.link, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.frames, self.far_end = frames or socket.socketpair(socket.AF_UNIX,
                                                                socket.SOCK_SEQPACKET)
        os.set_inheritable(theirs.fileno(), True)
        theirs.setblocking(False)
        program = command or [os.path.join(BUILD, "vitrine-net")]
        self.process = subprocess.Popen([*program, "--link-fd", str(theirs.fileno())],
                                        pass_fds=[theirs.fileno()])
        theirs.close()
        self.serial = 0
        self.say(struct.pack("=II6sxx", SETUP, mtu, MAC), self.far_end.fileno())
        self.addresses(own)
        self.resolvers(resolver, resolver6)
        self.policy(policy)
        assert struct.unpack("=II", self.hear()) == (READY, 0)
        self.stats()

    def say(self, message, *fds):
        socket.send_fds(self.link, [message], list(fds))

    def hear(self, timeout=20):
        if not select.select([self.link], [], [], timeout)[0]:
            raise AssertionError("vitrine-net is silent")
        return self.link.recv(65536)

    def addresses(self, own):
        """Each alone, or with the length of its network's prefix behind a slash."""
        plain = [address.partition("/")[::2] for address in own]
        packed_own = b"".join(mapped(address) for address, _ in plain)
        bits = bytes(int(size) + (0 if ":" in address else 96) if size else 128
                     for address, size in plain)
        self.say(struct.pack("=II", ADDRESSES, len(own)) + packed_own.ljust(256 * 16, b"\0") +
                 bits.ljust(256, b"\0"))

    def resolvers(self, v4, v6=None):
        self.say(struct.pack("=II", RESOLVERS, (1 if v4 else 0) | (2 if v6 else 0)) +
                 packed(v4 or "0.0.0.0") + packed(v6 or "::") + b"\0" * 4)

    def policy(self, number):
        self.say(struct.pack("=II", POLICY, number))

    def rates(self, to_guest=0, from_guest=0):
        self.say(struct.pack("=IIQQ", RATES, 0, to_guest, from_guest))

    def forward(self, number, fd, guest_port, is_udp=False):
        self.say(struct.pack("=IIII", FORWARD, number, int(is_udp), guest_port), fd)

    def stats(self):
        """Also waits until all orders before are obeyed."""
        self.serial += 1
        self.say(struct.pack("=II", PING, self.serial))
        while True:
            answer = self.hear()
            kind, serial = struct.unpack("=II", answer[:8])
            if kind == STATS and serial == self.serial:
                break
        numbers = struct.unpack("=4Q13QQII4s16s4x", answer[8:])
        return {"bytes_in": numbers[0], "bytes_out": numbers[1], "frames_in": numbers[2],
                "frames_out": numbers[3], "drops": dict(zip(DROPS, numbers[4:17])),
                "capture": numbers[17], "flows": numbers[18], "policy": numbers[19],
                "lease": socket.inet_ntoa(numbers[20]),
                "address6": socket.inet_ntop(socket.AF_INET6, numbers[21])}

    def send(self, frame):
        self.frames.send(frame)

    def receive(self, timeout=20):
        if not select.select([self.frames], [], [], timeout)[0]:
            return None
        return Packet(self.frames.recv(70000))

    def wait(self, test, timeout=20):
        """The first packet for which `test` holds; answers what a neighbour asks meanwhile."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            packet = self.receive(max(0.0, end - time.monotonic()))
            if packet is None:
                break
            self.answer(packet)
            if test(packet):
                return packet
        raise AssertionError("the packet that was waited for did not come")

    def answer(self, packet):
        if packet.kind == 0x0806 and packet.frame[20:22] == b"\0\1":
            asked, who = packet.frame[38:42], packet.frame[28:32]
            if asked == packed(GUEST):
                self.send(ethernet(0x0806, struct.pack("!HHBBH", 1, 0x800, 6, 4, 2) + MAC + asked +
                                   packet.frame[22:28] + who))
        elif packet.protocol == ICMP6 and packet.body[0] == 135 and \
                packet.body[8:24] == packed(GUEST6):
            body = struct.pack("!BBHI", 136, 0, 0, 0x60000000) + packed(GUEST6) + b"\2\1" + MAC
            total = checksum(pseudo(GUEST6, packet.source, ICMP6, len(body)) + body)
            self.send(ip(GUEST6, packet.source, ICMP6,
                         body[:2] + struct.pack("!H", total) + body[4:], hops=255))

    def lease(self):
        """As a guest that has just started; returns the address."""
        self.send(dhcp(1))
        offer = self.wait(lambda p: p.protocol == UDP and p.to_port == 68)
        self.send(dhcp(3, socket.inet_ntoa(offer.data[16:20])))
        ack = self.wait(lambda p: p.protocol == UDP and p.to_port == 68)
        self.send(arp(GUEST, GATEWAY))
        self.wait(lambda p: p.kind == 0x0806)
        return socket.inet_ntoa(ack.data[16:20])

    def close(self):
        for end in (self.link, self.frames, self.far_end):
            end.close()
        self.process.wait(20)


class Connection:
    """TCP as simple as it can be: in order, one at a time."""

    def __init__(self, card, to, port, source=None, local_port=None):
        self.card, self.to, self.port = card, to, port
        self.source = source or (GUEST6 if ":" in to else GUEST)
        self.local = local_port or 30000 + os.getpid() % 1000 + id(self) % 20000
        self.sequence, self.expected = 1000, 0

    def is_mine(self, packet):
        return (packet.protocol == TCP and packet.source == self.to and
                packet.from_port == self.port and packet.to_port == self.local)

    def is_refusal(self, packet):
        return (packet.protocol == ICMP and packet.body[0] == 3) or \
            (packet.protocol == ICMP6 and packet.body[0] == 1)

    def put(self, flags, data=b""):
        self.card.send(tcp(self.source, self.to, self.local, self.port, self.sequence, self.expected,
                           flags, data))
        self.sequence += len(data) + (1 if flags & (SYN | FIN) else 0)

    def open(self):
        """"open", "refused" (ICMP) or "reset"."""
        self.put(SYN)
        packet = self.card.wait(lambda p: self.is_mine(p) or self.is_refusal(p))
        if not self.is_mine(packet):
            return "refused"
        if packet.flags & RST:
            return "reset"
        self.expected = packet.sequence + 1
        self.put(ACK)
        return "open"

    def read(self, size, timeout=30):
        """Until `size` bytes or the end."""
        data, end = b"", time.monotonic() + timeout
        while len(data) < size:
            packet = self.card.wait(self.is_mine, max(20, end - time.monotonic()))
            if packet.flags & RST:
                raise ConnectionResetError
            if packet.sequence != self.expected & 0xffffffff:
                self.put(ACK)
                continue
            self.expected += len(packet.data) + (1 if packet.flags & FIN else 0)
            data += packet.data
            if packet.data or packet.flags & FIN:
                self.put(ACK)
            if packet.flags & FIN:
                break
        return data

    def get(self, path="/"):
        self.put(ACK | PSH, f"GET {path} HTTP/1.0\r\n\r\n".encode())
        return self.read(1 << 30)
