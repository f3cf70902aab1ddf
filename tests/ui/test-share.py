#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of shared consoles in the real window, on a real guest with a real viewer: share by
keyboard, see who looks on, let somebody in, cut somebody off, stop; and the mark in the header."""
import json
import os
import subprocess
import sys
from pathlib import Path

import iso
from desktop import (Application, Atspi, BUILD, check, ctl, leave_console, press, run, run_main,
                     shoot, wait, xdotool)

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../remote"))
sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../web"))
import gi  # noqa: E402
from remote import Rfb, des_response  # noqa: E402
from websocket import WebRfb, token_of  # noqa: E402
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gtk  # noqa: E402

HOME = Path(os.environ["HOME"])
NAME = "shared"


def listed():
    return json.loads(ctl("viewers", NAME, "--json"))


def cut_off(viewer):
    viewer.socket.settimeout(60)
    try:
        while viewer.socket.recv(65536):
            pass
    except ConnectionResetError:
        pass


def open_dialog(app):
    page = app.window(NAME)
    page.get(name=f"Screen of {NAME}")
    leave_console()
    press("ctrl+shift+s")
    return page, app.window(f"Share the console of {NAME}")


def password_of(dialog):
    return dialog.get(role="text", name="Password").text


def test_share_and_disconnect(app):
    page, dialog = open_dialog(app)
    check(not page.find(contains="Shared"), "the header says shared before anything is")
    for name in ("Who can reach it", "Port", "Password", "Copy the password", "Look only",
                 "Ask me for each viewer", "Ends after"):
        dialog.get(name=name)
    password = password_of(dialog)
    check(len(password) == 8, f"the password that is proposed is {password!r}")
    dialog.get(role="push button", name="Share").click()
    dialog.get(contains="VNC 127.0.0.1:")
    dialog.get(role="push button", name="Copy the password of this share")
    dialog.get(described="For 60 more minutes, until ")
    dialog.get(role="push button", name="Copy the address of this share").act()
    wait("the address to be on the clipboard", lambda: clipboard_text() == f"127.0.0.1:{listed()['shares'][0]['port']}")
    dialog.get(contains="The address is on the clipboard")
    page.get(name="Shared")
    share = listed()["shares"][0]
    check(share["address"] == "127.0.0.1" and not share["tls"] and not share["ask"], share)
    wait("the next share to have another password", lambda: password_of(dialog) != password)
    with Rfb(share["port"], password) as viewer:
        viewer.wait_pixel(0, 0, lambda pixel: pixel is not None)
        address = wait("the viewer to be listed", lambda: listed()["viewers"])[0]["address"]
        dialog.get(name=address)
        page.get(name="Shared: 1 viewer")
        shoot("share")
        dialog.get(role="push button", name=f"Disconnect {address}").act()
        cut_off(viewer)
    page.get(name="Shared")
    wait("the viewer that was cut off to go from the list", lambda: not dialog.find(name=address))
    return password


def test_password_stays(app):
    """What was shared here can be told to the next viewer after the page was closed, too."""
    password = test_share_and_disconnect(app)
    press("Escape")
    app.no_window(f"Share the console of {NAME}")
    app.front(NAME)
    _, dialog = open_dialog(app)
    dialog.get(described=f"Password: {password}")
    dialog.get(role="push button", name="Copy the password of this share").act()
    dialog.get(contains="The password is on the clipboard")
    wait("the password to be on the clipboard", lambda: clipboard_text() == password)
    ctl("share", NAME, "--spice")
    dialog.get(described="Whoever shared it was told the password.")
    check(len(dialog.all(role="push button", name="Copy the password of this share")) == 1,
          "the password of another's share is offered")
    ctl("unshare", NAME, str(listed()["shares"][1]["id"]))
    wait("the share by SPICE to go", lambda: not dialog.find(contains="SPICE"))


def test_one_network(app):
    dialog = app.window(f"Share the console of {NAME}")
    combo = dialog.get(role="combo box", name="Who can reach it")
    combo.click()
    press("Home", "Down", "Return")
    wait("a network to be chosen", lambda: "etwork" in chosen(combo))
    address = chosen(combo).removeprefix("The network of ")
    dialog.get(role="push button", name="Share").act()
    share = wait("it to be shared", lambda: listed()["shares"])[0]
    if address.startswith("Every"):  # this machine has no network
        address = "0.0.0.0"
    check(share["tls"] and share["address"] == address, share)
    shoot("share-network")
    ctl("unshare", NAME)
    wait("the share to go", lambda: not dialog.find(contains=f":{share['port']}"))


def test_off(app):
    """A guest that ends takes its shares along, and the page says why there is nothing to press."""
    dialog = app.window(f"Share the console of {NAME}")
    button = dialog.get(role="push button", name="Share")
    ctl("stop", "--force", NAME)
    dialog.get(contains="The guest does not run")
    check(not button.sensitive, "a guest that is off can be shared")
    shoot("share-off")
    press("Escape")
    app.no_window(f"Share the console of {NAME}")


def test_stop(app):
    page, dialog = app.window(NAME), app.window(f"Share the console of {NAME}")
    dialog.get(role="push button", contains="Stop sharing VNC 127.0.0.1:").act()
    wait("nothing to be shared", lambda: listed()["shares"] == [])
    wait("the mark in the header to go", lambda: not page.find(contains="Shared"))


def knock(port, password):
    """A viewer that knows the password and waits to be let in."""
    viewer = Rfb(port, password, start=False)
    viewer.read(12)
    viewer.socket.sendall(b"RFB 003.008\n")
    viewer.read(viewer.read(1)[0])
    viewer.socket.sendall(b"\2")
    viewer.socket.sendall(des_response(viewer.read(16), password) + b"\1")
    return viewer


def test_ask(app):
    page, dialog = app.window(NAME), app.window(f"Share the console of {NAME}")
    password = password_of(dialog)
    dialog.get(role="toggle button", name="Ask me for each viewer").act()
    dialog.get(role="toggle button", name="Look only").act()
    dialog.get(role="push button", name="Share").act()
    dialog.get(contains="VNC 127.0.0.1:")
    share = listed()["shares"][0]
    check(share["ask"] and share["view-only"], share)
    with knock(share["port"], password):
        page.get(contains="asks to see this console")
    wait("nobody to be said to wait", lambda: not page.find(contains="asks to see this console"))
    with knock(share["port"], password):
        dialog.get(role="push button", contains="Refuse 127.0.0.1").act()
        wait("who was refused to go", lambda: not listed()["viewers"])
    with knock(share["port"], password):
        page.get(contains="asks to see this console")
        check(page.get(role="push button", name="Share Console…").sensitive,
              "the question offers no way to answer it")
        shoot("share-ask")
        dialog.get(role="push button", contains="Let 127.0.0.1").act()
        wait("the viewer to be in", lambda: [v["state"] for v in listed()["viewers"]] == ["in"])
        wait("no more question",
             lambda: not dialog.find(role="push button", contains="Let 127.0.0.1"))
        dialog.get(role="push button", contains="Disconnect 127.0.0.1")
        wait("one who is in to ask no more",
             lambda: not page.find(contains="asks to see this console"))
    ctl("unshare", NAME)
    wait("the share to go, whoever ended it", lambda: not dialog.find(contains="VNC 127.0.0.1:"))


def test_web(app):
    """By a browser: the protocol is chosen by keyboard, and the link that is copied lets one in."""
    dialog = app.window(f"Share the console of {NAME}")
    for name in ("Ask me for each viewer", "Look only"):  # as the test before left them
        dialog.get(role="toggle button", name=name).act()
    dialog.get(role="combo box", name="Protocol").click()
    press("Down", "Return")
    dialog.get(role="combo box", described="For any browser")
    dialog.get(role="push button", name="Share").act()
    dialog.get(contains="Web http://127.0.0.1:")
    share = listed()["shares"][0]
    check(share["protocol"] == "web" and share["url"].endswith(f":{share['port']}/"), share)
    dialog.get(role="push button", name="Copy a link that lets one viewer in").act()
    dialog.get(contains="The link is on the clipboard")
    dialog.get(role="push button", name="Copy the address of this share").act()
    wait("the page's address to be on the clipboard", lambda: clipboard_text() == share["url"])
    dialog.get(role="push button", name="Copy a link that lets one viewer in").act()
    link = wait("the link to be on the clipboard", clipboard_link)
    check(link.startswith(share["url"] + "#"), link)
    with WebRfb(share["port"], token=token_of(link)) as viewer:
        viewer.wait_pixel(0, 0, lambda pixel: pixel is not None)
        dialog.get(described="Looks on by Web")
        shoot("share-web")
    dialog.get(role="push button", contains="Stop sharing Web http").act()
    wait("nothing to be shared", lambda: listed()["shares"] == [])
    dialog.get(role="combo box", name="Protocol").click()
    press("Up", "Return")
    dialog.get(role="combo box", described="For TigerVNC")


def clipboard_text():
    return Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD).wait_for_text()


def clipboard_link():
    text = clipboard_text()
    return text if text and "#" in text else None


def type_password(dialog, text):
    dialog.get(role="text", name="Password").click()
    press("ctrl+a")
    xdotool("type", text)
    wait("the password to be typed", lambda: password_of(dialog) == text)


def chosen(combo):
    """What a combo box shows."""
    child = Atspi.Selection.get_selected_child(combo.node, 0)
    return child.get_name() if child else ""


def test_every_network(app):
    """It wants a longer password, and is encrypted."""
    dialog = app.window(f"Share the console of {NAME}")
    type_password(dialog, "short")
    combo = dialog.get(role="combo box", name="Who can reach it")
    own = subprocess.run(["hostname", "-I"], check=True, capture_output=True, text=True).stdout.split()
    offered = [w.name for w in combo.walk() if w.role == "menu item"]
    check(offered[0] == "This computer only" and offered[-1] == "Every network of this computer"
          and sorted(offered[1:-1]) == sorted(f"The network of {address}" for address in own), offered)
    combo.click()
    press("End", "Return")
    wait("every network to be chosen", lambda: chosen(combo).startswith("Every network"))
    dialog.get(role="push button", name="Share").act()
    dialog.get(contains="at least 8 characters")
    check(listed()["shares"] == [], "it was shared nevertheless")
    type_password(dialog, "long enough")
    dialog.get(role="push button", name="Share").act()
    share = wait("it to be shared", lambda: listed()["shares"])[0]
    check(share["tls"] and share["fingerprint"] and share["address"] == "0.0.0.0", share)
    dialog.get(contains=f":{share['port']}")
    for address in own:  # 0.0.0.0 is no address of IPv6
        check(bool(dialog.find(described=address)) == (":" not in address), address)
    shoot("share-tls")
    ctl("unshare", NAME)
    wait("the share to go", lambda: not dialog.find(contains=f":{share['port']}"))


def main():
    boot = (BUILD / "tests" / "guests" / "keys.img").read_bytes()
    (HOME / "keys.iso").write_bytes(iso.make(boot))
    xdotool("mousemove", 5, 5)
    ctl("create", NAME, "--iso", str(HOME / "keys.iso"), "--memory", "64M")
    ctl("start", NAME)
    with Application(NAME) as app:
        run(app, test_password_stays, test_stop, test_ask, test_web, test_every_network,
            test_one_network, test_off)
    print("all passed")
    return 0


if __name__ == "__main__":
    run_main(main)
