# SPDX-License-Identifier: GPL-2.0-or-later
"""Consoles shared by VNC and SPICE, seen and typed into with viewers that nobody here wrote:
TigerVNC, TightVNC's Unix viewer, gtk-vnc, vncsnapshot, remote-viewer, spicy, and what nmap makes of
the ports."""

import contextlib
import os
import re
import subprocess
import tempfile
import time

import gi
gi.require_version("GdkPixbuf", "2.0")
from gi.repository import GdkPixbuf  # noqa: E402

from remote import ENDED, IN, LEFT, NO_TLS, REFUSED, TLS, Sharing, machine, make_pem
from harness import disk, run_tests
from xscreen import password_file, screen, wait_for, window_pixel, xdotool

SPICE = 3  # LINK_PROTOCOL_SPICE
BLUE = (0x20, 0x60, 0xa0)


def guest_pixel(display):
    return display.probe("--at", "10,10", "info")["pixel"]


def look_and_type(display, sharing, env, command, extra=None):
    """Starts a viewer, sees the guest in its window, types into it, ends it."""
    with tempfile.TemporaryFile("w+") as log:
        viewer = subprocess.Popen(command, env=dict(env, **(extra or {})), stdout=log, stderr=log)
        try:
            number = sharing.expect(IN).viewer
            window = wait_for(lambda: xdotool(env, "search", "--onlyvisible", "--name", "Vitrine"),
                              10, "there is a window")[-1]
            wait_for(lambda: window_pixel(env, window) == BLUE, 10, "the window shows the guest")
            before = guest_pixel(display)

            def typed():
                xdotool(env, "windowactivate", "--sync", window, "mousemove", "--window", window,
                        "200", "200", "click", "1", "key", "a")
                time.sleep(0.2)
                return guest_pixel(display) != before
            wait_for(typed, 10, "the guest sees a key")
        except BaseException:
            log.seek(0)
            print(log.read()[-2000:])
            raise
        finally:
            viewer.kill()
            viewer.wait()
    sharing.expect(ENDED, LEFT, number)


@contextlib.contextmanager
def shared():
    """A guest that has painted, its link, and a screen for viewers."""
    with screen() as env, machine("-vga", "std", *disk("keys")) as (qemu, display):
        display.probe("--timeout", 20, "wait-pixel", 500, 500, "2060a0")
        yield display, Sharing(display), env


