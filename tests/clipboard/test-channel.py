#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The channel of the agent in a real Linux guest: pictures both ways up to the limit, an agent and a
display process that die in the middle of one, and a guest that writes nonsense instead."""

import os
import struct
import sys
import time
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../process"))
sys.path.insert(1, os.path.join(os.path.dirname(__file__), "../remote"))

from vitrine_test import main, wait_until
from agent_case import BYTES_MAX, AgentCase
from glass_clipboard import BOTH, FETCH, OFF, PNG, TEXT, ClipboardGlass
from spice import Client

LARGEST = b"\x89PNG\r\n\x1a\n" + bytes(BYTES_MAX - 8)


def picture():
    """A PNG of four red pixels."""
    def part(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    pixels = zlib.compress((b"\0" + b"\xff\0\0" * 2) * 2)
    return (b"\x89PNG\r\n\x1a\n" + part(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)) +
            part(b"IDAT", pixels) + part(b"IEND", b""))


class ChannelTest(AgentCase):
    def signal(self, name):
        self.type(f"signal {name}")
        self.said("done")

    def paste_picture(self, seconds=4):
        self.type(f"clip-picture-get {seconds}")
        return self.said("picture", 60 + seconds)

    def wait_paste_picture(self, data):
        wait_until(lambda: self.paste_picture(30) == data, 60, f"the guest pastes {len(data)} bytes")

    def copy_picture(self, size):
        before = len(self.glass.offers)
        self.type(f"clip-picture {size}")
        self.said("copied")
        self.glass.until(lambda: len(self.glass.offers) > before and self.glass.offers[-1][1] == PNG)

    def check_text_passes(self, word):
        """Copied again and again: what is left of the one before may be an offer, and the last is the
        clipboard's."""
        def passes():
            self.glass.give(f"to-the-guest-{word}".encode())
            return self.paste() == f"to-the-guest-{word}"

        wait_until(passes, 60, f"the guest pastes {word}")
        self.copy(f"from-the-guest-{word}")
        self.glass.wait_offer(TEXT)
        self.wait_fetch(f"from-the-guest-{word}".encode())

    def test_pictures(self):
        self.boot("both")
        small = picture()
        for data in (small, LARGEST):
            self.glass.give(None, data)
            self.wait_paste_picture(data)
        self.glass.give(b"a picture's name", small)
        self.wait_paste_picture(small)
        self.assertEqual(self.paste(), "a picture's name")
        self.copy_picture(BYTES_MAX)
        self.assertEqual(self.glass.fetch(PNG), LARGEST)
        self.check_command(small)
        self.copy_picture(BYTES_MAX + 1)
        self.assertIsNone(self.glass.fetch(PNG))
        self.assertIn("more than 8 MiB", self.refused("get", "--type", "png"))
        self.check_spice(small)

        self.set("off", OFF)
        self.glass.give(None, small)
        self.assertEqual(self.paste_picture(), LARGEST[:5000])  # its own
        self.type("clip-picture 100")
        self.said("copied")
        self.assertNothingOffered()
        self.assertIn("does not allow it", self.refused("set", "--type", "png", data=small))

    def check_spice(self, small):
        """A viewer by SPICE, which speaks the same protocol with the display process."""
        share = self.world.json("share", "linux", "--spice", ":0")
        with Client(share["port"], share["password"]) as viewer:
            viewer.expect("agent", 60, connected=True, able=True)
            viewer.send(picture=small.hex())
            self.wait_paste_picture(small)
            self.copy_picture(5000)
            viewer.expect("offered", 60)
            viewer.send(fetch=2)
            got = viewer.expect("clipboard", 60)
            self.assertEqual((got["kind"], bytes.fromhex(got["text"])), (2, LARGEST[:5000]))
        self.world.ctl("unshare", "linux")

    def refused(self, *args, data=b""):
        run = self.command(*args, data=data)
        self.assertEqual((run.returncode, run.stdout), (1, b""), run)
        return run.stderr.decode()

    def check_command(self, small):
        """vitrinectl clipboard, when the guest holds the largest picture."""
        got = self.command("get", "--type", "png")
        self.assertEqual((got.returncode, got.stdout == LARGEST), (0, True), got.stderr)
        self.assertIn("a picture, not text", self.refused("get"))
        for data in (LARGEST + b"x", b"GIF89a", b""):
            self.assertIn(f"PNG file of at most {BYTES_MAX} bytes",
                          self.refused("set", "--type", "png", data=data))
        given = self.command("set", "--type", "png", data=small)
        self.assertEqual(given.returncode, 0, given.stderr)
        self.wait_paste_picture(small)
        self.copy("only-text")
        self.glass.wait_offer(TEXT)
        self.assertIn("text, not a picture", self.refused("get", "--type", "png"))

    def begin_paste(self):
        """The largest picture is on its way to an agent that has stopped."""
        self.glass.give(None, LARGEST)
        wait_until(self.sees_picture, 60, "the guest's programs are offered a picture")
        self.glass.holds = True
        self.type("clip-hang")
        self.said("hanging")
        self.glass.until(lambda: self.glass.held)
        self.signal("STOP")
        self.glass.release()
        self.glass.held = None

    def sees_picture(self):
        self.type("clip-types")
        return b"image/png" in self.said("types")

    def begin_fetch(self):
        """The largest picture is on its way from the guest, or is about to be."""
        self.copy_picture(BYTES_MAX)
        self.glass.number += 1
        self.glass.send(FETCH, self.glass.number, PNG)

    def test_agent_killed(self):
        self.boot("both")
        self.begin_paste()
        self.signal("KILL")
        self.check_text_passes("1")
        self.begin_fetch()
        self.signal("KILL")
        self.check_text_passes("2")
        self.glass.give(None, LARGEST)
        self.wait_paste_picture(LARGEST)

    def test_display_killed(self):
        self.boot("both")
        self.begin_paste()
        self.guest.process("display").kill()
        self.connect()
        self.signal("CONT")
        self.glass.until(lambda: self.glass.policy == BOTH)
        self.check_text_passes("1")
        self.begin_fetch()
        self.guest.process("display").kill()
        self.connect()
        self.glass.until(lambda: self.glass.policy == BOTH)
        self.check_text_passes("2")

    def test_hostile_guest(self):
        """A guest whose own programs write to the port: the console goes on, and so does the display
        process, without growing. The clipboard is that guest's own loss, and comes back."""
        grab = struct.pack("<IIIIQI3I", 1, 32, 1, 7, 0, 12, 0, TEXT, PNG)
        absurd = struct.pack("<IIIIQI", 1, 1 << 30, 1, 4, 0, 0xffffffff)
        self.boot("both", files={"/grabs": grab * 10000, "/absurd": absurd})
        self.check_text_passes("1")
        display = self.guest.process("display")
        before = self.memory_kib(display)
        for name in ("/grabs", "/absurd", "/dev/urandom"):
            self.type(f"hostile {name}")
            self.said("hostile")
            self.assertLess(max(self.time_to_connect() for _ in range(10)), 2, name)
            self.type("harmless")
            self.said("harmless")
            self.check_text_passes(name[1:4])
        self.assertEqual(self.guest.process("display").pid, display.pid)
        self.assertLess(self.memory_kib(display) - before, 12 << 10)

    def time_to_connect(self):
        """Of one more front end, after a while."""
        begin = time.monotonic()
        self.glass.until(lambda: time.monotonic() > begin + 0.3)
        begin = time.monotonic()
        self.guest.glass_of(ClipboardGlass).close()
        return time.monotonic() - begin

    def memory_kib(self, process):
        return int(process.status("VmRSS")[0])


if __name__ == "__main__":
    main()
