# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab's own clock is set, a day ahead and two days back, under a guest that downloads, is looked at and
backed up. Nothing of it goes by the time of day: every wait here is by the monotonic clock, too."""

import os
import re
import ssl
import subprocess
import sys
import time

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [os.path.join(TESTS, name) for name in ("process", "net", "remote")]

import linux
from places import RESOLVER, WEB, Places
from remote import Rfb
from vitrine_test import PATIENCE, POPENS, SLOWNESS, VitrineTest, wait_until

DAY = 86400
PORT = 2222
RATE = 400  # kB/s
MEASURED = 1000 * 1000  # bytes
BURST = RATE * 250  # bytes: 250 ms of a stall are made up for (vmm/net/token-bucket.h)
SHORT = 40  # seconds that a share is given, which is there before the first jump
X509_VNC = 261


class Clock(VitrineTest):
    def setUp(self):
        super().setUp()
        places = Places()
        POPENS.add(places.child)
        self.addCleanup(places.close)
        now, began = time.time(), time.monotonic()
        self.addCleanup(lambda: time.clock_settime(time.CLOCK_REALTIME,
                                                   now + time.monotonic() - began))

    def boot(self):
        self.treasure = self.world.file("treasure.raw", os.urandom(1 << 20))
        guest = self.world.guest(
            "clock", [{"file": self.treasure, "bus": "virtio"}], guest__memory=192,
            boot__kernel=linux.kernel(), boot__cmdline="quiet",
            boot__initrd=self.world.file("initrd.gz", linux.initrd()), limits__disk_rate=100,
            network__policy="internet", network__dns=RESOLVER, network__rate_in=RATE,
            network__forward=f"tcp:127.0.0.1:{PORT}:{linux.SHELL_PORT}")
        guest.start()
        return guest, self.shell()

    def shell(self):
        """Once the guest has its lease."""
        shell = linux.Shell(("127.0.0.1", PORT), PATIENCE * SLOWNESS)
        self.addCleanup(shell.close)
        self.assertEqual(shell.run("until cat /lease.txt; do sleep 1; done", 300)[0], 0)
        return shell

    def received(self):
        return self.world.json("network", "clock")["bytes-in"]

    def measure(self, seconds):
        """Sets the clock while the download goes on: it neither stands still nor gets more than its rate."""
        before, begin = self.received(), time.monotonic()
        time.clock_settime(time.CLOCK_REALTIME, time.time() + seconds)
        wait_until(lambda: self.received() > before + MEASURED, PATIENCE, "the download goes on")
        late = self.received() - before
        allowed = RATE * 1000 * (time.monotonic() - begin) * 1.05 + 2 * BURST
        self.assertLess(late, allowed, "more than the rate")

    def look(self, shared):
        """A viewer that checks the certificate's dates."""
        with open(self.world.path("data/vitrine/tls/cert.pem"), "rb") as file:
            return Rfb(shared["port"], shared["password"], vencrypt=X509_VNC, authority=file.read())

    def expires(self):
        return {share["id"]: share["expires"] for share in self.world.json("viewers", "clock")["shares"]}

    def assertGoesOn(self, shell):
        self.assertEqual(shell.run("udhcpc -i eth0 -n -q -t 9 -s /bin/true", 300)[0], 0)
        status, text = shell.run(f"nslookup example.org {RESOLVER}; wget -O- http://example.org/", 300)
        self.assertEqual(status, 0, text)
        self.assertIn("hello there", text)

    def test_set(self):
        guest, shell = self.boot()
        shared = self.world.json("share", "clock", "--tls", "on", "--expire", "1h")
        short = self.world.json("share", "clock", "--expire", f"{SHORT}s")
        begin = time.monotonic()
        shell.run(f"wget -q -O /dev/null http://{WEB}/size/2000000000 >/dev/null 2>&1 & true")
        wait_until(lambda: self.received() > MEASURED, PATIENCE, "the download is under way")
        backup = self.world.spawn("backup", "clock", "--to", self.world.path("copy.qcow2"))
        viewer = self.look(shared)
        told = shared["expires"]
        for seconds in (DAY, -2 * DAY):
            self.measure(seconds)
            if seconds > 0:  # a day has not passed for it
                left = self.expires()
                self.assertTrue(short["id"] in left or time.monotonic() - begin > SHORT)
            told += seconds
            wait_until(lambda end=told: abs(self.expires()[shared["id"]] - end) < 60, PATIENCE,
                       "its end is told in the new time")
            self.assertGoesOn(shell)
            viewer.request(False)
            viewer.wait(lambda count=viewer.updates: viewer.updates > count, PATIENCE * SLOWNESS)
            self.look(shared).close()
        wait_until(lambda: short["id"] not in self.expires(), PATIENCE, "the short share has ended")
        self.assertGreater(time.monotonic() - begin, SHORT - 1)
        self.assertIn(shared["id"], self.expires())
        viewer.close()
        self.assertEqual(backup.finish(PATIENCE).code, 0)
        subprocess.run(["qemu-img", "compare", "-q", "-f", "qcow2", "-F", "raw",
                        self.world.path("copy.qcow2"), self.treasure], check=True)
        for line in guest.log().splitlines():
            self.assertTrue(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ", line), line)
        guest.stop()
        guest.start()
        self.assertGoesOn(self.shell())
        guest.stop()
