#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Several displays in real windows, with a Linux guest that drives each in a colour of its own: opened
and closed from the menu and by keys, one window each, sized and pointed at on its own; what the guest
is told of it; and that one which the user closed stays closed."""
import json
import os
import sys
from pathlib import Path

from desktop import (Application, bring_up, check, check_names, ctl, leave_console, press, run,
                     run_main, screen, shoot, wait, xdotool)

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../process"))
from glass import Glass  # noqa: E402
from heads_guest import COLOURS, WHITE, make_initrd, settings  # noqa: E402
from picture import Picture  # noqa: E402

HOME = Path(os.environ["HOME"])
NAME = "desk"
SECOND = f"{NAME}: Display 2"


def lit():
    return [display["on"] for display in json.loads(ctl("show", NAME, "--json"))["displays"]]


def shot(head):
    path = HOME / f"head-{head}.png"
    ctl("screenshot", NAME, str(path), "--head", str(head))
    return Picture(str(path))


def colour_in(widget):
    """What the screen shows in the middle of a widget."""
    x, y, width, height = widget.extents()
    picture = screen()
    at = (y + height // 2) * picture.get_rowstride() + (x + width // 2) * picture.get_n_channels()
    return int.from_bytes(picture.get_pixels()[at:at + 3], "big")


def names(app):
    return [window.name for window in app.windows()]


def shows(window, name, head):
    console = window.get(name=f"Screen of {name}")
    wait(f"{name} to show its colour", lambda: colour_in(console) == COLOURS[head], 180)
    return console


def test_off(app):
    """What the guest does not drive (here, since it is paused) says so, to screen readers too."""
    app.window(NAME).get(name=f"Screen of {NAME}")
    leave_console()
    press("ctrl+2")
    second = app.window(SECOND)
    second.get(name="This Display Is Off")
    check_names(second)
    shoot("display-off")
    press("ctrl+w")
    app.no_window(SECOND)
    ctl("resume", NAME)


def test_open_by_menu(app):
    page = app.window(NAME)
    shows(page, NAME, 0)
    check(lit() == [True, False], lit())
    check(SECOND not in names(app), "a display that is off has a window")
    leave_console()
    page.get(name="Displays of this guest").click()
    page.get(name="Side by Side in the Guest, in Order")  # where the pointer takes them to stand
    shoot("displays-menu")
    page.get(contains="Display 2").click()
    second = app.window(SECOND)
    console = shows(second, SECOND, 1)
    wait("the guest to use its second display", lambda: lit() == [True, True])
    check_names(second)
    wait("the guest to take the window's size",
         lambda: (shot(2).width, shot(2).height) == console.extents()[2:])
    shoot("displays")


def test_pointer(app):
    """The pointer is where it is on that display, and its keys go to the guest."""
    console = app.window(SECOND).get(name=f"Screen of {SECOND}")
    x, y, width, height = console.still()
    for at in ((40, 50), (width - 60, height - 70)):
        def is_there():
            """Moves on, as a hand does: while the guest changes the display's size a move leads nowhere."""
            xdotool("mousemove", x + at[0] - 1, y + at[1], "mousemove", x + at[0], y + at[1])
            return shot(2).pixel(at[0] + 3, at[1] + 3) == WHITE
        wait(f"the guest's pointer to be at {at}", is_there)
        check(shot(2).pixel(at[0] - 3, at[1]) != WHITE, "it is further left")
        check(shot(2).pixel(at[0], at[1] - 3) != WHITE, "it is further up")
        check(WHITE not in shot(1).colours(4), "it is on the first display")


def test_locks(app):
    """Caps and Num Lock of the desktop are the guest's, wherever they were pressed, in any window."""
    uuid = json.loads(ctl("show", NAME, "--json"))["uuid"]
    path = os.path.join(os.environ["XDG_RUNTIME_DIR"], "vitrine", uuid, "display")

    with Glass(path) as glass:
        for name, key, leds in ((SECOND, "Caps_Lock", 4), (NAME, "Num_Lock", 6),
                                (SECOND, "Caps_Lock", 2)):
            app.enter(name)
            leave_console()
            press(key)  # in a button, which makes nothing of it
            app.enter(name)
            glass.wait(lambda: glass.leds == leds, 60)
        # Where the guest has changed it by itself, the next key brings it back.
        ctl("send-keys", NAME, "caps_lock")
        glass.wait(lambda: glass.leds == 6, 60)
        press("z")
        glass.wait(lambda: glass.leds == 2, 60)
        # In the console it changes both.
        for leds in (0, 2, 0):
            press("Num_Lock")
            glass.wait(lambda: glass.leds == leds, 60)
        press("z")
        glass.wait(lambda: glass.leds == 0, 60)


def test_fullscreen(app):
    second = app.window(SECOND)
    console = second.get(name=f"Screen of {SECOND}")
    _, _, width, _ = console.extents()
    console.click()
    press("F11")
    wait("the second display to fill the screen",
         lambda: console.extents()[2] == screen().get_width())
    wait("the guest to follow", lambda: shot(2).width == screen().get_width())
    press("F11")
    wait("it to be a window again", lambda: console.extents()[2] == width)


def test_close(app):
    """Unplugs it; the first goes on, and the second does not come back by itself."""
    app.window(SECOND).get(name=f"Screen of {SECOND}").click()
    leave_console()
    press("ctrl+w")
    wait("the guest to be told", lambda: lit() == [True, False])
    app.alive()
    ctl("resize", NAME, "800x600", "--head", "2")
    wait("somebody else to light it", lambda: lit() == [True, True])
    shows(app.window(NAME), NAME, 0)
    check(SECOND not in names(app), "what the user closed was opened again")
    ctl("resize", NAME, "off", "--head", "2")
    wait("it to be off", lambda: lit() == [True, False])


def test_keys(app):
    """The same by keys alone."""
    page = app.window(NAME)
    page.get(name=f"Screen of {NAME}").click()
    leave_console()
    press("ctrl+2")
    second = app.window(SECOND)
    shows(second, SECOND, 1)
    bring_up(NAME)
    app.front(NAME)
    leave_console()
    press("ctrl+2")
    wait("the guest to be told", lambda: lit() == [True, False])


def test_opened_by_guest(app):
    """A window that starts on a guest with two displays lit shows both."""
    shows(app.window(SECOND), SECOND, 1)
    # One that takes the size of its window is dark for a moment.
    wait("both displays to be lit", lambda: lit() == [True, True])


def define(initrd):
    """As a person could write it."""
    ctl("create", NAME, "--memory", "256M", "--cpus", "1")
    pairs = [f"{key.replace('__', '.')}={value}" for key, value in settings(initrd).items()
             if not key.startswith("guest__")]
    ctl("set", NAME, *pairs)


def main():
    xdotool("mousemove", 5, 5)
    initrd = make_initrd(str(HOME / "initrd"))
    os.chmod(initrd, 0o644)
    define(initrd)
    ctl("start", NAME)
    ctl("pause", NAME)
    with Application(NAME) as app:
        run(app, test_off, test_open_by_menu, test_pointer, test_locks, test_fullscreen,
            test_close, test_keys)
    ctl("resize", NAME, "800x600", "--head", "2")
    wait("the second display to be lit", lambda: lit() == [True, True])
    with Application(NAME) as app:
        run(app, test_opened_by_guest)
    check(lit() == [True, True], "closing the program told the guest something")
    ctl("stop", "--force", NAME)
    print("all passed")
    return 0


if __name__ == "__main__":
    run_main(main)
