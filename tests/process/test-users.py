#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Who runs Vitrine, and from where: an ordinary user, root, a build folder that only root may enter,
an environment without XDG_RUNTIME_DIR, and files that the user may not read."""

import os
import shutil
import tempfile

from vitrine_test import BUILD, PROGRAMS, VitrineTest, World, descendants, image, main, wait_until

# With nobody's account behind it. A tester who is no root is that ordinary user already.
USER = 1500 if os.geteuid() == 0 else os.geteuid()
SQUARE = 0xf0c020


def copy_programs(folder):
    os.chmod(folder, 0o755)
    for program in PROGRAMS:
        shutil.copy(os.path.join(BUILD, program), folder)
    return folder


class Users(VitrineTest):
    def setUp(self):
        self.programs = tempfile.mkdtemp(prefix="vt-bin-")
        self.addCleanup(shutil.rmtree, self.programs, ignore_errors=True)
        copy_programs(self.programs)
        self.world = World(USER, self.programs)
        self.addCleanup(self.clean_up)

    def run_once(self, world, programs=None):
        disk = world.copy_image("paint", "disk.img")
        guest = world.guest("painted", [disk])
        guest.start()
        with guest.glass() as glass:
            glass.wait_pixel(0, 0, lambda pixel: pixel == SQUARE)
        shot = guest.screenshot()
        self.assertEqual(shot.pixel(0, 0), SQUARE)
        uids = {uid for process in descendants() for uid in process.status("Uid")}
        guest.stop()
        return uids

    def test_user(self):
        self.assertEqual(self.run_once(self.world), {str(USER)})

    def test_user_files_are_its_own(self):
        self.run_once(self.world)
        for folder, _, names in os.walk(self.world.env["XDG_DATA_HOME"]):
            for name in names:
                self.assertEqual(os.stat(os.path.join(folder, name)).st_uid, USER, name)

    def test_no_runtime_folder(self):
        """Without XDG_RUNTIME_DIR the cache folder stands in."""
        del self.world.env["XDG_RUNTIME_DIR"]
        self.world.runtime_base = self.world.env["XDG_CACHE_HOME"]
        guest = self.world.guest("painted", [image("paint")])
        guest.start()
        self.assertEqual(guest.state(), "running")
        guest.screenshot()
        guest.stop()

    def test_unreadable_disk(self):
        path = self.world.copy_image("paint", "closed.img")
        if os.geteuid() == 0:
            os.chown(path, 0, 0)
        os.chmod(path, 0o600 if os.geteuid() == 0 else 0)
        guest = self.world.guest("closed", [path])
        self.assertRefused(guest.start(code=None), "closed.img")
        self.assertNothingLeft()

    def test_read_only_disk(self):
        """A file that may be read but not written: refused for writing, fine as read-only."""
        path = self.world.copy_image("paint", "fixed.img")
        os.chmod(path, 0o444)
        if os.geteuid() == 0:
            os.chown(path, 0, 0)
        self.assertRefused(self.world.guest("writes", [path]).start(code=None), "fixed.img")
        reader = self.world.guest("reads", [{"file": path, "read-only": "true"}])
        reader.start()
        reader.stop()

    def test_root_from_a_closed_folder(self):
        """Programs, guests and disks below a folder that nobody else may enter."""
        closed = tempfile.mkdtemp(prefix="vt-closed-")
        self.addCleanup(shutil.rmtree, closed, ignore_errors=True)
        os.mkdir(os.path.join(closed, "build"))
        programs = copy_programs(os.path.join(closed, "build"))
        os.chmod(closed, 0o700)
        world = World(None, programs, closed)
        try:
            uids = self.run_once(world)
            if os.geteuid() == 0:
                self.assertTrue(uids - {"0"}, f"nothing changed its uid: {uids}")
                self.assertNotIn(str(USER), uids)
            wait_until(lambda: not descendants(), 3, "every process has ended")
        finally:
            self.assertEqual(world.close(), [])


if __name__ == "__main__":
    main()
