# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures of consoles shared by SPICE, each beside QEMU's own SPICE server in the same run: the same
guest, the same client (spice-gtk's library, tests/remote/spice_client.py), by turns."""

import importlib.util
import os
import socket
import time

from plain import Plain
from servers import Watch
from stats import median, p95
from vitrine_test import SOURCE, image



def load_client():
    """tests/remote/spice.py, whose name this file has, too."""
    path = os.path.join(SOURCE, "tests", "remote", "spice.py")
    spec = importlib.util.spec_from_file_location("spice_viewers", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Client


Client = load_client()

KEY_A = 30
PASSWORD = "secret"


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Ours:
    """A started guest of Vitrine's, shared by SPICE."""

    def __init__(self, world, disk):
        self.world = world
        self.guest = world.guest(f"spice-{disk}", [image(disk)])

    def __enter__(self):
        self.guest.start()
        share = self.world.json("share", self.guest.name, "--spice", ":0")
        self.port, self.password = share["port"], share["password"]
        return self

    def pause(self, paused):
        self.world.ctl("pause" if paused else "resume", self.guest.name)

    def __exit__(self, *_):
        self.guest.stop()


class Own:
    """The SPICE server inside QEMU."""

    def __init__(self, disk):
        self.port, self.password = free_port(), PASSWORD
        self.qemu = Plain(image(disk), "-object", f"secret,id=ticket,data={PASSWORD}", "-spice",
                          f"port={self.port},addr=127.0.0.1,password-secret=ticket")

    def __enter__(self):
        self.qemu.__enter__()
        return self

    def pause(self, paused):
        self.qemu.command("stop" if paused else "cont")

    def __exit__(self, *_):
        self.qemu.__exit__()


def in_turns(servers, rounds, measure):
    """Each alone, one after the other, several times: the machine's moods strike both."""
    found = [[] for _ in servers]
    for server in servers:
        server.pause(True)
    for _ in range(rounds):
        for server, list_ in zip(servers, found):
            server.pause(False)
            with Client(server.port, server.password) as client:
                client.expect("primary")
                client.opened("inputs")
                time.sleep(0.7)
                list_.append(measure(client, server))
            server.pause(True)
    return found


def after_glass(server, times):
    """How many milliseconds later than a local client a viewer is shown the very same changes."""
    with Client(server.port, server.password) as client:
        client.expect("primary")
        client.opened("inputs")
        time.sleep(0.7)
        with Watch(server.guest, 10, 10) as watch:
            client.send(latency=[KEY_A, 10, 10, times])
            shown = client.expect("latency", 60)["shown"]
            time.sleep(0.5)
    # A key that is pressed and released changes the pixel twice, or once if QEMU shows it once.
    return [(viewer - min(watch.times, key=lambda local: abs(viewer - local))) * 1000
            for viewer in shown]


def latency(world, table, quick):
    table.section("SPICE, key press to changed pixel of a VGA guest")
    times, rounds = (60, 1) if quick else (60, 3)

    def press(client, server):
        client.send(latency=[KEY_A, 10, 10, times])
        return [second * 1000 for second in client.expect("latency", 60)["seconds"]]
    with Ours(world, "keys") as ours, Own("keys") as own:
        time.sleep(2)
        mine, its = (sum(found, []) for found in in_turns((ours, own), rounds, press))
        ours.pause(False)
        later = after_glass(ours, times)
    # What both wait for is QEMU's refresh; a tick of it can be missed.
    table.row("median", median(mine), median(its), median(its) + 2, " ms",
              peers="16.7 ms on an idle machine")
    table.row("... 95th percentile", p95(mine), p95(its), p95(its) + 4, " ms", peers="28.8 ms")
    table.row("after the local window's protocol, median", median(later), limit=2, unit=" ms")


def frames(world, table, quick):
    table.section("SPICE, every pixel of 1920x1080 changing")
    rounds, seconds = (1, 2) if quick else (3, 3)

    def count(client, server):
        client.send(count=seconds)
        reply = client.expect("count", 60)
        return reply["frames"] / reply["seconds"]
    for disk, what in (("full", "flat"), ("photo", "photo")):
        with Ours(world, disk) as ours, Own(disk) as own:
            time.sleep(2)
            mine, its = in_turns((ours, own), rounds, count)
        table.row(f"{what}, frames a second", median(mine), median(its), median(its) * 0.97, "/s",
                  least=True, peers="31/s" if what == "flat" else "")
