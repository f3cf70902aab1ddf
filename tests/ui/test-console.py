#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The console on a real guest: nothing moves while nothing happens; every pixel as the guest painted
it, at scale 1 and at HiDPI; scaled where it does not fit; back at once when the display process dies;
a relative pointer that is taken and given back; a screenshot saved by the window."""
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import iso
from desktop import (Application, BUILD, GdkPixbuf, check, ctl, leave_console, press, screen, shoot,
                     wait, write, xdotool)

HOME = Path(os.environ["HOME"])
NAME = "keys"
WAKEUPS_MAX = 3
PSS_MIB_MAX = 70
BACKGROUND = bytes.fromhex("2060a0")


def pixel_rows(pixbuf):
    data, stride, n = pixbuf.get_pixels(), pixbuf.get_rowstride(), pixbuf.get_n_channels()
    for y in range(pixbuf.get_height()):
        row = data[y * stride: y * stride + pixbuf.get_width() * n]
        yield row if n == 3 else b"".join(row[i:i + 3] for i in range(0, len(row), n))


def frame():
    """What the guest paints, by the command line."""
    file = HOME / "frame.png"
    ctl("screenshot", NAME, str(file))
    return list(pixel_rows(GdkPixbuf.Pixbuf.new_from_file(str(file))))


def doubled(rows):
    wide = [b"".join(row[i:i + 3] * 2 for i in range(0, len(row), 3)) for row in rows]
    return [row for row in wide for _ in range(2)]


def device_pixels(console, scale):
    x, y, width, height = (v * scale for v in console.extents())
    return list(pixel_rows(screen().new_subpixbuf(x, y, width, height)))


def shows(console, rows, scale=1):
    """Whether these very pixels lie in the middle of the console."""
    area = device_pixels(console, scale)
    top = (len(area) - len(rows)) // 2
    left = (len(area[0]) - len(rows[0])) // 3 // 2 * 3
    return top >= 0 and left >= 0 and \
        [row[left:left + len(rows[0])] for row in area[top:top + len(rows)]] == rows


def console_of(app):
    page = app.front(NAME)
    console = page.get(name=f"Screen of {NAME}")
    wait("the guest's picture", lambda: BACKGROUND in console.colours(11))
    return page, console


def wakeups(pid):
    """How often the process's threads have gone to sleep."""
    total = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        total += int(fields["voluntary_ctxt_switches"])
    return total


def wakeups_a_second(app, seconds=4):
    """Once it has settled: the best of a few tries, for a busy machine may disturb one."""
    best = None
    for _ in range(15):
        before = wakeups(app.process.pid)
        time.sleep(seconds)
        now = (wakeups(app.process.pid) - before) / seconds
        best = now if best is None else min(best, now)
        if best <= WAKEUPS_MAX:
            break
    return best


def pss_mib(pid):
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0


def test_idle(app):
    """A console whose guest does nothing does nothing; nor does the library with its thumbnail."""
    page, _ = console_of(app)
    seen = wakeups_a_second(app)
    print(f"  console: {seen:.1f} wake-ups a second, PSS {pss_mib(app.process.pid):.1f} MiB")
    check(seen <= WAKEUPS_MAX, f"an idle console wakes {seen:.1f} times a second")
    check(pss_mib(app.process.pid) <= PSS_MIB_MAX, "the window has grown too large")
    leave_console()
    press("alt+Left")
    window = app.window("Vitrine")
    tile = window.get(contains=f"{NAME}, Running")
    wait("a live thumbnail", lambda: BACKGROUND in tile.colours())
    seen = wakeups_a_second(app)
    print(f"  library: {seen:.1f} wake-ups a second")
    check(seen <= WAKEUPS_MAX, f"an idle library wakes {seen:.1f} times a second")
    press("Return")
    console_of(app)
    del page


def test_sharp(app):
    _, console = console_of(app)
    wait("room for the frame", lambda: console.extents()[2:] == (1024, 768))
    press("a")
    wait("the same pixels in the window as in the guest", lambda: shows(console, frame()))


def test_scaled_down(app):
    """In a window that is too small the whole frame is seen, its shape kept."""
    page, console = console_of(app)
    window = subprocess.run(["xdotool", "getactivewindow"], check=True, capture_output=True,
                            text=True).stdout.strip()
    xdotool("windowsize", window, 700, 640)
    wait("the small window", lambda: console.extents()[2] < 720)
    wait("the whole frame", lambda: corners_show(console))
    shoot("scaled")
    xdotool("windowsize", window, 1100, 900)
    del page


