#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a dead, stopped or dying display process costs: itself. The guest never notices, the picture
is back, viewers connect again. And what viewers cost that do not behave: themselves."""

import signal
import socket
import struct
import time

import glass as protocol
from vitrine_test import VitrineTest, image, main, wait_until

SQUARE = 0xf0c020


class Display(VitrineTest):
    def keys_guest(self):
        guest = self.start("keys", image("keys"))
        with guest.glass() as glass:
            glass.wait_pixel(0, 0, lambda pixel: pixel == SQUARE)
        return guest

    def answers(self, guest, timeout=30.0):
        """A key changes the picture: guest, display and viewer work together."""
        with guest.glass(timeout) as glass:
            before = glass.wait_pixel(0, 0, lambda pixel: True, timeout)
            glass.key(30, True)
            glass.key(30, False)
            return glass.wait_pixel(0, 0, lambda pixel: pixel != before, timeout)

    def test_killed(self):
        """kill -9: the picture is back, QEMU goes on."""
        guest = self.keys_guest()
        qemu, display = guest.process("qemu"), guest.process("display")
        viewer = guest.glass()
        viewer.wait_pixel(0, 0, lambda pixel: pixel == SQUARE)
        display.kill()
        with self.assertRaises(protocol.Closed):
            while True:
                viewer.step()
        viewer.close()
        with guest.glass() as again:
            again.wait_pixel(0, 0, lambda pixel: pixel == SQUARE)
        self.assertEqual(guest.process("qemu").pid, qemu.pid)
        self.assertNotEqual(guest.process("display").pid, display.pid)
        self.answers(guest)
        self.assertEqual(guest.state(), "running")
        guest.stop()

    def test_stopped(self):
        """SIGSTOP while the guest rests: the watchdog replaces a display that does not answer."""
        guest = self.keys_guest()
        qemu, display = guest.process("qemu"), guest.process("display")
        display.kill(signal.SIGSTOP)
        display.wait_gone(8)
        self.answers(guest)
        self.assertEqual(guest.process("qemu").pid, qemu.pid)
        self.assertEqual(guest.state(), "running")
        guest.stop()

    def test_stopped_while_drawing(self):
        """SIGSTOP under full-screen changes: QEMU, whose link has no flow control, must not grow."""
        guest = self.start("full", image("full"))
        with guest.glass() as glass:
            glass.wait_pixel(0, 0, lambda pixel: glass.width == 1920)
        qemu, display = guest.process("qemu"), guest.process("display")
        before = int(qemu.status("VmRSS")[0])
        display.kill(signal.SIGSTOP)
        most = [before]

        def replaced():
            most[0] = max(most[0], int(qemu.status("VmRSS")[0]))
            return not display.alive()
        wait_until(replaced, 8, "the stopped display is replaced")
        self.assertLess(most[0] - before, 640 << 10, "KiB that QEMU grew by meanwhile")
        with guest.glass() as glass:
            first = glass.wait_pixel(0, 0, lambda pixel: glass.width == 1920)
            glass.wait_pixel(0, 0, lambda pixel: pixel != first)
        self.assertEqual(guest.process("qemu").pid, qemu.pid)
        guest.stop()

    def test_killed_again_and_again(self):
        """Restarts have a budget; whatever it is, the guest goes on and can be controlled."""
        guest = self.keys_guest()
        qemu = guest.process("qemu")
        killed = 0
        begin = time.monotonic()
        while time.monotonic() < begin + 4 or killed < 3:
            self.assertLess(time.monotonic(), begin + 60, "it is not replaced")
            for process in guest.processes():
                if process.role == "display":
                    process.kill()
                    process.wait_gone(2)
                    killed += 1
            time.sleep(0.05)
        self.assertTrue(qemu.alive(), "the guest lives on")
        self.assertEqual(guest.state(), "running")
        self.world.ctl("pause", guest.name)
        self.world.ctl("resume", guest.name)
        guest.stop()
        self.assertNothingLeft()
        guest.start()
        self.answers(guest)
        guest.stop()

    def test_killed_once_is_forgiven(self):
        """Three deaths spread out are within the budget: the picture comes back each time."""
        guest = self.keys_guest()
        for _ in range(3):
            display = guest.process("display")
            display.kill()
            display.wait_gone(2)
            self.answers(guest)
        guest.stop()

    def hostile_viewers(self, guest):
        """Viewers that break a rule each; yields what they sent."""
        path = guest.socket("display")
        hello = struct.pack("=II", protocol.HELLO, 1)
        messages = {
            "nothing": [], "empty": [b""], "short": [b"\1"],
            "no hello": [struct.pack("=III", protocol.KEY, 30, 1)],
            "version": [struct.pack("=II", protocol.HELLO, 77)],
            "hello twice": [hello, hello],
            "long": [hello, bytes(4096)],
            "unknown": [hello, struct.pack("=II", 9, 0)],
            "downward": [hello, struct.pack("=III", protocol.WELCOME, 1, 0)],
            "key 0": [hello, struct.pack("=III", protocol.KEY, 0, 1)],
            "key 256": [hello, struct.pack("=III", protocol.KEY, 256, 1)],
            "key 2^32-1": [hello, struct.pack("=III", protocol.KEY, 0xffffffff, 1)],
            "key down 2": [hello, struct.pack("=III", protocol.KEY, 30, 2)],
            "pointer": [hello, struct.pack("=III", protocol.POINTER_ABSOLUTE, 0x7fffffff, 5)],
            "relative": [hello, struct.pack("=Iii", protocol.POINTER_RELATIVE, 2 ** 31 - 1, 0)],
            "button": [hello, struct.pack("=III", protocol.BUTTON, 77, 1)],
            "touch": [hello, struct.pack("=IIIII", protocol.TOUCH, 0, 4096, 1, 1)],
            "touch kind": [hello, struct.pack("=IIIII", protocol.TOUCH, 99, 0, 1, 1)],
            "resize 0": [hello, struct.pack("=5I", protocol.RESIZE, 0, 0, 0, 0)],
            "resize": [hello, struct.pack("=5I", protocol.RESIZE, 99999, 99999, 0, 0)],
            "ack": [hello, struct.pack("=II", protocol.ACK, 123456)],
        }
        for name, packets in messages.items():
            viewer = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            viewer.settimeout(30)
            viewer.connect(path)
            try:
                for packet in packets:
                    viewer.send(packet)
            except (BrokenPipeError, ConnectionResetError):
                pass
            yield name, viewer

    def test_hostile_viewers(self):
        """Each loses its connection (those that only keep silent may stay), nobody else does."""
        guest = self.keys_guest()
        display = guest.process("display")
        honest = guest.glass()
        honest.wait_pixel(0, 0, lambda pixel: pixel == SQUARE)
        for name, viewer in self.hostile_viewers(guest):
            with self.subTest(name):
                if name not in ("nothing", "pointer", "ack"):
                    try:
                        while viewer.recv(65536):
                            pass
                    except ConnectionResetError:
                        pass
                viewer.close()
        honest.key(30, True)
        honest.key(30, False)
        honest.wait_pixel(0, 0, lambda pixel: pixel != SQUARE)
        honest.close()
        self.assertEqual(guest.process("display").pid, display.pid)
        guest.stop()

    def test_too_many_viewers(self):
        guest = self.keys_guest()
        honest = guest.glass()
        crowd = []
        for _ in range(60):
            viewer = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            viewer.setblocking(False)
            try:
                viewer.connect(guest.socket("display"))
            except BlockingIOError:
                pass
            crowd.append(viewer)
        honest.wait_pixel(0, 0, lambda pixel: pixel == SQUARE)
        honest.key(30, True)
        honest.key(30, False)
        honest.wait_pixel(0, 0, lambda pixel: pixel != SQUARE)
        honest.close()
        for viewer in crowd:
            viewer.close()
        self.answers(guest)
        guest.stop()

    def test_viewer_that_does_not_read(self):
        """It costs one frame at most: another viewer gets every frame, display does not grow."""
        guest = self.start("full", image("full"))
        with guest.glass() as glass:
            glass.wait_pixel(0, 0, lambda pixel: glass.width == 1920)
            display = guest.process("display")
            sleepers = [guest.glass() for _ in range(4)]
            before = int(display.status("VmRSS")[0])
            frames = glass.damages
            glass.wait(lambda: glass.damages - frames > 45, 60)
            self.assertLess(int(display.status("VmRSS")[0]) - before, 40 << 10)
            for sleeper in sleepers:
                sleeper.close()
        guest.stop()

    def test_other_users_are_refused(self):
        """The sockets lie in a folder of the user's own."""
        import os
        import stat
        guest = self.keys_guest()
        for path in (self.world.runtime(), self.world.runtime(guest.uuid)):
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode) & 0o077, 0, path)
        guest.stop()


if __name__ == "__main__":
    main()
