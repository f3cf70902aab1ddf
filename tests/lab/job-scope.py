#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs in the lab, with systemd as its first process: a user logs in, as by any login (PAM, logind, a user
manager with a bus), and starts guests. They are in a scope of that manager, which holds their limits,
outlives the session and goes with the guest; `doctor` says what a start then finds."""

import os
import select
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../process"))

from vitrine_test import BUILD, SLOWNESS, VitrineTest, World, image, main, wait_until  # noqa: E402

UID = 1500
RUNTIME = f"/run/user/{UID}"
MANAGER = f"/user.slice/user-{UID}.slice/user@{UID}.service"
SECONDS = 10  # of measuring


def make_user():
    for path, line in (("/etc/passwd", f"lab:x:{UID}:{UID}::/tmp:/bin/sh"),
                       ("/etc/group", f"lab:x:{UID}:"), ("/etc/shadow", "lab:*:19000:0:99999:7:::")):
        with open(path, "a", encoding="ascii") as file:
            file.write(line + "\n")
    subprocess.run(["loginctl", "enable-linger", "lab"], check=True)


def group_of(pid):
    with open(f"/proc/{pid}/cgroup", encoding="ascii") as file:
        return file.read().strip().removeprefix("0::")


def scopes():
    """Of Vitrine's, as folders."""
    return [os.path.join(folder, name) for folder, names, _ in os.walk("/sys/fs/cgroup" + MANAGER)
            for name in names if "vitrine" in name.lower() and name.endswith(".scope")]


class Session(World):
    """A world whose commands are run from a session of a user who has logged in."""

    def __init__(self):
        super().__init__(UID)
        self.login = subprocess.Popen(["su", "-l", "lab", "-c", "exec cat"], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE)
        self.login.stdin.write(b"logged in\n")
        self.login.stdin.flush()
        assert select.select([self.login.stdout], [], [], 30 * SLOWNESS)[0], "nobody can log in"
        self.login.stdout.readline()
        cat = int(subprocess.run(["pgrep", "-P", str(self.login.pid)], check=True, text=True,
                                 stdout=subprocess.PIPE).stdout)
        self.group = group_of(cat)
        self.env["XDG_RUNTIME_DIR"] = self.runtime_base = RUNTIME

    def command(self, *args):
        enter = f'echo $$ >/sys/fs/cgroup{self.group}/cgroup.procs && exec "$@"'
        return ["/bin/sh", "-c", enter, "enter", *super().command(*args)]

    def manager(self, *args):
        """`systemctl --user`."""
        command = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "systemctl", "--user",
                   "--no-pager", *args]
        return subprocess.run(command, env=self.env, text=True, check=True,
                              stdout=subprocess.PIPE).stdout

    def log_out(self):
        self.login.stdin.close()
        self.login.stdout.close()
        self.login.wait()

    def close(self):
        self.log_out()
        return super().close()


