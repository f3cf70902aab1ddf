#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Descriptors, processes and memory run out under a guest that keeps records, for one of its processes
after the other. Who has no descriptor for a caller leaves them waiting, idle, and serves them later; who
cannot have memory ends, says so and is replaced, or ends the guest; no acknowledged record is lost."""

import itertools
import os
import socket
import subprocess
import sys
import time

from records import PATIENCE, RecordsTest, main
from vitrine_test import SLOWNESS, VitrineTest, image, wait_until

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


class FrontEnds(VitrineTest):
    """vitrinectl with too little: it does what it is told, or says in one line why it does not, at once;
    never that a guest is off which runs."""

    def try_all(self, guest, *prefix):
        """How often it was refused."""
        refused = 0
        for verb in (("list", "--json"), ("show", "busy", "--json"), ("pause", "busy"), ("resume", "busy"),
                     ("screenshot", "busy", self.world.path("shot.png"))):
            with self.subTest(verb=verb, prefix=prefix):
                done = self.world.spawn(*verb, prefix=prefix).finish(PATIENCE)
                if "loading shared libraries" in done.err:
                    refused += 1  # ld.so's words
                elif done.code != 0:
                    self.assertRefused(done, "vitrinectl: ")
                    self.assertEqual(len(done.err.splitlines()), 1, done)
                    self.assertNotIn("is not running", done.err)
                    refused += 1
                elif done.out:
                    self.assertNotIn("stopped", done.out)
        self.assertTrue(guest.process("vmm").alive())
        return refused

    def test_descriptors(self):
        guest = self.start("busy", image("idle"))
        for number in (4, 6, 8, 10, 18):
            self.assertGreater(self.try_all(guest, "prlimit", f"--nofile={number}:{number}"), 0)
        # As if the whole computer had no more, from the n-th on that is made when it runs.
        calls = "socket,socketpair,pipe2,eventfd2,epoll_create1,inotify_init1"
        for n in range(1, 8):
            self.try_all(guest, "strace", "-f", "-o", "/dev/null", "-e", f"inject={calls}:error=ENFILE:when={n}+")
        self.assertEqual(self.try_all(guest), 0)
        guest.stop()

    @staticmethod
    def memory(size):
        return "prlimit", f"--as={size}:{size}"

    def test_memory(self):
        """From what it takes to come as far as to its main program."""
        guest = self.start("busy", image("idle"))
        least = next(size for size in itertools.count(16 * MIB, MIB // 2)
                     if self.world.spawn("--version", prefix=self.memory(size)).finish(PATIENCE).code == 0)
        refused = [self.try_all(guest, *self.memory(least + size * MIB)) for size in
                   (0, 1, 2, 4, 6, 8, 16, 32, 64, 72, 80, 136, 144)]
        self.assertGreater(sum(refused), 10, refused)
        guest.stop()


class Processes(Shortage):
    """Of a user: root has no such limit."""

    user = 61501  # nobody else is counted with

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
        return process

    def tell(self, victim, sentence):
        """What became of it, which depends on what it had spare: it lives and nobody has its place; or it has
        ended, and the log has a sentence for that. Returns whether it has ended."""
        ended = not victim.alive()
        print(f"{victim!r} {'has ended' if ended else 'did without'}", file=sys.stderr)
        if ended:
            wait_until(lambda: sentence in self.guest.log(), PATIENCE, f"the log says: {sentence}")
        else:
            self.assertEqual(self.guest.process(victim.role).pid, victim.pid)
            self.assertNotIn(sentence, self.guest.log())
        return ended

    def check_ended(self, process, words):
        """With it, if that was its end, the guest; else that runs on, until it is stopped."""
        if self.tell(process, words):
            self.check_all_gone()
        else:
            self.run_on()
        self.world.ctl("stop", "keeper", "--force", code=None, timeout=PATIENCE)
        self.check_all_gone()
        self.check_next_start()

    def tell_replaced(self, victim, sentence):
        """The same of one whose place another takes; the guest goes on in either case."""
        self.run_on()
        if self.tell(victim, sentence):
            wait_until(lambda: [p for p in self.guest.processes() if p.role == victim.role and
                                p.pid != victim.pid], PATIENCE, "another is in its place")
        self.guest.stop()
        self.check_all_gone()
        self.check_next_start()

    def test_display(self):
        """It ends when it cannot have what it wants for all its callers; the next one has some."""
        self.start()
        display = self.starve(self.guest.process("display"))
        port = self.world.json("share", "keeper")["port"]
        for _ in range(60):
            try:
                caller = socket.create_connection(("127.0.0.1", port))
            except OSError:
                break
            self.addCleanup(caller.close)
        self.tell_replaced(display, "The display process is over: ")

    def test_net(self):
        self.start(network__forward=f"tcp:127.0.0.1:{PORT}:80")
        net = self.starve(self.guest.process("net"))
        for _ in range(200):
            try:
                caller = socket.create_connection(("127.0.0.1", PORT), PATIENCE)
            except OSError:
                break
            self.addCleanup(caller.close)
        self.tell_replaced(net, "The network process ended: ")

    def test_vmm(self):
        """It may be the end of the guest, never of its records; and one is told."""
        self.start()
        vmm = self.starve(self.guest.process("vmm"))
        for _ in range(20):
            result = self.world.ctl("isolation", "keeper", code=None, timeout=PATIENCE)
            if result.code != 0:
                self.assertRefused(result)
                self.assertGreater(len(result.err), 20)
                break
        self.check_ended(vmm, "The guest ends, because vitrine-vmm cannot go on: ")

    def test_qemu(self):
        """As it is, and with a screen of another size to hold."""
        self.start()
        qemu = self.starve(self.guest.process("qemu"))
        self.world.ctl("reset", "keeper", code=None)
        for _ in range(5):
            if self.guest.state() != "running":
                break
            self.world.ctl("screenshot", "keeper", self.world.path("shot.png"), code=None)
        self.check_ended(qemu, "ended unexpectedly")

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
