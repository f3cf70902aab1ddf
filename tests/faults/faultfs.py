# SPDX-License-Identifier: GPL-2.0-or-later
"""A file system of one file, "disk", that refuses writes or flushes with an error of the test's choice:
what a failing disk, an exhausted quota and a lost file server look like to a program. Served by a thread,
by the kernel's own protocol (include/uapi/linux/fuse.h), so that it needs no library."""

import ctypes
import errno
import os
import stat
import struct
import threading

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS, MS_REC, MS_PRIVATE, MNT_DETACH = 0x20000, 0x4000, 1 << 18, 2
(LOOKUP, FORGET, GETATTR, SETATTR, OPEN, READ, WRITE, STATFS, RELEASE, FSYNC, FLUSH, INIT, OPENDIR,
 RELEASEDIR, ACCESS, INTERRUPT, DESTROY, BATCH_FORGET) = (1, 2, 3, 4, 14, 15, 16, 17, 18, 20, 25, 26, 27,
                                                          29, 34, 36, 38, 42)
BUFFER = 1 << 18
MAX_WRITE = 1 << 17
BIG_WRITES, DIRECT_IO, SETS_SIZE = 1 << 5, 1, 1 << 3
ROOT, DISK = 1, 2


def _check(result, what):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def own_mounts():
    """What this process mounts from now on, others do not see; it ends with the process."""
    _check(LIBC.unshare(CLONE_NEWNS), "a mount namespace (the tests need root)")
    _check(LIBC.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "private mounts")


def mount(kind, folder, options):
    _check(LIBC.mount(b"tests", folder.encode(), kind.encode(), 0, options.encode()),
           f"mount a {kind} at {folder}")


def unmount(folder):
    _check(LIBC.umount2(folder.encode(), MNT_DETACH), f"unmount {folder}")


class FaultFs:
    def __init__(self, folder, backing, uid):
        self.folder, self.uid = folder, uid
        self.write_error = self.flush_error = 0  # numbers of errno
        self.refused = 0
        self.file = os.open(backing, os.O_RDWR | os.O_CLOEXEC)
        self.device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        mount("fuse", folder, f"fd={self.device},rootmode=40000,user_id=0,group_id=0,allow_other")
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        self.disk = os.path.join(folder, "disk")

    def close(self):
        unmount(self.folder)
        self.thread.join(60)
        os.close(self.device)
        os.close(self.file)

    def _serve(self):
        answers = {LOOKUP: self._lookup, GETATTR: self._getattr, SETATTR: self._setattr,
                   OPEN: self._open, OPENDIR: self._open, READ: self._read, WRITE: self._write,
                   STATFS: self._statfs, FSYNC: self._fsync, INIT: self._init}
        while True:
            try:
                request = os.read(self.device, BUFFER)
            except OSError as error:
                if error.errno == errno.ENODEV:
                    return  # unmounted
                continue  # a request that was taken back
            _, code, unique, node = struct.unpack_from("=IIQQ", request)
            if code in (FORGET, BATCH_FORGET, INTERRUPT):
                continue
            try:
                if code in answers:
                    body, number = answers[code](node, request[40:]), 0
                else:
                    quiet = (RELEASE, RELEASEDIR, FLUSH, ACCESS, DESTROY)
                    body, number = b"", 0 if code in quiet else errno.ENOSYS
            except OSError as error:
                body, number = b"", error.errno
            try:
                os.write(self.device, struct.pack("=IiQ", 16 + len(body), -number, unique) + body)
            except OSError:
                continue  # whoever asked is gone

    @staticmethod
    def _init(_node, body):
        readahead = struct.unpack_from("=I", body, 8)[0]
        return struct.pack("=IIIIHHIIHHI28x", 7, 31, readahead, BIG_WRITES, 16, 12, MAX_WRITE, 1, 0, 0, 0)

    def _attributes(self, node):
        size = os.fstat(self.file).st_size if node == DISK else 0
        mode = stat.S_IFREG | 0o600 if node == DISK else stat.S_IFDIR | 0o755
        return struct.pack("=6Q10I", node, size, (size + 511) // 512, 0, 0, 0, 0, 0, 0, mode, 1,
                           self.uid, self.uid, 0, 4096, 0)

    def _lookup(self, _node, body):
        if body.rstrip(b"\0") != b"disk":
            raise OSError(errno.ENOENT, "")
        return struct.pack("=4Q2I", DISK, 1, 0, 0, 0, 0) + self._attributes(DISK)

    def _getattr(self, node, _body):
        return struct.pack("=QII", 0, 0, 0) + self._attributes(node)

    def _setattr(self, node, body):
        valid, _, _, size = struct.unpack_from("=IIQQ", body)
        if valid & SETS_SIZE:
            self._refuse(self.write_error)
            os.ftruncate(self.file, size)
        return self._getattr(node, body)

    @staticmethod
    def _open(_node, _body):
        return struct.pack("=QII", 0, DIRECT_IO, 0)

    def _read(self, _node, body):
        _, offset, size = struct.unpack_from("=QQI", body)
        return os.pread(self.file, size, offset)

    def _refuse(self, number):
        if number:
            self.refused += 1
            raise OSError(number, "")

    def _write(self, _node, body):
        _, offset, size = struct.unpack_from("=QQI", body)
        self._refuse(self.write_error)
        return struct.pack("=II", os.pwrite(self.file, body[40:40 + size], offset), 0)

    def _fsync(self, _node, _body):
        self._refuse(self.flush_error)
        os.fdatasync(self.file)
        return b""

    @staticmethod
    def _statfs(_node, _body):
        return struct.pack("=5Q4I24x", 1 << 20, 1 << 19, 1 << 19, 100, 50, 4096, 255, 4096, 0)


def put_on_faults(test, backing):
    """For the rest of a RecordsTest: its guest's disk is `backing`, in a folder that can fail (test.fs)."""
    folder = test.world.path("failing")
    os.mkdir(folder)
    test.fs = FaultFs(folder, backing, os.geteuid())
    test.addCleanup(test.fs.close)
    test.disk = test.fs.disk
    test.guest = test.make_guest("failing", test.disk)
