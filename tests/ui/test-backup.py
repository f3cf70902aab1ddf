#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A disk of a running guest backed up in the real window: whole by qemu-img's
judgement, or not there at all; whoever closes the dialog, the window or the program on the way is
asked; what fails is said in a sentence."""
import os
import subprocess
from pathlib import Path

import iso
from desktop import (Application, Atspi, BUILD, bring_up, check, check_names, ctl, leave_console, press, run,
                     run_main, shoot, wait, write, xdotool)

HOME = Path(os.environ["HOME"])
DATA = Path(os.environ["XDG_DATA_HOME"])
RUNTIME = Path(os.environ["XDG_RUNTIME_DIR"])
NAME = "treasure"
TITLE = f"Backup of {NAME}"
BIG, SMALL, INNER = HOME / "big.raw", HOME / "small.raw", HOME / "disks" / "inner.qcow2"
MIB = 1 << 20


def same(copy, disk):
    subprocess.run(["qemu-img", "check", "-q", "-f", "qcow2", str(copy)], check=True)
    subprocess.run(["qemu-img", "compare", "-q", "-f", "qcow2", "-F", "raw", str(copy), str(disk)],
                   check=True)


def files():
    """Of copies, whole or not; hidden ones too."""
    return sorted(p.name for p in HOME.iterdir()
                  if p.suffix in (".qcow2", ".vitrine-part") or ".backup-" in p.name)


def open_dialog(app):
    page = app.window(NAME)
    if not any(w.name == TITLE for w in app.windows()):
        leave_console()
        app.front(NAME)
        press("ctrl+b")
    dialog = app.front(TITLE)
    wait("the focus on Choose", lambda: (f := app.focus()) and f.name == "Choose a File…")
    return page, dialog


def chosen(combo):
    """What a combo box shows."""
    child = Atspi.Selection.get_selected_child(combo.node, 0)
    return child.get_name() if child else ""


def save_as(app, path):
    """From the dialog's first page, by keys."""
    press("Return")
    chooser = app.front("Save the Backup")
    wait("the chooser's focus", lambda: app.focus() is not None)
    press("ctrl+a")
    write(str(path))
    chooser.get(role="push button", name="Save").act()


def ended(dialog, text):
    """The sentence at the end, which is also what Close says of itself: it has the focus."""
    dialog.get(role="label", contains=text)
    close = dialog.get(role="push button", name="Close", described=text)
    wait("the focus on Close", lambda: close.focused)
    return close


def begin(app, path):
    """A copy that takes long enough to do something else meanwhile."""
    ctl("limits", NAME, "disk-rate=1000")
    _, dialog = open_dialog(app)
    save_as(app, path)
    bar = dialog.get(role="progress bar", name="Progress of the backup")
    wait("the focus on Cancel", lambda: (f := app.focus()) and f.name == "Cancel")
    return dialog, bar


def question(app):
    """Which asks before a copy is broken off."""
    return wait("a question", lambda: next(
        (w for w in app.windows() if w.find(role="push button", name="Break Off")), None))


def answer(app, button):
    asked = question(app)
    wait("the question's focus", lambda: any(w.focused for w in asked.walk()))
    asked.get(role="push button", name=button).act()


def press_in_guest_window(app, keys):
    bring_up(NAME)
    app.front(NAME)
    press(keys)


def nothing_left():
    check(files() == [], f"left behind: {files()}")
    left = [str(p) for p in RUNTIME.glob("vitrine/*/copy-*")]
    check(not left, f"sockets left behind: {left}")
    # vmm has let the disk go as well: the next copy is possible at once.
    ctl("backup", NAME, "--to", str(HOME / "next.qcow2"), "--disk", "2")
    (HOME / "next.qcow2").unlink()


def test_only_of_a_running_guest(app):
    app.front(NAME).get(contains="is switched off")
    press("F10")
    menu = app.window(NAME)
    item = menu.get(name="Back Up Disk…")
    check(not item.sensitive, "a guest that is off can be backed up")
    press("Escape")
    press("ctrl+Return")
    menu.get(name=f"Screen of {NAME}")
    leave_console()
    press("F10")
    wait("the action to become possible", lambda: menu.get(name="Back Up Disk…").sensitive)
    shoot("backup-menu")
    press("Escape")


def test_copy(app):
    _, dialog = open_dialog(app)
    check_names(dialog)
    shoot("backup")
    combo = dialog.get(role="combo box", name="Disk")
    choose = dialog.get(role="push button", name="Choose a File…")
    press("shift+Tab")
    wait("the focus to leave Choose", lambda: not choose.focused)
    press("Down")
    wait("the other disk", lambda: chosen(combo) == "disk2: small.raw")
    press("Tab")
    wait("the focus on Choose", lambda: choose.focused)
    save_as(app, HOME / "small copy")
    close = ended(dialog, "small copy.qcow2")
    check_names(dialog)
    shoot("backup-complete")
    same(HOME / "small copy.qcow2", SMALL)
    close.act()
    app.no_window(TITLE)
    (HOME / "small copy.qcow2").unlink()


