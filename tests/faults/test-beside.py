#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9 and SIGSTOP of those who stand beside a guest that keeps records: what carries its disk to an
NBD server, what copies a disk into a file, and whoever matters to those who look at a shared console.
Nobody waits for ever, nothing is left over, and no acknowledged record is lost.

Which test ends (K) or stops (S) which process at which phase; "-": it is not there.

    process     start        running      share, viewers  backup       stop
    vmm         K kill       K kill       KS here         K here       K kill
                S hang       S hang                                    S hang
    janitor     K kill       K kill       KS here         -            K kill, S hang
                             S hang
    QEMU        K kill       K kill       KS here         KS here      K kill, S hang
                S hang       S hang
    display     KS kill,hang KS kill,hang KS here         -            K kill, S here
    net         KS kill,hang KS kill,hang KS here         -            K kill, S here
    bwrap       K kill       as its child ends            S here       -
    qemu-img    KS kill,hang -            -               -            -
    nbd         KS here      KS here      -               -            KS here
    copier      -            -            -               K backup      -
                                                          S here

("kill", "hang" and "backup" are test-kill.py and its like; vitrine-net while it works: tests/net/test-guest.py.)
"""

import itertools
import os
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../remote"))

from nbd_records import NbdRecordsTest
from records import PATIENCE, RecordsTest, main
from remote import Refused, Rfb
from starting import Start
from vitrine_test import SLOWNESS, read_process, wait_until

ENDED = "The backup of disk1 ended: "
BOTH = (signal.SIGKILL, signal.SIGSTOP)


def hit(process, number):
    process.kill(number)
    if number == signal.SIGKILL:
        process.wait_gone(PATIENCE)
    else:
        wait_until(lambda: (read_process(process.pid) or process).state in "TZX" or not process.alive(),
                   PATIENCE, f"{process!r} is stopped")


class Relay(NbdRecordsTest):
    """vitrine-nbd."""

    def setUp(self):
        super().setUp()
        self.serve()

    def end_by_force(self):
        self.world.ctl("stop", "keeper", "--force", code=None, timeout=PATIENCE)
        self.check_all_gone()
        self.check_disk()

    def test_while_starting(self):
        for number in BOTH:
            with self.subTest(number=number):
                start = Start(self)
                relay = start.wait_process(lambda p: p.role == "nbd")
                relay.kill(number)
                if not start.wait_line("ready"):
                    self.assertTrue(start.lines[-1].startswith("failed "), start.lines)
                    self.assertGreater(len(start.lines[-1]), 30, start.lines)
                start.close()
                self.end_by_force()
        self.check_next_start()

    def test_killed(self):
        """The guest is paused for want of its disk, and one is told what to do."""
        self.guest.start()
        self.run_on()
        hit(self.guest.process("nbd"), signal.SIGKILL)
        wait_until(lambda: "force it off" in self.guest.show()["state-reason"], PATIENCE,
                   f"it says what to do: {self.guest.show()}")
        self.guest.wait_state("paused", PATIENCE)
        self.end_by_force()
        self.check_next_start()

    def test_stopped(self):
        """The guest waits for its disk; everybody else answers, and it goes on where it was."""
        self.guest.start()
        self.run_on()
        relay = self.guest.process("nbd")
        hit(relay, signal.SIGSTOP)
        self.assertIn(self.guest.state(), ("running", "paused"))
        self.world.ctl("screenshot", "keeper", self.world.path("shot.png"), timeout=PATIENCE)
        relay.kill(signal.SIGCONT)
        self.run_on()
        hit(relay, signal.SIGSTOP)
        self.end_by_force()
        self.check_next_start()

    def test_while_stopping(self):
        for number in BOTH:
            with self.subTest(number=number):
                self.guest.start()
                self.run_on()
                relay = self.guest.process("nbd")
                stop = self.begin_stop()
                relay.kill(number)
                self.assertIn(stop.finish(PATIENCE).code, (0, 1))
                self.end_by_force()
        self.check_next_start()


class Stopping(RecordsTest):
    def test_stopped_while_stopping(self):
        for role in ("display", "net"):
            with self.subTest(role=role):
                self.guest.start()
                self.run_on()
                self.check_halted_while_stopping(role)
        self.check_next_start()

    def test_second_janitor(self):
        """It takes the first one's place, and keeps nobody from ending either, nor from the next start."""
        for number in (signal.SIGKILL, None):  # what vmm gets beside it
            with self.subTest(vmm=number):
                self.guest.start()
                self.run_on()
                first = self.guest.process("janitor")
                hit(first, signal.SIGKILL)
                second = wait_until(lambda pid=first.pid: [p for p in self.guest.processes() if
                                                           p.role == "janitor" and p.pid != pid],
                                    PATIENCE, "another janitor is there")[0]
                hit(second, signal.SIGSTOP)
                if number == signal.SIGKILL:
                    hit(self.guest.process("vmm"), number)
                self.world.ctl("stop", "keeper", "--force", code=None, timeout=PATIENCE)
                self.check_all_gone()
                self.check_disk()
        self.check_next_start()


