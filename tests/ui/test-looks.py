#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The main pages as others see them: in Korean, on a HiDPI monitor, in the dark theme. Each has a name
for everything, fits its screen, and says nothing in English that has a translation. The pictures are for
people."""
import gettext
import os
from pathlib import Path

import iso
from desktop import (Application, BUILD, check, check_names, ctl, leave_console, press, run_main,
                     screen, shoot, wait, xdotool)

HOME = Path(os.environ["HOME"])
NAME = "looks"
KOREAN = gettext.translation("vitrine", BUILD / "po", languages=["ko"])
TEXT_ROLES = {"label", "push button", "toggle button", "radio button", "menu item", "check menu item",
              "list item", "frame", "dialog"}


def plain(text):
    return text.replace("_", "")


# What must not be read in Korean: each sentence that has a translation, by itself and as it is shown.
ENGLISH = {plain(english) for english in KOREAN._catalog
           if isinstance(english, str) and english} - {
               plain(korean) for korean in KOREAN._catalog.values()}


class Look:
    def __init__(self, name, environment, text=lambda english: english, scale=1):
        self.name, self.environment, self.text, self.scale = name, environment, text, scale
        self.app = None

    def words_of(self, window):
        return {w.name for w in window.walk() if w.showing and w.role in TEXT_ROLES and w.name}

    def judge(self, window, page, keys=()):
        """`keys` are read as they stand on the keyboard."""
        check_names(window)
        if self.text("Running") != "Running":
            left = sorted(self.words_of(window) & ENGLISH - set(keys))
            check(not left, f"not in Korean on {page}: {left}")
        x, y, width, height = window.still()
        whole = screen()
        check(x >= 0 and y >= 0 and (x + width) * self.scale <= whole.get_width()
              and (y + height) * self.scale <= whole.get_height(),
              f"{page} does not fit the screen: {x}, {y}, {width}, {height}")
        shoot(f"{self.name}-{page}")

    def focus(self):
        widget = self.app.focus()
        return widget and (widget.role, widget.name)

    def dialog(self, keys, title, page, ready=None, shown=()):
        """Opened by keys over the guest's page, judged and closed; then the focus is where it was."""
        self.app.front(NAME)
        before = wait("a focus", self.focus)
        press(keys)
        title = self.text(title).replace("%s", NAME)
        dialog = self.app.front(title)
        if ready:
            wait(f"{page} to be ready", lambda: ready(dialog))
        self.judge(dialog, page, shown)
        press("Escape")
        self.app.no_window(title)
        wait(f"the focus to be back at {before}", lambda: self.focus() == before)

    def run(self, app):
        self.app = app
        window = app.front(self.text("Vitrine"))
        window.get(contains=NAME)
        self.judge(window, "library")
        press("ctrl+n")
        assistant = app.front(self.text("New Guest"))
        self.judge(assistant, "assistant")
        press("Escape")
        app.no_window(self.text("New Guest"))
        app.front(self.text("Vitrine"))
        press("ctrl+o")
        page = app.window(NAME)
        page.get(contains=self.text("%s is switched off").replace("%s", NAME))
        self.judge(page, "off")
        press("ctrl+Return")
        page.get(name=self.text("Screen of %s").replace("%s", NAME))
        page.get(contains=self.text("Software emulation: no isolation guarantee"))
        leave_console()
        self.judge(page, "console")
        press("F10")
        item = page.get(name=plain(self.text("_Back Up Disk…")))
        self.judge(page, "menu")
        press("Escape")
        wait("the menu to close", lambda: not item.showing)
        self.dialog("ctrl+comma", "Settings of %s", "settings")
        self.dialog("ctrl+i", "Isolation of %s", "isolation", lambda d: len(d.all(role="list item")) > 3)
        self.dialog("ctrl+m", "Monitor of %s", "monitor")
        self.dialog("ctrl+shift+s", "Share the console of %s", "share")
        self.dialog("ctrl+b", "Backup of %s", "backup")
        self.dialog("F1", "Keyboard Shortcuts", "shortcuts", shown=("Delete", "N"))
        app.front(NAME)
        press("ctrl+shift+d")
        asked = wait("the question", lambda: next((w for w in app.windows() if w.find(
            role="push button", name=plain(self.text("_Force Off")))), None))
        self.judge(asked, "question")
        asked.get(role="push button", name=plain(self.text("_Force Off"))).act()
        page.get(contains=self.text("%s has ended").replace("%s", NAME))
        app.quit()


LOOKS = (
    Look("korean", {"LANGUAGE": "ko", "LC_ALL": "C.UTF-8"}, KOREAN.gettext),
    Look("dark", {"GTK_THEME": "Adwaita:dark"}),
    Look("scaled", {"GDK_SCALE": "2"}, scale=2),
)


def main():
    (HOME / "keys.iso").write_bytes(iso.make((BUILD / "tests" / "guests" / "keys.img").read_bytes()))
    (HOME / "disk.raw").write_bytes(b"\0" * (1 << 20))
    xdotool("mousemove", 5, 5)
    ctl("create", NAME, "--iso", str(HOME / "keys.iso"), "--memory", "64M")
    ctl("set", NAME, f"disk1.file={HOME / 'disk.raw'}", "disk1.format=raw")
    for look in LOOKS:
        print("#", look.name, flush=True)
        with Application(environment=look.environment) as app:
            look.run(app)
    print("all passed")
    return 0


if __name__ == "__main__":
    run_main(main)
