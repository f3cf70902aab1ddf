#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The other ways into a guest: a disk image by the file chooser, a kernel and its initrd, an empty
disk, an ISO dropped on the window, an ISO that is not there, `vitrine NAME` beside a running vitrine
and without a session bus; finding a guest by its name; a start that fails and says why."""
import os
import subprocess
import sys
import time
from pathlib import Path

import iso
from desktop import (Application, Atspi, BUILD, check, check_names, ctl, leave_console, press,
                     shoot, wait, write, xdotool)

HOME = Path(os.environ["HOME"])
GUESTS = Path(os.environ["XDG_DATA_HOME"]) / "vitrine" / "guests"
PAINT = bytes.fromhex("2060a0")
DEBIAN = max(Path("/usr/lib/debian-installer/images").glob("*/amd64/gtk/debian-installer/amd64"))


def choose_file(app, title, path):
    """Types the path into GTK's file chooser."""
    app.window(title)
    wait("the chooser's focus", lambda: app.focus() is not None)
    press("ctrl+l")
    write(str(path))
    press("Return")  # completes the name; the next one takes it
    end = time.monotonic() + 1
    while any(w.name == title for w in app.windows()):
        if time.monotonic() > end:
            press("Return")
            end += 1
    app.no_window(title)


def assistant_of(app, source):
    app.front("Vitrine")
    press("ctrl+n")
    assistant = app.window("New Guest")
    assistant.get(role="radio button", name=source).click()
    return assistant


def definition(name):
    for file in GUESTS.glob("*/guest.conf"):
        text = file.read_text()
        if f"name={name}\n" in text:
            return text
    return ""


def test_disk_image(app):
    assistant = assistant_of(app, "Disk Image")
    assistant.get(role="push button", name="Choose a Disk Image").click()
    choose_file(app, "Choose a Disk Image", HOME / "painting.img")
    assistant.get(described="painting.img")
    check_names(assistant)
    shoot("assistant-disk")
    create = assistant.get(role="push button", name="Create and Start")
    wait("Create to become possible", lambda: create.sensitive)
    create.click()
    page = app.window("painting")
    console = page.get(name="Screen of painting")
    wait("the guest's picture", lambda: PAINT in console.colours())
    check("format=raw" in definition("painting"), "the image's format is not stated")
    leave_console()
    press("ctrl+shift+d")
    wait("the question", lambda: any(w.find(role="push button", name="Force Off")
                                     for w in app.windows()))
    next(w for w in app.windows() if w.find(role="push button", name="Force Off")) \
        .get(role="push button", name="Force Off").click()
    page.get(contains="has ended")
    press("Escape")
    app.window("Vitrine").get(contains="painting, Stopped")


def test_kernel(app):
    assistant = assistant_of(app, "Kernel")
    assistant.get(role="push button", name="Choose a Kernel").click()
    choose_file(app, "Choose a Kernel", DEBIAN / "linux")
    assistant.get(role="push button", name="Choose an Initrd").click()
    choose_file(app, "Choose an Initrd", DEBIAN / "initrd.gz")
    line = assistant.get(role="text", name="Kernel command line")
    Atspi.EditableText.set_text_contents(line.node, "vga=788 quiet")
    check_names(assistant)
    shoot("assistant-kernel")
    create = assistant.get(role="push button", name="Create and Start")
    wait("Create to become possible", lambda: create.sensitive)
    create.click()
    page = app.window("linux")
    console = page.get(name="Screen of linux")
    wait("the penguin, or whatever the kernel shows", lambda: len(console.colours()) > 8, 400)
    text = definition("linux")
    check("cmdline=vga=788 quiet" in text and f"initrd={DEBIAN}/initrd.gz" in text, text)
    leave_console()
    press("Escape")
    ctl("stop", "--force", "linux")


def test_empty_disk(app):
    """Created, not started; the disk is really there."""
    assistant = assistant_of(app, "Empty Disk")
    name = assistant.get(role="text", name="Name")
    Atspi.EditableText.set_text_contents(name.node, "later")
    assistant.get(name="Start it at once", role="toggle button").act()
    create = assistant.get(role="push button", name="Create")
    wait("Create to become possible", lambda: create.sensitive)
    create.click()
    window = app.window("Vitrine")
    window.get(contains="later, Stopped")
    uuid = ctl("show", "later", "--json")
    check("disk.qcow2" in uuid, uuid)


def test_search(app):
    window = app.front("Vitrine")
    press("ctrl+f")
    entry = window.get(role="text", contains="Search")
    wait("the entry's focus", lambda: entry.focused)
    write("LAT")
    wait("one guest", lambda: len(window.all(contains=", Stopped")) == 1)
    window.get(contains="later, Stopped")
    write("x")
    window.get(name="No guest with this name")
    press("Escape")
    wait("all guests", lambda: len(window.all(contains=", Stopped")) > 1)


