#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The life of a guest by the command line: start, see, type, pause, resume, reset, stop, and what
each verb says in the wrong state."""

import json
import os
import signal
import time

from picture import Picture
from vitrine_test import VitrineTest, image, main, wait_until

BACKGROUND, SQUARE = 0x2060a0, 0xf0c020
# What the keys guest shows of a byte of the keyboard.
KEY = 0x008040


def keys_seen(picture):
    """The scancodes that the keys guest has left on its screen, in order."""
    seen = []
    for number in range(64 * 40):
        pixel = picture.pixel(number % 64 * 16 + 8, 64 + number // 64 * 16 + 8)
        if pixel & 0xffff != KEY:
            break
        seen.append(pixel >> 16)
    return seen


def press(*codes):
    """Makes and breaks of plain keys pressed one after the other."""
    return [byte for code in codes for byte in (code, code | 0x80)]


class Life(VitrineTest):
    def wait_picture(self, guest, x, y, pixel, timeout=30):
        with guest.glass() as glass:
            glass.wait_pixel(x, y, lambda seen: seen == pixel, timeout)

    def wait_keys(self, guest, n):
        with guest.glass() as glass:
            glass.wait_pixel(8, 8, lambda pixel: pixel >> 8 & 255 >= n and pixel & 255 == 0x40)

    def test_created_by_command(self):
        """create, start, see, stop, delete: everything by vitrinectl."""
        disk = self.world.copy_image("paint")
        self.world.ctl("create", "painted", "--disk", disk, "--memory", "64M", "--cpus", "1")
        listed = self.world.json("list")
        self.assertEqual([(g["name"], g["state"]) for g in listed], [("painted", "stopped")])
        self.world.ctl("start", "painted")
        shown = self.world.json("show", "painted")
        self.assertEqual(shown["state"], "running")
        self.assertIn(shown["accelerator"], ("kvm", "tcg"))
        self.assertEqual(self.world.json("list")[0]["state"], "running")
        picture = self.world.path("screen.png")
        self.world.ctl("screenshot", "painted", picture)
        self.assertGreater(Picture(picture).width, 0)
        refused = self.world.ctl("delete", "painted", code=1)
        self.assertRefused(refused, "painted")
        self.world.ctl("stop", "painted", "--force")
        self.assertNothingLeft()
        self.world.ctl("delete", "painted")
        self.assertEqual(self.world.json("list"), [])
        self.assertTrue(os.path.exists(disk), "delete must not touch a file outside the guest's own")

    def test_picture(self):
        guest = self.start("painted", image("paint"), disk0__read_only="true")
        self.wait_picture(guest, 0, 0, SQUARE)
        self.wait_picture(guest, 1023, 767, BACKGROUND)
        shot = guest.screenshot()
        self.assertEqual((shot.width, shot.height), (1024, 768))
        for x, y, pixel in ((0, 0, SQUARE), (63, 63, SQUARE), (64, 0, BACKGROUND),
                            (0, 64, BACKGROUND), (1023, 767, BACKGROUND)):
            self.assertEqual(shot.pixel(x, y), pixel, (x, y))
        guest.stop()

    def test_stop_is_the_power_button(self):
        guest = self.start("button", image("button"))
        with guest.glass() as glass:
            glass.wait_pixel(300, 300, lambda pixel: pixel & 0xff00ff == 0 and pixel > 0x9000)
        self.world.ctl("stop", "button")
        self.assertEqual(guest.state(), "stopped")
        self.assertNothingLeft()

    def test_stop_of_a_guest_that_does_not_listen(self):
        """stop says so after the time given, and the guest goes on."""
        guest = self.start("deaf", image("paint"))
        self.wait_picture(guest, 0, 0, SQUARE)
        result = self.world.ctl("stop", "deaf", "--timeout", "1", code=1)
        self.assertRefused(result, "deaf")
        self.assertEqual(guest.state(), "running")
        guest.stop()

    def test_guest_powers_off(self):
        guest = self.world.guest("off", [self.world.copy_image("off")])
        result = guest.start(code=None)
        self.assertIn(result.code, (0, 1))
        wait_until(lambda: guest.state() == "stopped", 5, "the guest ended itself")
        self.assertNothingLeft()
        self.assertIn("start", guest.log() + "start")

    def test_pause_resume(self):
        guest = self.start("keys", image("keys"))
        self.wait_picture(guest, 1023, 767, BACKGROUND)
        self.world.ctl("pause", "keys")
        self.assertEqual(guest.state(), "paused")
        self.assertEqual(self.world.json("list")[0]["state"], "paused")
        before = guest.process("qemu")
        with guest.glass() as glass:
            glass.wait_pixel(0, 0, lambda pixel: pixel == SQUARE)
            glass.key(30, True)
            glass.key(30, False)
            with self.assertRaises(TimeoutError):
                glass.wait_pixel(0, 0, lambda pixel: pixel != SQUARE, 0.3)
            self.world.ctl("resume", "keys")
            self.assertEqual(guest.state(), "running")
            glass.key(31, True)
            glass.wait_pixel(0, 0, lambda pixel: pixel != SQUARE)
        self.assertEqual(guest.process("qemu").pid, before.pid)
        guest.stop()

    def test_reset(self):
        guest = self.start("keys", image("keys"))
        self.wait_picture(guest, 0, 0, SQUARE)
        self.world.ctl("send-keys", "keys", "a")
        self.wait_keys(guest, 2)
        pid = guest.process("qemu").pid
        self.world.ctl("reset", "keys")
        self.wait_picture(guest, 0, 0, SQUARE)
        self.assertEqual(guest.process("qemu").pid, pid)
        guest.stop()

    def test_type(self):
        guest = self.start("keys", image("keys"))
        self.wait_picture(guest, 0, 0, SQUARE)
        self.world.ctl("type", "keys", "ab A")
        want = press(0x1e, 0x30, 0x39) + [0x2a, 0x1e, 0x9e, 0xaa]
        self.wait_keys(guest, len(want))
        self.assertEqual(keys_seen(guest.screenshot()), want)
        guest.stop()

    def test_type_long(self):
        """No key of a long text is lost or doubled, though QEMU stands still for a second of it."""
        guest = self.start("keys", image("keys"))
        self.wait_picture(guest, 0, 0, SQUARE)
        typing = self.world.spawn("type", "keys", "abc" * 33)
        self.wait_keys(guest, 20)
        qemu = guest.process("qemu").pid
        os.kill(qemu, signal.SIGSTOP)
        time.sleep(1)
        os.kill(qemu, signal.SIGCONT)
        self.assertEqual(typing.finish().code, 0)
        want = press(0x1e, 0x30, 0x2e) * 33
        self.wait_keys(guest, len(want))
        self.assertEqual(keys_seen(guest.screenshot()), want)
        guest.stop()

    def test_type_not_taken(self):
        """A QEMU that takes no key: who typed is told so, in a bounded time, and not that all is well."""
        guest = self.start("keys", image("keys"))
        self.wait_picture(guest, 0, 0, SQUARE)
        qemu = guest.process("qemu").pid
        os.kill(qemu, signal.SIGSTOP)
        try:
            refused = self.world.ctl("type", "keys", "abc" * 33, code=1, timeout=60)
        finally:
            os.kill(qemu, signal.SIGCONT)
        self.assertRefused(refused, "has taken nothing for 10 seconds")
        guest.stop()

    def test_type_while_paused(self):
        """QEMU drops what is sent to a paused guest: it is waited for, and told."""
        guest = self.start("keys", image("keys"))
        self.wait_picture(guest, 0, 0, SQUARE)
        self.world.ctl("pause", "keys")
        typing = self.world.spawn("type", "keys", "abc")
        self.assertIn(b"is paused", typing.popen.stderr.readline())
        self.world.ctl("resume", "keys")
        self.assertEqual(typing.finish().code, 0)
        want = press(0x1e, 0x30, 0x2e)
        self.wait_keys(guest, len(want))
        self.assertEqual(keys_seen(guest.screenshot()), want)
        self.world.ctl("pause", "keys")
        typing = self.world.spawn("send-keys", "keys", "ret")
        self.assertIn(b"is paused", typing.popen.stderr.readline())
        guest.stop()
        self.assertRefused(typing.finish(), "has ended meanwhile")

    def test_send_keys(self):
        guest = self.start("keys", image("keys"))
        self.wait_picture(guest, 0, 0, SQUARE)
        self.world.ctl("send-keys", "keys", "ctrl-alt-delete", "f1", "ret")
        want = ([0x1d, 0x38, 0xe0, 0x53, 0xe0, 0xd3, 0xb8, 0x9d] + press(0x3b, 0x1c))
        self.wait_keys(guest, len(want))
        self.assertEqual(keys_seen(guest.screenshot()), want)
        unknown = self.world.ctl("send-keys", "keys", "ctrl-nosuchkey", code=None)
        self.assertIn(unknown.code, (1, 2))
        self.assertIn("nosuchkey", unknown.err)
        guest.stop()

    def test_mouse(self):
        """A relative mouse: what the pointer's movement sends reaches the guest."""
        guest = self.start("keys", image("keys"), display__pointer="mouse")
        with guest.glass() as glass:
            glass.wait_pixel(0, 0, lambda pixel: pixel == SQUARE)
            glass.send(5, 7, 0)
            glass.wait_pixel(8, 72, lambda pixel: pixel & 0xffff == 0xff60)
            glass.wait_pixel(24, 72, lambda pixel: pixel == 0x07ff60)
        guest.stop()

    def test_wrong_state_and_usage(self):
        guest = self.world.guest("still", [image("idle")])
        for verb in ("stop", "pause", "resume", "reset"):
            self.assertRefused(self.world.ctl(verb, "still", code=1), "still")
        self.assertRefused(self.world.ctl("type", "still", "x", code=1), "still")
        self.assertRefused(self.world.ctl("screenshot", "still", self.world.path("x.png"), code=1),
                           "still")
        self.assertFalse(os.path.exists(self.world.path("x.png")))
        self.assertRefused(self.world.ctl("start", "nobody", code=1), "nobody")
        self.assertEqual(self.world.ctl("nonsense", code=2).out, "")
        self.world.ctl("start", code=2)
        self.world.ctl("start", "still", "--accel", "warp", code=2)
        guest.start()
        again = guest.start(code=1)
        self.assertRefused(again, "still")
        self.assertEqual(guest.state(), "running")
        self.assertRefused(self.world.ctl("set", "still", "memory=128", code=1), "still")
        guest.stop()

    def test_kvm_demanded(self):
        """kvm either runs by KVM or says why not; auto never fails."""
        guest = self.world.guest("fast", [image("paint")])
        doctor = self.world.json("doctor")
        result = guest.start("--accel", "kvm", code=None)
        if result.code == 0:
            self.assertEqual(guest.show()["accelerator"], "kvm")
            guest.stop()
        else:
            self.assertRefused(result, "KVM")
            self.assertNothingLeft()
        self.assertIn("kvm", json.dumps(doctor).lower())
        guest.start("--accel", "tcg")
        self.assertEqual(guest.show()["accelerator"], "tcg")
        guest.stop()

    def test_restless(self):
        """However often QEMU stops and goes on, its supervisor keeps up and its log stays short."""
        guest = self.start("restless", image("idle"))
        before = guest.log().count("The guest is ")
        for _ in range(40):
            self.world.ctl("monitor", "restless", '{"execute":"stop"}')
            self.world.ctl("monitor", "restless", '{"execute":"cont"}')
        self.world.ctl("monitor", "restless", '{"execute":"stop"}')
        wait_until(lambda: guest.state() == "paused", 30, "the state is known in the end")
        self.assertLess(guest.log().count("The guest is ") - before, 50)
        self.world.ctl("resume", "restless")
        self.assertEqual(guest.state(), "running")
        guest.stop()

    def test_monitor(self):
        guest = self.start("watched", image("idle"))
        reply = self.world.ctl("monitor", "watched", '{"execute":"query-status"}')
        self.assertIn("running", reply.out)
        self.assertIn("status: running", self.world.ctl("monitor", "watched", "info", "status").out)
        self.assertIn("EFL=", self.world.ctl("monitor", "watched", "info registers").out)
        self.assertIn("sendkey", self.world.ctl("monitor", "watched", "help").out)
        self.assertEqual(self.world.ctl("monitor", "watched", "sendkey a").out.strip(), "Done.")
        self.assertRefused(self.world.ctl("monitor", "watched", "savevm x", code=1), "any file")
        self.assertRefused(self.world.ctl("monitor", "watched", "sendkey", code=1), "ctrl-alt-delete")
        secret = self.world.file("secret")
        for forbidden in (
                {"execute": "human-monitor-command", "arguments": {"command-line": "info version"}},
                {"execute": "migrate", "arguments": {"uri": "exec:touch " + secret + "2"}},
                {"execute": "blockdev-add", "arguments": {
                    "driver": "file", "node-name": "x", "filename": secret}},
                {"execute": "screendump", "arguments": {"filename": secret + "3"}},
                {"execute": "quit"}):
            refused = self.world.ctl("monitor", "watched", json.dumps(forbidden), code=1)
            self.assertRefused(refused, forbidden["execute"])
        self.assertRefused(self.world.ctl("monitor", "watched", "{not json", code=1))
        self.assertEqual(guest.state(), "running")
        guest.stop()


if __name__ == "__main__":
    main()
