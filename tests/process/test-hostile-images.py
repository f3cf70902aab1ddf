#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Disk images that name what is not theirs. Each must be refused with a plain sentence, or be
treated as the bytes it is, and the file it names must never be opened: a watch on it proves that."""

import ctypes
import os
import select
import struct
import subprocess

from vitrine_test import VitrineTest, main, wait_until

IN_OPEN, IN_ACCESS = 0x20, 0x1
LIBC = ctypes.CDLL(None, use_errno=True)


class Watch:
    """Tells whether anybody opened a file since the watch was set."""

    def __init__(self, *paths):
        self.fd = LIBC.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        for path in paths:
            if LIBC.inotify_add_watch(self.fd, os.fsencode(path), IN_OPEN | IN_ACCESS) < 0:
                raise OSError(ctypes.get_errno(), path)

    def opened(self):
        return bool(select.select([self.fd], [], [], 0)[0])

    def close(self):
        os.close(self.fd)


def qemu_img(*args):
    subprocess.run(["qemu-img", *args], check=True, stdout=subprocess.DEVNULL)


class HostileImages(VitrineTest):
    def setUp(self):
        super().setUp()
        os.mkdir(self.world.path("elsewhere"), 0o755)
        self.secret = self.world.file("elsewhere/secret", b"a secret\n" + b"\0" * 65536, 0o644)

    def refuse(self, name, disk, *words, secret=None, **settings):
        """A start with this disk fails plainly and opens nothing it names."""
        secret = secret or self.secret
        guest = self.world.guest(name, [{"file": disk, "format": "qcow2"}], **settings)
        watch = Watch(secret)
        try:
            result = guest.start(code=None)
            self.assertRefused(result, os.path.basename(disk), *words)
            self.assertFalse(watch.opened(), f"{secret} was opened: {result!r}")
        finally:
            watch.close()
        self.assertNothingLeft()
        self.assertEqual(guest.state(), "stopped")

    def backed(self, name, backing, fmt="raw"):
        """A qcow2 whose header names a backing file, which qemu-img itself must not look at."""
        path = self.world.path(name)
        qemu_img("create", "-q", "-f", "qcow2", "-u", "-F", fmt, "-b", backing, path, "1M")
        return path

    def test_the_watch_works(self):
        """The proof that the other tests rest on: an opened file is seen."""
        watch = Watch(self.secret)
        self.assertFalse(watch.opened())
        with open(self.secret, "rb"):
            pass
        self.assertTrue(watch.opened())
        watch.close()

    def test_backing_etc_passwd(self):
        self.refuse("passwd", self.backed("passwd.qcow2", "/etc/passwd"), "/etc/passwd",
                    secret="/etc/passwd")

    def test_backing_elsewhere(self):
        self.refuse("absolute", self.backed("absolute.qcow2", self.secret), "secret")

    def test_backing_elsewhere_as_qcow2(self):
        self.refuse("typed", self.backed("typed.qcow2", self.secret, "qcow2"), "secret")

    def test_backing_by_dots(self):
        os.mkdir(self.world.path("images"))
        path = self.backed("images/dots.qcow2", "../elsewhere/secret")
        self.refuse("dots", path, "secret")

    def test_backing_by_symlink(self):
        """A plain name in the image's own folder that leads out of it."""
        os.mkdir(self.world.path("images"))
        os.symlink(self.secret, self.world.path("images/base.img"))
        self.refuse("symlink", self.backed("images/link.qcow2", "base.img"), "base.img")

    def test_backing_json(self):
        name = 'json:{"driver":"raw","file":{"driver":"file","filename":"%s"}}' % self.secret
        self.refuse("json", self.backed("json.qcow2", name))

    def test_backing_nbd(self):
        self.refuse("nbd", self.backed("nbd.qcow2", "nbd:127.0.0.1:10809"))
        self.refuse("nbdurl", self.backed("nbdurl.qcow2", "nbd://127.0.0.1/x"))

    def test_backing_fd_names(self):
        for number, name in enumerate(("/dev/fdset/1", "/proc/self/fd/0", "fat:/etc")):
            self.refuse(f"fd{number}", self.backed(f"fd{number}.qcow2", name))

    def test_data_file(self):
        path = self.world.path("data.qcow2")
        stand_in = self.world.path("data.raw")
        qemu_img("create", "-q", "-f", "qcow2", "-o",
                 f"data_file={stand_in},data_file_raw=on", path, "64K")
        with open(path, "rb") as file:
            data = file.read()
        # The same length, so that the header extension stays whole.
        name = self.world.path("data.sec")
        os.rename(self.secret, name)
        self.assertEqual(len(name), len(stand_in))
        self.assertIn(stand_in.encode(), data)
        with open(path, "wb") as file:
            file.write(data.replace(stand_in.encode(), name.encode()))
        self.refuse("data", path, secret=name)

    def test_backing_loop(self):
        path = self.world.path("loop.qcow2")
        qemu_img("create", "-q", "-f", "qcow2", path, "1M")
        qemu_img("rebase", "-u", "-f", "qcow2", "-F", "qcow2", "-b", "loop.qcow2", path)
        self.refuse("loop", path)

    def test_backing_missing(self):
        path = self.world.path("missing.qcow2")
        qemu_img("create", "-q", "-f", "qcow2", "-u", "-F", "qcow2", "-b", "base.qcow2", path, "1M")
        self.refuse("missing", path, "base.qcow2")

    def test_backing_without_format(self):
        """Formats are never probed: a header that does not state its backing format is no good."""
        path = self.world.path("untyped.qcow2")
        base = self.world.file("untyped.img", bytes(1 << 20))
        qemu_img("create", "-q", "-f", "qcow2", "-u", "-F", "raw", "-b", "untyped.img", path, "1M")
        with open(path, "r+b") as file:
            data = bytearray(file.read())
            at = data.index(struct.pack(">II", 0xe2792aca, 3))
            data[at:at + 4] = struct.pack(">I", 0x12345678)
            file.seek(0)
            file.write(data)
        guest = self.world.guest("untyped", [{"file": path, "format": "qcow2"}])
        watch = Watch(base)
        self.assertRefused(guest.start(code=None), "untyped")
        watch.close()
        self.assertNothingLeft()

    def test_vmdk_descriptor(self):
        """A text file that names a host file, given as a disk of either format."""
        text = ('# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\n'
                'createType="monolithicFlat"\n\n# Extent description\n'
                f'RW 128 FLAT "{self.secret}" 0\n\n# The Disk Data Base\n'
                'ddb.virtualHWVersion = "4"\nddb.geometry.cylinders = "1"\n')
        path = self.world.file("disk.vmdk", text.encode())
        self.refuse("vmdk", path)
        guest = self.world.guest("vmdkraw", [{"file": path, "format": "raw"}])
        watch = Watch(self.secret)
        result = guest.start(code=None)
        self.assertIn(result.code, (0, 1), repr(result))
        if result.code == 0:
            guest.stop()
        self.assertFalse(watch.opened(), "the descriptor was believed")
        watch.close()

    def test_header_written_by_guest(self):
        """A guest writes a qcow2 header over its raw disk; the next start sees raw bytes still."""
        hostile = self.backed("hostile.qcow2", self.secret)
        with open(hostile, "rb") as file:
            header = file.read(64 * 512)
        path = self.world.copy_image("writer", "disk.img")
        with open(path, "r+b") as file:
            file.seek(512)
            file.write(header)
        watch = Watch(self.secret)
        guest = self.world.guest("writer", [path])
        guest.start(code=None)
        wait_until(lambda: guest.state() == "stopped", 10, "the guest has written and is off")
        with open(path, "rb") as file:
            self.assertEqual(file.read(4), b"QFI\xfb", "the guest has replaced its header")
        guest.start()
        self.assertEqual(guest.state(), "running")
        guest.stop()
        self.assertFalse(watch.opened(), "the guest's header was believed")
        watch.close()
        with open(path, "rb") as file:
            self.assertEqual(file.read(len(header)), header)

    def test_no_regular_files(self):
        os.mkfifo(self.world.path("pipe.img"))
        self.assertRefused(self.world.guest("fifo", [self.world.path("pipe.img")]).start(code=None),
                           "pipe.img")
        self.assertRefused(self.world.guest("folder", [self.world.path("elsewhere")])
                           .start(code=None), "elsewhere")
        self.assertRefused(self.world.guest("absent", [self.world.path("absent.img")])
                           .start(code=None), "absent.img")
        self.assertNothingLeft()

    def test_broken_headers(self):
        """Cut and mangled qcow2 headers are refused or run, but never hang or leave anything."""
        whole = self.world.path("whole.qcow2")
        qemu_img("create", "-q", "-f", "qcow2", whole, "1M")
        with open(whole, "rb") as file:
            data = file.read()
        cases = {"empty": b"", "magic": data[:4], "half": data[:60],
                 "version": data[:4] + b"\0\0\0\x09" + data[8:],
                 "size": data[:24] + b"\xff" * 8 + data[32:],
                 "cluster": data[:20] + b"\0\0\0\x3f" + data[24:],
                 "backing": data[:8] + struct.pack(">QI", 2 ** 63, 1023) + data[20:],
                 "text": b"not an image at all\n" * 100}
        for name, contents in cases.items():
            with self.subTest(name):
                path = self.world.file(name + ".qcow2", contents)
                guest = self.world.guest(name, [{"file": path, "format": "qcow2"}])
                self.assertRefused(guest.start(code=None), name)
                self.assertNothingLeft()


if __name__ == "__main__":
    main()
