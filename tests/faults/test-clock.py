#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The computer's clock jumps, for vmm: by two hours ahead, to a day back. The guest goes on, a share lasts
as long as it was given by the clock that does not jump, its end is told in the time that is now, and the
end works. (That vmm tells it at once: tests/lab/clock_job.py, where the kernel's own clock is set.)"""

import os
import shutil
import time

from records import PATIENCE, RecordsTest, main
from vitrine_test import BUILD, wait_until


class Clock(RecordsTest):
    user = 1500

    def test_jumps(self):
        jump = self.world.file("jump", b"0")
        self.world.env["CLOCK_JUMP"] = jump
        library = os.path.join(self.world.programs, "libclock-jump.so")
        shutil.copy(os.path.join(BUILD, "tests/faults/libclock-jump.so"), library)
        self.world.env["LD_PRELOAD"] = library
        self.guest.start()
        del self.world.env["LD_PRELOAD"]
        self.run_on()
        end = self.world.json("share", "keeper", "--expire", "1h")["expires"]
        for seconds in (2 * 3600, -86400):
            with self.subTest(seconds=seconds):
                with open(jump, "w", encoding="ascii") as file:
                    file.write(str(seconds))
                self.run_on()
                self.world.ctl("pause", "keeper")
                self.world.ctl("resume", "keeper")
                self.run_on()
                # Another one, so that vmm shows the list anew.
                self.world.ctl("unshare", "keeper", str(self.world.json("share", "keeper")["id"]))
                wait_until(lambda seconds=seconds: [abs(share["expires"] - end - seconds) < 60 for share in
                                                    self.world.json("viewers", "keeper")["shares"]] == [True],
                           PATIENCE, "one share is left, and its end is told in the new time")
                # It was its clock that jumped: what it logs from now on bears the other time.
                now = time.time() + seconds
                hours = [time.strftime("%Y-%m-%d %H:", time.localtime(now + late)) for late in (0, -60)]
                last = self.guest.log().splitlines()[-1]
                self.assertTrue(last.startswith(tuple(hours)), (last, hours))
        self.guest.stop()
        self.check_all_gone()
        self.check_next_start()
        self.guest.stop()


if __name__ == "__main__":
    main()
