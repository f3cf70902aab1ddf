#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Descriptors, processes and memory run out under a guest that keeps records, for one of its processes
after the other. Who has no descriptor for a caller leaves them waiting, idle, and serves them later; who
cannot have memory ends, says so and is replaced, or ends the guest; no acknowledged record is lost."""

import itertools
import os
import socket
import subprocess
import time

from records import PATIENCE, RecordsTest, main
from vitrine_test import SLOWNESS, wait_until

PORT = 2299
PARKED = 256  # descriptors that are out of the way have higher numbers
TICKS = os.sysconf("SC_CLK_TCK")
MIB = 1 << 20


class Shortage(RecordsTest):
    def start(self, **settings):
        if settings:
            self.guest = self.make_guest("keeper2", self.disk, **settings)
        self.guest.start()
        self.run_on()

    @staticmethod
    def limit(process, what, soft):
        """Sets the soft limit alone, as its own user, so that it may be taken back. Returns the old one."""
        user, group = process.status("Uid")[0], process.status("Gid")[0]
        command = ["prlimit", f"--pid={process.pid}"]
        if os.geteuid() != int(user):
            command = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", *command]
        before = subprocess.run([*command, f"--{what}", "--output=SOFT", "--raw", "--noheadings"], check=True,
                                capture_output=True, text=True).stdout.strip()
        subprocess.run([*command, f"--{what}={soft}:"], check=True)
        return before

    def no_more_descriptors(self, process, spare=0):
        """But for so many beyond those that it has, and for numbers between them that are free: returns
        the old limit, and how many it may have in all."""
        taken = [fd for fd in map(int, os.listdir(f"/proc/{process.pid}/fd")) if fd < PARKED]
        top = max(taken) + 1 + spare
        return self.limit(process, "nofile", top), top - len(taken)

    @staticmethod
    def ticks(process):
        words = process.read("stat").rsplit(")", 1)[1].split()
        return int(words[11]) + int(words[12])

    def assert_idle(self, process, seconds=3):
        """It takes next to no time of a processor, with callers that it cannot serve."""
        begin, used = time.monotonic(), self.ticks(process)
        wait_until(lambda: time.monotonic() - begin > seconds, seconds, "the time to look at it")
        used = (self.ticks(process) - used) / TICKS / (time.monotonic() - begin)
        self.assertLess(used, 0.05, f"{process!r} spins")

    def call_in_vain(self, process, connect, spare=0):
        """Connects until nobody is accepted any more; looks at the process; lifts the limit; returns the
        callers, the last of which was never served meanwhile."""
        before, free = self.no_more_descriptors(process, spare)
        try:
            callers = [connect() for _ in range(free + 4)]
            self.addCleanup(lambda: [caller.close() for caller in callers])
            self.assert_idle(process)
        finally:
            self.limit(process, "nofile", before)
        return callers

    def unix(self, name, kind):
        caller = socket.socket(socket.AF_UNIX, kind)
        caller.settimeout(PATIENCE * SLOWNESS)
        caller.connect(self.guest.socket(name))
        return caller


class Descriptors(Shortage):
    def test_vmm(self):
        """With none left, and with one, when a connection would take more than that."""
        self.start()
        vmm = self.guest.process("vmm")
        for spare in (0, 1, 3):
            with self.subTest(spare=spare):
                callers = self.call_in_vain(vmm, lambda: self.unix("control", socket.SOCK_STREAM), spare)
                callers[-1].sendall(b"\0AUTH\r\n")
                self.assertIn(b"REJECTED", callers[-1].recv(64))
                for caller in callers:
                    caller.close()
                self.assertEqual(self.guest.state(), "running")
                self.run_on()
        self.assertTrue(vmm.alive())
        self.guest.stop()
        self.check_all_gone()
        self.check_next_start()

    def test_vmm_told_to_act(self):
        """What needs descriptors that there are not is refused with a sentence, the guest goes on."""
        self.start()
        vmm = self.guest.process("vmm")
        before, _ = self.no_more_descriptors(vmm)
        share = self.world.ctl("share", "keeper", code=None, timeout=PATIENCE)
        if share.code != 0:
            self.assertRefused(share)
        display = self.guest.process("display")
        display.kill()
        display.wait_gone()
        self.limit(vmm, "nofile", before)
        self.run_on()  # by another display process
        self.guest.stop()
        self.check_all_gone()
        self.check_next_start()

    def test_display(self):
        self.start()
        display = self.guest.process("display")
        self.call_in_vain(display, lambda: self.unix("display", socket.SOCK_SEQPACKET))[-1].close()
        self.run_on()
        made = self.world.json("share", "keeper")
        callers = self.call_in_vain(display, lambda: socket.create_connection(("127.0.0.1", made["port"])))
        callers[-1].settimeout(PATIENCE * SLOWNESS)
        self.assertEqual(callers[-1].recv(12), b"RFB 003.008\n")
        self.assertTrue(display.alive())
        self.run_on()

    def test_net(self):
        """Clients of a forward."""
        self.start(network__forward=f"tcp:127.0.0.1:{PORT}:80")
        net = self.guest.process("net")
        self.call_in_vain(net, lambda: socket.create_connection(("127.0.0.1", PORT)))
        # They are taken now: nothing waits to be accepted.
        wait_until(lambda: self.waiting() == 0, PATIENCE, "every client has been accepted")
        self.assertTrue(net.alive())
        self.run_on()

    @staticmethod
    def waiting():
        """How many clients of the forward wait to be accepted, as the kernel counts."""
        with open("/proc/net/tcp", encoding="ascii") as file:
            for line in file.readlines()[1:]:
                words = line.split()
                if words[3] == "0A" and int(words[1].rsplit(":", 1)[1], 16) == PORT:
                    return int(words[4].split(":")[1], 16)
        return -1


class Processes(Shortage):
    """Of a user: root has no such limit."""

    user = 61500

    def test_no_more_for_vmm(self):
        """No other display process can be made, until there are processes again."""
        if os.geteuid() != 0:
            self.user = os.geteuid()
        self.start()
        vmm = self.guest.process("vmm")
        before = self.limit(vmm, "nproc", 1)
        display = self.guest.process("display")
        display.kill()
        display.wait_gone()
        failed = wait_until(lambda: [line for line in self.guest.log().splitlines()
                                     if "temporarily unavailable" in line or "fork" in line], PATIENCE,
                            "the log says that no process can be made")
        self.assertTrue(failed)
        self.assertTrue(self.guest.process("qemu").alive())
        self.limit(vmm, "nproc", before)
        self.run_on()
        self.guest.stop()
        self.check_all_gone()
        self.check_next_start()


class Memory(Shortage):
    def starve(self, process):
        """It may have no more address space than it has."""
        size = int(process.read("statm").split()[0]) * os.sysconf("SC_PAGE_SIZE")
        self.limit(process, "as", size)

    def test_display(self):
        """It ends when it cannot have what it wants for all its callers; the next one has some."""
        self.start()
        display = self.guest.process("display")
        self.starve(display)
        port = self.world.json("share", "keeper")["port"]
        for _ in range(60):
            try:
                caller = socket.create_connection(("127.0.0.1", port))
            except OSError:
                break
            self.addCleanup(caller.close)
        self.run_on()
        self.guest.stop()
        self.check_all_gone()
        self.check_next_start()

    def test_net(self):
        self.start(network__forward=f"tcp:127.0.0.1:{PORT}:80")
        self.starve(self.guest.process("net"))
        for _ in range(200):
            try:
                caller = socket.create_connection(("127.0.0.1", PORT), PATIENCE)
            except OSError:
                break
            self.addCleanup(caller.close)
        self.run_on()
        wait_until(lambda: [p for p in self.guest.processes() if p.role == "net"], PATIENCE,
                   "the guest has a network")
        self.guest.stop()
        self.check_all_gone()
        self.check_next_start()

    def test_vmm(self):
        """It may be the end of the guest, never of its records; and one is told."""
        self.start()
        vmm = self.guest.process("vmm")
        self.starve(vmm)
        for _ in range(20):
            result = self.world.ctl("isolation", "keeper", code=None, timeout=PATIENCE)
            if result.code != 0:
                self.assertRefused(result)
                self.assertGreater(len(result.err), 20)
                break
        self.world.ctl("stop", "keeper", "--force", code=None, timeout=PATIENCE)
        self.check_all_gone()
        self.check_next_start()

    def test_qemu(self):
        """As it is, and with a screen of another size to hold."""
        self.start()
        self.starve(self.guest.process("qemu"))
        self.world.ctl("reset", "keeper", code=None)
        for _ in range(5):
            if self.guest.state() != "running":
                break
            self.world.ctl("screenshot", "keeper", self.world.path("shot.png"), code=None)
        if self.guest.state() == "running":
            self.run_on()
        else:
            self.assertIn("QEMU", self.guest.log())
        self.world.ctl("stop", "keeper", "--force", code=None, timeout=PATIENCE)
        self.check_all_gone()
        self.check_next_start()

    def test_more_than_there_is(self):
        """Refused before; forced, it is QEMU that cannot have it, or the kernel gives it by and by."""
        with open("/proc/meminfo", encoding="ascii") as file:
            total = int(file.readline().split()[1]) // 1024
        self.guest = self.make_guest("huge", self.disk, guest__memory=total + 4096)
        self.assertRefused(self.guest.start(code=1), "MiB", "force")
        self.check_all_gone()
        self.guest = self.make_guest("vast", self.disk, guest__memory=512 * 1024)
        started = self.guest.start("--force", code=None)
        if started.code != 0:
            self.assertRefused(started, "memory")
        else:
            self.guest.stop()
        self.check_all_gone()


if __name__ == "__main__":
    main()
