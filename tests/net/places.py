# SPDX-License-Identifier: GPL-2.0-or-later
"""A small internet of two network namespaces, for tests: this process moves into the first, "the host";
the second, "elsewhere", has servers at addresses that look public and private. Nothing leaves them.

    host: 192.168.50.1, 81.2.3.4, 2a02:1234::1 --veth-- elsewhere: everything in ELSEWHERE
"""

import ctypes
import os
import signal
import socket
import struct
import subprocess
import threading

WEB, WEB6 = "93.184.216.34", "2606:2800::34"
PRIVATE, PRIVATE6 = "10.9.9.9", "fd99::9"
CARRIER, METADATA = "100.64.7.7", "169.254.169.254"
HOST_PUBLIC, HOST_PRIVATE, HOST_PUBLIC6 = "81.2.3.4", "192.168.50.1", "2a02:1234::1"
NEIGHBOUR6 = "2a02:1234::2"  # of the host's network, which has public addresses
RESOLVER = "93.184.216.53"
ELSEWHERE = (WEB, PRIVATE, CARRIER, METADATA, RESOLVER, WEB6, PRIVATE6)
CLONE_NEWNET, CLONE_NEWUSER = 0x40000000, 0x10000000
BLOB = bytes(range(256)) * 4096  # 1 MiB
libc = ctypes.CDLL(None, use_errno=True)


def run(*command):
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def unshare_network():
    flags = CLONE_NEWNET
    uid, gid = os.geteuid(), os.getegid()
    if uid != 0:
        flags |= CLONE_NEWUSER
    if libc.unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    if uid != 0:
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"),
                           ("gid_map", f"0 {gid} 1")):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
    run("ip", "link", "set", "lo", "up")


def answer_dns(query):
    """Any name: A is WEB, AAAA WEB6; rebind.* leads to this machine and private places."""
    name, at = [], 12
    while query[at]:
        name.append(query[at + 1:at + 1 + query[at]])
        at += 1 + query[at]
    kind = struct.unpack("!H", query[at + 1:at + 3])[0]
    if name[0] == b"rebind":
        addresses = {1: socket.inet_aton("127.0.0.1"), 28: socket.inet_pton(socket.AF_INET6, "::1")}
    else:
        addresses = {1: socket.inet_aton(WEB), 28: socket.inet_pton(socket.AF_INET6, WEB6)}
    head = query[:2] + b"\x81\x80\0\1" + (b"\0\1" if kind in addresses else b"\0\0") + b"\0\0\0\0"
    body = query[12:at + 5]
    if kind in addresses:
        data = addresses[kind]
        body += b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data
    return head + body


class Servers:
    """HTTP-like on 80 (whatever is asked, BLOB is answered; POST is counted), echo on UDP 7, DNS on 53;
    each greets with the address that it was reached at."""

    def __init__(self, family, address):
        self.threads = []
        for port, serve in ((80, self.web), (53, self.dns_tcp)):
            listener = socket.socket(family, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((address, port))
            listener.listen(64)
            self.thread(self.accept, listener, serve)
        for port, answer in ((7, lambda data: b"echo " + data), (53, answer_dns)):
            udp = socket.socket(family, socket.SOCK_DGRAM)
            udp.bind((address, port))
            self.thread(self.datagrams, udp, answer)

    def thread(self, function, *args):
        thread = threading.Thread(target=function, args=args, daemon=True)
        thread.start()
        self.threads.append(thread)

    def accept(self, listener, serve):
        while True:
            peer = listener.accept()[0]
            self.thread(self.guarded, serve, peer)

    @staticmethod
    def guarded(serve, peer):
        try:
            with peer:
                serve(peer)
        except OSError:
            pass

    @staticmethod
    def web(peer):
        head = b""
        while b"\r\n\r\n" not in head:
            more = peer.recv(65536)
            if not more:
                return
            head += more
        path = head.split()[1].decode()
        if path.startswith("/take"):  # counts what is sent until the end
            n = len(head.split(b"\r\n\r\n", 1)[1])
            while True:
                more = peer.recv(1 << 18)
                if not more:
                    break
                n += len(more)
            peer.sendall(b"%d" % n)
            return
        size = int(path[6:]) if path.startswith("/size/") else 12
        if size == 12:
            body = b"hello there\n"
            peer.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 12\r\n\r\n" + body)
            return
        peer.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        while size > 0:
            peer.sendall(BLOB[:min(size, len(BLOB))])
            size -= len(BLOB)

    @staticmethod
    def dns_tcp(peer):
        size = struct.unpack("!H", peer.recv(2))[0]
        answer = answer_dns(peer.recv(size))
        peer.sendall(struct.pack("!H", len(answer)) + answer)

    @staticmethod
    def datagrams(udp, answer):
        while True:
            data, peer = udp.recvfrom(65536)
            try:
                udp.sendto(answer(data), peer)
            except (OSError, IndexError, struct.error):
                pass


def serve(addresses):
    for address in addresses:
        Servers(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


class Places:
    """Once a test process: it stays in "the host" from then on."""

    def __init__(self):
        unshare_network()
        ready, go = os.pipe(), os.pipe()
        self.child = os.fork()
        if self.child == 0:
            self.live_elsewhere(ready, go)
        os.read(ready[0], 1)
        run("ip", "link", "add", "vt0", "type", "veth", "peer", "name", "vt1", "netns",
            str(self.child))
        for address in (HOST_PRIVATE + "/24", HOST_PUBLIC + "/32"):
            run("ip", "addr", "add", address, "dev", "vt0")
        run("ip", "-6", "addr", "add", HOST_PUBLIC6 + "/64", "dev", "vt0", "nodad")
        run("ip", "link", "set", "vt0", "up")
        os.write(go[1], b"x")
        os.read(ready[0], 1)
        run("ip", "route", "add", "default", "via", "192.168.50.2")
        run("ip", "-6", "route", "add", "default", "via", NEIGHBOUR6)
        with open("/proc/sys/net/ipv4/ping_group_range", "w", encoding="ascii") as file:
            file.write("0 2147483647")

    @staticmethod
    def live_elsewhere(ready, go):
        try:
            libc.prctl(1, signal.SIGKILL, 0, 0, 0)
            unshare_network()
            os.write(ready[1], b"x")
            os.read(go[0], 1)
            run("ip", "addr", "add", "192.168.50.2/24", "dev", "vt1")
            run("ip", "-6", "addr", "add", NEIGHBOUR6 + "/64", "dev", "vt1", "nodad")
            run("ip", "link", "set", "vt1", "up")
            run("ip", "route", "add", "81.2.3.4/32", "via", "192.168.50.1")
            for address in ELSEWHERE:
                run("ip", "addr", "add", address + ("/128" if ":" in address else "/32"),
                    "dev", "lo", *(("nodad",) if ":" in address else ()))
            serve((*ELSEWHERE, "192.168.50.2", NEIGHBOUR6))
            os.write(ready[1], b"x")
            threading.Event().wait()
        finally:
            os._exit(1)

    def close(self):
        os.kill(self.child, signal.SIGKILL)
        os.waitpid(self.child, 0)
