#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a person hears of a guest through the real window: PulseAudio, run by this test, judges. The
default device is followed, a sound server that hangs or is gone does not stop the console, volume and
mute are remembered, and the microphone is the guest's only as long as it may and the user lets it."""
import os
import subprocess
import sys
from pathlib import Path

SOURCE = os.environ["VITRINE_SOURCE"]
sys.path[:0] = [os.path.join(SOURCE, "tests", "ui"), os.path.join(SOURCE, "tests", "sound")]

import tones  # noqa: E402
from desktop import (Application, BUILD, check, check_names, leave_console, press, shoot, wait,  # noqa: E402
                     xdotool)
from pulse import Ear, Pulse  # noqa: E402

BLUE, GREEN = bytes.fromhex("0000a8"), bytes.fromhex("00a800")


def ctl(*arguments):
    return subprocess.run([str(BUILD / "vitrinectl"), *arguments], check=True, capture_output=True,
                          text=True).stdout


def make(name, *settings):
    image = BUILD / "tests" / "guests" / f"{name}.img"
    ctl("create", name, "--memory", "64M", "--cpus", "1", "--accel", "tcg", "--disk",
        f"{image},format=raw,bus=sata,read-only=true")
    if settings:
        ctl("set", name, *settings)
    ctl("start", name)


def open_page(app, name, colour):
    page = app.front(name)
    console = page.get(name=f"Screen of {name}")
    wait("the guest's picture", lambda: colour in console.colours(11))
    console.click()
    wait("the console to have the focus", lambda: console.focused)
    return page, console


def key(down):
    xdotool("keydown" if down else "keyup", "a")


def beeps(console, ear):
    key(True)
    wait("the guest to take the key", lambda: GREEN in console.colours(11))
    return ear.hear(1000)


def quiet(console, ear):
    key(False)
    wait("the guest to take the key's end", lambda: BLUE in console.colours(11))
    ear.silence()


def test_beep(pulse):
    """Heard as long as the key is held; on another default device; not in the way when the sound
    server hangs."""
    with Application("beep") as app:
        page, console = open_page(app, "beep", BLUE)
        check_names(page)
        with Ear(pulse, "out") as ear, Ear(pulse, "other") as other:
            beeps(console, ear)
            inputs = pulse.ctl("list", "sink-inputs")
            check("beep" in inputs and "Vitrine" in inputs, inputs)
            pulse.ctl("set-default-sink", "other")
            other.hear(1000)
            pulse.ctl("set-default-sink", "out")
            ear.hear(1000)
            quiet(console, ear)
            pulse.freeze()
            for _ in range(3):
                key(True)
                wait("the guest to take a key while the sound server hangs",
                     lambda: GREEN in console.colours(11))
                key(False)
                wait("the guest to take its end", lambda: BLUE in console.colours(11))
            key(True)
            pulse.thaw()
            ear.hear(1000)
            quiet(console, ear)
        app.quit_from_console()


def test_tone(pulse):
    """A sound card: volume and mute, and a sound server that goes and comes back."""
    with Application("tone") as app:
        page, console = open_page(app, "tone", BLUE)
        leave_console()
        with Ear(pulse, "out") as ear:
            loud = ear.hear(500)
            try_volume(app, page, ear, loud)
        pulse.stop()
        note = "The guest plays, but no sound server answers."
        page.get(contains="Sound of this guest").act()
        page.get(name=note)
        shoot("sound-no-server")
        pulse.start()
        with Ear(pulse, "out") as ear:
            wait("the note to go", lambda: not page.find(name=note))
            ear.hear(500)
        press("Escape")
        app.quit()


def try_volume(app, page, ear, loud):
    """By keyboard and by what a screen reader acts on."""
    press("ctrl+shift+m")
    page.get(name="Sound of this guest: muted")
    ear.silence()
    press("ctrl+shift+m")
    button = page.get(name="Sound of this guest")
    ear.hear(500)
    button.act()
    slider = page.get(role="slider", name="Volume")
    check_names(page)
    before = None
    for _ in range(10):
        wait("the focus to move", lambda: app.focus() and app.focus().node != before)
        if slider.focused:
            break
        before = app.focus().node
        press("Tab")
    check(slider.focused, "the slider cannot be reached by keyboard")
    for _ in range(10):
        press("Left")
    wait("half the volume", lambda: ear.hear(500) < loud / 4)
    shoot("sound-volume")
    press("Escape")


def test_remembered(pulse):
    """The volume of the last time, in a new window; no sound from thumbnails."""
    saved = Path(os.environ["XDG_STATE_HOME"], "vitrine", "sound.conf").read_text()
    check("volume=50" in saved, saved)
    with Application() as app, Ear(pulse, "out") as ear:
        library = app.front("Vitrine")
        library.get(contains="tone")
        ear.silence()
        check("Vitrine" not in pulse.ctl("list", "clients"), "a thumbnail opened the sound server")
        app.quit()
    with Application("tone") as app, Ear(pulse, "out") as ear:
        app.front("tone")
        soft = ear.hear(500)
        check(soft < 8192 / 4, f"the volume was not remembered: {soft:.0f}")
        app.quit_from_console()


def test_two_windows(pulse):
    """A guest in two windows is heard once, and on when one of them closes."""
    def players():
        return pulse.ctl("list", "short", "sink-inputs").strip().splitlines()

    with Application() as app, Ear(pulse, "out") as ear:
        library = app.front("Vitrine")
        library.get(contains="tone").click()
        press("ctrl+shift+o")
        app.front("tone")
        ear.hear(500)
        leave_console()
        press("alt+Tab")
        app.front("Vitrine")
        press("Return")
        wait("two windows of the guest",
             lambda: [w.name for w in app.windows()].count("tone") == 2)
        ear.hear(500)
        check(len(players()) == 1, f"the guest is played {len(players())} times")
        leave_console()
        press("ctrl+w")
        wait("one window", lambda: len(app.windows()) == 1)
        ear.hear(500)
        app.front("tone")
        app.quit_from_console()


def test_microphone(pulse):
    """The guest plays what it hears."""
    with Application("echo") as app, Ear(pulse, "out") as ear, \
            pulse.play(tones.sine(700, 1)):
        page = app.front("echo")
        button = page.get(contains="The guest hears your microphone")
        ear.hear(700)
        check_names(page)
        shoot("sound-microphone")
        leave_console()
        button.act()
        page.get(contains="Your microphone is off for the guest")
        ear.silence()
        wait("the microphone to be closed", lambda: not recorders(pulse))
        press("ctrl+shift+u")
        page.get(contains="The guest hears your microphone")
        ear.hear(700)
        app.quit_from_console()


def recorders(pulse):
    """Who records, but for parec."""
    outputs = pulse.ctl("list", "source-outputs")
    return [part for part in outputs.split("Source Output #")[1:] if "Vitrine" in part]


def main():
    with Pulse(("out", "other")) as pulse:
        make("beep")
        test_beep(pulse)
        ctl("stop", "--force", "beep")
        make("tone")
        test_tone(pulse)
        test_remembered(pulse)
        test_two_windows(pulse)
        ctl("stop", "--force", "tone")
        make("echo", "sound.device=ac97", "sound.microphone=true")
        test_microphone(pulse)
        ctl("stop", "--force", "echo")
    return 0


if __name__ == "__main__":
    sys.exit(main())
