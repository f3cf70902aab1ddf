# SPDX-License-Identifier: GPL-2.0-or-later
"""Drives `vitrine` as a person with a screen reader would: finds widgets by role and name over
AT-SPI, presses keys and buttons through the X server, and looks at the pixels.

Needs the desktop that run-window-test makes. Waits for conditions, with a limit; never for a time.
"""
import os
import subprocess
import sys
import time
from pathlib import Path

import gi

gi.require_version("Atspi", "2.0")
gi.require_version("Gdk", "3.0")
gi.require_version("GdkPixbuf", "2.0")
from gi.repository import Atspi, Gdk, GdkPixbuf, GLib  # noqa: E402,F401

BUILD = Path(os.environ["VITRINE_BUILD"])
SHOTS = BUILD / "tests" / "shots"
LIMIT = float(os.environ.get("VITRINE_TEST_LIMIT", "60"))


class Failure(AssertionError):
    """What was expected did not happen; the message says what."""


def wait(what, condition, limit=LIMIT):
    """The condition's first true answer. A widget that vanishes while it is looked at is no answer."""
    end = time.monotonic() + limit
    while True:
        try:
            answer = condition()
        except GLib.Error:
            answer = None
        if answer:
            return answer
        if time.monotonic() > end:
            shoot("failure")
            raise Failure(f"not within {limit:g} s: {what}")
        time.sleep(0.05)


def ctl(*arguments, code=0):
    """What vitrinectl printed, having ended as it was to."""
    result = subprocess.run([str(BUILD / "vitrinectl"), *arguments], capture_output=True, text=True,
                            check=False)
    check(result.returncode == code, f"{arguments}: {result.returncode} {result.stderr}")
    return result.stdout