def test_disk_in_use(app):
    """Not even after the chooser's own question."""
    _, dialog = open_dialog(app)
    save_as(app, INNER)
    wait("the chooser's question", lambda: any(w.find(role="push button", name="Replace")
                                               for w in app.windows()))
    press("Tab", "Return") if app.focus().name == "Cancel" else press("Return")
    ended(dialog, "is a disk image that is in use: choose another name")
    shoot("backup-in-use")
    press("shift+Tab", "Return")  # Try Again
    wait("the first page", lambda: (f := app.focus()) and f.name == "Choose a File…")
    press("Escape")
    app.no_window(TITLE)
    check(files() == [], f"left behind: {files()}")


def test_cancel(app):
    dialog, bar = begin(app, HOME / "never.qcow2")
    wait("progress", lambda: Atspi.Value.get_current_value(bar.node) > 0)
    check_names(dialog)
    shoot("backup-progress")
    press("Return")
    ended(dialog, "cancelled")
    press("Escape")
    app.no_window(TITLE)
    nothing_left()


def test_closing_asks(app):
    dialog, bar = begin(app, HOME / "kept.qcow2")
    press("Escape")
    check_names(question(app))
    shoot("backup-closing")
    answer(app, "Go On")
    check(bar.showing, "the copy is gone although nobody wanted that")
    # The same by way of the guest's window, which stays then.
    press_in_guest_window(app, "ctrl+w")
    answer(app, "Go On")
    ctl("limits", NAME, "disk-rate=0")
    ended(dialog, "kept.qcow2")
    same(HOME / "kept.qcow2", BIG)
    press("Escape")
    app.no_window(TITLE)
    app.window(NAME)
    (HOME / "kept.qcow2").unlink()
    begin(app, HOME / "dropped.qcow2")
    press("Escape")
    answer(app, "Break Off")
    app.no_window(TITLE)
    nothing_left()


def test_guest_ends(app):
    """The sentence is vmm's; there is no disk any more to try again with."""
    dialog, _ = begin(app, HOME / "broken.qcow2")
    ctl("stop", "--force", NAME)
    ended(dialog, "The guest ended")  # before or after it had begun
    wait("Try Again to go: the guest is off",
         lambda: not dialog.find(role="push button", name="Try Again"))
    shoot("backup-broken-off")
    press("Escape")
    app.no_window(TITLE)
    check(files() == [], f"left behind: {files()}")
    ctl("start", NAME)


def test_quitting_asks(app):
    app.window(NAME).get(name=f"Screen of {NAME}")
    dialog, _ = begin(app, HOME / "late.qcow2")
    press_in_guest_window(app, "ctrl+q")
    answer(app, "Go On")
    check(app.process.poll() is None and dialog.showing, "vitrine ended although it should go on")
    press_in_guest_window(app, "ctrl+q")
    answer(app, "Break Off")
    wait("vitrine to end", lambda: app.process.poll() is not None)
    check(app.process.returncode == 0, f"vitrine ended with {app.process.returncode}")
    ctl("limits", NAME, "disk-rate=0")
    nothing_left()


def test_killed(app):
    """The window dies; the copy with it, as soon as vmm has noticed."""
    app.window(NAME).get(name=f"Screen of {NAME}")
    begin(app, HOME / "orphan.qcow2")
    app.process.kill()
    app.process.wait()
    wait("the copy to end", lambda: subprocess.run(
        [str(BUILD / "vitrinectl"), "backup", NAME, "--to", str(HOME / "next.qcow2"), "--disk", "2"],
        capture_output=True, check=False).returncode == 0)
    (HOME / "next.qcow2").unlink()
    nothing_left()


def main():
    (HOME / "keys.iso").write_bytes(iso.make((BUILD / "tests" / "guests" / "keys.img").read_bytes()))
    BIG.write_bytes(os.urandom(64 * MIB))
    SMALL.write_bytes(b"\0" * MIB + os.urandom(MIB) + b"\0" * MIB)
    INNER.parent.mkdir()
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", str(INNER), "1M"], check=True)
    xdotool("mousemove", 5, 5)
    ctl("create", NAME, "--iso", str(HOME / "keys.iso"), "--memory", "64M")
    for number, file, form in ((1, BIG, "raw"), (2, SMALL, "raw"), (3, INNER, "qcow2")):
        ctl("set", NAME, f"disk{number}.file={file}", f"disk{number}.format={form}")
    with Application(NAME) as app:
        run(app, test_only_of_a_running_guest, test_copy, test_disk_in_use, test_cancel,
            test_closing_asks, test_guest_ends, test_quitting_asks)
    with Application(NAME) as app:
        run(app, test_killed)
    ctl("stop", "--force", NAME)
    print("all passed")
    return 0


if __name__ == "__main__":
    run_main(main)
