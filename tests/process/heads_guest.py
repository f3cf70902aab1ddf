# SPDX-License-Identifier: GPL-2.0-or-later
"""A Linux guest that drives every display it is given (tests/guests/heads.c)."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../guests"))

from linux_guest import CMDLINE, InitialRamDisk, KERNEL
from picture import Picture
from vitrine_test import BUILD, SLOWNESS

COLOURS = [0x2060a0, 0xa06020, 0x20a060, 0x8040c0]
WHITE = 0xffffff


def make_initrd(path):
    ram = InitialRamDisk()
    ram.add_modules("virtio_pci", "virtio_gpu", "xhci_pci", "usbhid", "hid_generic", "evdev")
    ram.add_file("/heads", os.path.join(BUILD, "tests/guests/heads"), mode=0o755)
    ram.set_init("exec /heads")
    return ram.write(path)


def settings(initrd, heads=2):
    return {"guest__memory": 256, "boot__kernel": KERNEL, "boot__initrd": initrd,
            "boot__cmdline": CMDLINE + " console=tty0", "display__device": "virtio",
            "display__heads": heads}


def shot(world, guest, head=1):
    """The picture of a head."""
    path = world.path(f"{guest.uuid}-{head}.png")
    world.ctl("screenshot", guest.name, path, "--head", str(head))
    return Picture(path)


def wait_head(world, guest, head, size=None, timeout=180):
    """Until the head shows its colour in that size; then what vitrinectl makes of it."""
    colour = COLOURS[head - 1]
    with guest.glass(head=head - 1) as glass:
        glass.wait(lambda: glass.memory and (size is None or (glass.width, glass.height) == size)
                   and glass.width > 9 and glass.pixel(9, 1) == colour, timeout * SLOWNESS)
    picture = shot(world, guest, head)
    assert picture.pixel(9, 1) == colour, picture.pixel(9, 1)
    return picture
