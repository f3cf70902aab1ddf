#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The clipboard in the real window, with a Linux guest whose own spice-vdagent and xclip judge: it is
typed where nothing may pass, the policy is switched by keys and from the indicator, text passes only
while the console has the focus, or that of the guest's second display, and where each passage is asked
about, the question is answered by keys alone, in either window."""
import json
import os
import subprocess
import sys
from pathlib import Path

from desktop import (Application, check, check_names, ctl, leave_console, press, run,
                     run_main, shoot, wait, xdotool)

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../clipboard"))
from agent_guest import HEAD_BYTES, REPORT_BYTES, write_ram_disk  # noqa: E402
from linux_guest import CMDLINE, KERNEL  # noqa: E402

HOME = Path(os.environ["HOME"])
NAME = "desk"
SECOND = f"{NAME}: Display 2"
REPORT = HOME / "report"
count = 0


def policy():
    return json.loads(ctl("show", NAME, "--json"))["definition"]["clipboard.policy"]


def report():
    """What the guest has said since it was last asked."""
    global count
    with open(REPORT, "rb") as file:
        words = file.read(HEAD_BYTES).split(b"\0")[0].split()
        if len(words) != 3 or int(words[2]) <= count:
            return None
        count = int(words[2])
        file.seek(4096)
        return words[0].decode(), file.read(int(words[1]))


def said_bytes(name, limit=120):
    what, data = wait(f"the guest to say {name}", report, limit)
    check(what == name, f"the guest says {what}, not {name}")
    return data


def said(name, limit=120):
    return said_bytes(name, limit).decode()


def paste():
    """In the guest; typed past the window, so the focus stays where it is."""
    ctl("type", NAME, "clip-get\n")
    return said("pasted")


def copy(text):
    """In the guest."""
    ctl("type", NAME, f"clip-put {text}\n")
    said("copied")


def paste_picture():
    ctl("type", NAME, "clip-picture-get 20\n")
    return said_bytes("picture")


def copy_picture(size):
    """In the guest, where it is as good as one to those who do not look at it."""
    ctl("type", NAME, f"clip-picture {size}\n")
    said("copied")
    return b"\x89PNG\r\n\x1a\n" + bytes(size - 8)


def desktop_copy(text):
    subprocess.run(["xclip", "-selection", "clipboard", "-i"], input=text.encode(), check=True)


def desktop_copy_picture(data):
    subprocess.run(["xclip", "-selection", "clipboard", "-i", "-t", "image/png"], input=data,
                   check=True)


def desktop_paste_bytes(*options):
    return subprocess.run(["timeout", "5", "xclip", "-selection", "clipboard", "-o", *options],
                          check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def desktop_paste():
    return desktop_paste_bytes().decode()


def guest_types():
    """What the guest's programs can have of its clipboard: tells who owns it."""
    ctl("type", NAME, "clip-types\n")
    return said("types")


def console(app, window=NAME):
    return app.window(window).get(name=f"Screen of {window}")


def enter(app, window=NAME):
    app.enter(window)


def leave(app, window=NAME):
    leave_console()
    wait("the console to have lost the focus", lambda: not console(app, window).focused)


def indicator(app, window=NAME):
    return app.window(window).find(role="toggle button", name="Clipboard")


def is_ticked(row):
    """By its colour: GTK's menus do not tell it otherwise."""
    return any(blue > red + 60 for red, _, blue in row.colours(1))


def type_clipboard(app, text):
    desktop_copy(text)
    leave(app)
    press("ctrl+shift+t")


