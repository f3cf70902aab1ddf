# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of shared consoles have in common: who listens, as the kernel tells, and the test
class."""

import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../process"))

from vitrine_test import VitrineTest, wait_until


def listening_inodes():
    """Of every listening TCP socket: inode to local port."""
    found = {}
    for name in ("tcp", "tcp6"):
        with open(f"/proc/net/{name}", encoding="ascii") as file:
            for line in file.readlines()[1:]:
                words = line.split()
                if words[3] == "0A":
                    found[words[9]] = int(words[1].rsplit(":", 1)[1], 16)
    return found


def listeners(processes):
    """Ports that these processes listen on, by role."""
    inodes = listening_inodes()
    found = {}
    for process in processes:
        folder = f"/proc/{process.pid}/fd"
        for name in os.listdir(folder):
            try:
                target = os.readlink(f"{folder}/{name}")
            except OSError:
                continue
            if target.startswith("socket:[") and target[8:-1] in inodes:
                found.setdefault(process.role, set()).add(inodes[target[8:-1]])
    return found


def can_connect(port, address="127.0.0.1"):
    try:
        socket.create_connection((address, port), 30).close()
        return True
    except ConnectionRefusedError:
        return False


class ShareTest(VitrineTest):
    def share(self, guest, *args):
        return self.world.json("share", guest.name, *args)

    def viewers(self, guest):
        return self.world.json("viewers", guest.name)

    def password_file(self, text):
        return self.world.file("password", text.encode())

    def wait_gone(self, port, timeout=5):
        wait_until(lambda: not can_connect(port), timeout, f"nobody listens on {port}")

    def wait_log(self, guest, text, timeout=5):
        wait_until(lambda: text in guest.log(), timeout, f"the log has “{text}”:\n{guest.log()}")
