#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs in the lab with SELinux in force: every jailed process of a guest is in the domain of its own,
two guests have two pairs of categories, nothing that they need is refused, the drill holds; and the
domain holds by itself, even against root."""

import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../process"))

from denials import denials  # noqa: E402
from more_processes import use_everything  # noqa: E402
from vitrine_test import BUILD, VitrineTest, descendants, image, main, wait_until  # noqa: E402

DRILL = os.path.join(BUILD, "vitrine-drill")
USER = "unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023"
ROLES = ("qemu", "display", "net")
LABELS = {
    "bin_t": ("/usr/bin/bwrap", os.path.join(BUILD, "vitrine-vmm")),
    "vitrine_exec_t": ("/usr/bin/qemu-img", *(os.path.join(BUILD, "vitrine-" + name) for name in
                                              ("jail", "display", "net", "nbd", "drill", "drill-viewer"))),
    "qemu_exec_t": ("/usr/bin/qemu-system-x86_64",),
    "user_tmp_t": ("/tmp",), "shadow_t": ("/etc/shadow",), "etc_t": ("/etc/passwd",), "root_t": ("/",),
    "null_device_t": ("/dev/null",), "zero_device_t": ("/dev/zero",), "kvm_device_t": ("/dev/kvm",),
    "urandom_device_t": ("/dev/urandom",),
}


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read().strip("\0\n")


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def begin():
    """Labels what the host has no labels for, and goes on as a user whom SELinux knows."""
    for name, paths in LABELS.items():
        for path in paths:
            os.setxattr(path, "security.selinux", f"system_u:object_r:{name}:s0".encode())
    write("/proc/self/attr/exec", USER)
    os.execv(sys.executable, [sys.executable, *sys.argv])


def refused():
    return denials("avc:  denied")


class SELinux(VitrineTest):
    maxDiff = None

    def contexts(self, guest):
        """{(role, type, range)} of a guest's processes but vmm's own two, by the kernel."""
        found = set()
        for process in guest.processes():
            if process.role not in ("vmm", "janitor"):
                parts = process.read("attr/current").strip("\0\n").split(":", 3)
                found.add((process.role, parts[2], parts[3]))
        return found

    def test_full_jail(self):
        refused()
        ranges = set()
        guests = [self.start(name, image("paint"), network__policy="internet") for name in ("a", "b")]
        for guest in guests:
            contexts = self.contexts(guest)
            self.assertEqual({c[:2] for c in contexts if c[0] != "bwrap"},
                             {(role, f"vitrine_{role}_t") for role in ROLES})
            self.assertEqual({c[1] for c in contexts if c[0] == "bwrap"},
                             {f"vitrine_{role}_jail_t" for role in ROLES})
            self.assertEqual(len({c[2] for c in contexts}), 1, contexts)
            ranges.update(c[2] for c in contexts)
            rows = [r for r in self.world.json("isolation", guest.name)["rows"] if r["layer"] == "lsm"]
            self.assertEqual({row["level"] for row in rows}, {"green"}, rows)
            guest.screenshot()
        self.assertEqual(len(ranges), 2, ranges)
        for each in ranges:
            self.assertTrue(re.fullmatch(r"s0:c\d+,c\d+", each), each)
        self.assertEqual(refused(), [])
        guests[1].stop()
        report = self.world.json("drill", "a", timeout=60)
        self.assertEqual(report["open"], 0, report)
        self.assertGreater(report["tried"], 400)
        # The network, and the disk of QEMU, which alone has the use of disks here.
        needed = {(jail["process"], way["name"]) for jail in report["jails"] for way in jail["ways"]
                  if way["result"] == "needed"}
        self.assertEqual({way for way in needed if way[0] != "net"}, {("qemu", "fill-disk")})
        # A change of the domain makes the kernel forget whom to die with; the shim asks after it.
        supervisors = [p for p in guests[0].processes() if p.role in ("vmm", "janitor")]
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for process in supervisors:
                process.kill(number)
        wait_until(lambda: not descendants(), 30, "every process has ended")
        self.world.ctl("list")

    def test_more_processes(self):
        refused()

        def look(guest):
            roles = (*ROLES, "nbd")
            self.assertEqual({c[:2] for c in self.contexts(guest) if c[0] != "bwrap"},
                             {(role, f"vitrine_{role}_t") for role in roles})
            self.assertEqual({c[1] for c in self.contexts(guest) if c[0] == "bwrap"},
                             {f"vitrine_{role}_jail_t" for role in roles})
            self.assertEqual(refused(), [])
        use_everything(self, look)

    def test_root_in_a_domain(self):
        ways = ("read-etc", "read-shadow", "write-home", "create-tmp", "write-library", "kill-parent",
                "trace-parent", "execute", "mount", "chroot", "name-host", "kernel-log", "socket-inet",
                "socket-netlink", "socket-packet", "connect-path", "bind")
        for name in ("secret", "victim"):
            self.world.file(name, b"bait\n")
        world = f"{self.world.root}:1:{self.world.env['HOME']}:/nowhere"

        def is_open(way, context):
            done = subprocess.run([DRILL, way, world], stdin=subprocess.DEVNULL, check=False, timeout=60,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  preexec_fn=lambda: write("/proc/self/attr/exec", context))
            self.assertIn(done.returncode, (0, 1, -signal.SIGSYS))
            return done.returncode == 1
        for way in ("read-etc", "read-shadow", "create-tmp", "kill-parent", "chroot", "socket-inet"):
            self.assertTrue(is_open(way, USER), way)
        for kind in ("qemu", "display", "net", "nbd", "qemu_img"):
            context = f"unconfined_u:unconfined_r:vitrine_{kind}_t:s0:c1,c2"
            opened = {way for way in ways if is_open(way, context)}
            self.assertEqual(opened - ({"socket-inet"} if kind == "net" else set()), set(), kind)


if __name__ == "__main__":
    if read("/proc/self/attr/current") != USER:
        begin()
    write("/sys/fs/selinux/enforce", "1")
    main()
