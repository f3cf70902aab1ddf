# SPDX-License-Identifier: GPL-2.0-or-later
"""A Linux guest with busybox whose shell is reached by a forwarded port: what runs in it is judged by
its own programs (udhcpc, wget, nslookup, ping)."""

import glob
import gzip
import lzma
import os
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../guests"))

from linux_guest import CMDLINE  # noqa: E402,F401

SHELL_PORT = 1234
MODULES = ("virtio", "virtio_ring", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci",
           "failover", "net_failover", "virtio_net", "e1000e", "mii", "8139cp", "8139too")

INIT = b"""#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
for module in MODULES; do insmod /$module.ko; done
ip link set lo up
ip link set eth0 up
(
  until udhcpc -i eth0 -n -q -t 3 -s /lease; do sleep 1; done
) >/dev/null 2>&1
while true; do
  nc -ll -p 1234 -e /bin/sh
done &
exec </dev/tty1 >/dev/tty1 2>&1
while true; do sh; done
"""
LEASE = b"""#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr add $ip/24 dev $interface
ip route add default via $router
echo "nameserver $dns" >/etc/resolv.conf
echo "$ip $router $dns" >/lease.txt
"""


def installer():
    found = sorted(glob.glob("/usr/lib/debian-installer/images/*/amd64/*/debian-installer/amd64"))
    assert found, "the package debian-installer-*-netboot-amd64 is missing"
    return found[-1]


def kernel():
    return os.path.join(installer(), "linux")


def cpio(entries):
    """A newc archive of (name, mode, data)."""
    out = b""
    for number, (name, mode, data) in enumerate([*entries, ("TRAILER!!!", 0, b"")]):
        device = (5, 1) if name == "dev/console" else (0, 0)
        fields = (number + 1, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
        out += head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)
    return out


def network_modules():
    """The drivers of network cards, from the installer's own RAM disk: Debian 13 has them compressed,
    below usr/."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(installer(), "initrd.gz"), "rb") as file:
            zcat = subprocess.Popen(["zcat"], stdin=file, stdout=subprocess.PIPE)
            subprocess.run(["cpio", "-id", "--quiet", "--no-absolute-filenames",
                            *(f"*lib/modules/*/{name}.ko*" for name in MODULES)],
                           stdin=zcat.stdout, cwd=folder, check=True)
            zcat.wait()
        found = {}
        for name in MODULES:
            path = glob.glob(os.path.join(folder, f"**/lib/modules/**/{name}.ko*"), recursive=True)
            if path:
                with open(path[0], "rb") as file:
                    data = file.read()
                found[name] = lzma.decompress(data) if path[0].endswith(".xz") else data
        return found


def initrd(**programs):
    """`programs`: static ones of this machine for the guest's /bin, by name."""
    with open("/bin/busybox", "rb") as file:
        busybox = file.read()
    modules = network_modules()
    names = " ".join(name for name in MODULES if name in modules)
    more = []
    for name, path in programs.items():
        with open(path, "rb") as file:
            more.append((f"bin/{name}", 0o100755, file.read()))
    return gzip.compress(cpio([
        *((folder, 0o040755, b"") for folder in ("bin", "dev", "proc", "sys", "etc", "tmp")),
        ("dev/console", 0o020600, b""), ("bin/busybox", 0o100755, busybox),
        ("init", 0o100755, INIT.replace(b"MODULES", names.encode())), ("lease", 0o100755, LEASE),
        *more, *((name + ".ko", 0o100644, data) for name, data in modules.items())]), 1)


class Shell:
    """Commands in the guest, one at a time."""

    def __init__(self, address, timeout=120):
        end = time.monotonic() + timeout
        self.mark = 0
        while True:
            try:
                self.socket = socket.create_connection(address, timeout=5)
                self.socket.sendall(b"echo ready\n")
                self.data = b""
                if self.until(b"ready\n", 10) is not None:
                    return
            except OSError:
                pass
            self.close()
            if time.monotonic() > end:
                raise AssertionError("the guest's shell did not come up")
            time.sleep(0.1)

    def close(self):
        if getattr(self, "socket", None) is not None:
            self.socket.close()

    def until(self, end, timeout):
        """What came before `end`; None if the connection ended first."""
        self.socket.settimeout(timeout)
        while end not in self.data:
            more = self.socket.recv(65536)
            if not more:
                return None
            self.data += more
        before, self.data = self.data.split(end, 1)
        return before

    def run(self, command, timeout=60):
        """(exit status, output)"""
        self.mark += 1
        self.socket.sendall(f"({command}) 2>&1; s=$?; echo; echo mark{self.mark} $s\n".encode())
        out = self.until(f"\nmark{self.mark} ".encode(), timeout)
        status = self.until(b"\n", timeout)
        if out is None or status is None:
            raise ConnectionResetError("the guest's shell is gone")
        return int(status), out.decode(errors="replace")
