# SPDX-License-Identifier: GPL-2.0-or-later
"""vitrine-display with a real QEMU: a picture arrives, keys come through, a new display takes over,
viewers do not disturb each other."""

import struct
import subprocess
import time

import harness
from harness import machine, disk


def test_picture():
    with machine("-vga", "std", *disk("paint")) as (qemu, display):
        display.probe("--timeout", 20, "wait-pixel", 10, 10, "f0c020")
        display.probe("wait-pixel", 500, 500, "2060a0")
        info = display.probe("info")
        assert info["width"] == "1024" and info["height"] == "768", info


def test_text_mode_is_mapped():
    """Text modes come as shared memory (ScanoutMap)."""
    with machine("-vga", "std", *disk("idle")) as (qemu, display):
        for _ in range(100):
            info = display.probe("info")
            if info["width"] == "720":
                break
            time.sleep(0.05)
        assert (info["width"], info["height"]) == ("720", "400"), info


harness.run_tests([test_picture, test_text_mode_is_mapped])
