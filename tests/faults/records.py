# SPDX-License-Identifier: GPL-2.0-or-later
"""The records guest (tests/guests/records.c) from outside: what it has acknowledged, seen on its screen,
and what of it is on its disk, read by qemu-img and by the next start."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../process"))

from glass import Closed
from vitrine_test import BUILD, PROGRAMS, VitrineTest, World, main, wait_until  # noqa: F401

STRIDE, SIZE, MAGIC = 65536, 4096, 0x44524356
DISK_BYTES = 1 << 30
READING, WRITING, FULL = 0x10, 0x20, 0x30
PATIENCE = 60  # seconds, until what must happen is taken for what does not


def checksum(words):
    total = 2166136261
    for word in words:
        total = (total ^ word) * 16777619 & 0xffffffff
    return total


def count_records(raw, stride=STRIDE):
    """How many good records there are without a gap, from the first on."""
    number = 0
    while True:
        data = os.pread(raw, SIZE, number * stride)
        words = memoryview(data).cast("I") if len(data) == SIZE else ()
        if not words or words[0] != MAGIC or words[1] != number or words[-1] != checksum(words[:-1]):
            return number
        number += 1


class RecordsTest(VitrineTest):
    """A test with one guest that keeps records on a disk of its own, `self.disk`."""

    format = "qcow2"
    user = None  # of whom the world is: root's tester may be an ordinary user, too

    def setUp(self):
        programs = tempfile.mkdtemp(prefix="vt-bin-")
        self.addCleanup(shutil.rmtree, programs, ignore_errors=True)  # the last of all
        super().setUp()
        if self.user is not None and os.geteuid() == 0:
            self.world.close()
            os.chmod(programs, 0o755)
            for program in PROGRAMS:
                shutil.copy(os.path.join(BUILD, program), programs)
            self.world = World(self.user, programs)
        self.acknowledged = 0
        self.disk = self.make_disk(self.world.path("records." + self.format))
        self.guest = self.make_guest("keeper", self.disk)

    def make_disk(self, path):
        subprocess.run(["qemu-img", "create", "-q", "-f", self.format, path, str(DISK_BYTES)],
                       check=True)
        self.world.own(path)
        return path

    def make_guest(self, name, disk, **settings):
        boot = self.world.copy_image("records")
        os.truncate(boot, 1 << 20)  # SeaBIOS wants a cylinder
        return self.world.guest(name, [{"file": boot}, {"file": disk, "format": self.format}],
                                guest__machine="pc", **{"network__policy": "internet", **settings})

    # --- what the guest tells ---

    def square(self, number, test, timeout=PATIENCE, what=""):
        """Waits until a square of the guest's screen passes; whatever display serves it."""
        seen = []

        def look():
            try:
                with self.guest.glass(PATIENCE) as glass:
                    seen[:] = [glass.wait_pixel(number * 16 + 8, 8, test, 1)]
            except (TimeoutError, Closed, OSError):
                return False
            return True

        wait_until(look, timeout, what or f"square {number} of the guest's screen")
        return seen[0]

    def note(self, at_least=0):
        """Waits until so many records are acknowledged; remembers how many were seen to be."""
        self.square(0, lambda pixel: pixel in (WRITING, FULL), what="the guest writes")
        seen = self.square(1, lambda pixel: at_least <= pixel < 1 << 16,
                           what=f"{at_least} records are acknowledged")
        self.acknowledged = max(self.acknowledged, seen)
        return seen

    def begin_stop(self):
        """Has it switched off by force; returns as soon as that has begun, with who asked."""
        def count():
            return self.guest.log().count("The guest is stopping")

        before = count()
        stop = self.world.spawn("stop", "keeper", "--force")
        wait_until(lambda: count() > before, PATIENCE, "it is stopping")
        return stop

    def check_halted_while_stopping(self, role):
        """It ends, and no record is lost, though the process of that role stands still by then."""
        victim = self.guest.process(role)
        stop = self.begin_stop()
        victim.kill(signal.SIGSTOP)
        self.assertEqual(stop.finish(PATIENCE).code, 0)
        self.check_all_gone()
        self.check_disk()

    def run_on(self, more=3):
        """Lets it write some more."""
        return self.note(self.note() + more)

    def paused(self, *words):
        """Waits until the guest is paused and says why with these words; QEMU may tell that a second
        later."""
        self.guest.wait_state("paused", PATIENCE)
        wait_until(lambda: all(w in self.guest.show()["state-reason"] for w in words), PATIENCE,
                   f"it says {words}: {self.guest.show()['state-reason']}")
        self.note()

    def resume_in_vain(self, *words):
        """Resumes it, and waits until it is paused again, which its log tells."""
        def told():
            return len([line for line in self.guest.log().splitlines()
                        if all(word in line for word in words)])

        before = told()
        self.world.ctl("resume", self.guest.name)
        wait_until(lambda: told() > before, PATIENCE, "it is paused again")
        self.paused(*words)

    def goes_on(self):
        """Resumed, it has not been told of any error."""
        self.world.ctl("resume", self.guest.name)
        self.run_on()
        self.assertEqual(self.guest.state(), "running")
        self.assertEqual(self.errors(), 0, "the guest was told of an error")

    def errors(self):
        return self.square(3, lambda pixel: True)

    # --- what is on the disk ---

    def check_image(self, path):
        """The image is sound."""
        if self.format == "qcow2":
            result = subprocess.run(["qemu-img", "check", "--output=json", path], check=False,
                                    capture_output=True, text=True)
            self.assertTrue(result.stdout, result.stderr)
            found = json.loads(result.stdout)
            # Leaked clusters are space that nobody uses, as after any power cut: no harm.
            self.assertEqual((found.get("corruptions", 0), found["check-errors"]), (0, 0), found)

    def check_disk(self, path=None):
        """With the guest off: the image is sound and holds all that was acknowledged."""
        path = path or self.disk
        self.check_image(path)
        with tempfile.NamedTemporaryFile(dir=self.world.root) as raw:
            subprocess.run(["qemu-img", "convert", "-f", self.format, "-O", "raw", path, raw.name],
                           check=True)
            with open(raw.name, "rb") as file:
                number = count_records(file.fileno())
        self.assertGreaterEqual(number, self.acknowledged, "an acknowledged record is lost")
        return number

    def check_next_start(self):
        """The next start works, and the guest finds everything itself and goes on."""
        on_disk = self.check_disk()
        self.guest.start()
        self.square(0, lambda pixel: pixel in (WRITING, FULL), what="the guest has read its records")
        found = self.square(2, lambda pixel: True)
        self.assertEqual(found, on_disk)
        self.assertGreaterEqual(found, self.acknowledged)
        self.run_on(2)

    def check_all_gone(self, sockets_may_stay=False):
        """Nothing of the guest is left: no process, socket, lock; the definition as it was."""
        wait_until(lambda: not self.guest.processes(), PATIENCE, "no process of the guest is left")
        wait_until(lambda: self.guest.state() == "stopped", PATIENCE, "the list says stopped")
        if not sockets_may_stay:
            wait_until(lambda: not self.world.leftovers(), PATIENCE, "no socket is left")

    def definition(self):
        with open(self.guest.folder("guest.conf"), "rb") as file:
            return file.read()
