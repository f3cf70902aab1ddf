#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs in the lab, whose kernel has AppArmor: every jailed process of a guest gets the profile of its
own, in namespaces and without; guests run and nothing that they need is refused; the drill holds; and
the profile holds by itself, where every other layer of the jail is missing, even against root."""

import os
import re
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../process"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../guests"))

from denials import denials  # noqa: E402
from linux_guest import KERNEL, InitialRamDisk  # noqa: E402
from vitrine_test import BUILD, VitrineTest, World, descendants, image, main, wait_until  # noqa: E402

USER = 1500
PROFILES = os.path.join(BUILD, "data/apparmor")
INCLUDED = "/tmp/apparmor"
DRILL = os.path.join(BUILD, "vitrine-drill")
PROOF = b"a Linux guest was here"
# What a profile does not stop by itself, in this kernel. Other layers close all of these.
# Sockets of a family that the program needs: AppArmor of Linux 6.1 knows families and types only.
UNIX = {"socket-unix", "connect-path", "connect-abstract", "connect-control", "send-datagram",
        "send-abstract-datagram", "bind", "connect-x11"}
INTERNET = {"socket-inet", "socket-inet6", "connect-listener", "send-from-listener",
            "send-message-from-listener", "rebind-listener"}
# Nothing that AppArmor judges: the process's own memory, limits, keys and children, calls without an
# object that it knows, new user namespaces (which later ones do know).
UNJUDGED = {"fork", "vfork", "clone3", "outlive-parent", "priority", "environment", "personality",
            "io-uring", "io-uring-enter", "change-segments", "hidden-memory", "supervise-calls",
            "raise-limit", "many-descriptors", "descriptors", "core-file", "32-bit", "x32", "keyring",
            "setuid", "pidfd", "userfaultfd", "real-time", "perf", "bpf", "type-into-terminal",
            "label-by-descriptor", "unshare", "clone-namespace", "clone-thread-namespace", "setns",
            "writable-code", "anonymous-code", "protect-code", "shared-code", "fork-bomb",
            "thread-bomb", "memory-bomb", "descriptor-bomb", "fill-disk"}
# Probes that say "open" of any answer but a refusal: no such descriptor, and nobody to signal.
NO_ANSWER = {"steal-descriptor", "kill-everybody"}


def parser(*options):
    subprocess.run(["apparmor_parser", *options, "--skip-cache", "-I", INCLUDED, "-I", PROFILES,
                    os.path.join(PROFILES, "vitrine")], check=True, stdin=subprocess.DEVNULL)


def refused():
    return denials('apparmor="DENIED"')


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


class AppArmor(VitrineTest):
    def setUp(self):
        super().setUp()
        parser("--replace")
        refused()

    def confinement(self, guest):
        """By the kernel: what confines each process of a guest but vmm's own two."""
        return {(process.role, process.read("attr/apparmor/current").strip())
                for process in guest.processes() if process.role not in ("vmm", "janitor")}

    def jailed(self, *roles, jail="//&vitrine-{role}-jail"):
        return {(role, f"vitrine-{role}{jail.format(role=role)} (enforce)") for role in roles}

    def kill_supervisors(self, guest):
        """The janitor and vmm at once: their jailed programs die with them, since a change of the
        profile, at which the kernel forgets whom to die with, comes before that is asked for."""
        supervisors = [p for p in guest.processes() if p.role in ("vmm", "janitor")]
        self.assertEqual(len(supervisors), 2)
        for process in supervisors:
            process.kill(signal.SIGSTOP)
        for process in supervisors:
            process.kill()
        wait_until(lambda: not descendants(), 30, "every process has ended")
        self.world.ctl("list")

    def assertGreen(self, name):
        rows = [row for row in self.world.json("isolation", name)["rows"] if row["layer"] == "lsm"]
        self.assertEqual({row["level"] for row in rows}, {"green"}, rows)
        self.assertEqual([row["process"] for row in rows], ["qemu", "display", "net"])

    def drill(self, name):
        # What is open by need, job-kvm.py and the drill's own test look at.
        report = self.world.json("drill", name, timeout=120)
        opened = [(jail["process"], way["name"]) for jail in report["jails"]
                  for way in jail["ways"] if way["result"] == "open"]
        self.assertEqual(opened, [])
        self.assertEqual(report["open"], 0)
        self.assertGreater(report["tried"], 400)

    def test_full_jail(self):
        """A Linux guest with a disk, a network and a shared console: nothing it needs is refused."""
        ram = InitialRamDisk()
        ram.add_modules("virtio_pci", "virtio_blk", "virtio_net")
        ram.set_init(f"""
ip link set eth0 up && udhcpc -i eth0 -n -q -t 20 -s /bin/true >/dev/null 2>&1 &&
printf "{PROOF.decode()}" | dd of=/dev/vda conv=fsync
sleep 1000""")
        initrd = ram.write(self.world.path("ram"))
        self.world.own(initrd)
        disk = self.world.file("disk.img", bytes(1 << 20))
        guest = self.world.guest("linux", [{"file": disk, "bus": "virtio"}], boot__kernel=KERNEL,
                                 boot__initrd=initrd, boot__cmdline="quiet", guest__memory=256,
                                 network__policy="internet")
        guest.start()
        password = self.world.file("password", b"open sesame 99\n")
        self.world.ctl("share", "linux", "--vnc", "127.0.0.1:0", "--tls", "off", "--password-file",
                       password)

        def proof():
            with open(disk, "rb") as file:
                return file.read(len(PROOF)) == PROOF
        wait_until(proof, 60, "the guest's record on its disk")
        guest.screenshot()
        self.assertEqual({c for c in self.confinement(guest) if c[0] != "bwrap"},
                         self.jailed("qemu", "display", "net"))
        self.assertEqual({c[1] for c in self.confinement(guest) if c[0] == "bwrap"},
                         {f"vitrine-{role}-jail (enforce)" for role in ("qemu", "display", "net")})
        self.assertGreen("linux")
        self.assertEqual(refused(), [])
        self.drill("linux")
        self.kill_supervisors(guest)

    def test_images(self):
        """qemu-img, in its jail, makes and reads images."""
        self.world.ctl("create", "made", "--disk", "100M")
        self.world.ctl("start", "made")
        self.world.ctl("stop", "made", "--force")
        self.assertEqual(refused(), [])

    def doctor(self):
        return [layer["text"] for layer in self.world.json("doctor")["layers"]
                if layer["layer"] == "lsm"][0]

    def test_missing_and_lenient(self):
        """Where the profiles are not loaded, or only complain, the report says so, and guests run."""
        parser("--remove")
        self.assertIn("without Vitrine's profiles", self.doctor())
        guest = self.start("bare", image("idle"))
        rows = [r for r in self.world.json("isolation", "bare")["rows"] if r["layer"] == "lsm"]
        self.assertEqual({(r["found"], r["level"]) for r in rows}, {("unconfined", "amber")})
        self.assertIn("apparmor_parser -r", rows[0]["text"])
        guest.stop()
        parser("--replace", "--Complain")
        guest = self.start("lenient", image("idle"))
        rows = [r for r in self.world.json("isolation", "lenient")["rows"] if r["layer"] == "lsm"]
        self.assertEqual({r["level"] for r in rows}, {"amber"})
        self.assertIn("(complain)", rows[0]["found"])
        self.assertIn("enforce", rows[0]["text"])
        guest.stop()


