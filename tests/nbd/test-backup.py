#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A running guest's disk as it was at one moment, read by qemu-img, nbdinfo and nbdcopy while the
guest writes on; and how it ends."""

import hashlib
import os
import shutil
import signal
import stat
import subprocess
import sys

for folder in ("../faults", "../guests"):
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), folder))
# pylint: disable=wrong-import-position
import linux_guest
from faultfs import mount, own_mounts, unmount
from servers import NbdTest
from starting import family
from vitrine_test import image, main, wait_until

MIB = 1 << 20

# Overwrites the whole disk, round after round; each round's blocks hold its number.
WRITER = """
round=0
while true; do
  round=$((round + 1))
  yes "round $round" | head -c 1048576 > /tmp/block
  for i in 0 1 2 3 4 5 6 7; do
    dd if=/tmp/block of=/dev/vda bs=1M seek=$i conv=notrunc,fsync 2>/dev/null
  done
done
"""


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


class Backup(NbdTest):
    def linux(self, disk):
        ram = linux_guest.InitialRamDisk()
        ram.add_modules("virtio_pci", "virtio_blk")
        ram.set_init(WRITER)
        guest = self.world.guest(
            "busy", [{"file": disk, "format": "raw", "bus": "virtio"}],
            boot__kernel=linux_guest.KERNEL, boot__initrd=ram.write(self.world.path("initrd")),
            boot__cmdline=linux_guest.CMDLINE + " console=ttyS0", guest__memory="256")
        guest.start(timeout=60)
        return guest

    def round_of(self, path):
        with open(path, "rb") as file:
            head = file.read(20)
        return int(head.split(b"\n")[0].split()[1]) if head.startswith(b"round ") else 0

    def begin(self, guest, *more):
        """The process that serves it, and the socket."""
        sock = self.world.path("backup.sock")
        running = self.world.spawn("backup", guest.name, sock, *more)
        wait_until(lambda: os.path.exists(sock) or running.popen.poll() is not None, 30, "a socket")
        line = running.popen.stdout.readline().decode() + running.popen.stdout.readline().decode()
        self.assertIn("nbd+unix:///?socket=" + sock, line, f"{line}\n{guest.log()}")
        return running, sock

    def read(self, *command):
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def copy(self, sock, to):
        self.read("qemu-img", "convert", "-f", "raw", "-O", "raw", f"nbd+unix:///?socket={sock}", to)
        return digest(to)

    def test_one_moment(self):
        disk = self.world.file("disk.raw", b"\0" * 8 * MIB)
        guest = self.linux(disk)
        wait_until(lambda: self.round_of(disk) >= 2, 90, "the guest writes")
        # Paused, its disk is one that both sides can know.
        self.world.ctl("pause", "busy")
        shutil.copyfile(disk, self.world.path("then.raw"))
        before = digest(disk)
        running, sock = self.begin(guest)
        self.assertEqual(stat.S_IMODE(os.stat(sock).st_mode), 0o600)
        info = self.read("nbdinfo", f"nbd+unix:///?socket={sock}")
        self.assertIn("is_read_only: true", info)
        self.assertIn(f"export-size: {8 * MIB}", info)
        self.world.ctl("resume", "busy")
        at = self.round_of(disk)
        wait_until(lambda: self.round_of(disk) >= at + 3, 60, "the guest writes on")
        self.assertNotEqual(digest(disk), before)
        self.assertEqual(self.copy(sock, self.world.path("copy.raw")), before)
        self.read("nbdcopy", f"nbd+unix:///?socket={sock}", self.world.path("copy2.raw"))
        self.assertEqual(digest(self.world.path("copy2.raw")), before)
        # Writing is refused, and a second backup beside the first.
        done = subprocess.run(["qemu-io", "-f", "raw", "-c", "write 0 512",
                               f"nbd+unix:///?socket={sock}"], capture_output=True, text=True,
                              check=False)
        self.assertNotEqual((done.returncode, "wrote" in done.stdout), (0, True), done)
        self.assertRefused(self.world.ctl("backup", "busy", sock + "2", code=1), "already")
        self.assertEqual(guest.state(), "running")
        running.popen.send_signal(signal.SIGINT)
        running.finish(30)
        self.assertFalse(os.path.exists(sock))
        # Nothing of it is left in QEMU, and another one shows another moment.
        wait_until(lambda: "backup" not in self.world.ctl(
            "monitor", "busy", '{"execute":"query-named-block-nodes"}').out, 30, "it is taken down")
        running, sock = self.begin(guest)
        self.assertNotEqual(self.copy(sock, self.world.path("copy.raw")), before)
        guest.stop()
        self.assertIn("The guest ended", running.finish(30).out)
        self.assertNothingLeft(10)

    def test_to_file(self):
        """A qcow2 that qemu-img finds whole and equal; whole, or not there at all."""
        content = b"\0" * MIB + bytes(range(256)) * 4096 + b"\0" * 5 * MIB + b"end" + b"\0" * 509
        disk = self.world.file("disk.raw", content)
        guest = self.world.guest("still", [{"file": image("idle"), "format": "raw"},
                                           {"file": disk, "format": "raw"}])
        guest.start(timeout=60)
        to = self.world.path("copy.qcow2")
        done = self.world.ctl("backup", "still", "--to", to, "--disk", "1")
        self.assertIn(to, done.out)
        self.read("qemu-img", "check", "-f", "qcow2", to)
        self.read("qemu-img", "compare", "-f", "raw", "-F", "qcow2", disk, to)
        self.assertLess(os.stat(to).st_blocks * 512, 3 * MIB)
        self.assertEqual(stat.S_IMODE(os.stat(to).st_mode), 0o600)
        # What is there stays, unless it is said otherwise; a disk in use stays in any case.
        self.assertRefused(self.world.ctl("backup", "still", "--to", to, code=1), "exists already")
        self.world.ctl("backup", "still", "--to", to, "--disk", "1", "--replace")
        self.read("qemu-img", "compare", "-f", "raw", "-F", "qcow2", disk, to)
        self.assertRefused(self.world.ctl("backup", "still", "--to", disk, "--replace", code=1),
                           "in use")
        self.assertRefused(self.world.ctl("backup", "still", "--to", to + "2", "--disk", "7", code=1),
                           "no such disk")
        self.assertEqual([name for name in os.listdir(os.path.dirname(to)) if "copy" in name
                          or "part" in name], ["copy.qcow2"])
        guest.stop()

    def test_no_room_for_what_is_overwritten(self):
        """The backup breaks and says so; the guest does not notice."""
        folder = self.world.path("small")
        os.mkdir(folder)
        mount("tmpfs", folder, "size=1m,mode=755")
        self.addCleanup(unmount, folder)
        disk = self.world.file("disk.raw", b"\0" * 8 * MIB)
        guest = self.linux(disk)
        wait_until(lambda: self.round_of(disk) >= 2, 90, "the guest writes")
        running = self.world.spawn("backup", "busy", "--to", self.world.path("copy.qcow2"),
                                   "--scratch", folder)
        copier = wait_until(lambda: next((p for p in family(running.popen.pid)
                                          if "--copy-disk" in p.cmdline()), None), 30, "it copies")
        copier.kill(signal.SIGSTOP)
        at = self.round_of(disk)
        wait_until(lambda: self.round_of(disk) >= at + 3, 60, "the guest writes on")
        copier.kill(signal.SIGCONT)
        done = running.finish(60)
        self.assertRefused(done, "no room left for what the guest overwrote")
        self.assertFalse([name for name in os.listdir(self.world.root)
                          if name.startswith("copy") or "part" in name])
        self.assertEqual(os.listdir(folder), [])
        at = self.round_of(disk)
        wait_until(lambda: self.round_of(disk) >= at + 2, 60, "the guest writes on")
        self.assertEqual(guest.state(), "running")
        # With room enough it goes at once.
        self.world.ctl("backup", "busy", "--to", self.world.path("copy.qcow2"))
        self.read("qemu-img", "check", "-f", "qcow2", self.world.path("copy.qcow2"))
        guest.stop()

    def test_ends(self):
        guest = self.start("idle", image("idle"))
        running, sock = self.begin(guest, "--expire", "1m")
        self.world.ctl("backup", "idle", "--end")
        self.assertIn("It was ended", running.finish(30).out)
        self.assertRefused(self.world.ctl("backup", "idle", "--end", code=1), "No backup")
        # Killed, whoever asked for it takes it along; a reader in the middle loses its connection.
        running, sock = self.begin(guest)
        running.popen.kill()
        running.finish(30)
        wait_until(lambda: "Whoever asked for it is gone" in guest.log(), 30, "it has ended")
        os.unlink(sock)
        # A disk that it has not, a socket that is there, a guest that is off.
        self.assertRefused(self.world.ctl("backup", "idle", sock, "--disk", "7", code=1),
                           "no such disk")
        self.assertFalse(os.path.exists(sock))
        self.world.file("taken")
        self.assertRefused(self.world.ctl("backup", "idle", self.world.path("taken"), code=1), "taken")
        guest.stop()
        self.assertRefused(self.world.ctl("backup", "idle", sock, code=1), "not running")
        self.assertEqual(self.world.ctl("backup", "idle", code=2).out, "")


if __name__ == "__main__":
    own_mounts()
    main()
