#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The network of a guest in the real window: the mark in the header says the policy and follows it,
whoever changes it; keys and the menu change it in the running guest; the settings have its keys."""
import json
import os
from pathlib import Path

import iso
from desktop import (Application, BUILD, check, ctl, leave_console, press, run, run_main, shoot,
                     wait, xdotool)

HOME = Path(os.environ["HOME"])
NAME = "connected"


def policy():
    return json.loads(ctl("network", NAME, "--json"))["policy"]


def test_keys(app):
    page = app.window(NAME)
    page.get(name=f"Screen of {NAME}")
    page.get(contains="Network: internet. The guest reaches neither")
    shoot("network-internet")
    leave_console()
    press("ctrl+shift+n")
    page.get(contains="Network: offline.")
    check(policy() == "offline", "the window says offline, the guest is not")
    shoot("network-offline")
    press("ctrl+shift+l")
    page.get(contains="Network: internet and local network.")
    check(policy() == "lan", "the window says local network, the guest has another")


def test_from_outside(app):
    page = app.window(NAME)
    ctl("set", NAME, "network.policy=internet")
    page.get(contains="Network: internet. The guest reaches neither")


def test_menu(app):
    page = app.window(NAME)
    page.get(contains="Network: internet. The guest reaches neither").act()
    item = wait("the menu", lambda: page.find(name="Offline"))
    shoot("network-menu")
    item.act()
    page.get(contains="Network: offline.")
    wait("the guest to be offline", lambda: policy() == "offline")


def test_settings(app):
    press("ctrl+comma")
    dialog = app.window(f"Settings of {NAME}")
    for name in ("Network", "Network card", "Forwarded ports", "Name server", "Network to the guest",
                 "Network from the guest"):
        dialog.get(name=name)
    shoot("network-settings")
    press("Escape")


def main():
    boot = (BUILD / "tests" / "guests" / "keys.img").read_bytes()
    (HOME / "keys.iso").write_bytes(iso.make(boot))
    xdotool("mousemove", 5, 5)
    ctl("create", NAME, "--iso", str(HOME / "keys.iso"), "--memory", "64M")
    ctl("start", NAME)
    with Application(NAME) as app:
        run(app, test_keys, test_from_outside, test_menu, test_settings)
    ctl("stop", "--force", NAME)
    print("all passed")
    return 0


if __name__ == "__main__":
    run_main(main)
