#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The allow-list against QEMU itself: each command that it has is decided by name, nothing that
passes takes a file or an address, and each of the human monitor's lines that passes is one of its
commands."""
import json
import os
import re
import subprocess
import sys
import unittest

BUILD = os.environ["VITRINE_BUILD"]
SOURCE = os.environ["VITRINE_SOURCE"]
# Arguments by which a command could reach the host.
REACHES_HOST = {"filename", "file", "fd", "fdname", "uri", "host", "path-name", "target-file", "backing-file"}


class Qemu:
    def __init__(self):
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", "-M", "q35", "-nodefaults", "-display", "none", "-S", "-qmp", "stdio"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        json.loads(self.process.stdout.readline())
        self.ask("qmp_capabilities")

    def ask(self, name, **arguments):
        self.process.stdin.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.process.stdin.flush()
        while True:
            answer = json.loads(self.process.stdout.readline())
            if "return" in answer or "error" in answer:
                return answer

    def close(self):
        self.process.communicate('{"execute": "quit"}\n', timeout=60)


class MonitorCommands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.qemu = Qemu()
        cls.addClassCleanup(cls.qemu.close)
        cls.names = [c["name"] for c in cls.qemu.ask("query-commands")["return"]]
        result = subprocess.run([BUILD + "/tests/vmm/list-commands"], input="\n".join(cls.names) + "\n",
                                capture_output=True, text=True)
        cls.listing = dict(line.split(": ", 1) for line in result.stdout.splitlines())
        cls.status, cls.errors = result.returncode, result.stderr

    def test_every_command_is_decided(self):
        undecided = [l for l in self.listing.items() if "not on the list of commands" in l[1]]
        self.assertEqual((self.status, undecided), (0, []), self.errors)

    def test_what_passes_reaches_nothing(self):
        schema = {e["name"]: e for e in self.qemu.ask("query-qmp-schema")["return"]}
        passes = [n for n in self.names if self.listing[n].startswith("passes")]
        self.assertGreater(len(passes), 60)
        for name in passes:
            arguments = schema[schema[name]["arg-type"]].get("members", [])
            self.assertFalse(REACHES_HOST & {m["name"] for m in arguments}, name)

    def test_lines_are_commands(self):
        with open(os.path.join(SOURCE, "vmm/monitor/allow-list-verbs.c"), encoding="utf-8") as file:
            table = file.read().split("allow_list_lines[]", 1)[1]
        lines = re.findall(r'"(info [^"]+)"', table)
        self.assertGreater(len(lines), 5)
        for line in lines:
            reply = self.qemu.ask("human-monitor-command", **{"command-line": line})
            self.assertNotIn("unknown command", reply["return"], line)
            self.assertNotIn("Try \"help", reply["return"], line)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
