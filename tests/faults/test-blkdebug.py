#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU's own injection of errors, blkdebug. A guest's disk cannot have such a node, since vmm names every
node itself: it is in qemu-storage-daemon, which serves the disk by NBD. The guest pauses at each error,
is told of none, and resumed makes the request again."""

import errno

from nbd_records import NbdRecordsTest
from records import PATIENCE, STRIDE, main
from vitrine_test import wait_until

SECTORS = STRIDE // 512  # from one record to the next
AT = 12  # the record whose turn it is


def at_record(kind, number, record=AT):
    """One request that touches that record fails, once."""
    return {"inject-error": [{"event": "none", "iotype": kind, "errno": number, "once": True,
                              "sector": record * SECTORS}]}


def after_writes(kind, number, writes=AT):
    """One request fails after so many writes, once."""
    return {"set-state": [{"event": "write_aio", "state": state, "new_state": state + 1}
                          for state in range(1, writes)],
            "inject-error": [{"event": "write_aio", "state": writes, "iotype": kind, "errno": number,
                              "once": True}]}


class Blkdebug(NbdRecordsTest):
    def fail_and_go_on(self, rules, *words):
        self.serve(rules)
        self.guest.start()
        self.paused(*words)
        self.goes_on()
        self.run_on()
        self.guest.stop()
        self.check_all_gone()
        self.serve()
        self.check_next_start()
        self.guest.stop()

    def test_write(self):
        self.fail_and_go_on(at_record("write", errno.EIO), "nbd://", "could not be written")
        self.assertGreater(self.acknowledged, AT)

    def test_flush(self):
        self.fail_and_go_on(after_writes("flush", errno.EIO), "nbd://", "could not be written")

    def test_no_space(self):
        self.fail_and_go_on(at_record("write", errno.ENOSPC), "nbd://", "full")

    def test_read(self):
        """While the guest looks for what it wrote."""
        self.serve()
        self.guest.start()
        self.note(AT)
        self.guest.stop()
        self.check_all_gone()
        self.serve(at_record("read", errno.EIO, 2))
        self.guest.start()
        wait_until(lambda: "could not be read" in self.guest.show()["state-reason"], PATIENCE,
                   f"it says that reading failed: {self.guest.show()}")
        self.guest.wait_state("paused")
        self.goes_on()
        self.guest.stop()
        self.check_all_gone()


if __name__ == "__main__":
    main()
