# SPDX-License-Identifier: GPL-2.0-or-later
"""A Linux guest for the bench: the kernel of Debian's installer (a package that tests use anyway),
its graphics modules, and tests/guests/linux-keys.c as the only program."""

import glob
import os
import subprocess

from vitrine_test import SOURCE

# In the order in which they need each other.
MODULES = ("virtio", "virtio_ring", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci",
           "drm", "drm_kms_helper", "drm_shmem_helper", "virtio_dma_buf", "virtio-gpu", "evdev")
CMDLINE = "console=ttyS0 panic=1"
FIRST = 0xf0c020  # of the square, before a key
MOVING = CMDLINE + " -- "  # and what is to change


def installer():
    found = glob.glob("/usr/lib/debian-installer/images/*/amd64/gtk/debian-installer/amd64")
    if not found:
        raise RuntimeError("the installer's package is missing: run build-aux/setup --test")
    return found[-1]


def build(folder):
    """Makes the initrd in a folder; kernel and initrd."""
    root, unpacked = os.path.join(folder, "root"), os.path.join(folder, "unpacked")
    for name in ("modules", "dev"):
        os.makedirs(os.path.join(root, name))
    os.mkdir(unpacked)
    source = os.path.join(installer(), "initrd.gz")
    subprocess.run(f"zcat {source} | cpio -id --quiet 'lib/modules/*.ko'", shell=True, check=True,
                   cwd=unpacked)
    for number, name in enumerate(MODULES):
        found = glob.glob(f"{unpacked}/lib/modules/**/{name}.ko", recursive=True)
        if found:  # else it is built in
            os.rename(found[0], os.path.join(root, "modules", f"{number:02}-{name}.ko"))
    subprocess.run(["gcc", "-O2", "-static", "-o", os.path.join(root, "init"),
                    os.path.join(SOURCE, "tests", "guests", "linux-keys.c")], check=True)
    initrd = os.path.join(folder, "initrd")
    subprocess.run(f"find . | cpio -o -H newc --quiet | gzip -1 > {initrd}", shell=True, check=True,
                   cwd=root)
    return os.path.join(installer(), "linux"), initrd
