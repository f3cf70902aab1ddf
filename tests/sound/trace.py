# SPDX-License-Identifier: GPL-2.0-or-later
"""What QEMU itself says, in its trace, of the guest's sound and of those who listen to it."""

import os
import time


def until(test, what):
    end = time.monotonic() + 60
    while not test():
        assert time.monotonic() < end, "not within a minute: " + what
        time.sleep(0.05)


class Trace:
    """What QEMU itself says of its sound."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "trace")
        self.options = ["-D", self.path, "-trace", "dbus_audio_register", "-trace",
                        "dbus_audio_put_buffer_out"]

    def count(self, event):
        with open(self.path) as file:
            return sum(event in line for line in file)

    def listeners(self):
        return self.count("dbus_audio_register")

    def plays(self):
        """Until the guest's card has played another second."""
        before = self.count("put_buffer_out")
        until(lambda: self.count("put_buffer_out") > before + 50, "the guest's card plays")
