# SPDX-License-Identifier: GPL-2.0-or-later
"""One guest behind each of two VNC servers, Vitrine's and the one inside QEMU, so that both can be
measured by the same client in turns. Whoever is not measured is paused, so that it costs nothing."""

import json
import os
import signal
import subprocess
import threading
import time

from plain import Plain
from stats import Usage, median, pss
from vitrine_test import BUILD, POPENS

LOAD = os.path.join(BUILD, "tests", "tools", "rfb-load")


class Load:
    """tests/tools/rfb-load against a server."""

    def __init__(self, server, *options):
        command = [LOAD, "--port", str(server.port), *map(str, options)]
        if server.password:
            command += ["--password", server.password]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        POPENS.add(self.process.pid)
        try:
            self.answer()
        except BaseException:
            self.__exit__()
            raise

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise EOFError(f"rfb-load ended: {' '.join(self.process.args)}")
        return json.loads(line)

    def command(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.answer()

    def count(self):
        return self.command("count")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()
        POPENS.discard(self.process.pid)


class Ours:
    """A started, shared guest of Vitrine's."""

    def __init__(self, world, name, disks=(), **settings):
        self.guest = world.guest(name, disks, **settings)
        self.guest.start()
        share = world.json("share", name, "--vnc", "127.0.0.1:0")
        self.port, self.password = share["port"], share["password"]
        self.qemu = self.guest.process("qemu").pid
        self.display = self.guest.process("display").pid
        self.pids = [self.qemu, self.display]
        reply = json.loads(world.ctl("monitor", name, '{"execute": "query-cpus-fast"}').out)
        self.vcpus = {cpu["thread-id"] for cpu in reply["return"]}

    def pause(self):
        self.guest.world.ctl("pause", self.guest.name)

    def resume(self):
        self.guest.world.ctl("resume", self.guest.name)

    def memory(self):
        return pss(self.qemu)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.guest.stop()


class Own:
    """Plain QEMU with its own VNC server."""

    def __init__(self, disk, *more, **machine):
        self.plain = Plain(disk, "-vnc", "127.0.0.1:0,to=900,connections=256,lossy=on", *more, **machine)
        self.port = int(self.plain.command("query-vnc")["service"])
        self.password = None
        self.qemu = self.plain.process.pid
        self.display = None
        self.pids = [self.qemu]
        self.vcpus = self.plain.vcpu_threads()

    def pause(self):
        os.kill(self.qemu, signal.SIGSTOP)  # with many viewers it may not answer for a minute

    def resume(self):
        os.kill(self.qemu, signal.SIGCONT)

    def memory(self):
        return pss(self.qemu)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.plain.__exit__()


class Watch:
    """When a pixel changes for a client of the local display's protocol (what a window sees), in
    seconds of the monotonic clock, while a viewer presses keys."""

    def __init__(self, guest, x=0, y=0):
        self.glass = guest.glass()
        self.place = x, y
        self.times = []
        self.over = False
        self.seen = self.glass.wait_pixel(x, y, lambda pixel: pixel is not None)
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def watch(self):
        while not self.over:
            try:
                self.seen = self.glass.wait_pixel(*self.place, lambda pixel: pixel != self.seen,
                                                  0.5)
            except TimeoutError:
                continue
            self.times.append(time.monotonic())

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over = True
        self.thread.join()
        self.glass.close()


class Rates:
    """What a server gave its viewers over a while, and what that took."""

    def __init__(self, server, load, seconds, screen=1920 * 1080):
        before, usage = load.count(), Usage(server.pids)
        time.sleep(seconds)
        usage.finish()
        after = load.count()
        passed = after["time"] - before["time"]
        frames = [(b[1] - a[1]) / screen / passed
                  for a, b in zip(before["viewers"], after["viewers"])]
        self.frames = sum(frames) / len(frames)
        self.slowest = min(frames)
        self.bytes = sum(b[2] - a[2] for a, b in zip(before["viewers"], after["viewers"])) / passed
        self.core = sum(usage.core(pid, server.vcpus) for pid in server.pids)
        self.display = usage.core(server.display) if server.display else 0
        self.milliseconds = self.core * 10 / self.frames if self.frames else float("inf")
        self.display_milliseconds = self.display * 10 / self.frames if self.frames else float("inf")


def in_turns(servers, rounds, measure):
    """Lists of what `measure` returns for each server, taken by turns."""
    found = [[] for _ in servers]
    for server in servers:
        server.pause()
    for _ in range(rounds):
        for server, list_ in zip(servers, found):
            server.resume()
            list_.append(measure(server))
            server.pause()
    for server in servers:
        server.resume()
    return found


def middle(rates, name):
    return median([getattr(rate, name) for rate in rates])
