#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The window opens Unix sockets and no other: every socket of its threads, from its start through the
assistant, the file chooser and a guest's console and sound to its end, as the kernel saw them; also
where the environment names a sound server elsewhere."""
import os
import re
import subprocess
import sys
from pathlib import Path

import iso
from desktop import Application, Atspi, BUILD, Widget, check, leave_console, press, wait

HOME = Path(os.environ["HOME"])
SOUND = HOME / "sound-server"
TRACE = HOME / "sockets"


class Traced(Application):
    """vitrine under strace, which lets go of what vitrine executes."""

    def __init__(self):
        self.process = subprocess.Popen(
            ["strace", "-f", "-qq", "-b", "execve", "-o", str(TRACE), "-e",
             "trace=socket,socketpair,connect,execve", str(BUILD / "vitrine")],
            env={**os.environ, "PULSE_SERVER": f"tcp:127.0.0.1:4713 unix:{SOUND}"})

    def node(self):
        self.alive()
        desktop = Atspi.get_desktop(0)
        for i in range(desktop.get_child_count()):
            child = desktop.get_child_at_index(i)
            if child is not None and "Vitrine" in (child.get_name() or ""):
                return Widget(child)
        return None


def use(app):
    app.front("Vitrine")
    press("ctrl+n")
    assistant = app.front("New Guest")
    assistant.get(role="push button", name="Choose an ISO File").click()
    chooser = app.front("Choose an ISO File")
    wait("the chooser's focus", lambda: app.focus() is not None)
    chooser.get(role="push button", name="Cancel").click()
    app.no_window("Choose an ISO File")
    assistant.get(name="any.iso").click()
    create = assistant.get(role="push button", name="Create and Start")
    wait("Create to become possible", lambda: create.sensitive)
    create.click()
    page = app.front("any")
    console = page.get(name="Screen of any")
    wait("the guest's picture", lambda: bytes.fromhex("2060a0") in console.colours(11))
    leave_console()
    press("Escape")
    hear(app)
    app.quit()


def hear(app):
    """A guest that plays: the window looks for the sound server."""
    image = BUILD / "tests" / "guests" / "tone.img"
    subprocess.run([str(BUILD / "vitrinectl"), "create", "tone", "--memory", "64M", "--accel", "tcg",
                    "--disk", f"{image},format=raw,bus=sata,read-only=true"], check=True)
    subprocess.run([str(BUILD / "vitrinectl"), "start", "tone"], check=True)
    app.front("Vitrine").get(contains="tone, Running").click()
    press("Return")
    app.front("tone")
    wait("the window to look for its sound server", lambda: str(SOUND) in TRACE.read_text())
    leave_console()
    press("Escape")
    app.front("Vitrine")


def main():
    (HOME / "Downloads").mkdir()
    boot = (BUILD / "tests" / "guests" / "paint.img").read_bytes()
    (HOME / "Downloads" / "any.iso").write_bytes(iso.make(boot))
    with Traced() as app:
        use(app)
    for name in ("any", "tone"):
        subprocess.run([str(BUILD / "vitrinectl"), "stop", "--force", name], check=True)
    text = TRACE.read_text()
    families = re.findall(r"\b(?:socket|socketpair)\((\w+)", text)
    check(len(families) >= 5, f"the trace saw only {len(families)} sockets")
    check("vitrine-vmm" in text, "the trace did not see the guest's start")
    print(len(families), "sockets:", *sorted(set(families)))
    check(set(families) == {"AF_UNIX"}, f"sockets of other families: {set(families)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
