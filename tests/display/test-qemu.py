# SPDX-License-Identifier: GPL-2.0-or-later
"""vitrine-display with a real QEMU: a picture arrives, keys come through, a new display takes over,
viewers do not disturb each other."""

import signal
import subprocess
import time

import harness
from harness import (Display, FAILED_GONE, LINK_FAILED, LINK_PING, LINK_PONG, LINK_READY, PROBE, disk,
                     machine)


def wait_for(check, seconds, what):
    end = time.monotonic() + max(seconds, 60)
    while not check():
        if time.monotonic() > end:
            raise AssertionError("timed out waiting until " + what)
        time.sleep(0.02)


def key_is_seen(display):
    """Presses A and releases it; a guest that has only just painted may not read keys yet."""
    before = display.probe("--at", "10,10", "info")["pixel"]
    display.probe("key", 30)
    time.sleep(0.1)
    after = display.probe("--at", "10,10", "info")["pixel"]
    return after != before and after.startswith("9e")


def test_picture():
    """A VBE mode comes by value (Scanout, Update)."""
    with machine("-vga", "std", *disk("paint")) as (qemu, display):
        display.probe("--timeout", 20, "wait-pixel", 10, 10, "f0c020")
        display.probe("wait-pixel", 500, 500, "2060a0")
        info = display.probe("info")
        assert (info["width"], info["height"]) == ("1024", "768"), info


def test_text_mode_is_mapped():
    """A text mode comes as shared memory (ScanoutMap, UpdateMap)."""
    with machine("-vga", "std", *disk("idle")) as (qemu, display):
        wait_for(lambda: display.probe("info")["width"] == "720", 30, "there is a text screen")
        assert display.probe("info")["height"] == "400"
        assert any("memfd:displaysurface" in name for name in display.open_files()), display.open_files()


def test_video_devices():
    """Each kind of video that a definition may name, in text and in a VBE mode."""
    for device in ("VGA", "virtio-vga", "cirrus-vga"):
        with machine("-device", device, *disk("idle")) as (qemu, display):
            wait_for(lambda: display.probe("info")["width"] == "720", 30, device + " shows text")
        if device == "cirrus-vga":  # knows no such mode
            continue
        with machine("-device", device, *disk("keys")) as (qemu, display):
            display.probe("--timeout", 20, "wait-pixel", 500, 500, "2060a0")
            wait_for(lambda: key_is_seen(display), 30, device + " shows a key press")


def test_paused_guest():
    """A guest that has not started has a picture too: QEMU's own."""
    with machine("-vga", "std", "-S") as (qemu, display):
        assert display.probe("info")["width"] == "640"


def test_keys():
    with machine("-vga", "std", *disk("keys")) as (qemu, display):
        display.probe("--timeout", 20, "wait-pixel", 500, 500, "2060a0")
        wait_for(lambda: key_is_seen(display), 30, "a key press is shown")
        latency = display.probe("--at", "10,10", "latency", 60)
        return "median %s ms, p95 %s ms" % (latency["median_ms"], latency["p95_ms"])


def test_pointer_mode():
    """Which pointer the guest uses is known at once and followed when it changes."""
    with machine("-vga", "std", "-usb", "-device", "usb-tablet") as (qemu, display):
        def use(name):
            mice = qemu.call("query-mice")
            index = [mouse["index"] for mouse in mice if name in mouse["name"]][0]
            qemu.call("human-monitor-command", **{"command-line": "mouse_set %d" % index})

        assert display.probe("info")["absolute"] == "0"
        use("Tablet")
        wait_for(lambda: display.probe("info")["absolute"] == "1", 30, "the tablet is known")
        display.process.kill()
        display.process.wait()
        second = Display(display.path, display.listening)
        second.attach(qemu.link())
        second.expect(LINK_READY)
        display.process, display.link = second.process, second.link
        wait_for(lambda: display.probe("info")["absolute"] == "1", 30, "a new display knows it too")
        use("PS/2")
        wait_for(lambda: display.probe("info")["absolute"] == "0", 30, "the mouse is known")


