# SPDX-License-Identifier: GPL-2.0-or-later
"""The network: a Linux guest through vitrine-net beside the same one through QEMU's own user network,
both to the same server in a namespace of the bench's own."""

import os
import re
import signal
import socket
import sys
import time

from plain import Plain
from vitrine_test import POPENS, SOURCE, wait_until

sys.path.append(os.path.join(SOURCE, "tests", "net"))

OURS, THEIRS = 2301, 2302  # to a shell in the guest; ten more: to its web server
FILE = 48 << 20
PLACES = []


def places():
    """This process is in the namespace from the first call on, which is why the group is the last."""
    from places import Places
    if not PLACES:
        PLACES.append(Places())
        POPENS.add(PLACES[0].child)
    return PLACES[0]


def rate(shell, command, size):
    """MB a second of a command in the guest that moves so many bytes."""
    begin = time.monotonic()
    status, text = shell.run(command, 300)
    if status != 0:
        raise RuntimeError(f"{command}: {text}")
    return size / (time.monotonic() - begin) / 1e6


def download(shell, host, size):
    return rate(shell, f"wget -q -O /dev/null http://{host}/size/{size}", size)


def serve(shell):
    """busybox' web server is the fastest sender there is in the guest."""
    shell.run(f"mkdir /www; dd if=/dev/zero of=/www/file bs=65536 count={FILE // 65536};"
              " httpd -p 80 -h /www")


def upload(shell, size):
    """What a client of a forward gets; `size` is less than FILE."""
    port = shell.socket.getpeername()[1] + 10
    with socket.create_connection(("127.0.0.1", port), timeout=120) as client:
        client.sendall(f"GET /file HTTP/1.0\r\nRange: bytes=0-{size - 1}\r\n\r\n".encode())
        begin, got = time.monotonic(), 0
        while more := client.recv(1 << 20):
            got += len(more)
        if got < size:
            raise RuntimeError(f"{got} bytes of {size}")
        return got / (time.monotonic() - begin) / 1e6


def ping(shell, host, times):
    """The median in ms."""
    shell.run(f"ping -c 3 -i 0.05 {host}")
    text = shell.run(f"ping -c {times} -i 0.02 {host}", 120)[1]
    took = sorted(float(ms) for ms in re.findall(r"time=([0-9.]+) ms", text))
    return took[len(took) // 2]


def turns(table, name, measure, ours, theirs, times, unit, least, factor):
    """Both in turn, the best of each: what disturbs one run is not the program's."""
    best = max if least else min
    mine, peers = [], []
    for _ in range(times):
        mine.append(measure(ours))
        peers.append(measure(theirs))
    table.row(name, best(mine), best(peers), limit=best(peers) * factor, unit=unit, least=least,
              digits=2 if unit == " ms" else 1)


def replaced(world, guest, number, host):
    """Milliseconds from a signal to vitrine-net until its successor has taken a client of a forward to the
    guest, and from there to a server."""
    import linux
    wait_until(lambda: world.json("network", "linux")["state"] == "up", 10, "the network is up")
    old = guest.process("net")
    begin = time.monotonic()
    old.kill(number)
    shell = linux.Shell(("127.0.0.1", OURS), 60)
    status, text = shell.run(f"wget -q -O /dev/null http://{host}/", 60)
    seconds = time.monotonic() - begin
    shell.close()
    old.wait_gone(10)
    if status != 0:
        raise RuntimeError(f"a download after it was replaced: {text}")
    return seconds * 1000


def network(world, table, quick):
    import linux
    from places import WEB
    places()
    table.section("network, a Linux guest (TCG)")
    initrd = world.file("initrd.gz", linux.initrd())
    guest = world.guest("linux", guest__memory=256, guest__cpus=1, boot__kernel=linux.kernel(),
                        boot__initrd=initrd, boot__cmdline="quiet", network__policy="internet",
                        network__forward=f"tcp:{OURS}:{linux.SHELL_PORT};tcp:{OURS + 10}:80")
    guest.start()
    forward = (f"hostfwd=tcp:127.0.0.1:{THEIRS}-:{linux.SHELL_PORT},"
               f"hostfwd=tcp:127.0.0.1:{THEIRS + 10}-:80")
    with Plain(None, "-cpu", "max,la57=off", "-kernel", linux.kernel(), "-initrd", initrd, "-append",
               "quiet", "-netdev", f"user,id=net0,{forward}", "-device",
               "virtio-net-pci,netdev=net0,romfile=", memory=256) as qemu:
        POPENS.add(qemu.process.pid)
        try:
            ours = linux.Shell(("127.0.0.1", OURS), 120)
            theirs = linux.Shell(("127.0.0.1", THEIRS), 120)
            times, size = (2, 30 << 20) if quick else (4, 100 << 20)
            turns(table, "download", lambda s: download(s, WEB, size), ours, theirs, times,
                  " MB/s", True, 1)
            serve(ours)
            serve(theirs)
            turns(table, "upload", lambda s: upload(s, min(size, FILE)), ours, theirs, times, " MB/s",
                  True, 1)
            turns(table, "round trip (ping), median", lambda s: ping(s, WEB, 50), ours, theirs,
                  times, " ms", False, 1.2)
        finally:
            POPENS.discard(qemu.process.pid)
    table.row("vitrine-net killed, a download works after", replaced(world, guest, signal.SIGKILL, WEB),
              limit=2000, unit=" ms", digits=0)
    table.row("vitrine-net stopped (SIGSTOP), after", replaced(world, guest, signal.SIGSTOP, WEB),
              limit=5000, unit=" ms", digits=0)
    guest.stop()
