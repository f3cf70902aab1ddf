# SPDX-License-Identifier: GPL-2.0-or-later
"""What the process tests share: a world of its own for each test (folders, environment, user) and
proof, at its end, that nothing of it is left.

The test process is a subreaper: whatever vitrinectl starts and detaches becomes a child of the test,
so "every process of this world" is the tree below it, whatever those processes call themselves.
"""

import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import uuid as uuids

from glass import Closed, Glass
from picture import Picture

BUILD = os.environ.get("VITRINE_BUILD") or os.path.join(os.path.dirname(__file__), "../../build")
SOURCE = os.environ.get("VITRINE_SOURCE") or os.path.join(os.path.dirname(__file__), "../..")
PROGRAMS = ("vitrinectl", "vitrine-vmm", "vitrine-display", "vitrine-nbd", "vitrine-net", "vitrine-jail",
            "vitrine-drill", "vitrine-drill-viewer")
PR_SET_CHILD_SUBREAPER = 36
# By how much an emulated machine (tests/lab) is slower than a real one: every time limit grows by it.
SLOWNESS = float(os.environ.get("VITRINE_TEST_SLOWNESS", "1"))
# No wait for something that is to happen ends sooner: another test may hold the processors.
PATIENCE = 30
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def image(name):
    """The boot-sector guest of that name."""
    return os.path.join(BUILD, "tests/guests", name + ".img")


def wait_until(test, timeout, what, at_least=PATIENCE):
    """Polls, for conditions that nothing announces; returns what the test returned."""
    timeout = max(timeout, at_least) * SLOWNESS
    end = time.monotonic() + timeout
    while True:
        value = test()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {timeout} s: {what}")
        time.sleep(0.01)


class Process:
    """One process as /proc shows it."""

    def __init__(self, pid, ppid, state, comm, started):
        self.pid, self.ppid, self.state, self.comm, self.started = pid, ppid, state, comm, started

    def __repr__(self):
        return f"{self.comm}({self.pid}, {self.state})"

    @property
    def role(self):
        if self.comm.startswith("qemu-system") or self.comm.startswith("hostile-qemu"):
            return "qemu"
        return self.comm.removeprefix("vitrine-")

    def read(self, name):
        with open(f"/proc/{self.pid}/{name}", encoding="utf-8", errors="replace") as file:
            return file.read()

    def command_line(self):
        """Empty of one that has ended since."""
        try:
            return self.read("cmdline")
        except (FileNotFoundError, ProcessLookupError):
            return ""

    def status(self, key):
        for line in self.read("status").splitlines():
            if line.startswith(key + ":"):
                return line.split(":", 1)[1].split()
        return []

    def cmdline(self):
        """Empty if it is gone."""
        try:
            return self.read("cmdline")
        except (FileNotFoundError, ProcessLookupError):
            return ""

    def alive(self):
        now = read_process(self.pid)
        return now is not None and now.started == self.started and now.state not in "ZX"

    def kill(self, number=signal.SIGKILL):
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            pass

    def wait_gone(self, timeout=PATIENCE):
        """By pidfd: returns as soon as the process has ended."""
        timeout = max(timeout, PATIENCE) * SLOWNESS
        try:
            fd = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        try:
            if self.alive() and not select.select([fd], [], [], timeout)[0]:
                raise AssertionError(f"{self!r} still runs after {timeout} s")
        finally:
            os.close(fd)


