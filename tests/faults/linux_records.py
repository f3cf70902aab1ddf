# SPDX-License-Identifier: GPL-2.0-or-later
"""A Linux guest that keeps records in files of an ext4 on a virtio disk (tests/guests/records-linux.c):
Debian's kernel and its journal, fsync and O_DSYNC. What is on the disk is judged in the guest, by the
kernel's replay of the journal and by e2fsck, and outside, by e2fsck and debugfs."""

import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../guests"))

from linux_guest import CMDLINE, KERNEL, InitialRamDisk
from records import BUILD, FULL, SIZE, WRITING, RecordsTest, count_records

FILES = {"synced": (1, 2), "direct": (4, 5)}  # name -> squares: acknowledged, found at the start
STATE, FSCK, JOURNAL = 0, 6, 7
STUCK = 0x40
DISK_BYTES = 512 << 20
BOOT_PATIENCE = 180

# The first mount is for the kernel to replay the journal; then e2fsck must find nothing to mend.
SCRIPT = f"""
r=/bin/records-linux
ln -s /proc/mounts /etc/mtab
until [ -b /dev/vda ]; do sleep 0.1; done
# The kernel may have said something here.
for square in 1 2 3 4 5 {FSCK} {JOURNAL}; do $r tell $square 0; done
$r tell {STATE} 16
$r journal /dev/vda
journal=$?
mkdir /mnt
mount -t ext4 /dev/vda /mnt && umount /mnt
e2fsck -fn /dev/vda
$r tell {FSCK} $((256 + $?))
$r tell {JOURNAL} $((256 + journal))
mount -t ext4 /dev/vda /mnt || $r tell {STATE} {STUCK}
$r keep /mnt && umount /mnt && poweroff -f
sleep 10000
"""


def make_initrd(path):
    ram = InitialRamDisk()
    ram.add_modules("virtio_pci", "virtio_blk", "crc32c_generic", "ext4", "button", "evdev")
    ram.add_file("/bin/records-linux", os.path.join(BUILD, "tests/guests/records-linux"), mode=0o755)
    ram.add_program("/sbin/e2fsck")
    ram.set_init(SCRIPT)
    return ram.write(path)


class LinuxRecordsTest(RecordsTest):
    """As RecordsTest, with a Linux guest."""

    def setUp(self):
        self.seen = dict.fromkeys(FILES, 0)
        super().setUp()

    def make_disk(self, path):
        raw = path + ".raw"
        with open(raw, "wb") as file:
            file.truncate(DISK_BYTES)
        subprocess.run(["mke2fs", "-q", "-t", "ext4", raw], check=True)
        subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", self.format, raw, path], check=True)
        os.unlink(raw)
        self.world.own(path)
        return path

    def make_guest(self, name, disk, **settings):
        initrd = make_initrd(self.world.path(name + ".initrd"))
        self.world.own(initrd)
        # 0x342: 640x480 with 32 bits a pixel.
        return self.world.guest(name, [{"file": disk, "format": self.format, "bus": "virtio"}],
                                boot__kernel=KERNEL, boot__initrd=initrd,
                                boot__cmdline=CMDLINE + " vga=0x342 panic=-1",
                                **{"guest__memory": 256, "network__policy": "internet", **settings})

    def wait_up(self):
        """Until it writes; a guest that cannot go on fails at once."""
        state = self.square(STATE, lambda pixel: pixel in (WRITING, FULL, STUCK), BOOT_PATIENCE,
                            "the guest writes")
        self.assertNotEqual(state, STUCK, "the guest's file system cannot be used")

    def note(self, at_least=0):
        """Waits until so many more records are acknowledged in each file; remembers how many were."""
        self.wait_up()
        for name, (square, _) in FILES.items():
            least = self.seen[name] + at_least
            self.seen[name] = self.square(square, lambda pixel, least=least: least <= pixel < 1 << 16,
                                          what=f"{least} records are acknowledged in {name}")

    def run_on(self, more=3):
        self.note()
        self.note(more)

    def check_disk(self, path=None):
        """With the guest off: the image, its file system and every acknowledged record are good. Returns
        how many there are a file."""
        path = path or self.disk
        self.check_image(path)
        with tempfile.TemporaryDirectory(dir=self.world.root) as folder:
            raw = os.path.join(folder, "raw")
            subprocess.run(["qemu-img", "convert", "-f", self.format, "-O", "raw", path, raw], check=True)
            return self.check_files(folder, raw)

    def check_files(self, folder, raw):
        subprocess.run(["e2fsck", "-y", "-E", "journal_only", raw], check=False, capture_output=True)
        checked = subprocess.run(["e2fsck", "-fn", raw], check=False, capture_output=True, text=True)
        self.assertEqual(checked.returncode, 0, checked.stdout)
        found = {}
        for name, seen in self.seen.items():
            copy = os.path.join(folder, name)
            subprocess.run(["debugfs", "-R", f"dump /{name} {copy}", raw], check=True,
                           capture_output=True)
            with open(copy, "rb") as file:
                found[name] = count_records(file.fileno(), SIZE)
            self.assertGreaterEqual(found[name], seen, f"an acknowledged record of {name} is lost")
        return found

    def check_next_start(self):
        """Starts it again: the guest finds what is on the disk, all that was acknowledged, and goes on."""
        on_disk = self.check_disk()
        self.guest.start()
        self.wait_up()
        self.assertEqual(self.square(FSCK, lambda pixel: pixel >= 0x100), 0x100, "what e2fsck said")
        for name, (_, square) in FILES.items():
            self.assertEqual(self.square(square, lambda pixel: pixel < 1 << 16), on_disk[name], name)
        self.run_on()
        self.assertEqual(self.errors(), 0)

    def had_journal(self):
        """Whether the journal had to be replayed at the last start."""
        return self.square(JOURNAL, lambda pixel: pixel >= 0x100) == 0x101
