#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The main job in the real window on real guests: create from an ISO, start, see, type, stop, delete.
With a pointer first, then with the keyboard alone; then memtest86+ as Debian ships it."""
import os
import shutil
import signal
import sys
from pathlib import Path

import iso
from desktop import (Application, Atspi, BUILD, check, check_names, leave_console, press, shoot, wait, write,
                     xdotool)

MEMTEST = Path("/usr/lib/memtest86+/memtest86+x64.iso")
GUESTS = Path(os.environ["XDG_DATA_HOME"]) / "vitrine" / "guests"
DOWNLOADS = Path(os.environ["HOME"]) / "Downloads"
BACKGROUND = bytes.fromhex("2060a0")  # of the guest "keys" (tests/guests/guest.S)


def guest_folders():
    return [p for p in GUESTS.glob("*") if (p / "guest.conf").exists()]


def answer(app, button):
    """The question that offers this button."""
    wait(f"a question with {button}",
         lambda: any(w.find(role="push button", name=button) for w in app.windows()))
    return next(w for w in app.windows() if w.find(role="push button", name=button))


def squares(console):
    """The key squares that the guest "keys" painted: their scancodes, in order."""
    part = console.pixels()
    data, stride, n = part.get_pixels(), part.get_rowstride(), part.get_n_channels()
    first = next((y * stride + x * n for y in range(part.get_height()) for x in range(part.get_width())
                  if data[y * stride + x * n: y * stride + x * n + 3] == BACKGROUND), None)
    if first is None:
        return []
    top = first // stride
    left = next(x for x in range(part.get_width())
                if data[(top + 70) * stride + x * n + 1: (top + 70) * stride + x * n + 3]
                in (b"\x80\x40", b"\x60\xa0"))
    codes = []
    for i in range(64):
        at = (top + 72) * stride + (left + i * 16 + 8) * n
        if data[at + 1: at + 3] != b"\x80\x40":
            break
        codes.append(data[at])
    return codes


def test_empty_library(app):
    window = app.window("Vitrine")
    window.get(name="No guests yet")
    wait("both New Guest buttons",
         lambda: len(window.all(role="push button", contains="New Guest")) == 2)
    check_names(window)
    shoot("empty")


def test_create_with_three_clicks(app):
    """Counted: New Guest, the ISO, Create and Start. Nobody knows this ISO."""
    window = app.window("Vitrine")
    window.get(role="push button", name="New Guest").click()                    # 1
    assistant = app.window("New Guest")
    create = assistant.get(role="push button", name="Create and Start")
    check(not create.sensitive, "Create is possible before anything was chosen")
    row = assistant.get(name="unknown.iso")
    row.click()                                                                 # 2
    wait("Create to become possible", lambda: create.sensitive)
    check_names(assistant)
    shoot("assistant")
    create.click()                                                              # 3
    page = app.window("unknown")
    console = page.get(name="Screen of unknown")
    wait("the guest's picture", lambda: BACKGROUND in console.colours())
    check(len(guest_folders()) == 1, "there is not exactly one guest on disk")
    page.get(contains="isolation guarantee")


def test_type(app):
    """Keys pressed in the window arrive in the guest, each press and each release once."""
    page = app.window("unknown")
    console = page.get(name="Screen of unknown")
    wait("the console's focus", lambda: console.focused)
    press("a")
    wait("A down and up", lambda: squares(console) == [0x1e, 0x9e])
    press("F10")
    wait("F10 in the guest, not in the menu", lambda: squares(console)[2:] == [0x44, 0xc4])
    check_names(page)
    shoot("console")


def test_send_keys(app):
    page = app.window("unknown")
    console = page.get(name="Screen of unknown")
    before = len(squares(console))
    page.get(role="toggle button", name="Send keys to the guest").click()
    page.get(name="Ctrl+Alt+F1").click()
    wait("Ctrl, Alt, F1 and back", lambda: squares(console)[before:] ==
         [0x1d, 0x38, 0x3b, 0xbb, 0xb8, 0x9d])


def test_grab(app):
    """This guest has a mouse, so the first click takes pointer and keyboard, visibly; Ctrl+Alt gives
    both back. Ctrl+Alt+G takes them too, and the desktop's own keys then go to the guest."""
    page = app.front("unknown")
    console = page.get(name="Screen of unknown")
    console.click()
    page.get(role="label", contains="Keyboard and pointer are grabbed")
    shoot("grabbed")
    leave_console()
    wait("the grab to end", lambda: not page.find(role="label", contains="grabbed"))
    wait("the focus to leave", lambda: not console.focused)
    press("ctrl+alt+g")
    page.get(role="label", contains="grabbed")
    before = len(squares(console))
    press("F11")
    wait("F11 in the guest", lambda: squares(console)[before:] == [0x57, 0xd7])
    leave_console()
    wait("the grab to end", lambda: not page.find(role="label", contains="grabbed"))