def test_tigervnc():
    """Its own choice of encoding, and each by name; with a password."""
    with shared() as (display, sharing, env):
        name = password_file(env["HOME"], "secret")
        address = "127.0.0.1::%d" % sharing.share()
        look_and_type(display, sharing, env, ["xtigervncviewer", "-passwd", name, address])
        for encoding in ("Tight", "ZRLE", "Hextile", "Raw"):
            look_and_type(display, sharing, env,
                          ["xtigervncviewer", "-AutoSelect=0", "-PreferredEncoding=" + encoding,
                           "-passwd", name, address])
        for colours in ("0", "1", "2"):  # 8, 64 and 256: pixels of 8 bits
            viewer = subprocess.Popen(["xtigervncviewer", "-AutoSelect=0", "-FullColor=0",
                                       "-LowColorLevel=" + colours, "-passwd", name, address],
                                      env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            number = sharing.expect(IN).viewer
            wait_for(lambda: xdotool(env, "search", "--onlyvisible", "--name", "Vitrine"), 10,
                     "there is a window")
            time.sleep(0.5)
            assert viewer.poll() is None
            viewer.kill()
            viewer.wait()
            sharing.expect(ENDED, LEFT, number)


def test_tigervnc_tls():
    """VeNCrypt with our certificate as its authority; without it, no login."""
    pem = make_pem()
    with shared() as (display, sharing, env):
        name = password_file(env["HOME"], "secret")
        authority = os.path.join(env["HOME"], "authority.pem")
        with open(authority, "wb") as file:
            file.write(pem[0])
        short = "localhost::%d" % sharing.share(flags=TLS, pem=pem)
        look_and_type(display, sharing, env,
                      ["xtigervncviewer", "-X509CA=" + authority, "-SecurityTypes=X509Vnc",
                       "-passwd", name, short])
        run = subprocess.Popen(["xtigervncviewer", "-SecurityTypes=VncAuth,None", "-passwd", name,
                                short], env=env, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
        assert sharing.expect(REFUSED).why in (LEFT, NO_TLS)
        run.kill()
        run.wait()


def test_tightvnc():
    with shared() as (display, sharing, env):
        name = password_file(env["HOME"], "secret")
        port = sharing.share()
        for encodings in ("tight", "hextile", "raw"):
            look_and_type(display, sharing, env,
                          ["xtightvncviewer", "-encodings", encodings, "-passwd", name,
                           "127.0.0.1::%d" % port])
        look_and_type(display, sharing, env,
                      ["xtightvncviewer", "-encodings", "tight", "-quality", "6", "-compresslevel",
                       "9", "-passwd", name, "127.0.0.1::%d" % port])


def test_gtk_vnc():
    with shared() as (display, sharing, env):
        port = sharing.share(password="")
        look_and_type(display, sharing, env, ["gvncviewer", "127.0.0.1:%d" % (port - 5900)])
        path = os.path.join(env["HOME"], "picture.png")
        subprocess.run(["gvnccapture", "-q", "127.0.0.1:%d" % (port - 5900), path], env=env,
                       check=True, timeout=60)
        assert picture_pixel(path) == BLUE


def picture_pixel(path):
    picture = GdkPixbuf.Pixbuf.new_from_file(path)
    assert (picture.get_width(), picture.get_height()) == (1024, 768)
    at = 500 * picture.get_rowstride() + 500 * picture.get_n_channels()
    return tuple(picture.get_pixels()[at:at + 3])


def test_vncsnapshot():
    with shared() as (display, sharing, env):
        name = password_file(env["HOME"], "secret")
        path = os.path.join(env["HOME"], "picture.jpg")
        port = sharing.share()
        for encodings in ("raw", "hextile", "tight"):
            subprocess.run(["vncsnapshot", "-quiet", "-encodings", encodings, "-passwd", name,
                            "127.0.0.1:%d" % (port - 5900), path],
                           env=env, check=True, timeout=60, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
            assert all(abs(a - b) < 8 for a, b in zip(picture_pixel(path), BLUE))


def test_nmap():
    """What a port scanner sees: the ways in that were meant, and no more."""
    pem = make_pem()
    with shared() as (display, sharing, env):
        expected = {sharing.share(): {"VNC Authentication (2)"},
                    sharing.share(password=""): {"None (1)"},
                    sharing.share(flags=TLS, pem=pem): {
                        "VeNCrypt (19)", "VNC auth, Server-authenticated TLS (261)",
                        "Plain, Server-authenticated TLS (262)"}}
        run = subprocess.run(["nmap", "-Pn", "-p", ",".join(map(str, expected)), "--script",
                              "+vnc-info,+realvnc-auth-bypass", "127.0.0.1"],
                             stdout=subprocess.PIPE, text=True, check=True)
        assert "VULNERABLE" not in run.stdout, run.stdout
        for part in run.stdout.split("/tcp open")[1:]:
            kinds = set(re.findall(r"\|_?\s+([A-Z].*\(\d+\))", part))
            port = int(re.search(r"(\d+)$", run.stdout.split("/tcp open" + part)[0]).group(1))
            assert kinds == expected.pop(port), run.stdout
            assert "Protocol version: 3.8" in part
        assert not expected, run.stdout


def test_remote_viewer():
    """virt-viewer, by a connection file and TLS; it removes the file, which holds the password."""
    pem = make_pem()
    with shared() as (display, sharing, env):
        port = sharing.share(flags=TLS, pem=pem, protocol=SPICE)
        path = os.path.join(env["HOME"], "console.vv")
        with open(path, "w", encoding="ascii") as file:
            file.write("[virt-viewer]\ntype=spice\nhost=127.0.0.1\ntls-port=%d\npassword=secret\n"
                       "delete-this-file=1\nca=%s\nhost-subject=CN=localhost\n"
                       % (port, pem[0].decode().replace("\n", "\\n")))
        look_and_type(display, sharing, env, ["remote-viewer", path])
        assert not os.path.exists(path)


def test_spicy():
    with shared() as (display, sharing, env):
        port = sharing.share(protocol=SPICE)
        look_and_type(display, sharing, env, ["spicy", "-h", "127.0.0.1", "-p", str(port), "-w",
                                              "secret", "--title", "Vitrine"])


if __name__ == "__main__":
    run_tests([test_tigervnc, test_tigervnc_tls, test_tightvnc, test_gtk_vnc, test_vncsnapshot,
               test_nmap, test_remote_viewer, test_spicy])
