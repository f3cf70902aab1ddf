# SPDX-License-Identifier: GPL-2.0-or-later
"""What guests that have ended may have left on the host: processes, sockets, shared memory, locks and
control groups. Whatever is found is named."""

import fcntl
import os
import struct

from vitrine_test import descendants

F_OFD_GETLK = 36
CGROUPS = "/sys/fs/cgroup"


def memory_files(pid):
    """Shared memory without a name that a process holds."""
    found = []
    try:
        names = os.listdir(f"/proc/{pid}/fd")
    except (FileNotFoundError, ProcessLookupError):
        return found  # it has ended meanwhile
    for name in names:
        try:
            target = os.readlink(f"/proc/{pid}/fd/{name}")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if target.startswith("/memfd:"):
            found.append(f"memfd {target} in {pid}")
    return found


def sockets(world):
    """Unix sockets of the world's runtime folder that any process has open still."""
    with open("/proc/net/unix", encoding="utf-8", errors="replace") as file:
        return [f"socket {line.split()[7]}" for line in file
                if len(line.split()) > 7 and line.split()[7].startswith(world.runtime())]


def is_locked(path):
    """Whether anybody holds a lock on a part of the file, as the kernel says it (fcntl_locking(2))."""
    try:
        file = open(path, "rb")
    except FileNotFoundError:
        return False  # removed meanwhile
    with file:
        asked = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        kind = struct.unpack("hhqqi4x", fcntl.fcntl(file, F_OFD_GETLK, asked))[0]
        if kind != fcntl.F_UNLCK:
            return True
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def locks(world):
    """Locks on any file of the world: definitions, disks, logs."""
    return [f"lock on {path}" for folder, _, names in os.walk(world.root)
            for path in (os.path.join(folder, name) for name in names)
            if os.path.isfile(path) and is_locked(path)]


def groups(guests):
    names = {f"vitrine-{guest.uuid}" for guest in guests}
    return [f"control group {os.path.join(folder, name)}"
            for folder, below, _ in os.walk(CGROUPS) for name in below if name in names]


def find(world, guests):
    """All of it; empty if nothing is left."""
    processes = descendants()
    left = [f"process {process!r}" for process in processes]
    for process in processes:
        left += memory_files(process.pid)
    left += memory_files(os.getpid())
    left += [f"file {path}" for path in world.leftovers()]
    return left + sockets(world) + locks(world) + groups(guests)


def round_of(world, guests):
    """Starts all of them at once and stops them at once."""
    for verb, more in (("start", ()), ("stop", ("--force",))):
        running = [world.spawn(verb, guest.name, *more) for guest in guests]
        for ctl in running:
            result = ctl.finish(120)
            if result.code != 0:
                raise AssertionError(f"{result!r}\n{world.logs()}")
