#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A disk on an NBD server in the real window: given by its address in the settings, where what is wrong
with one is said beside it; started with a real qemu-nbd; and what the window says of a server that is
not there, or that does not offer what the address asks for."""
import os
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent / name) for name in ("nbd", "process")]

# pylint: disable=wrong-import-position
import iso
from desktop import (Application, Atspi, BUILD, check, check_names, ctl, leave_console, press, run,
                     run_main, shoot, wait, write, xdotool)
from servers import Port

HOME = Path(os.environ["HOME"])
DATA = Path(os.environ["XDG_DATA_HOME"])
NAME = "remote"
TITLE = f"Settings of {NAME}"
ADD = "Add Network Disk…"
SERVER = Port()
PLACE = f"127.0.0.1:{SERVER.number}"
WRONG = (
    ("disk.example.org", "An address is needed, such as nbd://server/export"),
    ("http://disk.example.org/x", "An address is needed, such as nbd://server/export"),
    ("nbd:", "it begins neither with nbd:// nor with nbds:// nor nbd+unix://"),
    ("nbd://", "it names no server"),
    ("nbd://some where/x", "its server is not a name or address"),
    ("nbd://server:0/x", "its port is not a number between 1 and 65535"),
    ("nbd://server/x?y=z", "nothing may follow the name of the export"),
    ("nbd+unix:///x", "it names no socket: end it with ?socket=/PATH"),
)


def definition():
    return next(DATA.glob("vitrine/guests/*/guest.conf")).read_text(encoding="utf-8")


def settings(app):
    app.front(NAME)
    press("ctrl+comma")
    return app.front(TITLE)


def entry_of(dialog):
    return dialog.get(role="text", name="Address of the disk")


def fill(widget, text):
    Atspi.EditableText.set_text_contents(widget.node, text)


def says(dialog, sentence):
    wait(f"the sentence {sentence!r}", lambda: any(
        sentence in w.text for w in dialog.walk() if w.role == "label" and w.showing))
    check(sentence in entry_of(dialog).description, "a screen reader does not read it")


def open_row(dialog, place):
    """Of the disk, with its settings."""
    row = wait(f"a disk {place}", lambda: next(
        (w for w in dialog.walk() if w.name == "disk" and place in w.description), None))
    row.click()


def test_wrong_addresses(app):
    """Each is said in place, and none becomes a disk."""
    dialog = settings(app)
    button = dialog.get(role="toggle button", name=ADD)
    Atspi.Component.grab_focus(button.node)
    wait("the focus on the button", lambda: button.focused)
    press("Return")
    entry = entry_of(dialog)
    wait("the focus on the address", lambda: entry.focused)
    check_names(dialog)
    shoot("network-disk")
    for address, sentence in WRONG:
        fill(entry, address)
        press("Return")
        says(dialog, sentence)
        check(entry.showing, f"{address} was taken")
    fill(entry, "nbd://server:99999/x")
    dialog.get(role="push button", name="Add").act()
    says(dialog, "its port is not a number")
    shoot("network-disk-wrong")
    check_names(dialog)


def test_add(app):
    """By TLS, which brings the settings of TLS; then edited to another address without."""
    dialog = app.front(TITLE)
    entry = entry_of(dialog)
    wait("the focus on the address", lambda: entry.focused or Atspi.Component.grab_focus(entry.node))
    press("ctrl+a")
    write(f"nbds://{PLACE}/disk")
    press("Return")
    open_row(dialog, f"On the NBD server {PLACE}, by TLS")
    for name in ("Trusted authority", "Own certificate", "Key of the own certificate"):
        wait(f"the setting {name}", lambda name=name: any(w.name == name for w in dialog.walk()))
    check_names(dialog)
    shoot("network-disk-tls")
    address = wait("the address", lambda: next((w for w in dialog.walk() if w.role == "text"
                                                and w.name == "Address"), None))
    save = dialog.get(role="push button", name="Save")
    wait("Save to become possible", lambda: save.sensitive)
    for wrong, sentence in (("", "An address is needed"), ("nbds://server:0/x", "its port is not a number")):
        fill(address, wrong)
        wait(f"{sentence!r} beside the address", lambda s=sentence: s in address.description)
        check(not save.sensitive, "a wrong address can be saved")
    shoot("network-disk-edited-wrong")
    fill(address, f"nbds://{PLACE}/disk")
    wait("Save to become possible", lambda: save.sensitive)
    save.act()
    app.no_window(TITLE)
    check(f"file=nbds://{PLACE}/disk\n" in definition(), definition())


def start_fails(app, picture, *words):
    page = app.front(NAME)
    press("ctrl+Return")
    page.get(contains=f"{NAME} could not be started")
    wait(f"a sentence with {words}", lambda: any(
        all(word in w.description for word in words) for w in page.walk() if w.showing))
    check_names(page)
    shoot(picture)


def test_server_without_tls(app):
    """The address asks for more than the server has."""
    SERVER.qemu(str(HOME / "disk.raw"))
    start_fails(app, "network-disk-no-tls", f"NBD server {PLACE}", "does not offer TLS")
    SERVER.kill()


def test_plain(app):
    """What is wrong is mended where it was made."""
    dialog = settings(app)
    open_row(dialog, f"On the NBD server {PLACE}")
    address = wait("the address", lambda: next((w for w in dialog.walk() if w.role == "text"
                                                and w.name == "Address"), None))
    fill(address, f"nbd://{PLACE}/disk")
    dialog.get(role="push button", name="Save").act()
    app.no_window(TITLE)
    SERVER.qemu(str(HOME / "disk.raw"))
    page = app.front(NAME)
    press("ctrl+Return")
    page.get(name=f"Screen of {NAME}")
    check("running" in ctl("show", NAME, "--json"), "the guest does not run")
    leave_console()
    ctl("stop", "--force", NAME)
    page.get(contains=f"{NAME} has ended")
    SERVER.kill()


def test_nobody_there(app):
    SERVER.close()
    start_fails(app, "network-disk-refused", f"NBD server {PLACE}", "nothing listens there")


def main():
    (HOME / "keys.iso").write_bytes(iso.make((BUILD / "tests" / "guests" / "keys.img").read_bytes()))
    (HOME / "disk.raw").write_bytes(b"\0" * (1 << 20))
    xdotool("mousemove", 5, 5)
    ctl("create", NAME, "--iso", str(HOME / "keys.iso"), "--memory", "64M")
    try:
        with Application(NAME) as app:
            run(app, test_wrong_addresses, test_add, test_server_without_tls, test_plain, test_nobody_there)
            app.quit()
    finally:
        SERVER.kill()
    print("all passed")
    return 0


if __name__ == "__main__":
    run_main(main)