def test_type(app):
    """As keys, all or none, without any policy; stopped by a key, which the guest does not get."""
    page = app.window(NAME)
    enter(app)
    type_clipboard(app, "clip-put 'Typed: ~!'\n")
    said("copied")
    wait("the console to have the focus", lambda: console(app).focused)
    check(paste() == "Typed: ~!", "the guest got another text")
    for text, complaint in (("안녕", "안 is not on a US keyboard"), ("x" * 4097, "at most 4096")):
        type_clipboard(app, text)
        page.get(contains=complaint)
        wait("the console to have the focus", lambda: console(app).focused)
    type_clipboard(app, "clip-put STOPPED " + "x" * 4000 + "\n")
    page.get(contains="Typing the clipboard's text")
    check(not page.find(contains="at most 4096"), "an old complaint is still shown")
    check_names(page)
    shoot("clipboard-type")
    wait("the way to stop it to have the focus", lambda: app.focus() and app.focus().name == "Stop")
    press("Escape")
    wait("it to stop", lambda: not page.find(contains="Typing the clipboard's text"))
    wait("the console to have the focus", lambda: console(app).focused)
    ctl("send-keys", NAME, "ctrl-c")
    check(paste() == "Typed: ~!", "what was stopped was typed")


def test_switch(app):
    """Off shows nothing; by keys it is on at once, in the running guest and in its settings."""
    enter(app)
    check(not indicator(app), "the header shows a clipboard that is off")
    leave(app)
    press("ctrl+shift+v")
    wait("the indicator", lambda: indicator(app))
    wait("the policy to be kept", lambda: policy() == "both")
    check_names(app.window(NAME))
    indicator(app).click()
    app.window(NAME).get(role="radio button", name="Both Ways")
    shoot("clipboard-menu")
    wait("the menu to tick the policy", lambda: [
        row.name for row in app.window(NAME).all(role="radio button") if is_ticked(row)]
        == ["Both Ways"])
    press("Escape")
    wait("the menu to be gone", lambda: not app.window(NAME).find(role="radio button"))


def test_to_guest(app):
    """What is copied beside the guest is there to paste while its console has the focus only."""
    enter(app)
    desktop_copy("of the desktop, 안녕")
    wait("the guest to paste it", lambda: paste() == "of the desktop, 안녕")
    leave(app)
    check(paste() == "", "a console without the focus passed the clipboard")
    desktop_copy("copied meanwhile")
    check(paste() == "", "a console without the focus passed what was copied")
    enter(app)
    wait("the guest to paste that", lambda: paste() == "copied meanwhile")


def test_from_guest(app):
    copy("of-the-guest")
    wait("the desktop to have it", lambda: desktop_paste() == "of-the-guest")
    check(paste() == "of-the-guest", "the guest lost what it copied itself")
    leave(app)
    copy("later")
    check(desktop_paste() == "of-the-guest", "a guest without the focus wrote to the clipboard")
    enter(app)
    wait("the desktop to have it, with the focus", lambda: desktop_paste() == "later")
    leave(app)


def test_pictures(app):
    """As PNG, byte for byte, both ways; one that is too large stays where it is, and why is said."""
    enter(app)
    data = Path(os.environ["VITRINE_SOURCE"], "data/screenshots/library.png").read_bytes()
    desktop_copy_picture(data)
    wait("the guest to paste the picture", lambda: paste_picture() == data)
    data = copy_picture(1 << 20)
    wait("the desktop to have the picture",
         lambda: desktop_paste_bytes("-t", "image/png") == data)
    check(desktop_paste() == "", "a picture came as text")
    desktop_copy_picture(data + bytes(8 << 20))
    check(paste_picture() == b"", "a picture of 9 MiB has passed")
    app.window(NAME).get(contains="larger than can pass to a guest")
    desktop_copy("text again")
    wait("the guest to paste text", lambda: paste() == "text again")
    leave(app)


def test_indicator(app):
    """One way, chosen with the pointer."""
    indicator(app).click()
    app.window(NAME).get(role="radio button", name="To the Guest").click()
    wait("the policy to be kept", lambda: policy() == "to-guest")
    press("Escape")
    wait("the menu to be gone", lambda: not app.window(NAME).find(role="radio button"))
    enter(app)
    copy("stays-inside")
    check(desktop_paste() == "for both again", "text left the guest against its policy")
    leave(app)


