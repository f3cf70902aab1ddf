#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The life of a share with the real programs: nothing listens before it, what was asked for does
during it, nothing after it, whoever ends it; and what is refused."""

import os
import socket
import stat
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))

from sharing import ShareTest, can_connect, listeners
from vitrine_test import image, main, wait_until


class Life(ShareTest):
    def test_nothing_listens_unasked(self):
        guest = self.start("quiet", image("idle"))
        self.assertEqual(listeners(guest.processes()), {})
        self.assertEqual(self.viewers(guest), {"shares": [], "viewers": []})
        self.assertEqual(self.world.ctl("viewers", guest.name).out, "The console is not shared.\n")
        guest.stop()

    def test_share_and_unshare(self):
        guest = self.start("shown", image("idle"))
        before = int(time.time())
        made = self.share(guest, "--vnc", "127.0.0.1:0")
        self.assertEqual((made["protocol"], made["address"], made["tls"], made["fingerprint"]),
                         ("vnc", "127.0.0.1", False, ""))
        self.assertGreater(made["port"], 0)
        self.assertRegex(made["password"], r"^[a-z2-9]{8}$")
        self.assertLess(abs(made["expires"] - before - 3600), 60)
        self.assertEqual(listeners(guest.processes())["vmm"], {made["port"]})
        self.assertTrue(can_connect(made["port"]))
        shown = self.viewers(guest)["shares"]
        self.assertEqual(shown, [{k: v for k, v in made.items() if k != "password"}])
        self.assertNotIn(made["password"], guest.log())
        self.world.ctl("unshare", guest.name)
        self.assertFalse(can_connect(made["port"]))
        self.assertEqual(listeners(guest.processes()), {})
        self.assertEqual(self.viewers(guest)["shares"], [])
        self.assertIn(f"Share 1: the console is served by VNC on 127.0.0.1 port {made['port']},",
                      guest.log())
        self.assertIn("Share 1 ended: it was ended", guest.log())
        guest.stop()

    def test_expires(self):
        guest = self.start("brief", image("idle"))
        made = self.share(guest, "--expire", "5s")
        self.assertTrue(can_connect(made["port"]))
        self.wait_gone(made["port"])
        self.assertEqual(self.viewers(guest)["shares"], [])
        self.assertIn("Share 1 ended: its time was over", guest.log())
        guest.stop()

    def test_sleep_counts(self):
        """A computer that sleeps cannot be had in a test, but the clock can be looked up: the one
        that goes on meanwhile (7, CLOCK_BOOTTIME), with the whole time that was asked for."""
        guest = self.start("sleepy", image("idle"))
        self.share(guest, "--expire", "2d")
        vmm = guest.process("vmm")
        timers = [vmm.read(f"fdinfo/{fd}") for fd in os.listdir(f"/proc/{vmm.pid}/fd")
                  if os.readlink(f"/proc/{vmm.pid}/fd/{fd}") == "anon_inode:[timerfd]"]
        found = [timer for timer in timers if "clockid: 7\n" in timer]
        self.assertEqual(len(found), 1, timers)
        left = int(found[0].split("it_value: (")[1].split(",")[0])
        self.assertTrue(2 * 86400 - 60 <= left <= 2 * 86400, found)
        guest.stop()

    def test_several(self):
        guest = self.start("many", image("idle"))
        first = self.share(guest)
        second = self.share(guest, "--vnc", "[::1]:0", "--view-only")
        self.assertNotEqual(first["port"], second["port"])
        self.assertEqual([s["id"] for s in self.viewers(guest)["shares"]], [1, 2])
        busy = self.world.ctl("share", guest.name, "--vnc", f"127.0.0.1:{first['port']}", code=1)
        self.assertRefused(busy, "another program")
        self.world.ctl("unshare", guest.name, "1")
        self.assertFalse(can_connect(first["port"]))
        self.assertTrue(can_connect(second["port"], "::1"))
        self.assertRefused(self.world.ctl("unshare", guest.name, "1", code=1), "no share 1")
        for _ in range(3):
            self.share(guest)
        self.assertRefused(self.world.ctl("share", guest.name, code=1), "4 times")
        self.world.ctl("unshare", guest.name)
        self.assertEqual(listeners(guest.processes()), {})
        guest.stop()

    def test_ends_with_the_guest(self):
        guest = self.start("ending", image("idle"))
        made = self.share(guest, "--expire", "2d")
        guest.stop()
        self.assertFalse(can_connect(made["port"]))

    def test_ends_with_the_supervisor(self):
        guest = self.start("orphan", image("idle"))
        made = self.share(guest)
        vmm = guest.process("vmm")
        vmm.kill()
        vmm.wait_gone(5)
        self.wait_gone(made["port"])

    def test_own_certificate(self):
        guest = self.start("own", image("idle"))
        key, cert = self.world.path("k.pem"), self.world.path("c.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key,
                        "-out", cert, "-subj", "/CN=mine", "-days", "2"], check=True,
                       capture_output=True)
        made = self.share(guest, "--tls", "on", "--cert", cert, "--key", key)
        printed = subprocess.run(["openssl", "x509", "-in", cert, "-noout", "-fingerprint",
                                  "-sha256"], check=True, capture_output=True, text=True).stdout
        self.assertEqual(made["fingerprint"], printed.strip().split("=")[1])
        self.assertRefused(self.world.ctl("share", guest.name, "--tls", "on", "--cert", key,
                                          "--key", key, code=1), key)
        self.world.ctl("share", guest.name, "--cert", cert, code=2)
        guest.stop()

    def test_addresses(self):
        """For every network: what others can type, as the computer itself knows it."""
        guest = self.start("known", image("idle"))
        known = subprocess.run(["hostname", "-I"], check=True, capture_output=True,
                               text=True).stdout.split()
        for place, six in (("0.0.0.0:0", False), ("[::]:0", True)):
            told = self.world.ctl("share", guest.name, "--vnc", place).out.splitlines()
            self.assertEqual(sorted(word.strip(",") for line in told if line.startswith("addresses")
                                    for word in line.split()[1:]),
                             sorted(address for address in known if (":" in address) == six))
        self.assertNotIn("addresses", self.world.ctl("share", guest.name).out)
        guest.stop()

    def test_made_certificate(self):
        guest = self.start("made", image("idle"))
        made = self.share(guest, "--vnc", "0.0.0.0:0")
        self.assertTrue(made["tls"])
        folder = os.path.join(self.world.env["XDG_DATA_HOME"], "vitrine/tls")
        self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700)
        self.assertEqual(stat.S_IMODE(os.stat(folder + "/key.pem").st_mode), 0o600)
        again = self.share(guest, "--vnc", "[::]:0")
        self.assertEqual(again["fingerprint"], made["fingerprint"])
        self.assertIn(made["fingerprint"], guest.log())
        guest.stop()


class Refusals(ShareTest):
    def test_combinations(self):
        guest = self.start("strict", image("idle"))
        short = self.password_file("1234567\n")
        refusals = (
            (("--vnc", "0.0.0.0:0", "--tls", "off"), 1, "TLS"),
            (("--vnc", "192.0.2.1:0", "--tls", "off"), 1, "TLS"),
            (("--vnc", "0.0.0.0:0", "--password-file", short), 1, "8 characters"),
            (("--vnc", "192.0.2.1:0"), 1, "no such address"),
            (("--vnc", "[fe80::1]:0"), 1, "choose another one"),
            (("--password-file", self.world.path("nowhere")), 1, "nowhere"),
            (("--vnc", "localhost:0"), 2, "localhost"),
            (("--vnc", "127.0.0.1:70000"), 2, "70000"),
            (("--expire", "32d"), 2, "32d"),
            (("--web", "--vnc"), 2, "one protocol at a time"),
            (("--host", "desk"), 2, "--host goes with --web"),
            (("--web", "--host", "de sk"), 1, "de sk"),
            (("--web", "0.0.0.0:0", "--tls", "off"), 1, "TLS"),
            (("--tls", "perhaps"), 2, "perhaps"),
        )
        for args, code, word in refusals:
            with self.subTest(args):
                result = self.world.ctl("share", guest.name, *args, code=code)
                self.assertIn(word, result.err)
                self.assertEqual(len(result.err.splitlines()), 1, result.err)
                self.assertEqual(result.out, "")
        self.assertEqual(listeners(guest.processes()), {})
        self.assertEqual(self.viewers(guest)["shares"], [])
        self.assertIn("A share was refused: ", guest.log())
        # The same password is good enough where only this computer can try.
        made = self.share(guest, "--password-file", short)
        self.assertNotIn("password", made)
        self.assertRefused(self.world.ctl("viewers", guest.name, "--disconnect", "7", code=1),
                           "no viewer 7")
        self.assertRefused(self.world.ctl("viewers", guest.name, "--allow", "7", code=1),
                           "no viewer 7")
        guest.stop()

    def test_stopped_guest(self):
        self.world.guest("still", [image("idle")])
        for verb in ("share", "unshare", "viewers"):
            self.assertRefused(self.world.ctl(verb, "still", code=1), "not running")


if __name__ == "__main__":
    main()