def test_full_frames():
    """Whole frames reach a viewer, while another reads nothing."""
    with machine("-vga", "std", *disk("full")) as (qemu, display):
        display.probe("--timeout", 20, "info")
        wait_for(lambda: display.probe("info")["width"] == "1920", 30, "the mode is set")
        silent = subprocess.Popen([PROBE, display.path, "hold", "60"])
        try:
            before = display.cpu_seconds()
            frames = display.probe("frames", 4)
            cpu = (display.cpu_seconds() - before) / 4
        finally:
            silent.kill()
            silent.wait()
        # How many is the machine's business, and the bench's.
        assert float(frames["updates_per_s"]) > 1, frames
        # On a busy machine QEMU catches the guest in the middle of painting.
        assert float(frames["pixels_per_damage"]) > 1920 * 1080 / 8, frames
        assert display.memory_kib() < 64 * 1024
        return "%s updates/s, %s damages/s, %.0f %% of a core" % (
            frames["updates_per_s"], frames["damages_per_s"], cpu * 100)


def test_idle():
    """A guest at rest costs nothing: no timer of ours runs."""
    with machine("-vga", "std", *disk("paint")) as (qemu, display):
        display.probe("--timeout", 20, "wait-pixel", 10, 10, "f0c020")
        quiet = 0
        before = display.wake_ups()
        end = time.monotonic() + 90
        while quiet < 3:  # three seconds in a row, once GLib's helper threads have ended
            assert time.monotonic() < end, "display never rests"
            time.sleep(1)
            now = display.wake_ups()
            quiet = quiet + 1 if now == before else 0
            before = now
        # Its own: how much of the libraries' memory counts for it depends on who else uses them.
        memory = display.memory_kib("Pss_Anon") + display.memory_kib("Pss_Shmem")
        assert memory < 16 * 1024, memory
        return "%d KiB" % memory


def test_display_is_replaced():
    """kill -9 and a new display: the picture is back, QEMU runs on."""
    with machine("-vga", "std", *disk("keys")) as (qemu, display):
        display.probe("--timeout", 20, "wait-pixel", 500, 500, "2060a0")
        for _ in range(10):
            display.process.kill()
            display.process.wait()
            second = Display(display.path, display.listening)
            second.attach(qemu.link())
            second.expect(LINK_READY)
            second.probe("wait-pixel", 500, 500, "2060a0")
            assert qemu.call("query-status")["running"]
            display.process, display.link = second.process, second.link
        display.probe("--at", "10,10", "latency", 3)


def test_qemu_dies():
    with machine("-vga", "std") as (qemu, display):
        qemu.process.kill()
        assert display.expect(LINK_FAILED) == FAILED_GONE
        assert display.process.wait(30) == 1


def test_qemu_stops():
    """A QEMU that stands still does not stop display: pings and viewers are answered."""
    with machine("-vga", "std", *disk("paint")) as (qemu, display):
        display.probe("--timeout", 20, "wait-pixel", 10, 10, "f0c020")
        qemu.process.send_signal(signal.SIGSTOP)
        display.send(LINK_PING, 5)
        assert display.expect(LINK_PONG) == 5
        display.probe("key", *range(1, 101))  # more than are sent on unanswered
        display.probe("wait-pixel", 10, 10, "f0c020")
        display.send(LINK_PING, 6)
        assert display.expect(LINK_PONG) == 6
        qemu.process.send_signal(signal.SIGCONT)
        assert qemu.call("query-status")["running"]


harness.run_tests([
    test_picture, test_text_mode_is_mapped, test_video_devices, test_paused_guest, test_keys,
    test_pointer_mode, test_full_frames, test_idle, test_display_is_replaced, test_qemu_dies,
    test_qemu_stops])
