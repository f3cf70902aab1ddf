#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Several displays of a real Linux guest with virtio-gpu: its own kernel plugs, sizes and unplugs
them, vitrinectl shows and points on each, and viewers that nobody here wrote see each by its share."""

import os
import subprocess
import sys

import gi

gi.require_version("GdkPixbuf", "2.0")
from gi.repository import GdkPixbuf  # noqa: E402

sys.path.insert(0, os.path.dirname(__file__))
sys.path.insert(1, os.path.join(os.path.dirname(__file__), "../remote"))

from heads_guest import COLOURS, SLOWNESS, WHITE, make_initrd, settings, shot, wait_head
from remote import QEMU_LEDS, RAW, VMWARE_LEDS, Rfb
from glass import LOCKS
from vitrine_test import VitrineTest, image, main
from xscreen import password_file, screen, wait_for, xdotool

KP_5, KP_BEGIN, NUM_LOCK, SHIFT = 0xffb5, 0xff9d, 0xff7f, 0xffe1


class Heads(VitrineTest):
    def boot(self, heads=2):
        initrd = make_initrd(self.world.path("initrd"))
        os.chmod(initrd, 0o644)
        guest = self.world.guest("desk", [], **settings(initrd, heads))
        guest.start(timeout=60)
        wait_head(self.world, guest, 1)
        return guest

    def resize(self, guest, size, head):
        self.world.ctl("resize", guest.name, size, "--head", str(head))

    def displays(self, guest):
        return [d["on"] for d in self.world.json("show", guest.name)["displays"]]

    def test_two(self):
        guest = self.boot()
        self.assertEqual(self.displays(guest), [True, False])
        self.assertRefused(self.world.ctl("screenshot", guest.name, self.world.path("x.png"),
                                          "--head", "2", code=1), "Display 2", "off", "resize")
        self.resize(guest, "800x600", 2)
        wait_head(self.world, guest, 2, (800, 600))
        self.assertEqual(self.displays(guest), [True, True])
        self.assertIn("1 on, 2 on", self.world.ctl("show", guest.name).out)
        # Its own picture each, whatever the other's size.
        self.resize(guest, "1024x768", 1)
        wait_head(self.world, guest, 1, (1024, 768))
        self.assertEqual(set(shot(self.world, guest, 2).colours()), {COLOURS[1]})
        self.check_pointer(guest)
        self.check_leds(guest)
        self.check_locks(guest)
        port = self.check_shares(guest)
        # Another display process finds both as they were.
        guest.process("display").kill()
        wait_head(self.world, guest, 1, (1024, 768))
        wait_head(self.world, guest, 2, (720, 480))
        self.resize(guest, "off", 2)
        with guest.glass() as glass:
            glass.wait(lambda: glass.lit == 1, 60 * SLOWNESS)
        self.assertEqual(self.displays(guest), [True, False])
        # A viewer that comes to use it plugs a monitor in.
        with Rfb(port, "secret12") as viewer:
            viewer.wait_pixel(9, 1, COLOURS[1], 60 * SLOWNESS)
            self.assertEqual(self.displays(guest), [True, True])
            wait_head(self.world, guest, 2, (1024, 768))
        self.resize(guest, "off", 2)
        with guest.glass() as glass:
            glass.wait(lambda: glass.lit == 1, 60 * SLOWNESS)
        self.assertRefused(self.world.ctl("resize", guest.name, "off", code=1), "first")
        # And the pointer is the first's alone again, to the pixel.
        self.point(guest, 1, 1000, 700)
        guest.stop()

    def point(self, guest, head, x, y):
        """Points there and finds the guest's square within two pixels, on that head alone."""
        self.world.ctl("pointer", guest.name, str(x), str(y), "--head", str(head))

        with guest.glass(head=head - 1) as glass:
            glass.wait(lambda: glass.memory and glass.pixel(x + 3, y + 3) == WHITE, 60 * SLOWNESS)
        picture = shot(self.world, guest, head)
        self.assertNotEqual(picture.pixel(x - 3, y), WHITE)
        self.assertNotEqual(picture.pixel(x, y - 3), WHITE)

    def check_pointer(self, guest):
        for x, y in ((100, 100), (1000, 700), (512, 384)):
            self.point(guest, 1, x, y)
            self.assertNotIn(WHITE, shot(self.world, guest, 2).colours(4))
        for x, y in ((20, 30), (780, 580), (400, 300)):
            self.point(guest, 2, x, y)
            self.assertNotIn(WHITE, shot(self.world, guest, 1).colours(4))
        self.assertRefused(self.world.ctl("pointer", guest.name, "900", "10", "--head", "2", code=1),
                           "outside", "800 by 600")

    def check_leds(self, guest):
        with guest.glass() as glass:
            glass.wait(lambda: glass.leds is not None, 30 * SLOWNESS)
            for key, led in (("caps_lock", 4), ("num_lock", 2), ("scroll_lock", 1)):
                before = glass.leds
                self.world.ctl("send-keys", guest.name, key)
                glass.wait(lambda: glass.leds == before ^ led, 60 * SLOWNESS)
            share = self.world.json("share", guest.name)
            for encoding in (QEMU_LEDS, VMWARE_LEDS):
                with Rfb(share["port"], share["password"], encodings=(RAW, encoding)) as viewer:
                    now = glass.leds
                    viewer.wait(lambda: viewer.leds[-1:] == [(encoding, now)], 60 * SLOWNESS)
                    self.world.ctl("send-keys", guest.name, "caps_lock")
                    glass.wait(lambda: glass.leds == now ^ 4, 60 * SLOWNESS)
                    viewer.wait(lambda: viewer.leds[-1:] == [(encoding, now ^ 4)], 60 * SLOWNESS)
            self.world.ctl("unshare", guest.name)

    def check_locks(self, guest):
        """Caps, Num and Scroll Lock become in the guest what they are at the keyboard in use."""
        share = self.world.json("share", guest.name)
        with guest.glass() as glass:
            glass.wait(lambda: glass.leds is not None, 30 * SLOWNESS)
            for leds in (0, 4, 2, 7, 0):
                glass.send(LOCKS, leds)
                glass.wait(lambda: glass.leds == leds, 60 * SLOWNESS)
            # A viewer that is not told of the guest's lights shows its own by what it types.
            with Rfb(share["port"], share["password"], encodings=(RAW,)) as viewer:
                for symbol, leds in ((ord("A"), 4), (KP_5, 6), (ord("b"), 2), (KP_BEGIN, 0)):
                    viewer.key(symbol, True)
                    viewer.key(symbol, False)
                    glass.wait(lambda: glass.leds == leds, 60 * SLOWNESS)
                for symbol, down in ((SHIFT, True), (ord("C"), True), (ord("C"), False),
                                     (SHIFT, False), (NUM_LOCK, True), (NUM_LOCK, False)):
                    viewer.key(symbol, down)
                glass.wait(lambda: glass.leds == 2, 60 * SLOWNESS)
                viewer.key(KP_BEGIN, True)
                glass.wait(lambda: glass.leds == 0, 60 * SLOWNESS)
            self.check_viewer_locks(glass, share)
        self.world.ctl("unshare", guest.name)

    def check_viewer_locks(self, glass, share):
        """TigerVNC's viewer, with Caps Lock pressed before it had the focus."""
        stored = password_file(self.world.path(), share["password"])
        with screen() as env:
            for leds in (4, 0):
                xdotool(env, "key", "Caps_Lock")
                viewer = subprocess.Popen(
                    ["xtigervncviewer", "-RemoteResize=0", "-passwd", stored,
                     f"127.0.0.1::{share['port']}"],
                    env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                try:
                    window = wait_for(lambda: xdotool(env, "search", "--onlyvisible", "--name",
                                                      "TigerVNC"), 60 * SLOWNESS, "a window")[-1]
                    xdotool(env, "windowactivate", "--sync", window)

                    def follows():
                        xdotool(env, "mousemove", "--window", window, "200", "200", "click", "1",
                                "key", "a")
                        try:
                            glass.wait(lambda: glass.leds == leds, 2)
                            return True
                        except AssertionError:
                            return False
                    wait_for(follows, 60 * SLOWNESS, f"the guest's lights are {leds}")
                finally:
                    viewer.kill()
                    viewer.wait()

    def check_shares(self, guest):
        word = self.world.file("word", b"secret12\n")
        stored = password_file(self.world.path(), "secret12")
        ports = []
        for head, size in ((1, (1024, 768)), (2, (800, 600))):
            share = self.world.json("share", guest.name, "--head", str(head), "--password-file", word)
            self.assertEqual(share["head"], head)
            self.assertEqual(self.snapshot(share["port"], stored), (size, COLOURS[head - 1]))
            ports.append(share["port"])
        self.assertIn("Share 4: display 2 is served by VNC", guest.log())
        self.assertEqual([s["head"] for s in self.world.json("viewers", guest.name)["shares"]], [1, 2])
        self.assertRefused(self.world.ctl("share", guest.name, "--head", "3", code=1), "display 3",
                           "display.heads")
        self.check_viewer_size(guest, ports[1], stored)
        return ports[1]

    def snapshot(self, port, stored):
        """Size and colour, near enough for a JPEG, as vncsnapshot saw them."""
        path = self.world.path("snapshot.jpg")
        subprocess.run(["vncsnapshot", "-quiet", "-passwd", stored, f"127.0.0.1:{port - 5900}", path],
                       timeout=60, check=True, capture_output=True)
        picture = GdkPixbuf.Pixbuf.new_from_file(path)
        at = 40 * picture.get_rowstride() + 40 * picture.get_n_channels()
        seen = picture.get_pixels()[at:at + 3]
        near = [c for c in COLOURS if all(abs(a - b) < 8 for a, b in zip(seen, c.to_bytes(3, "big")))]
        return (picture.get_width(), picture.get_height()), near[0] if near else seen

    def check_viewer_size(self, guest, port, stored):
        """TigerVNC's wish for another size becomes a mode of that head of the guest, no other's."""
        with screen() as env, guest.glass(head=1) as glass:
            viewer = subprocess.Popen(
                ["xtigervncviewer", "-DesktopSize=720x480", "-RemoteResize=0", "-passwd", stored,
                 f"127.0.0.1::{port}"],
                env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                glass.wait(lambda: (glass.width, glass.height) == (720, 480)
                           and glass.pixel(9, 1) == COLOURS[1], 60 * SLOWNESS)
                viewers = self.world.json("viewers", guest.name)["viewers"]
                self.assertEqual([v["head"] for v in viewers if v["state"] == "in"], [2])
            finally:
                viewer.kill()
                viewer.wait()
        picture = shot(self.world, guest, 1)
        self.assertEqual((picture.width, picture.height), (1024, 768))

    def test_four(self):
        """As many as there can be: each shows its own picture, takes the pointer at its own place, and
        is what a viewer sees that picks it."""
        guest = self.boot(4)
        for head in (2, 3, 4):
            self.resize(guest, f"{600 + 40 * head}x480", head)
            wait_head(self.world, guest, head, (600 + 40 * head, 480))
        self.assertEqual(self.displays(guest), [True] * 4)
        stored = password_file(self.world.path(), "secret12")
        word = self.world.file("word", b"secret12\n")
        for head in (4, 3, 2, 1):
            self.point(guest, head, 400, 300)
            share = self.world.json("share", guest.name, "--head", str(head), "--password-file", word)
            size, colour = self.snapshot(share["port"], stored)
            self.assertEqual(colour, COLOURS[head - 1])
            if head > 1:
                self.assertEqual(size, (600 + 40 * head, 480))
        # One in the middle goes, and those to the right of it move up.
        self.resize(guest, "off", 3)
        with guest.glass() as glass:
            glass.wait(lambda: glass.lit == 0b1011, 60 * SLOWNESS)
        self.point(guest, 4, 700, 400)
        self.point(guest, 2, 20, 20)
        guest.stop()

    def test_refused(self):
        guest = self.start("plain", image("idle"))
        self.assertRefused(self.world.ctl("screenshot", guest.name, self.world.path("x.png"),
                                          "--head", "2", code=1), "no display 2", "display.heads")
        self.assertRefused(self.world.ctl("share", guest.name, "--head", "2", code=1), "display 2",
                           "it has 1")
        self.assertEqual(self.world.json("show", guest.name)["displays"], [])
        for bad in ("0", "5", "x"):
            result = self.world.ctl("type", guest.name, "x", "--head", bad, code=2)
            self.assertIn("--head", result.err)
        guest.stop()
        self.assertRefused(self.world.ctl("set", guest.name, "display.heads=2", code=1), "heads",
                           "display.device=virtio")
        self.world.ctl("set", guest.name, "display.device=virtio", "display.heads=2")


if __name__ == "__main__":
    main()