def test_second_display(app):
    """Its window passes what the first does, and what the guest copied stays its own when the focus
    moves from one to the other."""
    press("ctrl+2")
    app.window(SECOND)
    enter(app, SECOND)
    wait("the indicator there", lambda: indicator(app, SECOND))
    check_names(app.window(SECOND))
    desktop_copy("for both displays")
    wait("the guest to paste it", lambda: paste() == "for both displays")
    leave(app, SECOND)
    check(paste() == "", "a second display without the focus passed the clipboard")
    enter(app, SECOND)
    copy("of-the-second")
    wait("the desktop to have it", lambda: desktop_paste() == "of-the-second")
    types = guest_types()
    leave(app, SECOND)
    enter(app)
    check(paste() == "of-the-second", "the guest lost what it copied itself")
    check(guest_types() == types, "the guest was given its own text as the desktop's")
    desktop_copy("for both again")
    wait("the guest to paste it", lambda: paste() == "for both again")
    leave(app)
    enter(app, SECOND)
    shoot("clipboard-second")
    wait("the guest to paste it there", lambda: paste() == "for both again")
    leave(app, SECOND)
    enter(app)
    leave(app)


def answer(app, question, key, shot, window=NAME):
    """A question is reached and answered by keys; the console has the focus after it."""
    page = app.window(window)
    page.get(contains=question)
    shoot(shot)
    check(console(app, window).focused, "the question took the focus by itself")
    check_names(page)
    leave(app, window)
    wait("the safe answer to have the focus",
         lambda: app.focus() and app.focus().name in ("Refuse", "Ignore"))
    press(key)
    for each in (NAME, SECOND):
        wait("the question to go", lambda name=each: not app.window(name).find(contains=question))
    wait("the console to have the focus", lambda: console(app, window).focused)


def test_ask(app):
    press("ctrl+shift+k")
    wait("the policy to be kept", lambda: policy() == "ask")
    enter(app)
    desktop_copy("asked for")
    check(paste() == "", "the guest was given text that nobody had allowed")
    answer(app, "wants to read the clipboard", "alt+a", "clipboard-ask-to")
    wait("the guest to paste it", lambda: paste() == "asked for")
    desktop_copy("not for guests")
    check(paste() == "", "one answer let two texts pass")
    answer(app, "wants to read the clipboard", "space", "clipboard-ask-to")
    check(paste() == "", "what was refused has passed")
    copy("take-me")
    check(desktop_paste() == "not for guests", "the guest's text came unasked")
    answer(app, "has copied something", "alt+t", "clipboard-ask-from")
    wait("the desktop to have it", lambda: desktop_paste() == "take-me")
    leave(app)
    enter(app, SECOND)
    copy("take-me-there")
    answer(app, "has copied something", "alt+t", "clipboard-ask-second", SECOND)
    wait("the desktop to have it", lambda: desktop_paste() == "take-me-there")


def test_off(app):
    leave(app, SECOND)
    press("ctrl+shift+x")
    for window in (NAME, SECOND):
        wait("the indicator to go", lambda name=window: not indicator(app, name))
    check(policy() == "off", policy())


def main():
    xdotool("mousemove", 5, 5)
    ram = write_ram_disk(str(HOME / "ram"), "virtio_gpu")
    REPORT.write_bytes(bytes(REPORT_BYTES))
    ctl("create", NAME, "--memory", "512M", "--cpus", "1")
    ctl("set", NAME, f"boot.kernel={KERNEL}", f"boot.initrd={ram}", f"boot.cmdline={CMDLINE}",
        f"disk1.file={REPORT}", "disk1.bus=virtio", "display.device=virtio", "display.heads=2")
    ctl("start", NAME)
    with Application(NAME) as app:
        said("up", 240)
        run(app, test_type, test_switch, test_to_guest, test_from_guest, test_pictures,
            test_second_display, test_indicator, test_ask, test_off)
    ctl("stop", "--force", NAME)
    print("all passed")
    return 0


if __name__ == "__main__":
    run_main(main)
