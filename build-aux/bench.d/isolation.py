# SPDX-License-Identifier: GPL-2.0-or-later
"""What guests can get out of their jails, and what they leave behind."""

import contextlib
import os

import remains
from vitrine_test import Without, image, wait_until

USER = 1500
GUESTS = 20
ROUNDS = 50


def drill(uid, layer):
    """A drill in a world of its own; its report."""
    world = Without(uid)
    world.layer = layer
    with contextlib.closing(world):
        guest = world.guest("drilled", [image("idle")], network__policy="internet")
        guest.start(timeout=60)
        report = world.json("drill", guest.name, code=None, timeout=120)
        guest.stop()
    return report


def escapes(world, table, quick):
    """Ways out of the jails that are open and that docs/SECURITY.md does not name."""
    table.section("escapes from the jails of QEMU, display, network and qemu-img")
    users = [("as root in a container", None), ("as a user", USER)] if os.geteuid() == 0 else [
        ("as a user", None)]
    for who, uid in users:
        for how, layer in (("with user namespaces", None), ("without user namespaces", "user")):
            report = drill(uid, layer)
            table.row(f"{who}, {how}: open beyond the documented", report["open"], limit=0, digits=0)
            table.row("  tried", report["tried"], digits=0)
            table.row("  documented: needed for the work", report["needed"], digits=0)
            table.row("  documented: bounded by a control group only", report["unbounded"], digits=0)


def churn(world, table, quick):
    """Whether guests that came and went left anything."""
    rounds = 5 if quick else ROUNDS
    note = f"{rounds} of {ROUNDS} rounds, to be quick" if quick else ""
    table.section(f"{GUESTS} guests at once, started and stopped {rounds} times")
    guests = [world.guest(f"guest-{i}", [image("idle")], network__policy="internet")
              for i in range(GUESTS)]
    left = []
    for _ in range(rounds):
        remains.round_of(world, guests)
        with contextlib.suppress(AssertionError):
            wait_until(lambda: not remains.find(world, guests), 30, "nothing is left")
        left += remains.find(world, guests)
    for what in left:
        print(f"left behind: {what}", flush=True)
    table.row("starts and stops", GUESTS * rounds, digits=0, peers=note)
    table.row("processes, sockets, memory files, locks, groups left", len(left), limit=0, digits=0)
