#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Real input: memtest86+ by BIOS and by UEFI, a Linux kernel with an initrd of busybox that answers
typed text, and a qcow2 that stands on two backing files."""

import glob
import gzip
import hashlib
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../guests"))

from linux_guest import CMDLINE
from vitrine_test import VitrineTest, image, main, wait_until

MEMTEST = "/usr/lib/memtest86+/memtest86+x64.iso"
GREY, BLUE, GREEN = 0xaaaaaa, 0x0000aa, 0x00aa00

INIT = b"""#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
exec </dev/tty1 >/dev/tty1 2>&1
printf '\\033[47m\\033[2J\\033[?25l'
while read line; do
  case "$line" in
    green) printf '\\033[42m\\033[2J' ;;
    poweroff) /bin/busybox poweroff -f ;;
  esac
done
"""


def installer_folder():
    """Where Debian's installer lies, of whichever release."""
    found = sorted(glob.glob("/usr/lib/debian-installer/images/*/amd64/gtk/debian-installer/amd64"))
    assert found, "the package debian-installer-*-netboot-amd64 is missing"
    return found[-1]


def cpio(entries):
    """A newc archive of (name, mode, data, (major, minor))."""
    out = b""
    for number, (name, mode, data, device) in enumerate([*entries,
                                                         ("TRAILER!!!", 0, b"", (0, 0))]):
        fields = (number + 1, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
        out += head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)
    return out


def initrd():
    with open("/bin/busybox", "rb") as file:
        busybox = file.read()
    return gzip.compress(cpio([
        ("bin", 0o040755, b"", (0, 0)), ("dev", 0o040755, b"", (0, 0)),
        ("dev/console", 0o020600, b"", (5, 1)), ("bin/busybox", 0o100755, busybox, (0, 0)),
        ("bin/sh", 0o120777, b"busybox", (0, 0)), ("init", 0o100755, INIT, (0, 0))]), 1)


def qemu_img(*args):
    subprocess.run(["qemu-img", *args], check=True, stdout=subprocess.DEVNULL)


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


class Media(VitrineTest):
    def wait_share(self, guest, colour, share, timeout):
        """Until a share of the screen has a colour, give or take what a palette rounds off; judged
        by the command line's screenshots."""
        want = colour >> 16, colour >> 8 & 255, colour & 255
        seen = [0.0]

        def enough():
            seen[0] = guest.screenshot().share(
                lambda *rgb: all(abs(a - b) <= 3 for a, b in zip(rgb, want)))
            return seen[0] >= share
        try:
            wait_until(enough, timeout, f"{share:.0%} of the screen in {colour:06x}")
        except AssertionError as error:
            raise AssertionError(f"{error}; {seen[0]:.1%} is") from None

    def test_memtest_bios(self):
        guest = self.world.guest("memtest", [{"file": MEMTEST, "media": "cdrom", "bus": "sata"}])
        guest.start()
        self.wait_share(guest, BLUE, 0.5, 120)
        guest.stop()

    def test_memtest_created(self):
        """As a person would: create with an ISO, start."""
        self.world.ctl("create", "iso", "--iso", MEMTEST, "--memory", "64M", "--cpus", "1")
        self.world.ctl("start", "iso")
        guest = [g for g in self.world.json("list") if g["name"] == "iso"][0]
        self.assertEqual(guest["state"], "running")
        from vitrine_test import Guest
        self.wait_share(Guest(self.world, "iso", guest["uuid"]), BLUE, 0.5, 120)
        self.world.ctl("stop", "iso", "--force")

    def test_memtest_uefi(self):
        guest = self.world.guest("memtest", [{"file": MEMTEST, "media": "cdrom", "bus": "sata"}],
                                 guest__firmware="uefi", guest__memory=256)
        guest.start()
        self.wait_share(guest, BLUE, 0.5, 400)
        guest.stop()

    def test_linux(self):
        ramdisk = self.world.file("initrd.gz", initrd())
        guest = self.world.guest(
            "linux", guest__memory=512, boot__initrd=ramdisk, boot__cmdline=CMDLINE,
            boot__kernel=os.path.join(installer_folder(), "linux"))
        guest.start()
        self.wait_share(guest, GREY, 0.9, 240)
        self.world.ctl("type", "linux", "green\n")
        self.wait_share(guest, GREEN, 0.9, 60)
        self.world.ctl("type", "linux", "poweroff\n")
        wait_until(lambda: guest.state() == "stopped", 15, "Linux powers off")
        self.assertNothingLeft()

    def test_linux_uefi(self):
        ramdisk = self.world.file("initrd.gz", initrd())
        guest = self.world.guest(
            "linux", guest__memory=512, boot__initrd=ramdisk, boot__cmdline=CMDLINE,
            boot__kernel=os.path.join(installer_folder(), "linux"), guest__firmware="uefi")
        guest.start()
        self.wait_share(guest, GREY, 0.9, 240)
        guest.stop()

    def chain(self, deepest):
        """base <- middle <- top, all qcow2 in one folder, named relatively."""
        os.mkdir(self.world.path("chain"))
        paths = [self.world.path("chain", name + ".qcow2") for name in ("base", "middle", "top")]
        qemu_img("convert", "-f", "raw", "-O", "qcow2", image(deepest), paths[0])
        for below, path in zip(paths, paths[1:]):
            qemu_img("create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", os.path.basename(below),
                     path)
        self.world.own(self.world.path("chain"), *paths)
        return paths

    def test_chain_boots(self):
        paths = self.chain("paint")
        guest = self.world.guest("chained", [{"file": paths[-1], "format": "qcow2"}])
        guest.start()
        with guest.glass() as glass:
            glass.wait_pixel(0, 0, lambda pixel: pixel == 0xf0c020)
        guest.stop()

    def test_chain_written(self):
        """A guest's writes go to the top of the chain alone."""
        paths = self.chain("writer")
        before = [digest(path) for path in paths]
        guest = self.world.guest("chained", [{"file": paths[-1], "format": "qcow2"}])
        guest.start(code=None)
        wait_until(lambda: guest.state() == "stopped", 10, "the guest has written and is off")
        after = [digest(path) for path in paths]
        self.assertEqual(before[:2], after[:2])
        self.assertNotEqual(before[2], after[2])
        qemu_img("check", "-q", "-f", "qcow2", paths[2])
        flat = self.world.path("flat.img")
        qemu_img("convert", "-f", "qcow2", "-O", "raw", paths[2], flat)
        with open(flat, "rb") as file:
            self.assertEqual(file.read(512), bytes(512), "sector 1 was copied over sector 0")

    def test_disk_made_here(self):
        """create --disk SIZE makes an empty qcow2 that the guest can use."""
        self.world.ctl("create", "empty", "--disk", "64M", "--memory", "64M", "--cpus", "1")
        self.world.ctl("start", "empty")
        self.world.ctl("stop", "empty", "--force")
        uuid = self.world.json("list")[0]["uuid"]
        found = glob.glob(os.path.join(self.world.env["XDG_DATA_HOME"],
                                       f"vitrine/guests/{uuid}/disks/*"))
        self.assertEqual(len(found), 1)
        qemu_img("check", "-q", "-f", "qcow2", found[0])


if __name__ == "__main__":
    main()