class Scope(VitrineTest):
    def setUp(self):
        self.world = Session()
        self.addCleanup(self.clean_up)

    def clean_up(self):
        for guest in self.guests():
            self.world.ctl("stop", guest, "--force", code=None)
        self.world.log_out()
        super().clean_up()
        wait_until(lambda: not scopes(), 5, "no scope is left")

    def folder_of(self, guest):
        """Where the guest's group is; all of its processes are in one scope."""
        groups = {group_of(process.pid) for process in guest.processes()}
        scope = {group.split(".scope/")[0] for group in groups}
        self.assertEqual(len(scope), 1, groups)
        top = f"{scope.pop()}.scope/vitrine-{guest.uuid}"
        self.assertTrue(top.startswith(MANAGER + "/app.slice/app-org.vitrine.Vitrine-"), top)
        self.assertEqual(groups, {top + "/guest", top + "/supervisor"})
        self.assertEqual(group_of(guest.process("janitor").pid), top + "/supervisor")
        self.assertEqual(group_of(guest.process("qemu").pid), top + "/guest")
        return f"/sys/fs/cgroup{top}/guest/"

    def read(self, path):
        with open(path, encoding="ascii") as file:
            return file.read().split()

    def share(self, folder):
        """Per cent of one processor over SECONDS."""
        begin, used = time.monotonic(), int(self.read(folder + "cpu.stat")[1])
        time.sleep(SECONDS)
        return (int(self.read(folder + "cpu.stat")[1]) - used) / 1e4 / (time.monotonic() - begin)

    def doctor(self):
        return next(layer for layer in self.world.json("doctor")["layers"]
                    if layer["layer"] == "cgroup")

    def test_limits(self):
        self.assertIn("session-", self.world.group)
        guest = self.start("bound", image("full"), limits__cpu=200, limits__memory=800,
                           limits__processes=90)
        folder = self.folder_of(guest)
        self.assertEqual(self.read(folder + "cpu.max"), ["200000", "100000"])
        self.assertEqual(self.read(folder + "memory.max"), [str(800 << 20)])
        self.assertEqual(self.read(folder + "pids.max"), ["90"])
        units = self.world.manager("list-units", "--plain", "--no-legend", "--type=scope")
        self.assertRegex(units, r"app-org\.vitrine\.Vitrine-.*active running .*Vitrine")
        rows = [row for row in self.world.json("isolation", guest.name)["rows"]
                if row["layer"] == "cgroup" and row["process"] != "vmm"]
        self.assertGreaterEqual({row["process"] for row in rows}, {"qemu", "display"})
        self.assertEqual({row["level"] for row in rows}, {"green"}, rows)
        self.assertIn("in a systemd scope", self.world.ctl("limits", guest.name).out)
        self.world.ctl("limits", guest.name, "cpu=30", "memory=900", "processes=80")
        self.assertEqual(self.read(folder + "memory.max"), [str(900 << 20)])
        self.assertEqual(self.read(folder + "pids.max"), ["80"])
        share = self.share(folder)
        print(f"changed to 30 % of a processor while it runs: {share:.1f} %")
        # Less where the machine has less to give.
        self.assertTrue(5 < share < 33, share)
        guest.stop()
        wait_until(lambda: not scopes(), 5, "the scope has gone with the guest")

    def test_end_of_session(self):
        """What a session leaves is ended with it; guests that were started from it are not."""
        guest = self.start("staying", image("idle"))
        session = self.world.group.rsplit("session-")[1].removesuffix(".scope")
        subprocess.run(["loginctl", "terminate-session", session], check=True)
        self.world.login.wait()
        wait_until(lambda: not os.path.exists("/sys/fs/cgroup" + self.world.group), 10,
                   "the session has ended")
        self.world.group = "/system.slice/lab-job.service"
        self.assertEqual(guest.state(), "running")
        self.folder_of(guest)
        guest.stop()

    def test_doctor(self):
        layer = self.doctor()
        self.assertEqual(layer["level"], "green")
        self.assertIn("systemd's user manager bounds a guest's processor time and memory and processes",
                      layer["text"])
        wait_until(lambda: not scopes(), 5, "the doctor's own scope has gone")
        self.world.env["XDG_RUNTIME_DIR"] = self.world.path("run")
        layer = self.doctor()
        self.assertEqual(layer["level"], "amber")
        self.assertIn("there is no session bus", layer["text"])

    def test_another_bus(self):
        """A session with a bus of its own, without systemd, as dbus-run-session makes them."""
        address = "unix:path=" + self.world.path("other-bus")
        bus = subprocess.Popen(["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups",
                                "dbus-daemon", "--session", "--nofork", "--address=" + address,
                                "--print-address"], stdout=subprocess.PIPE)
        self.addCleanup(bus.wait)
        self.addCleanup(bus.kill)
        with bus.stdout:
            bus.stdout.readline()
        self.world.env["DBUS_SESSION_BUS_ADDRESS"] = address
        guest = self.start("elsewhere", image("idle"))
        self.folder_of(guest)
        guest.stop()

    def test_silent_bus(self):
        """A bus that takes connections and says nothing holds nobody up."""
        with socket.socket(socket.AF_UNIX) as silent:
            path = self.world.path("silent")
            silent.bind(path)
            os.chmod(path, 0o777)
            silent.listen(10)
            self.world.env["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=" + path
            self.assertEqual(self.doctor()["level"], "green")
            self.world.env["XDG_RUNTIME_DIR"] = self.world.path("run")
            layer = self.doctor()
            self.assertEqual(layer["level"], "amber")
            self.assertIn("does not answer", layer["text"])


if __name__ == "__main__":
    os.chdir(BUILD)
    make_user()
    main()
