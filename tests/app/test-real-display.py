# SPDX-License-Identifier: GPL-2.0-or-later
"""The front ends' glass client with the real vitrine-display and a real QEMU."""

import os
import re
import struct
import subprocess
import sys
import time
import zlib

BUILD = os.environ.get("VITRINE_BUILD", "build")
SOURCE = os.environ.get("VITRINE_SOURCE", ".")
sys.path.insert(0, os.path.join(SOURCE, "tests", "display"))

import harness  # noqa: E402
from harness import disk, machine  # noqa: E402

SESSION = os.path.join(BUILD, "tests", "app", "glass-session")


def session(display, *args):
    run = subprocess.run([SESSION, display.path, *map(str, args)], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True, timeout=60)
    if run.returncode != 0:
        raise RuntimeError(run.stderr)
    return dict(line.split(" ", 1) for line in run.stdout.splitlines())


def png_size(path):
    """Width and height; every chunk's checksum must hold."""
    with open(path, "rb") as file:
        data = file.read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, names = 8, []
    while at < len(data):
        size, name = struct.unpack(">I4s", data[at:at + 8])
        check, = struct.unpack(">I", data[at + 8 + size:at + 12 + size])
        assert zlib.crc32(data[at + 4:at + 8 + size]) == check
        names.append(name)
        at += 12 + size
    assert names[-1] == b"IEND", names
    return struct.unpack(">II", data[16:24])


def test_screenshot():
    with machine("-vga", "std", *disk("paint")) as (qemu, display):
        path = os.path.join(os.path.dirname(display.path), "shot.png")
        session(display, "shot", 500, 500, "2060a0", path)
        assert png_size(path) == (1024, 768), png_size(path)


# Every name of QEMU's QKeyCode, but for asterisk and sysrq, which are other names of kp_multiply
# and print.
NAMES = """shift shift_r alt alt_r ctrl ctrl_r menu esc 1 2 3 4 5 6 7 8 9 0 minus equal backspace
tab q w e r t y u i o p bracket_left bracket_right ret a s d f g h j k l semicolon apostrophe
grave_accent backslash z x c v b n m comma dot slash spc caps_lock f1 f2 f3 f4 f5 f6 f7 f8 f9 f10
num_lock scroll_lock kp_divide kp_multiply kp_subtract kp_add kp_enter kp_decimal kp_0 kp_1
kp_2 kp_3 kp_4 kp_5 kp_6 kp_7 kp_8 kp_9 less f11 f12 print home pgup pgdn end left up down right insert
delete stop again props undo front copy open paste find cut lf help meta_l meta_r compose pause ro
hiragana henkan yen muhenkan katakanahiragana kp_comma kp_equals power sleep wake audionext
audioprev audiostop audioplay audiomute volumeup volumedown mediaselect mail calculator computer
ac_home ac_back ac_forward ac_refresh ac_bookmarks lang1 lang2 f13 f14 f15 f16 f17 f18 f19 f20 f21
f22 f23 f24""".split()


def test_key_names():
    """QEMU understands each of our numbers as the key of that name, and hears them all from one who
    leaves at once, though the picture it was being sent keeps changing."""
    log = os.path.join(os.environ.get("TMPDIR", "/tmp"), "vitrine-keys-%d.log" % os.getpid())
    try:
        with machine("-vga", "std", "-trace", "input_event_key_qcode", "-D", log,
                     *disk("full")) as (qemu, display):
            session(display, "press", *NAMES)
            until = time.monotonic() + 60
            seen = []
            while len(seen) < 2 * len(NAMES) and time.monotonic() < until:
                time.sleep(0.05)
                with open(log) as file:
                    seen = re.findall(r"key qcode (\w+), down (\d)", file.read())
        wanted = [(name, down) for name in NAMES for down in "10"]
        wrong = [pair for pair in zip(wanted, seen) if pair[0] != pair[1]]
        assert not wrong and len(seen) == len(wanted), (len(seen), wrong[:10])
    finally:
        if os.path.exists(log):
            os.unlink(log)


def test_latency():
    with machine("-vga", "std", *disk("keys")) as (qemu, display):
        figures = session(display, "latency", 10, 10, 40)
        return "median %s ms, max %s ms" % (figures["median_ms"], figures["max_ms"])


harness.run_tests([test_screenshot, test_key_names, test_latency])