def test_drop(app):
    window = app.window("Vitrine")
    source = subprocess.Popen([sys.executable, str(Path(__file__).parent / "drag-source.py"),
                               str(HOME / "dropped.iso")])
    try:
        found = wait("the drag source", lambda: subprocess.run(
            ["xdotool", "search", "--name", "Drag source"], capture_output=True,
            text=True).stdout.split())
        xdotool("windowmove", found[0], 0, 0)
        x, y, width, height = window.still()

        def dropped():
            xdotool("mousemove", 60, 80, "mousedown", 1)
            for step in range(1, 11):  # a drag begins by moving, and is to be seen over the target
                xdotool("mousemove", 60 + (x + width // 2 - 60) * step // 10,
                        80 + (y + height // 2 - 80) * step // 10)
                time.sleep(0.05)
            xdotool("mouseup", 1)
            end = time.monotonic() + 10
            while time.monotonic() < end:
                if any(each.name == "New Guest" for each in app.windows()):
                    return True
                time.sleep(0.1)
            return False
        wait("what was dropped to be taken", dropped)
        assistant = app.window("New Guest")
        assistant.get(described="dropped.iso")
        wait("Create to be possible",
             lambda: assistant.get(role="push button", name="Create and Start").sensitive)
        assistant.get(role="push button", name="Cancel").click()
        app.no_window("New Guest")
    finally:
        source.terminate()
        source.wait()


def test_second_instance(app):
    """`vitrine later` hands over to the running one, which shows that guest."""
    done = subprocess.run([str(BUILD / "vitrine"), "later"], timeout=90)
    check(done.returncode == 0, f"the second vitrine ended with {done.returncode}")
    page = app.window("later")
    page.get(contains="is switched off")
    done = subprocess.run([str(BUILD / "vitrine"), "nobody"], timeout=90, capture_output=True,
                          text=True)
    check("nobody" in done.stderr, f"an unknown guest is not told: {done.stderr!r}")
    shoot("unknown-guest")


def test_failed_start(app):
    """The ISO is gone: the page says which file, and offers what can be done."""
    ctl("create", "gone", "--iso", str(HOME / "dropped.iso"), "--memory", "64M")
    (HOME / "dropped.iso").unlink()
    subprocess.run([str(BUILD / "vitrine"), "gone"], timeout=90, check=True)
    page = app.window("gone")
    page.get(role="push button", name="Start").click()
    page.get(contains="could not be started", described="dropped.iso")
    page.get(role="push button", name="Try Again")
    check_names(page)
    shoot("failed-start")


def test_missing_iso():
    with Application("--new", str(HOME / "nowhere.iso")) as app:
        assistant = app.window("New Guest")
        assistant.get(contains="There is no file")
        check(not assistant.get(role="push button", name="Create and Start").sensitive,
              "a guest can be made of nothing")
        press("Escape")
        app.no_window("New Guest")
        app.front("Vitrine")
        app.quit()


def test_without_session_bus():
    """No bus, no single instance, no accessibility: but a window, and no bus is started for it."""
    environment = {k: v for k, v in os.environ.items() if k != "DBUS_SESSION_BUS_ADDRESS"}
    environment["XDG_RUNTIME_DIR"] = str(HOME / "run")
    (HOME / "run").mkdir(mode=0o700)
    process = subprocess.Popen([str(BUILD / "vitrine")], env=environment)
    found = wait("a window without a session bus", lambda: subprocess.run(
        ["xdotool", "search", "--onlyvisible", "--pid", str(process.pid)], capture_output=True,
        text=True).stdout.split())
    xdotool("windowfocus", "--sync", found[-1])
    press("ctrl+q")
    check(process.wait(timeout=90) == 0, f"it ended with {process.returncode}")


def main():
    (HOME / "painting.img").write_bytes((BUILD / "tests" / "guests" / "paint.img").read_bytes())
    boot = (BUILD / "tests" / "guests" / "paint.img").read_bytes()
    (HOME / "dropped.iso").write_bytes(iso.make(boot))
    xdotool("mousemove", 5, 5)
    with Application() as app:
        for test in (test_disk_image, test_kernel, test_empty_disk, test_search, test_drop,
                     test_second_instance, test_failed_start):
            print("#", test.__name__, flush=True)
            test(app)
        app.quit()
    for test in (test_missing_iso, test_without_session_bus):
        print("#", test.__name__, flush=True)
        test()
    print("all passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
