#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A display process that has been taken over (hostile-display.c put in its place): what it tells vmm
fails the start plainly, what it shows front ends fails their screenshot, and nothing else happens."""

import os
import shutil

from vitrine_test import BUILD, PROGRAMS, VitrineTest, World, image, main, wait_until

STUB = os.path.join(BUILD, "tests/process/hostile-display")
# Those that vmm must see through before it says that the guest is up.
TO_VMM = ("link-silence", "link-exits", "link-garbage", "link-short", "link-unknown",
          "link-viewers", "link-failed", "link-flood")
TO_VIEWER = ("viewer-silence", "viewer-closed", "viewer-version", "viewer-garbage",
             "viewer-no-picture", "viewer-other-head", "heads-thousand", "heads-lit-nowhere",
             "damage-first", "cursor-huge", "scanout-huge", "scanout-wide",
             "scanout-overflow", "scanout-zero", "scanout-stride", "scanout-odd-stride",
             "scanout-format", "scanout-short", "scanout-unsealed", "scanout-truncated-later",
             "scanout-no-fd", "scanout-three-fds", "scanout-pipe")


class HostileDisplay(VitrineTest):
    def programs(self, mode):
        """A folder of our programs whose display is the stand-in in a mode."""
        folder = self.world.path("bin-" + mode)
        os.mkdir(folder, 0o755)
        for program in PROGRAMS:
            shutil.copy(os.path.join(BUILD, program), folder)
        with open(STUB, "rb") as file:
            data = file.read()
        at = data.index(b"VITRINE-MODE[") + len(b"VITRINE-MODE[")
        data = data[:at] + mode.encode().ljust(24) + data[at + 24:]
        with open(os.path.join(folder, "vitrine-display"), "wb") as file:
            file.write(data)
        return folder

    def use(self, mode):
        self.world.programs = self.programs(mode)

    def test_good_stand_in(self):
        """The stand-in that behaves passes, so the others fail for their fault alone."""
        self.use("good")
        guest = self.start("good", image("idle"))
        shot = guest.screenshot()
        self.assertEqual((shot.width, shot.height), (64, 64))
        guest.stop()

    def test_to_vmm(self):
        guests = []
        for mode in TO_VMM:
            self.use(mode)
            guest = self.world.guest(mode, [image("idle")])
            guests.append((guest, self.world.spawn("start", mode)))
        self.world.programs = BUILD
        for guest, ctl in guests:
            with self.subTest(guest.name):
                self.assertRefused(ctl.finish(40))
        self.assertNothingLeft()

    def test_no_pong(self):
        """A display that answers no ping or a wrong one is replaced; the guest goes on."""
        for mode in ("link-no-pong", "link-wrong-pong"):
            with self.subTest(mode):
                self.use(mode)
                guest = self.start(mode, image("idle"))
                display, qemu = guest.process("display"), guest.process("qemu")
                display.wait_gone(10)
                self.assertTrue(qemu.alive())
                guest.stop()

    def test_sharing(self):
        """One that lies about viewers, or keeps one that was cut off, is replaced."""
        for mode, options in (("share-unannounced", ()), ("share-uninvited", ("--ask",)),
                              ("share-keeps", ())):
            with self.subTest(mode):
                self.use(mode)
                guest = self.start(mode, image("idle"))
                display, qemu = guest.process("display"), guest.process("qemu")
                self.world.ctl("share", mode, *options)
                if mode == "share-keeps":
                    wait_until(lambda: self.world.json("viewers", mode)["viewers"], 5, "a viewer")
                    self.assertTrue(display.alive())
                    self.world.ctl("viewers", mode, "--disconnect", "1")
                    self.assertEqual(self.world.json("viewers", mode)["viewers"], [])
                display.wait_gone(6)
                self.assertTrue(qemu.alive())
                self.assertEqual(guest.state(), "running")
                guest.stop()

    def test_to_viewer(self):
        guests = []
        for mode in TO_VIEWER:
            self.use(mode)
            guest = self.start(mode, image("idle"))
            picture = self.world.path(mode + ".png")
            guests.append((guest, picture, self.world.spawn("screenshot", mode, picture)))
        for guest, picture, ctl in guests:
            with self.subTest(guest.name):
                result = ctl.finish(30)
                if guest.name != "scanout-truncated-later" or result.code != 0:
                    self.assertRefused(result)
                    self.assertFalse(os.path.exists(picture))
                self.assertTrue(guest.process("qemu").alive())
                self.assertEqual(guest.state(), "running")
        for guest, _, _ in guests:
            guest.stop()


if __name__ == "__main__":
    main()
