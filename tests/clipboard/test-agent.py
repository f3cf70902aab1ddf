#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The clipboard of a real Linux guest: spice-vdagent and xclip in it judge what reaches it and what
leaves it, under each policy, switched while it runs."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../process"))
sys.path.insert(1, os.path.join(os.path.dirname(__file__), "../remote"))
sys.path.insert(2, os.path.join(os.path.dirname(__file__), "../display"))
sys.path.insert(3, os.path.join(os.path.dirname(__file__), "../web"))

from vitrine_test import main, wait_until
from browser import Browser
from agent_case import BYTES_MAX, AgentCase
from glass_clipboard import ASK, BOTH, FROM, FROM_GUEST, OFF, TO, TO_GUEST, ClipboardGlass
from spice import Client
from xscreen import password_file, screen, xdotool

KOREAN = "héllo, 안녕 🙂"


class AgentTest(AgentCase):
    def has_channel(self):
        reply = self.world.ctl("monitor", "linux", '{"execute":"query-chardev"}').out
        return '"agent"' in reply

    def test_policies(self):
        self.boot("off")
        # Off: there is not even a channel, and nothing is said of the clipboard.
        self.assertFalse(self.has_channel())
        self.glass.give(b"secret of the host")
        self.assertEqual(self.paste(), "")
        self.copy("secret-of-the-guest")
        self.assertNothingOffered()
        self.assertEqual(self.glass.wants, 0)

        # To the guest, without a restart.
        self.set("to-guest", TO_GUEST)
        self.assertTrue(self.has_channel())
        self.glass.give(KOREAN.encode())
        self.wait_paste(KOREAN)
        self.copy("stays-inside")
        self.assertNothingOffered()
        self.assertEqual(self.paste(), "stays-inside")
        self.check_to_guest_sizes()

        # From the guest.
        self.set("from-guest", FROM_GUEST)
        self.copy(r"'from-guest-\xc3\xa9'")
        self.glass.wait_offer()
        self.wait_fetch("from-guest-é".encode())
        wants = self.glass.wants
        self.glass.give(b"stays outside")
        self.assertEqual(self.paste(), "from-guest-é")
        self.assertEqual(self.glass.wants, wants)
        self.check_from_guest_sizes()

        # Both; and a display process that dies takes nothing with it.
        self.set("both", BOTH)
        self.guest.process("display").kill()
        self.connect()
        self.glass.until(lambda: self.glass.policy == BOTH)
        self.glass.give(b"to a new display")
        self.wait_paste("to a new display")
        self.copy("from-a-new-display")
        self.glass.wait_offer()
        self.wait_fetch(b"from-a-new-display")

        self.check_spice()
        self.check_tigervnc()
        self.check_browser()
        self.check_ask()

        # And off again.
        self.set("off", OFF)
        wants = self.glass.wants
        self.glass.give(b"secret again")
        self.assertNotEqual(self.paste(), "secret again")
        self.copy("hidden-again")
        self.assertNothingOffered()
        self.assertEqual(self.glass.wants, wants)

    def check_spice(self):
        """The same with a viewer by SPICE, and what one that may only look gets: nothing."""
        for options, text in ((("--spice", ":0"), KOREAN + " by SPICE"),
                              (("--spice", ":0", "--view-only"), None)):
            share = self.world.json("share", "linux", *options)
            with Client(share["port"], share["password"]) as viewer:
                viewer.expect("agent", connected=True, able=True)
                if text is None:
                    viewer.send(clipboard="from who may only look")
                    self.assertEqual(self.paste(), "from-the-guest")
                    self.assertFalse([e for e in viewer.kept if e["event"] == "wanted"])
                    continue
                viewer.send(clipboard=text)
                self.wait_paste(text)
                self.copy("from-the-guest")
                viewer.expect("offered", 60)

                def fetched():
                    viewer.send(fetch=1)
                    return viewer.expect("clipboard", 60)["text"] == "from-the-guest"
                wait_until(fetched, 60, "the viewer has what the guest copied")
        self.world.ctl("unshare", "linux")

    def check_to_guest_sizes(self):
        self.glass.give(b"y" * BYTES_MAX)
        self.assertEqual(self.paste(30), "y" * BYTES_MAX)
        refused = self.command("set", data=b"z" * (BYTES_MAX + 1))
        self.assertEqual(refused.returncode, 1)
        self.assertIn(f"1 to {BYTES_MAX} bytes", refused.stderr.decode())

    def check_from_guest_sizes(self):
        self.type(f"clip-large {BYTES_MAX}")
        self.said("copied")
        self.glass.wait_offer()
        self.wait_fetch(b"x" * BYTES_MAX)
        self.type(f"clip-large {BYTES_MAX + 1}")
        self.said("copied")
        self.glass.until(lambda: len(self.glass.offers) > 1 and self.glass.offers[-1][1])
        self.assertIsNone(self.glass.fetch())

    def check_tigervnc(self):
        """The extended clipboard, both ways, as TigerVNC's viewer speaks it."""
        self.glass.give(None)
        password = self.world.file("password", b"secret12\n")
        port = self.world.json("share", "linux", "--password-file", password)["port"]
        with screen() as env:
            viewer = subprocess.Popen(
                ["xtigervncviewer", "-passwd", password_file(self.world.root, "secret12"),
                 f"127.0.0.1::{port}"], env=env, stderr=subprocess.DEVNULL)
            try:
                window = wait_until(lambda: xdotool(env, "search", "--name", "linux - TigerVNC"), 60,
                                    "the viewer has a window")[-1]

                def passes():
                    xdotool(env, "windowactivate", "--sync", window, "mousemove", "--window", window,
                            "200", "200", "click", "1")
                    subprocess.run(["xclip", "-selection", "clipboard", "-i"], env=env, check=True,
                                   input=KOREAN.encode())
                    return self.paste() == KOREAN

                wait_until(passes, 60, "the guest pastes what was copied beside the viewer")
                self.copy(r"'to-tiger-\xc3\xa9'")

                def arrived():
                    self.glass.drain()
                    run = subprocess.run(["timeout", "5", "xclip", "-selection", "clipboard", "-o"],
                                         env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                         check=False)
                    return run.stdout.decode() == "to-tiger-é"

                wait_until(arrived, 60, "the viewer's side has what the guest copied")
            finally:
                viewer.kill()
                viewer.wait()
        self.world.ctl("unshare", "linux")

    def check_browser(self):
        """The page's text field, in Chromium: offered as the policy is at that moment."""
        share = self.world.json("share", "linux", "--web")
        browser = Browser()
        try:
            browser.open(share["link"])
            browser.wait(lambda: not browser.visible("#cover"), "the page shows the guest")
            self.set("from-guest", FROM_GUEST)
            browser.click("#textButton")
            browser.wait(lambda: browser.visible("#textBox"), "the text field is there")
            browser.wait(lambda: not browser.visible("#textClipboard"), "no button is offered")
            browser.click("#textClose")
            self.set("both", BOTH)
            browser.click("#textButton")
            browser.wait(lambda: browser.visible("#textClipboard"), "the button is offered")
            text = "안녕 by a browser"
            browser.script("document.getElementById('textBox').value = arguments[0]", text)
            browser.click("#textClipboard")
            self.wait_paste(text)
            self.copy(r"'to-browser-\xc3\xa9'")
            browser.wait(lambda: browser.script("return document.getElementById('textBox').value")
                         == "to-browser-é", "the page has what the guest copied")
        finally:
            browser.close()
        self.world.ctl("unshare", "linux")

    def check_ask(self):
        self.set("ask", ASK)
        glass = self.glass
        # The guest pastes: it gets nothing until a person has allowed it.
        glass.give(b"only if allowed")
        self.assertEqual(self.paste(), "")
        glass.until(lambda: glass.question and glass.direction == TO)
        glass.decide(True)
        glass.until(lambda: glass.question == 0)
        self.wait_paste("only if allowed")
        glass.give(b"never")
        self.assertEqual(self.paste(), "")
        glass.until(lambda: glass.question and glass.direction == TO)
        glass.decide(False)
        self.assertEqual(self.paste(), "")
        # The guest copies: nobody sees it until a person takes it.
        offers = len(glass.offers)
        self.copy("for-the-person")
        glass.until(lambda: glass.question and glass.direction == FROM)
        self.assertFalse([o for o in glass.offers[offers:] if o[1]])
        self.assertIsNone(glass.fetch())
        glass.decide(True)
        glass.wait_offer()
        self.wait_fetch(b"for-the-person")


if __name__ == "__main__":
    main()
