#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""AppArmor's profiles, compiled by its own parser as the kernel would get them (none is loaded): they
are all there, and no jailed program may do what no jail allows. What becomes of running programs under
them is tests/lab/job-apparmor.py's.

    test-apparmor.py PROFILE    with the folder abstractions/ beside it
"""

import os
import re
import shutil
import subprocess
import sys
import unittest

PROFILE = os.path.abspath(sys.argv.pop(1))
PARSER = shutil.which("apparmor_parser", path="/usr/sbin:/sbin:" + os.environ.get("PATH", ""))
ROLES = ("qemu", "display", "net", "nbd", "qemu-img")


def parse(*options, text=None):
    command = [PARSER, "--skip-kernel-load", "--skip-cache", "-I", os.path.dirname(PROFILE), *options]
    return subprocess.run(command + ([PROFILE] if text is None else []), input=text, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)


def built():
    """What the parser made of each profile, by name."""
    text = parse("--debug").stdout
    parts = re.split(r"^Name:\t+(\S+)$", text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


class AppArmor(unittest.TestCase):
    def test_compiles(self):
        done = parse("--names")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(sorted(done.stdout.split()),
                         sorted([f"vitrine-{r}" for r in ROLES] + [f"vitrine-{r}-jail" for r in ROLES]))

    def test_parser_can_refuse(self):
        with open(PROFILE, encoding="utf-8") as file:
            text = file.read()
        self.assertEqual(parse(text=text).returncode, 0)
        self.assertNotEqual(parse(text=text.replace("network unix dgram,", "network unix dgrams,")).returncode,
                            0)

    def test_programs_may_not(self):
        profiles = built()
        for role in ROLES:
            with self.subTest(role=role):
                made = profiles[f"vitrine-{role}"]
                modes = re.findall(r"^(?:Mode|Perms):\t(\S+)(?: priority=0 )?\tName:\t\((\S+)\)$", made, re.M)
                self.assertGreater(len(modes), 4, made)
                for mode, name in modes:
                    if "x" in mode:
                        self.assertRegex(name, "/(vitrine-[a-z{},-]+|qemu-system-\\*|qemu-img)$")
                        self.assertNotIn("w", mode, name)
                    elif name != "/dev/null":
                        self.assertRegex(mode, "^[rm]+:[rm]+$", name)
                for word in ("Capabilities", "mount", "pivotroot", "change_profile", "dbus"):
                    self.assertNotIn(word, made)
                # "Network: unix { stream } …" or, of AppArmor 4, a line for each: "network unix { stream } ,"
                networks = re.findall(r"^(?:Network: |network *)(.*)$", made, re.M)
                self.assertGreater(len(networks), 0, made)
                self.assertFalse({"<all>", ","} & set(networks), made)
                families = set(re.findall(r"\b(unix|inet6?|netlink|packet)\b", " ".join(networks)))
                self.assertLessEqual(families, {"qemu": {"unix"}, "qemu-img": {"unix"}}.get(
                    role, {"unix", "inet", "inet6"}), made)

    def test_jails_lead_to_programs(self):
        """The shim becomes the program that the jail is for."""
        with open(PROFILE, encoding="utf-8") as file:
            text = file.read()
        for role in ROLES:
            body = text.split(f"profile vitrine-{role}-jail ")[1].split("\n}\n")[0]
            self.assertIn(f"  /vitrine-jail cix -> &vitrine-{role},", body)
            self.assertEqual(body.count("->"), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