def read_process(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            text = file.read()
    except (FileNotFoundError, ProcessLookupError):
        return None
    comm = text[text.index("(") + 1:text.rindex(")")]
    rest = text[text.rindex(")") + 2:].split()
    return Process(int(pid), int(rest[1]), rest[0], comm, int(rest[19]))


def descendants(root=None):
    """Every living process below this test (or `root`); zombies that fell to us are reaped."""
    root = root or os.getpid()
    everyone = [p for p in map(read_process, filter(str.isdigit, os.listdir("/proc"))) if p]
    below, found = {root}, []
    while True:
        more = [p for p in everyone if p.ppid in below and p.pid not in below]
        if not more:
            break
        below.update(p.pid for p in more)
        found += more
    for process in found:
        if process.state == "Z" and process.ppid == os.getpid() and process.pid not in POPENS:
            try:
                os.waitpid(process.pid, os.WNOHANG)
            except ChildProcessError:
                pass
    return [p for p in found if p.state not in "ZX" and p.pid not in POPENS]


POPENS = set()


class Result:
    def __init__(self, args, code, out, err, seconds):
        self.args, self.code, self.out, self.err, self.seconds = args, code, out, err, seconds

    def __repr__(self):
        return (f"vitrinectl {' '.join(self.args)}: exit {self.code} after {self.seconds:.2f} s\n"
                f"out: {self.out}\nerr: {self.err}")


class Running:
    """vitrinectl in the background."""

    def __init__(self, popen, args):
        self.popen, self.args, self.begin = popen, args, time.monotonic()
        POPENS.add(popen.pid)

    def finish(self, timeout=60):
        try:
            out, err = self.popen.communicate(timeout=max(timeout, PATIENCE) * SLOWNESS)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            out, err = self.popen.communicate()
            raise AssertionError(f"vitrinectl {self.args} did not return in {timeout} s:"
                                 f" {out!r} {err!r}") from None
        finally:
            POPENS.discard(self.popen.pid)
        return Result(self.args, self.popen.returncode, out.decode(), err.decode(),
                      time.monotonic() - self.begin)


class World:
    """Folders and environment of one user of Vitrine."""

    def __init__(self, uid=None, programs=BUILD, parent=None):
        self.uid = uid if uid != os.geteuid() else None
        self.root = tempfile.mkdtemp(prefix="vt-", dir=parent)
        self.programs = programs
        self.env = dict(os.environ)
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
            self.env.pop(name, None)
        self.env["LC_ALL"] = "C.UTF-8"
        for key, folder in (("HOME", "home"), ("XDG_DATA_HOME", "data"), ("XDG_RUNTIME_DIR", "run"),
                            ("XDG_CONFIG_HOME", "config"), ("XDG_CACHE_HOME", "cache")):
            self.env[key] = os.path.join(self.root, folder)
            os.mkdir(self.env[key], 0o700)
        self.runtime_base = self.env["XDG_RUNTIME_DIR"]
        self.own(self.root, *(os.path.join(self.root, name) for name in os.listdir(self.root)))

    def own(self, *paths):
        """Gives files to this world's user."""
        if self.uid is not None:
            for path in paths:
                os.chown(path, self.uid, self.uid)

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def file(self, name, data=b"", mode=0o600):
        """A file of the user, with the contents given."""
        path = self.path(name)
        with open(path, "wb") as file:
            file.write(data)
        os.chmod(path, mode)
        self.own(path)
        return path

    def copy_image(self, name, to=None):
        """A writable copy of a boot-sector guest."""
        path = self.path(to or f"{name}-{uuids.uuid4().hex[:6]}.img")
        shutil.copyfile(image(name), path)
        self.own(path)
        return path

    def command(self, *args):
        command = [os.path.join(self.programs, "vitrinectl"), *args]
        if self.uid is not None:
            command = ["setpriv", f"--reuid={self.uid}", f"--regid={self.uid}", "--clear-groups",
                       "--bounding-set=-all", "--", *command]
        return command

    def spawn(self, *args, prefix=()):
        """By other programs (`prefix`), if need be: strace, prlimit."""
        return Running(subprocess.Popen([*prefix, *self.command(*args)], env=self.env, cwd=self.root,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE), args)

    def ctl(self, *args, code=0, timeout=60):
        """Runs vitrinectl; `code` None: any exit status."""
        result = self.spawn(*args).finish(timeout)
        if code is not None and result.code != code:
            raise AssertionError(f"expected exit {code}:\n{result!r}\n{self.logs()}")
        return result

    def json(self, *args, **more):
        return json.loads(self.ctl(*args, "--json", **more).out)

    def guest(self, name, disks=(), **settings):
        """Writes a definition by hand, as a person could. Settings by group__key."""
        guest = Guest(self, name)
        groups = {"vitrine": {"version": "1"},
                  "guest": {"uuid": guest.uuid, "name": name, "memory": "64", "cpus": "1"}}
        for number, disk in enumerate(disks):
            if isinstance(disk, str):
                # A writable disk belongs to one guest: the boot-sector guests are copied.
                ours = os.path.dirname(disk) == os.path.dirname(image("any"))
                disk = {"file": self.copy_image(os.path.basename(disk)[:-4]) if ours else disk}
            groups[f"disk{number}"] = {"format": "raw", "bus": "ide", **disk}
        for key, value in settings.items():
            group, key = key.split("__")
            groups.setdefault(group, {})[key.replace("_", "-")] = str(value)
        text = "".join(f"[{group}]\n" + "".join(f"{k}={v}\n" for k, v in keys.items())
                       for group, keys in groups.items())
        folder = self.env["XDG_DATA_HOME"]
        for part in ("vitrine", "guests", guest.uuid):
            folder = os.path.join(folder, part)
            if not os.path.isdir(folder):
                os.mkdir(folder, 0o700)
                self.own(folder)
        path = os.path.join(folder, "guest.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        self.own(path)
        return guest

    def config(self, text):
        folder = os.path.join(self.env["XDG_CONFIG_HOME"], "vitrine")
        os.makedirs(folder, 0o700, exist_ok=True)
        self.own(folder)
        self.own(self.file(os.path.join(folder, "vitrine.conf"), text.encode()))

    def runtime(self, *parts):
        return os.path.join(self.runtime_base, "vitrine", *parts)

    def leftovers(self):
        """Files below the runtime folder that should not outlive a guest."""
        return [os.path.join(folder, name)
                for folder, _, names in os.walk(self.runtime()) for name in names]

    def logs(self):
        """The guests' logs, for messages of failed tests."""
        text = ""
        base = os.path.join(self.env["XDG_DATA_HOME"], "vitrine", "guests")
        for name in os.listdir(base) if os.path.isdir(base) else ():
            log = os.path.join(base, name, "log")
            if os.path.exists(log):
                with open(log, encoding="utf-8", errors="replace") as file:
                    text += f"--- {log}\n" + "".join(file.readlines()[-30:])
        return text

    def close(self):
        """Ends what is left by pid and removes the folders; tells what was left."""
        left = descendants()
        for process in left:
            process.kill()
        wait_until(lambda: not descendants(), 5, "killed processes are gone")
        shutil.rmtree(self.root, ignore_errors=True)
        return left


class Without(World):
    """A world on a host that lacks a layer (tests/tools/without-layer.c)."""

    layer = None

    def command(self, *args):
        command = super().command(*args)
        if self.layer is None:
            return command
        return [os.path.join(BUILD, "tests/tools/without-layer"), self.layer, *command]


class Guest:
    """A guest of a world, stopped or running."""

    def __init__(self, world, name, uuid=None):
        self.world, self.name, self.uuid = world, name, uuid or str(uuids.uuid4())

    def start(self, *args, code=0, timeout=60):
        result = self.world.ctl("start", self.name, *args, code=code, timeout=timeout)
        if result.code == 0:
            # The report waits for the probes that prove the jails, so that none of them is met later.
            self.world.ctl("isolation", self.name, code=None)
        return result

    def stop(self, code=0):
        return self.world.ctl("stop", self.name, "--force", code=code)

    def show(self):
        return self.world.json("show", self.name)

    def state(self):
        return self.show()["state"]

    def wait_state(self, state, timeout=10):
        wait_until(lambda: self.state() == state, timeout, f"{self.name} is {state}")

    def folder(self, *parts):
        return os.path.join(self.world.env["XDG_DATA_HOME"], "vitrine", "guests", self.uuid, *parts)

    def log(self):
        try:
            with open(self.folder("log"), encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def socket(self, name):
        return self.world.runtime(self.uuid, name)

    def screenshot(self):
        path = self.world.path(f"{self.uuid}.png")
        self.world.ctl("screenshot", self.name, path)
        return Picture(path)

    def glass(self, timeout=PATIENCE, head=0):
        """Connects to the display, again and again while it is being replaced."""
        return self.glass_of(Glass, timeout, head)

    def glass_of(self, kind, timeout=PATIENCE, head=0):
        """The same with a client of another class."""
        end = time.monotonic() + timeout * SLOWNESS
        while True:
            try:
                return kind(self.socket("display"), max(0.1, end - time.monotonic()), head)
            except (OSError, Closed):
                if time.monotonic() > end:
                    raise
                time.sleep(0.01)

    def processes(self):
        """Of this guest: its vmm, its janitor, and those below them."""
        found = descendants()
        mine = [p for p in found
                if p.role in ("vmm", "janitor") and self.uuid in p.command_line()]
        below = {p.pid for p in mine}
        while True:
            more = [p for p in found if p.ppid in below and p.pid not in below]
            if not more:
                break
            below.update(p.pid for p in more)
            mine += more
        return mine

    def process(self, role):
        """The one process of a role, as it runs jailed: qemu, display, or vmm (the supervisor)."""
        mine = [p for p in self.processes() if p.role == role]
        if role == "vmm":
            parents = {p.ppid for p in self.processes() if p.role != "vmm"}
            mine = [p for p in mine if p.pid in parents] or mine
        if len(mine) != 1:
            raise AssertionError(f"one {role} expected: {self.processes()}")
        return mine[0]


class VitrineTest(unittest.TestCase):
    """A test in a world of its own that must leave nothing behind."""

    uid = None

    def setUp(self):
        self.world = World(self.uid)
        self.addCleanup(self.clean_up)

    def clean_up(self):
        for guest in self.guests():
            self.world.ctl("stop", guest, "--force", code=None)
        try:
            wait_until(lambda: not descendants(), 3, "every process has ended")
            self.assertEqual(self.world.leftovers(), [], "files left in the runtime folder")
        except AssertionError:
            print(self.world.logs(), file=sys.stderr)
            left = self.world.close()
            self.fail(f"left over: {left}")
        self.world.close()

    def guests(self):
        """Names of those that run still."""
        listed = self.world.ctl("list", "--json", code=None)
        if listed.code != 0:
            return []
        return [g["uuid"] for g in json.loads(listed.out) if g["state"] != "stopped"]

    def start(self, name, disk, **settings):
        """A started guest of one raw disk."""
        guest = self.world.guest(name, [disk], **settings)
        guest.start()
        return guest

    def assertRefused(self, result, *words):
        """Exit 1 with one plain line on stderr that contains the words."""
        self.assertEqual(result.code, 1, repr(result))
        lines = [line for line in result.err.splitlines() if line]
        self.assertTrue(lines, f"no message: {result!r}")
        for word in words:
            self.assertIn(word, lines[-1], repr(result))

    def assertNothingLeft(self, timeout=3):
        wait_until(lambda: not descendants(), timeout, f"no process is left ({descendants()})")
        self.assertEqual(self.world.leftovers(), [])


def main():
    unittest.main(verbosity=2)
