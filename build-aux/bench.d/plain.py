# SPDX-License-Identifier: GPL-2.0-or-later
"""The peer: QEMU by itself, as a person would start it, with the same machine and the same guest."""

import json
import os
import socket
import subprocess
import time

BINARY = "qemu-system-x86_64"


class Plain:
    """A QEMU of our machine type with one raw disk; QMP on a socketpair."""

    def __init__(self, disk, *more, memory=64):
        ours, theirs = socket.socketpair()
        self.begin = time.monotonic()
        self.process = subprocess.Popen(
            [BINARY, "-name", "plain,debug-threads=on", "-nodefaults", "-no-user-config",
             "-machine", "q35", "-accel", "tcg", "-m", str(memory), "-display", "none",
             "-device", "VGA", "-drive", f"file={disk},format=raw,if=ide,snapshot=on",
             "-chardev", f"socket,id=qmp,fd={theirs.fileno()}", "-mon",
             "chardev=qmp,mode=control", *more],
            pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()
        self.file = ours.makefile("rw")
        ours.close()
        self.file.readline()
        self.ready = time.monotonic() - self.begin
        self.command("qmp_capabilities")

    def command(self, name, **arguments):
        self.file.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.file.flush()
        while True:
            reply = json.loads(self.file.readline())
            if "error" in reply:
                raise RuntimeError(f"{name}: {reply['error']}")
            if "return" in reply:
                return reply["return"]

    def vcpu_threads(self):
        return {cpu["thread-id"] for cpu in self.command("query-cpus-fast")}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.file.close()


def vnc_socket(folder):
    """Arguments for QEMU's own VNC server on a Unix socket, and its name."""
    path = os.path.join(folder, "vnc")
    return ("-vnc", f"unix:{path}"), path
