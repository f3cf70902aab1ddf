#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A display process that has been taken over (hostile-display.c in its place) says that the clipboard
may pass both ways, and asks for it: the window goes by what the guest's vmm says, and gives nothing and
takes nothing, with the focus too."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "process"))

# pylint: disable=wrong-import-position
from desktop import Application, BUILD, check, ctl, press, run, run_main, wait, xdotool
from vitrine_test import PROGRAMS, image

NAME = "liar"


def programs(folder):
    for program in PROGRAMS:
        shutil.copy(os.path.join(BUILD, program), folder)
    data = Path(BUILD, "tests/process/hostile-display").read_bytes()
    head, mode = b"VITRINE-MODE[", b"clipboard".ljust(24)
    at = data.index(head) + len(head)
    Path(folder, "vitrine-display").write_bytes(data[:at] + mode + data[at + len(mode):])


def log():
    return Path(json.loads(ctl("show", NAME, "--json"))["log"]).read_text(encoding="utf-8")


def desktop_copy(text):
    subprocess.run(["xclip", "-selection", "clipboard", "-i"], input=text.encode(), check=True)


def stolen():
    """What the next thing that comes brings."""
    before = log().count("stolen:")
    press("a")
    lines = wait("the display process to be answered", lambda: [
        line for line in log().splitlines() if "stolen:" in line][before:])
    return lines[-1]


def test_nothing_passes(app):
    desktop_copy("a password")
    app.window(NAME).get(name=f"Screen of {NAME}")
    app.enter(NAME)
    for _ in range(3):
        check("stolen: 0 bytes" in stolen(), "the desktop's clipboard was given away")
    desktop_copy("another password")
    check("stolen: 0 bytes" in stolen(), "the desktop's clipboard was given away")
    check("planted" not in log(), "the guest's clipboard was asked for")


def test_asked(app):
    """Nobody has agreed."""
    ctl("set", NAME, "clipboard.policy=ask")
    app.enter(NAME)
    for _ in range(3):
        check("stolen: 0 bytes" in stolen(), "nobody was asked")
    check("planted" not in log(), "nobody was asked")


def main():
    xdotool("mousemove", 5, 5)
    folder = tempfile.mkdtemp(prefix="vitrine-liar.")
    os.chmod(folder, 0o755)
    try:
        programs(folder)
        ctl("create", NAME, "--memory", "64M", "--cpus", "1")
        ctl("set", NAME, f"disk0.file={image('idle')}", "disk0.format=raw")
        subprocess.run([os.path.join(folder, "vitrinectl"), "start", NAME], check=True)
        with Application(NAME) as app:
            run(app, test_nothing_passes, test_asked)
        ctl("stop", "--force", NAME)
    finally:
        shutil.rmtree(folder)
    print("all passed")
    return 0


if __name__ == "__main__":
    run_main(main)
