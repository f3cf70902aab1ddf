#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A backup into a file that is broken off at one point after another, by Ctrl-C, by kill -9 of whoever
asked for it, of the process that copies, or of the one that shows it the disk. Under its name there is
the whole copy or nothing, nothing else is left, the next backup can begin, and the guest keeps its
records meanwhile."""

import fcntl
import os
import signal
import subprocess

from records import BUILD, PATIENCE, RecordsTest, main
from starting import family
from vitrine_test import wait_until

MIB = 1 << 20
SIZE = 16 * MIB
# How much of the copy is written: nothing, some, most, all of it but for its name.
POINTS = (0, 1, SIZE // 2, SIZE)
COPY_FILE_FD = 3  # common/ipc/copy-wire.h


class Backup(RecordsTest):
    def setUp(self):
        super().setUp()
        self.folder = self.world.path("out")
        os.mkdir(self.folder)
        self.to = os.path.join(self.folder, "copy.qcow2")
        self.guest.start()
        self.run_on()

    def make_guest(self, name, disk, **settings):
        boot = self.world.copy_image("records")
        os.truncate(boot, 1 << 20)  # SeaBIOS wants a cylinder
        self.treasure = self.world.file("treasure.raw", os.urandom(SIZE))
        # Slow enough to be met on the way.
        return self.world.guest(name, [{"file": boot}, {"file": disk, "format": self.format},
                                       {"file": self.treasure}],
                                guest__machine="pc", limits__disk_rate="4000", **settings)

    def begin(self, prefix=()):
        return self.world.spawn("backup", "keeper", "--to", self.to, "--disk", "2", prefix=prefix)

    def copier(self, running, written):
        """The process that copies, once it has written so much. None: it is done already."""
        def look():
            if running.popen.poll() is not None:
                return (None,)
            for process in family(running.popen.pid):
                try:
                    if "--copy-disk" in process.cmdline() and \
                            os.stat(f"/proc/{process.pid}/fd/{COPY_FILE_FD}").st_size >= written:
                        return (process,)
                except FileNotFoundError:
                    pass
            return None
        return wait_until(look, PATIENCE, f"{written} bytes are written")[0]

    def check_whole(self, path):
        subprocess.run(["qemu-img", "check", "-q", "-f", "qcow2", path], check=True)
        subprocess.run(["qemu-img", "compare", "-q", "-f", "qcow2", "-F", "raw", path, self.treasure],
                       check=True)

    def check_after(self, may_be_whole=False):
        if may_be_whole and os.path.exists(self.to):
            self.check_whole(self.to)
            os.unlink(self.to)
        self.assertEqual(os.listdir(self.folder), [])
        self.assertEqual([name for name in os.listdir(self.guest.socket("."))
                          if name not in ("control", "display")], [])
        # vmm has let go of the disk as soon as it has noticed.
        other = self.world.path("other.qcow2")
        wait_until(lambda: self.world.ctl("backup", "keeper", "--to", other, "--replace",
                                          code=None).code == 0, PATIENCE, "the next backup")
        self.assertNotIn("backup", self.world.ctl(
            "monitor", "keeper", '{"execute":"query-named-block-nodes"}').out)
        self.run_on(1)
        self.assertEqual(self.guest.state(), "running")

    def break_off(self, number):
        for point in POINTS:
            with self.subTest(written=point, signal=number):
                running = self.begin()
                self.copier(running, point)
                running.popen.send_signal(number)
                done = running.finish(PATIENCE)
                if not os.path.exists(self.to):
                    self.assertNotEqual(done.code, 0, done)
                    if number == signal.SIGINT:
                        self.assertRefused(done, "what was begun is undone")
                self.check_after(may_be_whole=point == SIZE)

    def finish_all(self):
        """The whole goes well after all that, and the records are there."""
        self.world.ctl("backup", "keeper", "--to", self.to, "--disk", "2")
        self.check_whole(self.to)
        self.guest.stop()
        self.check_all_gone()
        self.check_next_start()
        self.guest.stop()

    def test_interrupted(self):
        self.break_off(signal.SIGINT)
        self.finish_all()

    def test_asker_killed(self):
        self.break_off(signal.SIGKILL)
        self.finish_all()

    def relay(self):
        """The vitrine-nbd, which may still be what it was forked from."""
        return wait_until(lambda: [p for p in self.guest.processes() if p.role == "nbd"], PATIENCE,
                          "the vitrine-nbd of the backup")[0]

    def test_helpers_killed(self):
        """Whoever asked is told."""
        for who in ("copier", "nbd"):
            for point in POINTS[:-1]:
                with self.subTest(written=point, who=who):
                    running = self.begin()
                    copier = self.copier(running, point)
                    (copier if who == "copier" else self.relay()).kill()
                    done = running.finish(PATIENCE)
                    self.assertRefused(done, "The backup was broken off")
                    self.check_after()
        self.finish_all()

    def test_hidden_file(self):
        """Where a file must have a name, that is a hidden one. kill -9 leaves it, and the next backup
        into that folder takes it away; never one that somebody is still at."""
        running = self.begin((os.path.join(BUILD, "tests/tools/without-layer"), "nameless"))
        self.copier(running, SIZE // 2)
        left = os.listdir(self.folder)
        self.assertEqual(len(left), 1, left)
        self.assertRegex(left[0], r"^\.[0-9a-f]{8}\.vitrine-part$")
        running.popen.kill()
        running.finish(PATIENCE)
        self.assertEqual(os.listdir(self.folder), left)
        held = os.path.join(self.folder, ".01234567.vitrine-part")
        others = (".vitrine-part", "01234567.vitrine-part", ".0123456.vitrine-part",
                  ".01234567.vitrine-parts")
        for name in others:
            self.world.file(os.path.join(self.folder, name))
        link = os.path.join(self.folder, ".aaaaaaaa.vitrine-part")
        os.symlink(self.treasure, link)
        with open(held, "wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            wait_until(lambda: self.world.ctl("backup", "keeper", "--to", self.to, "--disk", "2",
                                              code=None).code == 0, PATIENCE, "the next backup")
            self.check_whole(self.to)
            self.assertEqual(set(os.listdir(self.folder)),
                             {"copy.qcow2", *map(os.path.basename, (held, link)), *others})
        self.world.ctl("backup", "keeper", "--to", self.to, "--replace")
        self.assertFalse(os.path.exists(held))
        self.assertTrue(os.path.exists(self.treasure))
        self.guest.stop()


if __name__ == "__main__":
    main()
