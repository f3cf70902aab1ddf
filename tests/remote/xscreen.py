# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests need to watch and drive viewers that others wrote: an X server of their own, keys and
clicks into a window, the colour that it shows, a file with a VNC password."""

import contextlib
import os
import subprocess
import tempfile
import time

from remote import des_key


@contextlib.contextmanager
def screen():
    """An X server with a window manager; yields the environment."""
    with tempfile.TemporaryDirectory() as home, contextlib.ExitStack() as stack:
        reading, writing = os.pipe()
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x1024x24", "-nolisten", "tcp",
             "-noreset"],  # or it starts over, and with it whoever is connecting, when a client leaves
            pass_fds=[writing], stderr=subprocess.DEVNULL)
        stack.callback(server.wait)
        stack.callback(server.kill)
        os.close(writing)
        with os.fdopen(reading) as numbers:
            number = numbers.readline().strip()
        env = dict(os.environ, DISPLAY=":" + number, HOME=home, XDG_CONFIG_HOME=home)
        env.pop("G_DEBUG", None)  # other people's criticals are theirs
        manager = subprocess.Popen(["openbox"], env=env, stderr=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL)
        stack.callback(manager.wait)
        stack.callback(manager.kill)
        wait_for(lambda: b"window id" in subprocess.run(
            ["xprop", "-root", "_NET_SUPPORTING_WM_CHECK"], env=env, check=False,
            capture_output=True).stdout, 60, "there is a window manager")
        yield env


def wait_for(check, seconds, what):
    end = time.monotonic() + max(seconds, 60)
    while True:
        found = check()
        if found:
            return found
        assert time.monotonic() < end, "timed out waiting until " + what
        time.sleep(0.1)


def xdotool(env, *args):
    run = subprocess.run(["xdotool", *args], env=env, stdout=subprocess.PIPE, text=True,
                         stderr=subprocess.DEVNULL)
    return run.stdout.split()


def window_pixel(env, window):
    """The colour that the viewer's window has in its middle."""
    code = ("import gi,sys; gi.require_version('Gdk','3.0'); from gi.repository import Gdk; "
            "root = Gdk.get_default_root_window(); "
            "p = Gdk.pixbuf_get_from_window(root, int(sys.argv[1]), int(sys.argv[2]), 1, 1); "
            "print(*p.get_pixels()[:3])")
    place = dict(line.split("=") for line in xdotool(env, "getwindowgeometry", "--shell", window))
    run = subprocess.run(
        ["/usr/bin/python3", "-c", code, str(int(place["X"]) + int(place["WIDTH"]) // 2),
         str(int(place["Y"]) + int(place["HEIGHT"]) // 2)],
        env=env, stdout=subprocess.PIPE, text=True, check=True)
    return tuple(int(value) for value in run.stdout.split())


def password_file(folder, password):
    """As vncpasswd writes it: DES with a key that everybody knows."""
    path = os.path.join(folder, "password")
    key = des_key(bytes([23, 82, 107, 6, 35, 78, 88, 7]))
    run = subprocess.run(["openssl", "enc", "-des-ecb", "-K", key, "-nopad", "-provider", "legacy",
                          "-provider", "default"], stdout=subprocess.PIPE, check=True,
                         input=password.encode()[:8].ljust(8, b"\0"))
    with open(path, "wb") as file:
        file.write(run.stdout)
    return path
