# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests with the clipboard of a real Linux guest (agent_guest.py), and a front end beside it."""

import concurrent.futures
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../process"))

from vitrine_test import VitrineTest, wait_until
from agent_guest import HEAD_BYTES, REPORT_BYTES, write_ram_disk
from glass_clipboard import ClipboardGlass
from linux_guest import CMDLINE, KERNEL

BYTES_MAX = 8 << 20


class AgentCase(VitrineTest):
    def setUp(self):
        super().setUp()
        self.report = self.world.file("report", bytes(REPORT_BYTES))
        self.count = 0

    def boot(self, policy, files=None):
        """With these files besides in it."""
        ram = write_ram_disk(self.world.path("ram"), files=files)
        self.world.own(ram)
        self.guest = self.world.guest("linux", [{"file": self.report, "bus": "virtio"}],
                                      guest__memory=512, boot__kernel=KERNEL, boot__initrd=ram,
                                      boot__cmdline=CMDLINE, clipboard__policy=policy)
        self.guest.start(timeout=60)
        self.connect()
        self.said("up", 120)

    def connect(self):
        self.glass = self.guest.glass_of(ClipboardGlass)
        self.addCleanup(self.glass.close)

    def head(self):
        with open(self.report, "rb") as file:
            words = file.read(HEAD_BYTES).split(b"\0")[0].split()
        return (words[0].decode(), int(words[1]), int(words[2])) if len(words) == 3 else None

    def said(self, name, timeout=60):
        """The guest's next report, while the clipboard is served."""
        def arrived():
            self.glass.drain()
            head = self.head()
            return head if head and head[2] > self.count else None

        head = wait_until(arrived, timeout, f"the guest says {name}")
        self.count = head[2]
        self.assertEqual(head[0], name)
        with open(self.report, "rb") as file:
            file.seek(4096)
            return file.read(head[1])

    def type(self, line):
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            typing = pool.submit(self.world.ctl, "type", "linux", line + "\n", timeout=60)
            while not typing.done():
                self.glass.drain()
                concurrent.futures.wait([typing], 0.01)
            typing.result()  # what it failed with

    def paste(self, seconds=4):
        self.type(f"clip-get {seconds}")
        return self.said("pasted", 60 + seconds).decode(errors="replace")  # perhaps a picture yet

    def copy(self, text):
        """In the guest."""
        self.type(f"clip-put {text}")
        self.said("copied")

    def wait_paste(self, text):
        """Until the guest's agent is joined and the guest has it."""
        wait_until(lambda: self.paste() == text, 60, f"the guest pastes {text[:80]}")

    def wait_fetch(self, text):
        """Until we have it from the guest, whose agent may have been too slow for a question."""
        wait_until(lambda: self.glass.fetch() == text, 90, f"the guest's text of {len(text)} bytes")

    def set(self, policy, number):
        result = self.world.ctl("set", "linux", f"clipboard.policy={policy}")
        self.assertIn("in force from now on", result.out)
        self.glass.until(lambda: self.glass.policy == number)
        self.assertEqual(self.world.json("show", "linux")["definition"]["clipboard.policy"], policy)

    def assertNothingOffered(self):
        """After a turn of the guest's that would have brought an offer."""
        self.glass.drain()
        self.assertFalse(self.glass.offers and self.glass.offers[-1][1], self.glass.offers)
        self.assertIsNone(self.glass.fetch())

    def command(self, *args, data=b""):
        """vitrinectl clipboard."""
        return subprocess.run(self.world.command("clipboard", "linux", *args), env=self.world.env,
                              cwd=self.world.root, input=data, capture_output=True, timeout=60,
                              check=False)
