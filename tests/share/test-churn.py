#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Ten thousand connections to a shared console with the real programs, as fast as they are taken:
none of the guest's processes grows by memory or descriptors, the log stays short, and somebody who
has the password gets in meanwhile. And a supervisor that is killed while viewers look on."""

import os
import struct
import sys
import threading
from socket import SO_LINGER, SOL_SOCKET, create_connection

sys.path.insert(0, os.path.dirname(__file__))
sys.path.insert(1, os.path.join(os.path.dirname(__file__), "../remote"))

from remote import Refused, Rfb
from sharing import ShareTest
from vitrine_test import image, main, wait_until

CONNECTIONS, THREADS = 10000, 8
GROWTH_KIB = 4096


def measure(process):
    """Descriptors, and memory of its own in KiB."""
    for line in process.read("smaps_rollup").splitlines():
        if line.startswith("Private_Dirty:"):
            return len(os.listdir(f"/proc/{process.pid}/fd")), int(line.split()[1])
    raise AssertionError(f"no memory is told of {process}")


class Knocker(threading.Thread):
    """Connects and leaves: at once, after the server's first words, by FIN or RST."""

    def __init__(self, port, count):
        super().__init__(daemon=True)
        self.port, self.count, self.error = port, count, None
        self.start()

    def run(self):
        try:
            for number in range(self.count):
                with create_connection(("127.0.0.1", self.port), 60) as connection:
                    if number % 2:
                        connection.recv(12)
                    if number % 3 == 0:
                        connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        except OSError as error:
            self.error = error


class Churn(ShareTest):
    def knock(self, port, count):
        knockers = [Knocker(port, count // THREADS) for _ in range(THREADS)]
        yield
        for knocker in knockers:
            knocker.join()
            self.assertIsNone(knocker.error)

    def test_ten_thousand(self):
        guest = self.start("knocked", image("paint"), disk0__read_only="true")
        made = self.share(guest)
        with Rfb(made["port"], made["password"], source="127.0.0.2") as viewer:
            viewer.wait_pixel(500, 500, 0x2060a0)
        for _ in self.knock(made["port"], 1000):
            pass
        self.settle(guest)
        before = {role: measure(guest.process(role)) for role in ("display", "qemu", "vmm")}
        for _ in self.knock(made["port"], CONNECTIONS):
            with Rfb(made["port"], made["password"], source="127.0.0.2") as viewer:
                viewer.socket.settimeout(60)
                viewer.wait_pixel(500, 500, 0x2060a0, 60)
        self.settle(guest)
        for role, (files, memory) in before.items():
            process = guest.process(role)
            wait_until(lambda files=files, process=process: measure(process)[0] <= files, 10,
                       f"{role} has no more descriptors than {files}: {measure(process)}")
            self.assertLess(measure(process)[1] - memory, GROWTH_KIB, role)
        self.world.ctl("unshare", guest.name)
        lines = guest.log().splitlines()
        self.assertEqual(sum(" is in" in line for line in lines), 2, "a login is not in the log")
        self.assertLess(len(lines), 120 * 10, "the log is flooded")
        self.assertTrue(any("more lines about viewers were left out" in line for line in lines))
        guest.stop()

    def settle(self, guest):
        wait_until(lambda: self.viewers(guest)["viewers"] == [], 60, "nobody is in the list")

    def test_supervisor_killed(self):
        """Whoever looks on is cut off with it, and nothing listens."""
        guest = self.start("orphaned", image("paint"), disk0__read_only="true")
        made = self.share(guest)
        with Rfb(made["port"], made["password"]) as viewer:
            viewer.wait_pixel(500, 500, 0x2060a0)
            vmm = guest.process("vmm")
            vmm.kill()
            vmm.wait_gone(5)
            with self.assertRaises((EOFError, ConnectionError)):
                while True:
                    viewer.step()
        self.wait_gone(made["port"])
        with self.assertRaises((Refused, OSError)):
            Rfb(made["port"], made["password"])


if __name__ == "__main__":
    main()
