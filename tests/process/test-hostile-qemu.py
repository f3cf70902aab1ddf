#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A QEMU that has been taken over before it said its first word (hostile-qemu.c): every start with
it must fail soon, with a plain sentence, leaving nothing, and cost no other guest anything."""

import os

from vitrine_test import BUILD, VitrineTest, image, main

STUB = os.path.join(BUILD, "tests/process/hostile-qemu")
MODES = ("silent", "exits", "crashes", "closes", "garbage", "giant", "deep", "zeros", "utf8",
         "slow-greeting", "wrong-types", "old", "chatter", "flood", "unasked", "stopped",
         "no-getfd", "no-add-client", "wrong-id", "error", "link-garbage", "link-closed",
         "link-silent")
SECONDS = 30


class HostileQemu(VitrineTest):
    def check(self, guest, result):
        self.assertRefused(result)
        line = result.err.strip().splitlines()[-1]
        self.assertRegex(line, "QEMU|display")
        self.assertLess(len(line), 2048, "a message of a bounded length")
        self.assertFalse(any(ord(c) < 32 or ord(c) == 127 for c in line), repr(line))
        self.assertLess(result.seconds, SECONDS)
        self.assertEqual(guest.state(), "stopped")
        self.assertLess(len(guest.log()), 8 << 20, "a log that a guest cannot fill the disk by")

    def test_costs_only_itself(self):
        other = self.start("other", image("keys"))
        before = other.process("vmm"), other.process("qemu"), other.process("display")
        self.world.config(f"[host]\nqemu={STUB}\n")
        # All at once: most of them only keep silent.
        guests = [self.world.guest(mode, [image("idle")]) for mode in MODES]
        running = [self.world.spawn("start", guest.name) for guest in guests]
        for guest, ctl in zip(guests, running):
            with self.subTest(guest.name):
                self.check(guest, ctl.finish(SECONDS + 10))
        self.assertTrue(all(process.alive() for process in before), "the other guest's processes")
        with other.glass() as glass:
            old = glass.wait_pixel(0, 0, lambda pixel: True)
            glass.key(30, True)
            glass.wait_pixel(0, 0, lambda pixel: pixel != old)
        self.assertEqual(sorted(os.listdir(self.world.runtime())), [other.uuid])
        other.stop()

    def test_binary_that_is_none(self):
        for name, path, words in (("absent", self.world.path("absent"), ("absent",)),
                                  ("text", self.world.file("text", b"hello\n", 0o755), ("text",)),
                                  ("plain", self.world.file("plain", b"hello\n", 0o644), ("plain",))):
            with self.subTest(name):
                self.world.config(f"[host]\nqemu={path}\n")
                guest = self.world.guest(name, [image("idle")])
                self.assertRefused(guest.start(code=None), *words)
                self.assertNothingLeft()


if __name__ == "__main__":
    main()
