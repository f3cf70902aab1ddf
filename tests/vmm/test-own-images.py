#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest that has taken over its QEMU rewrites the headers of the images that it may write. The next
start must not open for it what it had not before. qemu-img stands in for that guest."""

import os
import subprocess
import sys

SOURCE = os.environ["VITRINE_SOURCE"]
sys.path.insert(0, os.path.join(SOURCE, "tests", "process"))
sys.dont_write_bytecode = True

from vitrine_test import VitrineTest, main  # noqa: E402


def qemu_img(*args):
    subprocess.run(["qemu-img", *args], check=True, stdout=subprocess.DEVNULL)


class OwnImages(VitrineTest):
    def image(self, name, *backing):
        path = self.world.path(name)
        rests = ("-b", *backing, "-F", "qcow2") if backing else ()
        qemu_img("create", "-q", "-f", "qcow2", *rests, path, "8M")
        return path

    def run_once(self, guest):
        guest.start()
        guest.stop()

    def test_neighbour(self):
        """The folder's other image becomes its backing file: refused until a person allows it."""
        self.image("base.qcow2")
        neighbour = self.image("neighbour.qcow2")
        top = self.image("top.qcow2", "base.qcow2")
        guest = self.world.guest("guest", [{"file": top, "format": "qcow2", "bus": "virtio"}])
        self.run_once(guest)
        qemu_img("rebase", "-u", "-b", "neighbour.qcow2", "-F", "qcow2", top)
        refused = guest.start(code=None)
        self.assertRefused(refused, neighbour, "disk0.allow-backing=" + neighbour)
        self.assertNothingLeft()
        self.world.ctl("set", "guest", "disk0.allow-backing=" + neighbour)
        self.run_once(guest)

    def test_none_before(self):
        alone = self.image("alone.qcow2")
        self.image("neighbour.qcow2")
        guest = self.world.guest("guest", [{"file": alone, "format": "qcow2", "bus": "virtio"}])
        self.run_once(guest)
        qemu_img("rebase", "-u", "-b", "neighbour.qcow2", "-F", "qcow2", alone)
        self.assertRefused(guest.start(code=None), "neighbour.qcow2")
        qemu_img("rebase", "-u", "-b", "", alone)
        self.run_once(guest)

    def test_variables(self):
        """The firmware's variables are an image that the guest writes as well."""
        guest = self.world.guest("guest", guest__firmware="uefi", guest__memory=128)
        self.run_once(guest)
        variables = guest.folder("nvram.qcow2")
        qemu_img("rebase", "-u", "-b", "/etc/passwd", "-F", "raw", variables)
        self.assertRefused(guest.start(code=None), variables)
        self.assertNothingLeft()
        os.unlink(variables)
        self.run_once(guest)


if __name__ == "__main__":
    main()
