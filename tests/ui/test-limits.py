#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The limits of a guest in the real window, before its start and while it runs, judged by QEMU's own
word and by the guest's definition; and the sentence that says what holds them on this host."""
import json
import os
from pathlib import Path

import iso
from desktop import (Application, Atspi, BUILD, check, check_names, ctl, press, run, run_main,
                     shoot, wait, xdotool)

HOME = Path(os.environ["HOME"])
DATA = Path(os.environ["XDG_DATA_HOME"])
NAME = "bounded"
TITLE = f"Settings of {NAME}"
NAMES = ("Processor time", "Memory ceiling", "Disk throughput", "Disk requests",
         "Network to the guest", "Network from the guest", "Processes", "Open files")


def throttle():
    """Bytes and requests a second, as QEMU holds its disks to them."""
    reply = json.loads(ctl("monitor", NAME, json.dumps({"execute": "qom-get", "arguments": {
        "path": "/objects/disk-limits", "property": "limits"}})))["return"]
    return reply["bps-total"], reply["iops-total"]


def rates():
    state = json.loads(ctl("network", NAME, "--json"))
    return state["rate-in"], state["rate-out"]


def written():
    return next(DATA.glob("vitrine/guests/*/guest.conf")).read_text(encoding="utf-8")


def spin(dialog, name):
    """In view or not."""
    return wait(f"spin button {name}", lambda: next(
        (w for w in dialog.walk() if w.role == "spin button" and w.name == name), None))


def fill(dialog, name, text):
    Atspi.EditableText.set_text_contents(spin(dialog, name).node, text)


def wait_said(dialog, text):
    """What the group says of itself, in view or not."""
    wait(f"the limits to say: {text}", lambda: any(
        w.name == "Limits" and text in w.description for w in dialog.walk()))


def save(app, dialog):
    button = dialog.get(role="push button", name="Save")
    wait("Save to become possible", lambda: button.sensitive)
    button.click()
    app.no_window(TITLE)


def settings(app):
    """The settings, with the limits in view."""
    press("ctrl+comma")
    dialog = app.front(TITLE)
    spin(dialog, "Processor time")
    return dialog


def test_before_the_start(app):
    window = app.front("Vitrine")
    window.get(contains=f"{NAME}, Stopped").click()
    dialog = settings(app)
    check(spin(dialog, "Disk requests").text == "No limit", "a fresh guest has a limit")
    check(spin(dialog, "Memory ceiling").text == "Automatic", "a fresh guest has a ceiling")
    for name in NAMES:
        check(spin(dialog, name).sensitive, f"{name} cannot be set")
    wait_said(dialog, "control group")
    check_names(dialog)
    # Too few for QEMU to live: said beside it, and not saved.
    fill(dialog, "Open files", "3")
    entry = spin(dialog, "Open files")
    wait("the error", lambda: "between 128 and 4096" in entry.node.get_description())
    check(not dialog.get(role="push button", name="Save").sensitive, "a wrong value can be saved")
    fill(dialog, "Open files", "300")
    fill(dialog, "Disk throughput", "2.5")
    fill(dialog, "Disk requests", "70 requests/s")
    fill(dialog, "Network to the guest", "1.5")
    save(app, dialog)
    for line in ("descriptors=300", "disk-rate=2500", "disk-iops=70", "rate-in=1500"):
        check(line + "\n" in written(), f"{line} is not in the file:\n{written()}")
    ctl("start", NAME)
    check(throttle() == (2500000, 70), f"QEMU holds the disks to {throttle()}")
    check(rates() == (1500, 0), f"the network is held to {rates()}")


def test_while_it_runs(app):
    window = app.front("Vitrine")
    window.get(contains=f"{NAME}, Running").click()
    dialog = settings(app)
    enforced = json.loads(ctl("limits", NAME, "--json"))
    holds = enforced["cpu"]["enforced"]
    check(spin(dialog, "Processor time").sensitive == holds,
          "what this host cannot hold can be set, or the other way round")
    wait_said(dialog, "QEMU the disks" if holds else "memory and processes do not")
    check(not dialog.get(role="text", name="Memory").sensitive, "memory can be changed")
    check(spin(dialog, "Disk throughput").text == "2.5 MB/s",
          f"the window says {spin(dialog, 'Disk throughput').text}")
    disks = spin(dialog, "Disk requests")
    Atspi.Component.grab_focus(disks.node)
    wait("the focus", lambda: disks.focused)
    press("Up")
    wait("the arrow key's step", lambda: disks.text == "120 requests/s")
    fill(dialog, "Disk throughput", "4 MB/s")
    fill(dialog, "Network from the guest", "0.8")
    fill(dialog, "Network to the guest", "No limit")
    shoot("limits-running")
    save(app, dialog)
    check(throttle() == (4000000, 120), f"QEMU holds the disks to {throttle()}")
    check(rates() == (0, 800), f"the network is held to {rates()}")
    check("disk-iops=120\n" in written(), written())


def test_lifted(app):
    app.front("Vitrine")
    dialog = settings(app)
    fill(dialog, "Disk requests", "0")
    fill(dialog, "Disk throughput", "0")
    save(app, dialog)
    check(throttle() == (0, 0), f"QEMU holds the disks to {throttle()}")


def main():
    boot = (BUILD / "tests" / "guests" / "keys.img").read_bytes()
    (HOME / "keys.iso").write_bytes(iso.make(boot))
    xdotool("mousemove", 5, 5)
    ctl("create", NAME, "--iso", str(HOME / "keys.iso"), "--memory", "64M")
    with Application() as app:
        run(app, test_before_the_start, test_while_it_runs, test_lifted)
    ctl("stop", "--force", NAME)
    print("all passed")
    return 0


if __name__ == "__main__":
    run_main(main)