class Viewers(RecordsTest):
    def begin(self):
        self.guest.start()
        self.run_on()
        self.made = self.world.json("share", "keeper")

    def look(self):
        """Logs in; again while the display process is being replaced."""
        seen = []

        def login():
            try:
                with Rfb(self.made["port"], self.made["password"]) as viewer:
                    seen.append(viewer.wait_pixel(8, 8, lambda pixel: pixel is not None))
            except (Refused, EOFError, OSError):
                return False
            return True

        wait_until(login, PATIENCE, "a viewer sees the console")

    def assert_cut(self, viewer):
        viewer.socket.settimeout(PATIENCE * SLOWNESS)
        try:
            while viewer.socket.recv(65536):
                pass
        except ConnectionResetError:
            pass

    def test_display(self):
        """Whoever looked is cut off, and may come again by the same share."""
        self.begin()
        for number in BOTH:
            with self.subTest(number=number):
                with Rfb(self.made["port"], self.made["password"]) as viewer:
                    victim = self.guest.process("display")
                    victim.kill(number)
                    self.assert_cut(viewer)
                victim.wait_gone(PATIENCE)
                self.look()
                self.run_on()
        self.guest.stop()
        self.check_all_gone()

    def test_others(self):
        """Whoever looks does not notice."""
        self.begin()
        for role in ("net", "janitor"):
            for number in BOTH:
                with self.subTest(role=role, number=number):
                    with Rfb(self.made["port"], self.made["password"]) as viewer:
                        wait_until(lambda role=role: role in [p.role for p in self.guest.processes()],
                                   PATIENCE, f"{role} is there again")
                        hit(self.guest.process(role), number)
                        viewer.wait_pixel(8, 8, lambda pixel: pixel is not None)
                        self.run_on()
                    self.assertEqual([share["port"] for share in
                                      self.world.json("viewers", "keeper")["shares"]], [self.made["port"]])
        self.world.ctl("stop", "keeper", "--force", timeout=PATIENCE)
        self.check_all_gone()
        self.check_next_start()

    def test_end(self):
        """With vmm or QEMU everything ends, the share, too; of one that hangs, once it is forced to. Beside a
        QEMU that hangs viewers stay, and may come and go."""
        for role, number in itertools.product(("vmm", "qemu"), BOTH):
            with self.subTest(role=role, number=number):
                self.begin()
                with Rfb(self.made["port"], self.made["password"]) as viewer:
                    hit(self.guest.process(role), number)
                    if (role, number) == ("qemu", signal.SIGSTOP):
                        viewer.request(False)
                        viewer.wait(lambda count=viewer.updates, viewer=viewer: viewer.updates > count)
                        viewer.key(ord("a"), True)
                        self.look()
                        self.assertRefused(self.world.ctl("pause", "keeper", code=1, timeout=PATIENCE), "QEMU",
                                           "vitrinectl stop --force")
                    self.world.ctl("stop", "keeper", "--force", code=None, timeout=PATIENCE)
                    self.assert_cut(viewer)
                self.check_all_gone()
                self.check_disk()
        self.check_next_start()


