#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""isolation=required on hosts that lack one layer each: the start is refused, names the layer and says
how to get it; without `required` the guest starts and its report tells. With every layer, Landlock and
seccomp are proved by a probe before the guest runs."""

import os
import shutil

from vitrine_test import VitrineTest, Without, image, main

USER = 1500 if os.geteuid() == 0 else os.geteuid()
LANDLOCK_ABI = 6  # what the policies ask for


class Required(VitrineTest):
    def setUp(self):
        self.world = Without(self.uid)
        self.addCleanup(self.clean_up)

    def guest(self, name, **settings):
        return self.world.guest(name, [image("idle")], **settings)

    def has_every_layer(self):
        report = self.world.json("doctor")
        return all(layer["level"] == "green" for layer in report["layers"]
                   if layer["layer"] in ("namespaces", "landlock", "seccomp"))

    def rows(self, name, layer):
        return {row["process"]: row for row in self.world.json("isolation", name)["rows"]
                if row["layer"] == layer}

    def refused_without(self, layer, *words):
        self.world.layer = layer
        guest = self.guest("strict", guest__isolation="required")
        self.assertRefused(guest.start(code=1), "isolation=required", *words)
        self.assertNothingLeft(30)

    def test_every_layer(self):
        guest = self.guest("strict", guest__isolation="required")
        if not self.has_every_layer():
            self.assertRefused(guest.start(code=1), "isolation=required")
            return
        guest.start()
        for layer in ("landlock", "seccomp"):
            rows = self.rows("strict", layer)
            self.assertLessEqual({"qemu", "display"}, set(rows))
            for row in rows.values():
                self.assertEqual(row["level"], "green", row)
                self.assertIn("probe", row["text"])
        code = self.rows("strict", "code")
        self.assertEqual(code["display"]["level"], "green", code)
        emulated = guest.show()["accelerator"] == "tcg"
        self.assertEqual(code["qemu"]["level"], "amber" if emulated else "green", code)
        guest.stop()

    def test_without_user_namespaces(self):
        self.refused_without("user", "Namespaces:", "user namespaces are refused", "sysctl")

    def test_without_mount_namespaces(self):
        self.refused_without("mount", "Namespaces:", "refuses these: mount")

    def test_without_network_namespaces(self):
        self.refused_without("network", "Namespaces:", "refuses these: network")

    def test_without_landlock(self):
        self.refused_without("landlock", "Landlock:", "5.13")

    def test_without_seccomp(self):
        self.refused_without("seccomp", "Seccomp:", "CONFIG_SECCOMP_FILTER")

    def test_without_bubblewrap(self):
        """The programs that a start needs, but for one."""
        tools = self.world.path("bin")
        os.mkdir(tools, 0o755)
        for name in ("setpriv", "qemu-system-x86_64", "qemu-img"):
            os.symlink(shutil.which(name), os.path.join(tools, name))
        self.world.env["PATH"] = tools
        self.refused_without(None, "Namespaces:", "install the package bubblewrap")

    def test_without_a_control_group(self):
        """A limit that is set is a layer; one that nobody set is none."""
        enforced = self.guest("probe")
        enforced.start()
        held = self.world.json("limits", "probe")["cpu"]["enforced"]
        enforced.stop()
        guest = self.guest("strict", guest__isolation="required", limits__cpu="150")
        if held and self.has_every_layer():
            guest.start()
            guest.stop()
        else:
            self.assertRefused(guest.start(code=1), "Limits:" if not held else "required")
        self.assertNothingLeft(30)

    def test_not_required(self):
        """The guest runs, and its report says what is missing."""
        self.world.layer = "landlock"
        guest = self.guest("lax")
        guest.start()
        for row in self.rows("lax", "landlock").values():
            self.assertEqual((row["level"], row["found"]), ("amber", "none"))
        guest.stop()
        self.world.layer = "user"
        guest.start()
        for row in self.rows("lax", "namespaces").values():
            self.assertNotEqual(row["level"], "green", row)
        for row in self.rows("lax", "seccomp").values():
            self.assertEqual(row["level"], "green", row)
        guest.stop()


class RequiredAsUser(Required):
    uid = USER


if __name__ == "__main__":
    main()