def test_fullscreen(app):
    page = app.front("unknown")
    console = page.get(name="Screen of unknown")
    press("F11")
    wait("the whole screen", lambda: console.extents()[2:] == (1280, 1024))
    wait("the console's focus", lambda: console.focused)
    shoot("fullscreen")
    leave_console()
    page.get(role="push button", name="Full screen")
    press("Escape")
    wait("the window again", lambda: console.extents()[2:] != (1280, 1024))


def test_pause(app):
    page = app.front("unknown")
    press("ctrl+p")
    page.get(role="label", name="Paused")
    press("ctrl+shift+p")
    page.get(role="label", name="Running")


def test_isolation_and_monitor(app):
    app.front("unknown")
    press("ctrl+i")
    dialog = app.window("Isolation of unknown")
    dialog.get(contains="seccomp")
    check_names(dialog)
    dialog.get(role="push button", name="Drill").act()
    # In view or not; in part is what needs a control group where there is none.
    wait("what the drill found of the display server", lambda: any(
        w.name in ("Display server: Holds", "Display server: In part") and "were tried" in w.description
        for w in dialog.walk()))
    check_names(dialog)
    shoot("isolation")
    press("Escape")
    app.no_window("Isolation of unknown")
    app.front("unknown")
    press("ctrl+m")
    dialog = app.window("Monitor of unknown")
    entry = dialog.get(role="text", name="Command")
    wait("the entry's focus", lambda: entry.focused)
    write("query-status")
    press("Return")
    output = dialog.get(role="text", name="Answers of the monitor")
    check_names(dialog)
    wait("QEMU's answer", lambda: "status: running" in output.text)
    press("Up")
    wait("what was typed before", lambda: entry.text == "query-status")
    dialog.get(role="push button", name="Show the commands").act()
    wait("the commands", lambda: "sendkey" in output.text)
    shoot("monitor")
    press("Escape")
    app.no_window("Monitor of unknown")


def test_thumbnail(app):
    app.front("unknown")
    press("alt+Left")
    window = app.window("Vitrine")
    tile = window.get(contains="unknown, Running")
    thumbnail = tile.get(name="Picture of the guest's screen")
    wait("a live thumbnail", lambda: BACKGROUND in thumbnail.colours())
    window.get(contains="keeps running")
    check_names(window)
    shoot("library")


def test_badge_in_the_library(app):
    """It says what the report found, and opens it, by the pointer and by the keyboard."""
    window = app.front("Vitrine")
    badge = window.get(role="push button", contains="Isolation of unknown: Software emulation")
    check("guarantee" in badge.description, badge.description)
    for way in ("pointer", "keyboard"):
        if way == "pointer":
            badge.click()
        else:
            badge.act()
        dialog = app.window("Isolation of unknown")
        wait("layers proved by a probe",
             lambda: len(dialog.all(described="probe in the same jail")) >= 2)
        dialog.get(contains="Memory that could hold code")
        check_names(dialog)
        shoot("isolation-from-the-library")
        press("Escape")
        app.no_window("Isolation of unknown")
        app.front("Vitrine")


def test_killed_window(app):
    """The GUI dies; the guest does not notice, and the next window finds it."""
    app.process.send_signal(signal.SIGKILL)
    app.process.wait()


def test_next_window(app):
    window = app.front("Vitrine")
    tile = window.get(contains="unknown, Running")
    wait("the tile's focus", lambda: tile.focused)
    press("Return")
    console = app.window("unknown").get(name="Screen of unknown")
    wait("the same picture", lambda: squares(console)[:2] == [0x1e, 0x9e])


def test_settings_while_running(app):
    leave_console()
    press("ctrl+comma")
    dialog = app.window("Settings of unknown")
    dialog.get(contains="is running")
    check(not dialog.get(role="text", name="Memory").sensitive, "memory can be changed while running")
    check(dialog.get(role="spin button", name="Disk requests").sensitive,
          "limits cannot be changed while running")
    press("Escape")
    app.no_window("Settings of unknown")


def test_force_off(app):
    page = app.front("unknown")
    press("ctrl+shift+d")
    dialog = answer(app, "Force Off")
    check(dialog.get(role="push button", name="Cancel").sensitive, "no way back")
    shoot("force-off")
    dialog.get(role="push button", name="Force Off").click()
    page.get(contains="has ended")
    page.get(role="push button", name="Start Again")
    shoot("ended")


def test_settings(app):
    """A wrong value is told beside it and cannot be saved; a right one is written to the file."""
    app.front("unknown")
    press("ctrl+comma")
    dialog = app.window("Settings of unknown")
    memory = dialog.get(role="text", name="Memory")
    save = dialog.get(role="push button", name="Save")
    Atspi.EditableText.set_text_contents(memory.node, "much")
    wait("the error beside the memory", lambda: memory.node.get_description() != "In MiB")
    check(not save.sensitive, "a wrong value can be saved")
    check_names(dialog)
    shoot("settings-error")
    Atspi.EditableText.set_text_contents(memory.node, "128")
    wait("Save to become possible", lambda: save.sensitive)
    shoot("settings")
    save.click()
    app.no_window("Settings of unknown")
    text = (guest_folders()[0] / "guest.conf").read_text()
    check("memory=128" in text, f"guest.conf says otherwise:\n{text}")


