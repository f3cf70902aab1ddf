# SPDX-License-Identifier: GPL-2.0-or-later
"""One process of a guest after the other is put into a control group of its own that gives it no more
memory, so that the kernel ends it. Who can be replaced is; else the guest ends, its records are there, and
it starts again. The log says in a sentence who it was; another guest beside it does not notice."""

import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../faults"))

from records import PATIENCE, RecordsTest
from vitrine_test import SLOWNESS, image, wait_until

GROUP = "/sys/fs/cgroup/vitrine-tests-starved"
PORT = 2299
SENTENCES = {"display": "The display process is over: ", "net": "The network process ended: ",
             "qemu": "ended unexpectedly: it was killed by signal 9"}


def write(name, text):
    with open(os.path.join(GROUP, name), "w", encoding="ascii") as file:
        file.write(text)


def remove_group():
    try:
        os.rmdir(GROUP)
    except OSError:
        return False
    return True


class Starved(RecordsTest):
    def make_guest(self, name, disk, **settings):
        return super().make_guest(name, disk, network__forward=f"tcp:127.0.0.1:{PORT}:80", **settings)

    def starve(self, role):
        """Lets it ask for memory until it is gone, which the kernel counts as its doing."""
        process = self.guest.process(role)
        os.mkdir(GROUP)
        write("memory.max", "4096")
        write("cgroup.procs", str(process.pid))

        def is_gone():
            getattr(self, "ask_" + role)()
            return not process.alive()

        wait_until(is_gone, PATIENCE, f"the kernel ends {process!r}")
        with open(os.path.join(GROUP, "memory.events"), encoding="ascii") as file:
            self.assertRegex(file.read(), r"oom_kill [1-9]")
        wait_until(remove_group, PATIENCE, "nobody is in the group")

    def connect(self, port):
        try:
            return socket.create_connection(("127.0.0.1", port), PATIENCE * SLOWNESS)
        except OSError:
            return None

    def ask_display(self):
        """Viewers that come and stay: each has buffers of its own."""
        self.viewers.append(self.connect(self.share["port"]))

    def ask_net(self):
        self.viewers.append(self.connect(PORT))

    def ask_qemu(self):
        self.world.ctl("reset", "keeper", code=None)

    def ask_vmm(self):
        self.world.ctl("isolation", "keeper", code=None)

    def goes_on_without(self, role):
        self.run_on()
        wait_until(lambda: role in [process.role for process in self.guest.processes()], PATIENCE,
                   "another is in its place")

    def begins_anew(self):
        self.check_all_gone(sockets_may_stay=True)  # they are the neighbour's
        self.check_next_start()

    def test_each(self):
        self.viewers = []
        beside = self.start("beside", image("idle"))
        self.guest.start()
        self.run_on()
        self.share = self.world.json("share", "keeper", "--vnc", "127.0.0.1:0")
        for role in ("display", "net", "qemu", "vmm"):
            with self.subTest(role=role):
                self.starve(role)
                if role in ("qemu", "vmm"):
                    self.begins_anew()
                else:
                    self.goes_on_without(role)
                self.assertIn(SENTENCES.get(role, ""), self.guest.log())
                self.assertEqual(beside.state(), "running")
        for viewer in filter(None, self.viewers):
            viewer.close()
        beside.screenshot()
        beside.stop()
        self.guest.stop()
        self.check_all_gone()
