# SPDX-License-Identifier: GPL-2.0-or-later
"""The records guest with its disk on an NBD server: qemu-storage-daemon, which may have blkdebug's rules
for it."""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../nbd"))

from records import DISK_BYTES, RecordsTest
from servers import Port


class NbdRecordsTest(RecordsTest):
    format = "raw"

    def make_disk(self, path):
        with open(path, "wb") as file:
            file.truncate(DISK_BYTES)
        self.port = Port()
        self.addCleanup(self.port.close)
        return path

    def make_guest(self, name, disk, **settings):
        boot = self.world.copy_image("records")
        os.truncate(boot, 1 << 20)  # SeaBIOS wants a cylinder
        return self.world.guest(name, [{"file": boot},
                                       {"file": f"nbd://127.0.0.1:{self.port.number}/disk"}],
                                guest__machine="pc", **settings)

    def serve(self, rules=None):
        """From now on by a daemon with these rules, which begins to count anew."""
        nodes = ({"driver": "file", "node-name": "file", "filename": self.disk,
                  "locking": "off"},  # the test looks at it, too
                 {"driver": "blkdebug", "node-name": "faults", "image": "file", **(rules or {})},
                 {"driver": "raw", "node-name": "disk", "file": "faults"})  # tells blkdebug of writes
        self.port.kill()
        self.port.serve("qemu-storage-daemon",
                        *(word for node in nodes for word in ("--blockdev", json.dumps(node))),
                        "--nbd-server", "addr.type=fd,addr.str=3",
                        "--export", "nbd,id=disk,node-name=disk,name=disk,writable=on")