def xdotool(*arguments):
    subprocess.run(["xdotool", *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def bring_up(name):
    """The window in front of all others. xdotool's search fails when any window goes meanwhile."""
    command = ["xdotool", "search", "--onlyvisible", "--name", f"^{name}$", "windowactivate", "--sync"]
    wait(f"window {name!r} to come up",
         lambda: subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode == 0)


def press(*keys):
    """Chords such as ctrl+n, one after the other."""
    xdotool("key", "--delay", "30", *keys)


def leave_console():
    """Ctrl and Alt down and up, nothing between."""
    xdotool("keydown", "ctrl", "keydown", "alt", "keyup", "alt", "keyup", "ctrl")


def write(text):
    xdotool("type", "--delay", "20", text)


def screen():
    """The whole screen as a pixbuf."""
    while Gdk.events_pending():
        Gdk.event_get()
    root = Gdk.get_default_root_window()
    return Gdk.pixbuf_get_from_window(root, 0, 0, root.get_width(), root.get_height())


def screen_after(seconds):
    time.sleep(seconds)
    return screen()


def shoot(name):
    """Keeps a picture for people, once nothing on the screen has moved for a moment."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    now = screen()
    for _ in range(20):
        before, now = now, screen_after(0.15)
        if before.get_pixels() == now.get_pixels():
            break
    now.savev(str(SHOTS / f"{name}.png"), "png", [], [])


class Widget:
    """A widget as assistive technology sees it."""

    def __init__(self, node):
        self.node = node

    @property
    def name(self):
        return self.node.get_name() or ""

    @property
    def role(self):
        return self.node.get_role_name()

    def has(self, state):
        return self.node.get_state_set().contains(state)

    @property
    def showing(self):
        return self.has(Atspi.StateType.SHOWING) and self.has(Atspi.StateType.VISIBLE)

    @property
    def sensitive(self):
        return self.has(Atspi.StateType.SENSITIVE)

    @property
    def focused(self):
        return self.has(Atspi.StateType.FOCUSED)

    @property
    def text(self):
        return Atspi.Text.get_text(self.node, 0, -1)

    def children(self):
        for i in range(self.node.get_child_count()):
            child = self.node.get_child_at_index(i)
            if child is not None:
                yield Widget(child)

    def walk(self):
        yield self
        for child in self.children():
            yield from child.walk()

    @property
    def description(self):
        return self.node.get_description() or ""

    def all(self, role=None, name=None, contains=None, described=None):
        return [w for w in self.walk()
                if w.showing and (role is None or w.role == role)
                and (name is None or w.name == name)
                and (contains is None or contains in w.name)
                and (described is None or described in w.description)]

    def find(self, role=None, name=None, contains=None, described=None):
        found = self.all(role, name, contains, described)
        return found[0] if found else None

    def get(self, role=None, name=None, contains=None, described=None):
        return wait(f"{role} {name or contains or described!r} in {self.name!r}",
                    lambda: self.find(role, name, contains, described))

    def extents(self):
        e = Atspi.Component.get_extents(self.node, Atspi.CoordType.SCREEN)
        return e.x, e.y, e.width, e.height

    def pixels(self):
        """Its part of the screen as a set of colours and a copy of the bytes."""
        x, y, width, height = self.extents()
        whole = screen()
        width = min(width, whole.get_width() - x)
        height = min(height, whole.get_height() - y)
        return whole.new_subpixbuf(x, y, width, height)

    def colours(self, step=3):
        part = self.pixels()
        data, stride, n = part.get_pixels(), part.get_rowstride(), part.get_n_channels()
        return {data[row * stride + col * n: row * stride + col * n + 3]
                for row in range(0, part.get_height(), step)
                for col in range(0, part.get_width(), step)}

    def still(self):
        """Its extents, once it has stopped moving: a window that has just come may still be placed."""
        before = self.extents()
        while True:
            time.sleep(0.1)
            now = self.extents()
            if now == before and now[2] > 0:
                return now
            before = now

    def click(self, button=1):
        x, y, width, height = self.still()
        xdotool("mousemove", x + width // 2, y + height // 2, "click", button)

    def act(self):
        if not Atspi.Action.do_action(self.node, 0):
            raise Failure(f"{self.role} {self.name!r} does not act")


# What a person can act on or read, and so must have a name for one who cannot see it.
NAMED_ROLES = {"push button", "toggle button", "radio button", "check box", "text", "spin button",
               "combo box", "list item", "frame", "dialog", "drawing area", "image"}


def check_names(window):
    nameless = [w for w in window.walk() if w.showing and w.role in NAMED_ROLES and not w.name]
    for widget in nameless:
        parent = Widget(widget.node.get_parent())
        print(f"  nameless {widget.role} in {parent.role} {parent.name!r} at {widget.extents()}")
    check(not nameless, f"{len(nameless)} widgets in {window.name!r} have no name for screen readers")


class Application:
    """A running vitrine."""

    def __init__(self, *arguments, environment=None):
        self.process = subprocess.Popen([str(BUILD / "vitrine"), *arguments],
                                        env={**os.environ, **(environment or {})})

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind and self.process.poll() is None:
            shoot("failure")
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()

    def alive(self):
        code = self.process.poll()
        if code is not None:
            raise Failure(f"vitrine ended with {code}")

    def node(self):
        self.alive()
        desktop = Atspi.get_desktop(0)
        for i in range(desktop.get_child_count()):
            child = desktop.get_child_at_index(i)
            if child is not None and child.get_process_id() == self.process.pid:
                return Widget(child)
        return None

    def window(self, name=None, contains=None):
        def look():
            node = self.node()
            if not node:
                return None
            for child in node.children():
                if child.showing and (name is None or child.name == name) and \
                        (contains is None or contains in child.name):
                    return child
            return None
        return wait(f"window {name or contains!r}", look)

    def front(self, name):
        """The window, once keys go to it."""
        window = self.window(name)
        wait(f"window {name!r} to be active", lambda: window.has(Atspi.StateType.ACTIVE))
        return window

    def enter(self, name):
        """Brings the window to the front and puts the focus on its screen with the pointer: again if the
        click came before the window manager had raised it."""
        bring_up(name)
        console = self.front(name).get(name=f"Screen of {name}")
        wait("the console to have the focus", lambda: console.focused or console.click())
        return console

    def windows(self):
        node = self.node()
        return [child for child in node.children() if child.showing] if node else []

    def no_window(self, name):
        wait(f"window {name!r} to close", lambda: all(w.name != name for w in self.windows()))

    def focus(self):
        """The widget with the keyboard focus."""
        for window in self.windows():
            if not window.has(Atspi.StateType.ACTIVE):
                continue
            for widget in window.walk():
                if widget.focused:
                    return widget
        return None

    def quit_from_console(self):
        leave_console()
        self.quit()

    def quit(self):
        wait("a window to be active",
             lambda: any(w.has(Atspi.StateType.ACTIVE) for w in self.windows()))
        press("ctrl+q")
        wait("vitrine to end", lambda: self.process.poll() is not None)
        if self.process.returncode != 0:
            raise Failure(f"vitrine ended with {self.process.returncode}")


def run(app, *tests):
    """The tests in turn, each in the state in which the one before it left the window."""
    for test in tests:
        print("#", test.__name__, flush=True)
        test(app)


def run_main(main):
    """Ends the program by what main () returns, or by the sentence of a failure."""
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(f"failed: {failure}")


def check(condition, message):
    if not condition:
        shoot("failure")
        raise Failure(message)