def corners_show(console):
    """The frame touches both sides or top and bottom, and no part of it is cut."""
    part = console.pixels()
    rows = list(pixel_rows(part))
    middle = rows[len(rows) // 2]
    left = next((i for i in range(0, len(middle), 3) if near(middle[i:i + 3])), None)
    right = next((i for i in range(len(middle) - 3, 0, -3) if near(middle[i:i + 3])), None)
    if left is None:
        return False
    width = (right - left) // 3 + 1
    column = [row[len(row) // 6 * 3: len(row) // 6 * 3 + 3] for row in rows]
    height = sum(1 for pixel in column if near(pixel))
    return abs(width / height - 1024 / 768) < 0.02 and \
        (width == part.get_width() or height == part.get_height())


def near(pixel):
    return all(abs(a - b) < 6 for a, b in zip(pixel, BACKGROUND))


def test_scale_to_fit(app):
    page, console = console_of(app)
    leave_console()
    press("F11")
    wait("the whole screen", lambda: console.extents()[2:] == (1280, 1024))
    leave_console()
    press("ctrl+0")
    wait("the frame over the whole width",
         lambda: near(list(pixel_rows(console.pixels()))[512][:3]) and
         near(list(pixel_rows(console.pixels()))[512][-3:]))
    press("ctrl+0")
    press("Escape")
    wait("the window again", lambda: console.extents()[2:] != (1280, 1024))
    del page


def display_pid():
    rows = json.loads(ctl("isolation", NAME, "--json"))["rows"]
    return next((row["pid"] for row in rows if row["process"] == "display"), None)


def test_display_killed(app):
    """The picture freezes for a moment; keys typed afterwards arrive."""
    page, console = console_of(app)
    before = display_pid()
    seen = frame()
    os.kill(before, signal.SIGKILL)
    start = time.monotonic()
    wait("another display process", lambda: display_pid() not in (None, before))
    check(BACKGROUND in console.colours(11), "the last picture went while the display restarted")
    press("Tab")  # from the header into the screen
    while not console.focused:
        press("Tab")
    press("c")
    wait("the key's trace in the window", lambda: (now := frame()) != seen and shows(console, now))
    print(f"  picture and keys back after {time.monotonic() - start:.2f} s")
    check(not page.find(contains="cannot be reached"), "the window gave the display up")


def test_relative_pointer(app):
    """A guest with a mouse: the click takes the pointer, moves arrive as movement, Ctrl+Alt ends it."""
    page, console = console_of(app)
    console.click()
    page.get(role="label", contains="Keyboard and pointer are grabbed")
    leave_console()
    wait("the grab to end", lambda: not page.find(role="label", contains="grabbed"))
    # Released: the pointer may leave the window.
    def is_free():
        xdotool("mousemove", 3, 3)
        return "x:3 y:3" in subprocess.run(["xdotool", "getmouselocation"], check=True,
                                           capture_output=True, text=True).stdout
    wait("the pointer to be let go", is_free)


def test_screenshot(app):
    page, console = console_of(app)
    leave_console()
    press("ctrl+s")
    dialog = app.window("Save Screenshot")
    file = HOME / "saved by window.png"
    wait("the chooser's focus", lambda: app.focus() is not None)
    press("ctrl+a")
    write(str(file))
    press("Return")
    page.get(contains="Saved as")
    check(list(pixel_rows(GdkPixbuf.Pixbuf.new_from_file(str(file)))) == frame(),
          "the saved picture is not the guest's")
    del dialog, console


def test_hidpi():
    with Application(NAME, environment={"GDK_SCALE": "2"}) as app:
        _, console = console_of(app)
        sizes = lambda: (len(device_pixels(console, 2)[0]) // 3, len(device_pixels(console, 2)))
        print("  console of", sizes(), "device pixels")
        wait("each guest pixel on whole device pixels",
             lambda: shows(console, doubled(frame()), 2) or shows(console, frame(), 2))
        shoot("hidpi")
        app.quit_from_console()


def main():
    boot = (BUILD / "tests" / "guests" / "keys.img").read_bytes()
    (HOME / "keys.iso").write_bytes(iso.make(boot))
    xdotool("mousemove", 5, 5)
    ctl("create", NAME, "--iso", str(HOME / "keys.iso"), "--memory", "64M")
    ctl("start", NAME)
    with Application(NAME) as app:
        for test in (test_idle, test_sharp, test_scaled_down, test_scale_to_fit, test_display_killed,
                     test_relative_pointer, test_screenshot):
            print("#", test.__name__, flush=True)
            test(app)
        app.quit_from_console()
    print("# test_hidpi", flush=True)
    test_hidpi()
    ctl("stop", "--force", NAME)
    print("all passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