def test_too_much_memory(app):
    app.front("unknown")
    press("Escape")
    window = app.front("Vitrine")
    window.get(contains="unknown, Stopped")
    press("ctrl+n")
    assistant = app.window("New Guest")
    assistant.get(name="unknown.iso").click()
    create = assistant.get(role="push button", name="Create and Start")
    wait("Create to become possible", lambda: create.sensitive)
    memory = assistant.get(role="spin button", name="Memory in MiB")
    Atspi.Value.set_current_value(memory.node, 4000000)
    wait("Create to be refused", lambda: not create.sensitive)
    shoot("too-much-memory")
    press("Escape")
    app.no_window("New Guest")


def test_delete(app):
    window = app.front("Vitrine")
    tile = window.get(contains="unknown, Stopped")
    tile.click()
    wait("the tile's focus", lambda: tile.focused)
    press("Delete")
    dialog = answer(app, "Delete")
    dialog.get(role="label", contains="deleted for ever")
    shoot("delete")
    dialog.get(role="push button", name="Delete").click()
    window.get(name="No guests yet")
    check(not guest_folders(), "the guest's folder is still there")
    check((DOWNLOADS / "unknown.iso").exists(), "deleting a guest deleted its ISO")


def test_keyboard_alone(app):
    """The same without a pointer: no click, no do_action."""
    app.front("Vitrine").get(name="No guests yet")
    press("ctrl+n")
    assistant = app.window("New Guest")
    create = assistant.get(role="push button", name="Create and Start")
    assistant.get(name="unknown.iso")
    wait("the focus on Choose", lambda: (f := app.focus()) and f.name == "Choose an ISO File")
    for _ in range(6):
        if app.focus().name == "unknown.iso":
            break
        press("Down")
    wait("the focus on the ISO", lambda: app.focus().name == "unknown.iso")
    press("Return")
    wait("the focus on Create", lambda: create.focused)
    press("Return")
    page = app.window("unknown")
    console = page.get(name="Screen of unknown")
    wait("the guest's picture", lambda: BACKGROUND in console.colours())
    wait("the console's focus", lambda: console.focused)
    press("b")
    wait("B in the guest", lambda: squares(console) == [0x30, 0xb0])
    leave_console()
    wait("the focus to leave", lambda: not console.focused)
    press("ctrl+shift+d")
    dialog = answer(app, "Force Off")
    wait("the focus in the question", lambda: any(w.focused for w in dialog.walk()))
    press("Tab", "Return") if dialog.get(name="Cancel").focused else press("Return")
    page.get(contains="has ended")
    press("Return")  # Start Again has the focus
    wait("the picture after Start Again",
         lambda: page.find(name="Screen of unknown") and
         BACKGROUND in page.find(name="Screen of unknown").colours())
    leave_console()
    press("ctrl+shift+d")
    dialog = answer(app, "Force Off")
    dialog.get(role="push button", name="Force Off").act()
    page.get(contains="has ended")


def test_memtest(app):
    """memtest86+ from Debian's package, to its blue screen."""
    assistant = app.window("New Guest")
    memory = assistant.get(role="spin button", name="Memory in MiB")
    Atspi.Value.set_current_value(memory.node, 64)
    create = assistant.get(role="push button", name="Create and Start")
    wait("Create to become possible", lambda: create.sensitive)
    create.click()
    page = app.window("memtest86+x64")
    console = page.get(name="Screen of memtest86+x64")
    wait("memtest's blue screen",
         lambda: any(r < 8 and g < 8 and b > 150 for r, g, b in console.colours()), 150)
    shoot("memtest")
    leave_console()
    press("ctrl+shift+d")
    answer(app, "Force Off").get(role="push button", name="Force Off").click()
    page.get(contains="has ended")


def run(app, *tests):
    for test in tests:
        print("#", test.__name__, flush=True)
        test(app)


def main():
    DOWNLOADS.mkdir()
    boot = (BUILD / "tests" / "guests" / "keys.img").read_bytes()
    (DOWNLOADS / "unknown.iso").write_bytes(iso.make(boot))
    xdotool("mousemove", 5, 5)
    with Application() as app:
        run(app, test_empty_library, test_create_with_three_clicks, test_type, test_send_keys,
            test_grab, test_fullscreen, test_pause, test_isolation_and_monitor, test_thumbnail, test_badge_in_the_library,
            test_killed_window)
    with Application() as app:
        run(app, test_next_window, test_settings_while_running, test_force_off, test_settings,
            test_too_much_memory, test_delete)
        app.quit()
    with Application() as app:
        run(app, test_keyboard_alone)
        app.quit()
    shutil.copy(MEMTEST, DOWNLOADS / MEMTEST.name)
    with Application("--new", str(DOWNLOADS / MEMTEST.name)) as app:
        run(app, test_memtest)
        app.quit()
    print("all passed; pictures in", BUILD / "tests" / "shots")
    return 0


if __name__ == "__main__":
    sys.exit(main())
