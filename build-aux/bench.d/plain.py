# SPDX-License-Identifier: GPL-2.0-or-later
"""The peer: QEMU by itself, as a person would start it, with the same machine and the same guest."""

import contextlib
import json
import os
import queue
import socket
import subprocess
import threading
import time

BINARY = "qemu-system-x86_64"


class Plain:
    """A QEMU of our machine type with at most one raw disk; QMP on a socketpair."""

    def __init__(self, disk, *more, memory=64, video="VGA,vgamem_mb=32"):
        ours, theirs = socket.socketpair()
        drive = ("-drive", f"file={disk},format=raw,if=ide,snapshot=on") if disk else ()
        self.begin = time.monotonic()
        self.process = subprocess.Popen(
            [BINARY, "-name", "plain,debug-threads=on", "-nodefaults", "-no-user-config",
             "-machine", "q35", "-accel", "tcg", "-m", str(memory), "-display", "none",
             "-device", video, *drive, "-chardev", f"socket,id=qmp,fd={theirs.fileno()}", "-mon",
             "chardev=qmp,mode=control", *more],
            pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        theirs.close()
        self.socket = ours
        self.replies = queue.SimpleQueue()
        greeting = threading.Event()
        threading.Thread(target=self.read, args=(greeting,), daemon=True).start()
        if not greeting.wait(30):
            raise TimeoutError("plain QEMU does not answer")
        self.ready = time.monotonic() - self.begin
        self.command("qmp_capabilities")

    def read(self, greeting):
        """In a thread of its own: events come whether or not anybody asks."""
        with contextlib.suppress(OSError), self.socket.makefile("r") as file:
            for line in file:
                message = json.loads(line)
                if "QMP" in message:
                    greeting.set()
                elif "event" not in message:
                    self.replies.put(message)

    def command(self, name, **arguments):
        text = json.dumps({"execute": name, "arguments": arguments}) + "\n"
        self.socket.sendall(text.encode())
        reply = self.replies.get(timeout=30)
        if "error" in reply:
            raise RuntimeError(f"{name}: {reply['error']}")
        return reply["return"]

    def vcpu_threads(self):
        return {cpu["thread-id"] for cpu in self.command("query-cpus-fast")}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.socket.close()


def vnc_socket(folder):
    """Arguments for QEMU's own VNC server on a Unix socket, and its name."""
    path = os.path.join(folder, "vnc")
    return ("-vnc", f"unix:{path}"), path