class Copier(RecordsTest):
    """vitrine-vmm --copy-disk, which `vitrinectl backup --to` starts."""

    def setUp(self):
        super().setUp()
        self.to = self.world.path("copies", "copy.qcow2")
        os.makedirs(os.path.dirname(self.to), exist_ok=True)
        self.world.own(os.path.dirname(self.to))

    def start(self):
        self.guest.start()
        self.run_on()

    def begin(self):
        backup = self.world.spawn("backup", "keeper", "--to", self.to, "--disk", "1")
        copier = wait_until(lambda: [p for p in map(read_process, self.below(backup.popen.pid))
                                     if p and "--copy-disk" in p.cmdline()] or
                            backup.popen.poll() is not None, PATIENCE, "the copier is there")
        return backup, copier[0] if isinstance(copier, list) else None

    @staticmethod
    def below(pid):
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]

    def after(self):
        self.assertIn(os.listdir(os.path.dirname(self.to)), ([], ["copy.qcow2"]))
        if os.path.exists(self.to):  # whole, or not there at all
            subprocess.run(["qemu-img", "check", "-q", self.to], check=True)
            os.unlink(self.to)
        self.run_on()

    def test_copier_stopped(self):
        """The guest does not wait for it, and whoever asked may break it off."""
        self.start()
        backup, copier = self.begin()
        if copier is not None:
            copier.kill(signal.SIGSTOP)
            self.run_on()
            backup.popen.send_signal(signal.SIGINT)
        backup.finish(PATIENCE)
        self.after()
        self.guest.stop()
        self.check_all_gone()
        self.check_next_start()

    def test_nobody_lets_it_in(self):
        """Without a word from vmm, as from one that is stopped, it waits no longer than it is to."""
        ours, theirs = socket.socketpair()
        command = ["/bin/sh", "-c", 'exec "$@" 3>"$COPY"', "sh",
                   os.path.join(os.environ["VITRINE_BUILD"], "vitrine-vmm"), "--copy-disk", "--uuid",
                   "00000000-0000-4000-8000-000000000001"]
        with ours, theirs:
            done = subprocess.run(command, stdin=theirs, capture_output=True, timeout=30, check=False,
                                  env=dict(os.environ, COPY=self.to, VITRINE_COPY_SECONDS="1"))
        self.assertEqual(done.returncode, 1, done)
        self.assertEqual(done.stderr, b"vitrine-vmm does not answer, so nothing was copied\n")
        self.assertEqual(os.path.getsize(self.to), 0)

    @staticmethod
    def wait_while_stopped(backup, victims):
        """A copier that vmm has let in needs it no more; one that was a moment late waits for it."""
        try:
            backup.popen.wait(20)
        except subprocess.TimeoutExpired:
            for victim in victims:
                victim.kill(signal.SIGCONT)

    def test_hung(self):
        """Who stands beside the copier. A copy is a whole one, or is broken off and says why; in bounded
        time; and whoever hung goes on as before."""
        self.start()
        for role in ("qemu", "bwrap", "vmm"):
            with self.subTest(role=role):
                ended = self.guest.log().count(ENDED)
                backup, copier = self.begin()
                copier.kill(signal.SIGSTOP)  # so that all of it is met on the way
                victims = [p for p in self.guest.processes() if p.role == role]
                for victim in victims:
                    hit(victim, signal.SIGSTOP)
                copier.kill(signal.SIGCONT)
                if role == "vmm":
                    self.wait_while_stopped(backup, victims)
                done = backup.finish(60)
                if role == "vmm" or done.code == 0:
                    self.assertEqual(done.code, 0, done)
                else:  # QEMU; or a bwrap that was at making a jail
                    self.assertRefused(done, "The backup was broken off")
                if role == "qemu":
                    self.assertRefused(done, "QEMU did not answer", "vitrinectl stop --force")
                self.assertEqual(os.path.exists(self.to), done.code == 0)
                for victim in victims:
                    victim.kill(signal.SIGCONT)
                wait_until(lambda ended=ended: self.guest.log().count(ENDED) > ended, PATIENCE,
                           "vmm has let go of the disk")
                self.after()
        self.world.ctl("stop", "keeper", "--force")
        self.check_all_gone()
        self.check_next_start()

    def test_guest_ends(self):
        for role in ("vmm", "qemu"):
            with self.subTest(role=role):
                self.start()
                backup, _ = self.begin()
                hit(self.guest.process(role), signal.SIGKILL)
                result = backup.finish(PATIENCE)
                if result.code != 0:
                    self.assertRefused(result)
                self.world.ctl("stop", "keeper", "--force", code=None, timeout=PATIENCE)
                self.check_all_gone()
                self.check_next_start()
                self.after()
                self.guest.stop()


if __name__ == "__main__":
    main()