class ShimAlone(AppArmor):
    """As a user on a host without user namespaces: the profile is entered all the same."""

    def setUp(self):
        self.world = World(USER)
        self.addCleanup(self.clean_up)
        parser("--replace")
        self.set_namespaces("0")
        refused()

    def set_namespaces(self, number):
        with open("/proc/sys/user/max_user_namespaces", "w", encoding="ascii") as file:
            file.write(number)
        if number == "0":
            self.addCleanup(self.set_namespaces, "1000")

    def test_full_jail(self):
        guest = self.start("alone", image("paint"), network__policy="internet")
        self.assertEqual(self.confinement(guest), self.jailed("qemu", "display", "net", jail=""))
        self.assertGreen("alone")
        self.assertIn("with Vitrine's profiles", self.doctor())
        self.assertEqual(refused(), [])
        self.drill("alone")
        self.kill_supervisors(guest)

    test_images = test_missing_and_lenient = None


class ProfileAlone(VitrineTest):
    """The drill's program under a profile and under nothing else."""

    def setUp(self):
        super().setUp()
        parser("--replace")
        self.folder = self.world.path("bait")
        os.mkdir(self.folder)
        self.sockets = [socket.socket(socket.AF_UNIX), socket.socket(), socket.socket()]
        for number, name in enumerate(("disk", "secret", "victim", "neighbour.conf")):
            with open(os.path.join(self.folder, name), "w", encoding="ascii") as file:
                file.write("bait\n")
            os.chown(file.name, USER, USER)
        for kind, path in ((socket.SOCK_STREAM, "socket"), (socket.SOCK_STREAM, "\0abstract"),
                           (socket.SOCK_DGRAM, "datagrams"), (socket.SOCK_DGRAM, "\0datagrams")):
            self.sockets.append(socket.socket(socket.AF_UNIX, kind))
            path = self.folder + "/" + path if path[0] != "\0" else f"\0{self.folder}/{path[1:]}"
            self.sockets[-1].bind(path)
            if kind == socket.SOCK_STREAM:
                self.sockets[-1].listen(4)
            elif path[0] != "\0":
                os.chmod(path, 0o777)
        os.chmod(self.folder + "/socket", 0o777)
        for listener in self.sockets[1:3]:
            listener.bind(("127.0.0.1", 0))
            listener.listen(64)
        for path in (self.folder, self.world.root):
            os.chown(path, USER, USER)

    def clean_up(self):
        for each in self.sockets:
            each.close()
        super().clean_up()

    def run_drill(self, profile, number, uid):
        """One program from the number-th way on, until it ends."""
        command = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--"]
        if profile is not None:
            command += ["aa-exec", "-p", profile, "--"]
        world = f"{self.folder}:{self.sockets[2].getsockname()[1]}:{self.world.env['HOME']}:/nowhere"
        handed = [self.sockets[0].fileno(), self.sockets[1].fileno(),
                  os.open(self.folder + "/disk", os.O_RDONLY)]

        def hand_over():
            high = [os.dup2(fd, 100 + i) for i, fd in enumerate(handed)]
            for i, fd in enumerate(high):
                os.dup2(fd, 3 + i, inheritable=True)
        try:
            done = subprocess.run([*command, DRILL, "--from", str(number), world],
                                  preexec_fn=hand_over, close_fds=False, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, check=False, timeout=300,
                                  start_new_session=True)
        finally:
            os.close(handed[2])
        return done.stdout.decode()

    def ways_open(self, profile, uid=USER):
        """Names of the ways that are open, and how many were tried."""
        opened, number = set(), 0
        while True:
            text = self.run_drill(profile, number, uid)
            tried = re.findall(r"^try (\S+)\n(open|closed)?", text, re.M)
            self.assertGreater(len(tried), 0, text)
            opened |= {name for name, result in tried if result == "open"}
            number += len(tried)
            if text.endswith("done\n"):
                return opened, number

    def test_user(self):
        bare, tried = self.ways_open(None)
        for role, beyond in (("qemu", UNIX), ("display", UNIX | INTERNET), ("net", UNIX | INTERNET),
                             ("nbd", UNIX | INTERNET),
                             ("qemu-img", set())):
            confined, _ = self.ways_open(f"vitrine-{role}")
            print(f"of {tried} ways {len(bare)} are open to a user; the profile of {role}, by itself,"
                  f" closes {len(bare - confined)} of them")
            self.assertEqual(confined - (beyond | UNJUDGED | NO_ANSWER), set())
            # Open without it, closed with it, by nothing but it.
            self.assertLessEqual({"read-etc", "write-home", "create-tmp", "list-root", "read-neighbour",
                                  "socket-netlink"}, bare - confined)
        self.assertIn("socket-inet", bare)
        confined, _ = self.ways_open("vitrine-qemu")
        self.assertFalse(confined & INTERNET)

    def test_root(self):
        """Not even root gets by."""
        ways = ("read-shadow", "create-tmp", "write-home", "write-library", "kill-parent", "trace-parent",
                "execute", "mount", "chroot", "name-host", "socket-packet", "kernel-log")
        world = f"{self.folder}:1:{self.world.env['HOME']}:/nowhere"

        def is_open(way, *confine):
            done = subprocess.run([*confine, DRILL, way, world], stdin=subprocess.DEVNULL, check=False,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
            return done.returncode != 0
        for way in ("read-shadow", "create-tmp", "kill-parent", "chroot", "socket-packet"):
            self.assertTrue(is_open(way), way)
        for role in ("qemu", "display", "net", "nbd", "qemu-img"):
            opened = {way for way in ways if is_open(way, "aa-exec", "-p", f"vitrine-{role}", "--")}
            self.assertEqual(opened, set(), role)


if __name__ == "__main__":
    os.makedirs(os.path.join(INCLUDED, "tunables/vitrine.d"))
    with open(os.path.join(INCLUDED, "tunables/vitrine.d/build"), "w", encoding="utf-8") as tunable:
        # The programs of this build, where the profiles name those that are installed.
        tunable.write(f"@{{VITRINE_PROGRAMS}} += {BUILD}\n@{{VITRINE_CODE}} += {BUILD}\n")
    main()
