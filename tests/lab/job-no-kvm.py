#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs in a lab whose processor cannot virtualize: guests are emulated, and everything says so."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../process"))

from vitrine_test import VitrineTest, image, main  # noqa: E402


class NoKvm(VitrineTest):
    def test_auto_falls_back(self):
        self.assertFalse(os.path.exists("/dev/kvm"))
        guest = self.start("painted", image("paint"))
        shown = guest.show()
        self.assertEqual(shown["accelerator"], "tcg")
        self.assertIn("virtual", shown["accelerator-reason"])
        self.assertNotEqual(shown["isolation"], "green")
        guest.stop()

    def test_kvm_is_refused(self):
        guest = self.world.guest("painted", [image("paint")])
        self.assertRefused(guest.start("--accel", "kvm", code=None), "KVM")
        self.assertNothingLeft()


if __name__ == "__main__":
    main()
