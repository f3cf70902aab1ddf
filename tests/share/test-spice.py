#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A console shared by SPICE with the real programs, jails and all: what the command prints, the
connection file, remote-viewer's own screenshot tool, what is listed and what the log says."""

import configparser
import os
import stat
import sys

sys.path.insert(0, os.path.dirname(__file__))
sys.path.insert(1, os.path.join(os.path.dirname(__file__), "../remote"))

from sharing import ShareTest
from heads_guest import COLOURS, make_initrd, settings, wait_head
from spice import Client, screenshot
from vitrine_test import image, main, wait_until

BACKGROUND = 0x2060a0  # of the boot-sector guests


class Spice(ShareTest):
    def test_screenshot(self):
        """What the viewer's tool saves is what our own screenshot shows; it is told of."""
        guest = self.start("seen", image("paint"), disk0__read_only="true")
        made = self.share(guest, "--spice", "127.0.0.1:0")
        self.assertEqual(made["uri"], f"spice://127.0.0.1:{made['port']}")

        def painted():
            ours = guest.screenshot()
            return ours.height == 768 and ours.pixel(1023, 767) == BACKGROUND
        wait_until(painted, 10, "it has painted")
        shot = screenshot(made["port"], made["password"])
        self.assertEqual((shot.width, shot.height), (1024, 768))
        ours = guest.screenshot()
        for x, y in ((0, 0), (10, 10), (512, 384), (1023, 767)):
            self.assertEqual(shot.pixel(x, y), ours.pixel(x, y))
        self.assertEqual(shot.pixel(1023, 767), BACKGROUND)
        self.wait_log(guest, "served by SPICE")
        self.wait_log(guest, "is gone after")

    def test_tls_file(self):
        """With TLS and the certificate that the connection file holds; not without it."""
        guest = self.start("sealed", image("paint"), disk0__read_only="true")
        path = self.world.path("console.vv")
        made = self.share(guest, "--spice", "127.0.0.1:0", "--tls", "on", "--vv", path)
        self.assertEqual(made["uri"], f"spice+tls://127.0.0.1:{made['port']}")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        parser = configparser.RawConfigParser()
        parser.read(path)
        written = dict(parser["virt-viewer"])
        self.assertEqual(written["tls-port"], str(made["port"]))
        self.assertNotIn("port", written)
        self.assertEqual(written["password"], made["password"])
        self.assertEqual(written["delete-this-file"], "1")
        self.assertTrue(written["host-subject"].startswith("CN=Vitrine on "))
        authority = self.world.file("ca", written["ca"].replace("\\n", "\n").encode())
        with Client(made["port"], made["password"], ca_file=authority,
                    cert_subject=written["host-subject"]) as viewer:
            viewer.expect("primary")
            viewer.wait_pixel(0, 0, lambda pixel: pixel is not None)
            listed = self.viewers(guest)["viewers"]
            self.assertEqual([(v["protocol"], v["state"]) for v in listed], [("spice", "in")])
        self.assertIsNone(screenshot(made["port"], made["password"], tls=True))

    def test_beside_vnc(self):
        """Several protocols at once; each ends by itself."""
        guest = self.start("both", image("paint"), disk0__read_only="true")
        vnc = self.share(guest)
        spice = self.share(guest, "--spice", "127.0.0.1:0", "--view-only")
        self.assertEqual([share["protocol"] for share in self.viewers(guest)["shares"]],
                         ["vnc", "spice"])
        self.world.ctl("unshare", guest.name, str(vnc["id"]))
        self.wait_gone(vnc["port"])
        self.assertIsNotNone(screenshot(spice["port"], spice["password"]))

    def test_resize(self):
        """The viewer's window asks, the guest's own kernel follows, and the viewer sees it."""
        initrd = make_initrd(self.world.path("initrd"))
        os.chmod(initrd, 0o644)
        guest = self.world.guest("desk", [], **settings(initrd, 1))
        guest.start(timeout=60)
        wait_head(self.world, guest, 1)
        made = self.share(guest, "--spice", "127.0.0.1:0")
        with Client(made["port"], made["password"]) as viewer:
            viewer.expect("primary")
            viewer.expect("agent", connected=True)
            for size in ([800, 600], [1024, 768], [640, 480]):
                viewer.send(resize=size)
                viewer.expect("primary", 60, size=size)
                viewer.wait_pixel(9, 1, COLOURS[0], 60)
                viewer.wait_pixel(9, size[1] - 2, COLOURS[0], 60)

    def test_refused(self):
        guest = self.start("refused", image("paint"), disk0__read_only="true")
        made = self.share(guest, "--spice", "127.0.0.1:0")
        self.assertIsNone(screenshot(made["port"], "not it"))
        self.wait_log(guest, "wrong password")
        long = self.password_file("x" * 61)
        refused = self.world.ctl("share", guest.name, "--spice", ":0", "--password-file", long,
                                 code=1)
        self.assertRefused(refused, "60 bytes", "SPICE")
        self.world.ctl("share", guest.name, "--vv", self.world.path("x.vv"), code=2)


main()
