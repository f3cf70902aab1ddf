# SPDX-License-Identifier: GPL-2.0-or-later
"""A real QEMU and the real vitrine-display, linked the way vitrine-vmm links them but without a
jail, for tests of the display process alone. The folder of the programs is VITRINE_BUILD."""

import concurrent.futures
import contextlib
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

BUILD = os.environ.get("VITRINE_BUILD", "build")
PROBE = os.path.join(BUILD, "tests", "tools", "glass-probe")
GUESTS = os.path.join(BUILD, "tests", "guests")

LINK_QEMU, LINK_PING = 1, 2
LINK_READY, LINK_PONG, LINK_VIEWERS, LINK_FAILED = 32, 33, 34, 35
FAILED_PROTOCOL, FAILED_GONE = 1, 2


def display_program():
    for name in ("vitrine-display", "display/vitrine-display"):
        path = os.path.join(BUILD, name)
        if os.path.exists(path):
            return path
    raise SystemExit("vitrine-display is not built")


def memory_kib(process, name):
    with open("/proc/%d/smaps_rollup" % process.pid) as rollup:
        for line in rollup:
            if line.startswith(name + ":"):
                return int(line.split()[1])
    raise KeyError(name)


class Qemu:
    """QEMU with QMP on a socketpair."""

    def __init__(self, *args):
        ours, theirs = socket.socketpair()
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-accel", "tcg", "-m", "64",
             *([] if "-display" in args else ["-display", "dbus,p2p=on"]),
             "-chardev", "socket,id=qmp,fd=%d" % theirs.fileno(),
             "-mon", "chardev=qmp,mode=control", *args],
            pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()
        self.socket = ours
        self.socket.settimeout(20)
        self.buffer = b""
        self.read()
        self.call("qmp_capabilities")

    def read(self):
        while b"\n" not in self.buffer:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError("QEMU closed QMP")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)

    def call(self, command, fd=None, **arguments):
        text = json.dumps({"execute": command, "arguments": arguments}).encode()
        if fd is None:
            self.socket.sendall(text)
        else:
            socket.send_fds(self.socket, [text], [fd])
        while True:
            answer = self.read()
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise RuntimeError(answer["error"]["desc"])

    def link(self):
        """The display's end of a fresh link."""
        ours, theirs = socket.socketpair()
        self.call("getfd", fd=theirs.fileno(), fdname="display")
        theirs.close()
        self.call("add_client", protocol="@dbus-display", fdname="display")
        return ours

    def memory_kib(self, name="Private_Dirty"):
        return memory_kib(self.process, name)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.socket.close()


class Display:
    """vitrine-display, its link and the socket that viewers connect to."""

    def __init__(self, path, listening=None, options=()):
        self.path = path
        if listening is None:
            listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            listening.bind(path)
            listening.listen(16)
        self.listening = listening
        self.link, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.link.settimeout(20)
        self.process = subprocess.Popen(
            [display_program(), "--link-fd", str(theirs.fileno()),
             "--glass-fd", str(listening.fileno()), *options],
            pass_fds=[theirs.fileno(), listening.fileno()])
        theirs.close()

    def send(self, kind, value=0, fds=()):
        socket.send_fds(self.link, [struct.pack("=II", kind, value)], list(fds))

    def attach(self, qemu_socket):
        self.send(LINK_QEMU, 0, [qemu_socket.fileno()])
        qemu_socket.close()

    def receive(self):
        data = self.link.recv(64)
        return struct.unpack("=II", data) if data else None

    def expect(self, kind):
        """The value of the next message of this kind; others before it are passed over."""
        while True:
            message = self.receive()
            if message is None:
                raise EOFError("vitrine-display closed the link")
            if message[0] == LINK_FAILED and kind != LINK_FAILED:
                raise RuntimeError("vitrine-display failed with %d" % message[1])
            if message[0] == kind:
                return message[1]

    def probe(self, *args, check=True, timeout=60):
        """Runs glass-probe; returns its output as a dictionary."""
        run = subprocess.run([PROBE, self.path, *map(str, args)], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, timeout=timeout, text=True)
        if check and run.returncode != 0:
            raise RuntimeError("glass-probe %s: %s" % (" ".join(map(str, args)), run.stderr))
        return dict(line.split(" ", 1) for line in run.stdout.splitlines())

    def cpu_seconds(self):
        with open("/proc/%d/stat" % self.process.pid) as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_kib(self, name="Pss"):
        return memory_kib(self.process, name)

    def open_files(self):
        folder = "/proc/%d/fd" % self.process.pid
        found = []
        for name in os.listdir(folder):
            try:
                found.append(os.readlink(os.path.join(folder, name)))
            except FileNotFoundError:
                pass  # closed since the folder was listed
        return found

    def wake_ups(self, name=None):
        """Voluntary context switches of all its threads so far, or of those of this name."""
        total = 0
        for task in os.listdir("/proc/%d/task" % self.process.pid):
            with open("/proc/%d/task/%s/status" % (self.process.pid, task)) as status:
                values = dict(line.split(":", 1) for line in status)
            if name in (None, values["Name"].strip()):
                total += int(values["voluntary_ctxt_switches"])
        return total

    def stop(self):
        self.link.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


def disk(name):
    return ["-drive", "file=%s,format=raw,if=ide,read-only=off,snapshot=on"
            % os.path.join(GUESTS, name + ".img")]


@contextlib.contextmanager
def machine(*args, options=()):
    """A folder, a QEMU with these arguments and a display that is ready, with these options."""
    folder = tempfile.mkdtemp(prefix="vitrine-display-")
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, True)
        qemu = Qemu(*args)
        stack.callback(qemu.stop)
        display = Display(os.path.join(folder, "display"), options=options)
        stack.callback(display.process.wait)
        stack.callback(display.process.kill)
        display.attach(qemu.link())
        display.expect(LINK_READY)
        yield qemu, display


def run_test(test):
    start = time.monotonic()
    try:
        note = test() or ""
        print("ok %s (%.1f s) %s" % (test.__name__, time.monotonic() - start, note), flush=True)
        return True
    except Exception as error:
        print("not ok %s: %s: %s" % (test.__name__, type(error).__name__, error), flush=True)
        return False


def run_tests(tests, at_once=()):
    """Runs functions as TAP-like lines, after them those that mostly wait all at once; any failure
    fails the program."""
    wanted = sys.argv[1:]
    one_by_one, together = ([test for test in some if not wanted or test.__name__ in wanted]
                            for some in (tests, at_once))
    results = list(map(run_test, one_by_one))
    with concurrent.futures.ThreadPoolExecutor(len(together) or 1) as pool:
        results += pool.map(run_test, together)
    sys.exit(0 if all(results) else 1)
