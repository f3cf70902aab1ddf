# SPDX-License-Identifier: GPL-2.0-or-later
"""Linux guests for tests: Debian's generic kernel (build-aux/setup unpacks it) and an initial RAM disk
made of this machine's own programs.

    ram = InitialRamDisk()
    ram.add_modules("virtio_pci", "virtio_gpu")
    ram.add_program("/usr/bin/xclip")          # with the libraries it needs
    ram.add_file("/job", b"...", mode=0o755)
    ram.set_init("echo ready > /dev/ttyS0; exec sh")   # busybox' shell, after modules are loaded
    ram.write(path)
"""

import lzma
import os
import re
import stat
import subprocess

FOLDER = "/var/lib/vitrine-tests/linux"
KERNEL = FOLDER + "/vmlinuz"
MODULES = FOLDER + "/modules"
BUSYBOX = "/bin/busybox"
# Of an emulated guest, with whatever else a test adds. The kernel's test of its timer counts ticks in a
# time that it estimates by the processor's cycles, and panics where a busy host gave the emulator none.
CMDLINE = "no_timer_check quiet"

INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin
mkdir -p /proc /sys /dev /tmp /run
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts pts /dev/pts
mount -t tmpfs tmp /tmp
for module in $(cat /modules/order 2>/dev/null); do insmod /modules/$module || echo "no $module"; done
"""


def check_host():
    """Says by name what this machine lacks."""
    for path in (KERNEL, MODULES + "/modules.dep", BUSYBOX):
        if not os.path.exists(path):
            raise AssertionError(f"{path} is missing: run build-aux/setup --test")


def _dependencies():
    found = {}
    with open(MODULES + "/modules.dep", encoding="utf-8") as file:
        for line in file:
            path, needs = line.split(":")
            found[_module_name(path)] = (path, needs.split())
    return found


def _module_name(path):
    return re.sub(r"\.ko(\.xz)?$", "", os.path.basename(path)).replace("-", "_")


def _builtin():
    with open(MODULES + "/modules.builtin", encoding="utf-8") as file:
        return {_module_name(line.strip()) for line in file}


class InitialRamDisk:
    def __init__(self):
        check_host()
        self.entries = {}  # path -> (mode, data, device)
        self.order = []  # of modules, those needed by others first
        self.script = ""
        for folder in ("/bin", "/sbin", "/etc", "/root", "/modules"):
            self.add_folder(folder)
        self.add_file("/bin/busybox", BUSYBOX, mode=0o755)
        self.entries["/dev"] = (stat.S_IFDIR | 0o755, b"", 0)
        self.entries["/dev/console"] = (stat.S_IFCHR | 0o600, b"", os.makedev(5, 1))

    def add_folder(self, path, mode=0o755):
        path = path.rstrip("/")
        if path and path not in self.entries:
            self.add_folder(os.path.dirname(path))
            self.entries[path] = (stat.S_IFDIR | mode, b"", 0)

    def add_file(self, path, source, mode=None):
        """`source` is bytes, or the path of a file of this machine."""
        if isinstance(source, str):
            mode = mode or os.stat(source).st_mode & 0o777
            with open(source, "rb") as file:
                source = file.read()
        self.add_folder(os.path.dirname(path))
        self.entries[path] = (stat.S_IFREG | (mode or 0o644), source, 0)

    def add_link(self, path, target):
        self.add_folder(os.path.dirname(path))
        self.entries[path] = (stat.S_IFLNK | 0o777, target.encode(), 0)

    def add_tree(self, folder):
        """A folder of this machine, at the same place, links kept."""
        for base, folders, files in os.walk(folder):
            self.add_folder(base)
            for name in folders + files:
                path = os.path.join(base, name)
                if os.path.islink(path):
                    self.add_link(path, os.readlink(path))
                elif os.path.isfile(path):
                    self.add_file(path, path)

    def add_program(self, path, to=None):
        """A program or library of this machine with every library that it needs, where they lie."""
        self.add_file(to or path, os.path.realpath(path), mode=0o755)
        listed = subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout
        for library in re.findall(r"(/\S+) \(0x", listed):
            if library not in self.entries:
                self.add_file(library, os.path.realpath(library), mode=0o755)

    def add_modules(self, *names):
        known, builtin = _dependencies(), _builtin()
        for name in (n.replace("-", "_") for n in names):
            if name in builtin:
                continue
            path, needs = known[name]
            # modules.dep names what must be loaded last first.
            for part in [*reversed(needs), path]:
                self._add_module(part)

    def _add_module(self, path):
        name = _module_name(path) + ".ko"
        if name in self.order:
            return
        with open(os.path.join(MODULES, path), "rb") as file:
            data = file.read()
        self.add_file("/modules/" + name, lzma.decompress(data) if path.endswith(".xz") else data)
        self.order.append(name)

    def set_init(self, script):
        """What runs, as root, once modules are loaded; /proc, /sys, /dev, /tmp are there."""
        self.script = script

    def write(self, path):
        self.add_file("/modules/order", "\n".join(self.order).encode() + b"\n")
        self.add_file("/init", (INIT + self.script + "\n").encode(), mode=0o755)
        with open(path, "wb") as file:
            for number, (name, entry) in enumerate(sorted(self.entries.items()), 1):
                file.write(_entry(number, name.lstrip("/"), *entry))
            file.write(_entry(0, "TRAILER!!!", 0, b"", 0))
        return path


def _entry(number, name, mode, data, device):
    """One member of a cpio archive of the "newc" kind (Documentation/driver-api/early-userspace/
    buffer-format.rst in the kernel's sources)."""
    encoded = name.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, os.major(device), os.minor(device),
              len(encoded), 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
    return _padded(header) + _padded(data)


def _padded(data):
    return data + b"\0" * (-len(data) % 4)
