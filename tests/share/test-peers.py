#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Consoles shared with the real programs and seen by viewers that nobody here wrote, each with the
certificate that Vitrine made and with the password that it printed: TigerVNC, gtk-vnc, Remmina. Each
sees the guest, types into it, and leaves no key held down and nobody in the list. What sslscan and
OpenSSL make of the TLS."""

import base64
import os
import pwd
import select
import socket
import subprocess
import sys
import threading
from xml.etree import ElementTree

sys.path.insert(0, os.path.dirname(__file__))
sys.path.insert(1, os.path.join(os.path.dirname(__file__), "../remote"))

from remote import Rfb
from sharing import ShareTest
from talk import X509_VNC
from vitrine_test import image, main, wait_until
from xscreen import password_file, screen, window_pixel, xdotool

BLUE = (0x20, 0x60, 0xa0)
LETTER, PRESSED, RELEASED = "b", 0x30, 0xb0  # of the keyboard, as its controller says it


class Viewer:
    """A viewer program with a window."""

    def __init__(self, env, command, log):
        self.env, self.log = env, log
        self.process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=log,
                                        stderr=log)

    def windows(self, name):
        return xdotool(self.env, "search", "--onlyvisible", "--name", name)

    def window(self, name, timeout=60):
        def found():
            assert self.process.poll() is None, self.said()
            return self.windows(name)
        return wait_until(found, timeout, f"a window is called {name}: {self.said()}")[-1]

    def said(self):
        self.log.seek(0)
        return self.log.read()[-2000:]

    def fill_in(self, dialog, *words):
        """Types into the fields of a dialog, one after the other."""
        window = self.window(dialog)
        xdotool(self.env, "windowactivate", "--sync", window)
        for number, word in enumerate(words):
            if number:
                xdotool(self.env, "key", "Tab")
            xdotool(self.env, "type", word)
        xdotool(self.env, "key", "Return")

    def shows(self, window, colour):
        try:
            return window_pixel(self.env, window) == colour
        except (KeyError, subprocess.CalledProcessError):
            return False  # it is being laid out anew

    def end(self):
        self.process.kill()
        self.process.wait()


class Preamble:
    """A port at which TLS begins at once: VeNCrypt's words before it are said by this proxy, for
    programs that know TLS but not RFB."""

    def __init__(self, port):
        self.port = port
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        threading.Thread(target=self.serve, daemon=True).start()

    @property
    def address(self):
        return "127.0.0.1:%d" % self.listening.getsockname()[1]

    def serve(self):
        while True:
            try:
                client, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self.relay, args=(client,), daemon=True).start()

    def relay(self, client):
        with client, Rfb(self.port, start=False) as viewer:
            viewer.begin_vencrypt(X509_VNC)
            other = {client: viewer.socket, viewer.socket: client}
            try:
                while True:
                    for one in select.select(list(other), [], [])[0]:
                        data = one.recv(65536)
                        if not data:
                            return
                        other[one].sendall(data)
            except OSError:
                pass

    def close(self):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()


class Peers(ShareTest):
    def setUp(self):
        super().setUp()
        self.guest = self.start("peered", image("keys"))
        self.certificate = os.path.join(self.world.env["XDG_DATA_HOME"], "vitrine/tls/cert.pem")

    def last_byte(self):
        """What the guest's keyboard said last."""
        return self.guest.screenshot().pixel(10, 10) >> 16

    def states(self):
        return [viewer["state"] for viewer in self.viewers(self.guest)["viewers"]]

    def use(self, viewer, window="peered"):
        """Sees the guest in the viewer's window, which has the guest's name, holds a key down in it, ends the viewer."""
        wait_until(lambda: self.states() == ["in"] or viewer.process.poll() is not None, 30,
                   f"the viewer is in: {viewer.said()}")
        found = viewer.window(window)
        wait_until(lambda: viewer.shows(found, BLUE), 30, f"the guest is seen: {viewer.said()}")

        def typed():
            xdotool(viewer.env, "windowactivate", "--sync", found, "mousemove", "--window", found,
                    "300", "300", "click", "1", "keyup", LETTER, "keydown", LETTER)
            try:  # a busy machine takes its time
                return wait_until(lambda: self.last_byte() == PRESSED, 3, "the key is seen", 0)
            except AssertionError:
                return False
        wait_until(typed, 90, f"the guest sees a key: {viewer.said()}")
        viewer.end()
        wait_until(lambda: self.states() == [], 10, "nobody is in the list")
        wait_until(lambda: self.last_byte() == RELEASED, 10, "the key is released")
        xdotool(viewer.env, "keyup", LETTER)
        self.wait_log(self.guest, "it left")

    def run_viewer(self, env, *command, **extra):
        log = open(os.path.join(env["HOME"], "log"), "w+", encoding="utf-8", errors="replace")
        self.addCleanup(log.close)
        viewer = Viewer(dict(env, **extra), command, log)
        self.addCleanup(viewer.end)
        return viewer

    def test_tigervnc(self):
        """X509Vnc and X509Plain, the certificate checked by file; and a foreign certificate."""
        short = self.share(self.guest, "--tls", "on")
        long = self.share(self.guest, "--tls", "on", "--password-file",
                          self.password_file("longer than eight\n"))
        foreign = self.world.path("foreign.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
                        self.world.path("foreign.key"), "-out", foreign, "-subj", "/CN=localhost",
                        "-days", "2"], check=True, capture_output=True)
        with screen() as env:
            stored = password_file(env["HOME"], short["password"])
            viewer = self.run_viewer(env, "xtigervncviewer", "-X509CA=" + foreign,
                                     "-SecurityTypes=X509Vnc", "-passwd", stored,
                                     f"127.0.0.1::{short['port']}")
            viewer.window("TigerVNC|[Cc]ertificate|Unknown")
            self.assertNotIn("is in", self.guest.log(), "it did not check the certificate")
            viewer.end()
            viewer = self.run_viewer(env, "xtigervncviewer", "-X509CA=" + self.certificate,
                                     "-SecurityTypes=X509Vnc", "-passwd", stored,
                                     f"127.0.0.1::{short['port']}")
            self.use(viewer)
            viewer = self.run_viewer(env, "xtigervncviewer", "-X509CA=" + self.certificate,
                                     "-SecurityTypes=X509Plain", f"localhost::{long['port']}",
                                     VNC_USERNAME="anybody", VNC_PASSWORD="longer than eight")
            self.use(viewer)

    def test_gtk_vnc(self):
        """gvncviewer takes its authorities from ~/.pki of the password file's home."""
        short = self.share(self.guest, "--tls", "on")
        home = pwd.getpwuid(os.getuid()).pw_dir
        with screen() as env:
            inside = os.path.join(env["HOME"], "home")
            os.makedirs(os.path.join(inside, ".pki/CA"))
            command = ["bwrap", "--die-with-parent", "--dev-bind", "/", "/", "--bind", inside, home,
                       "gvncviewer", f"127.0.0.1:{short['port'] - 5900}"]
            viewer = self.run_viewer(env, *command)
            wait_until(lambda: "certificate is not trusted" in viewer.said(), 30, viewer.said())
            viewer.end()
            with open(self.certificate, "rb") as source, \
                    open(os.path.join(inside, ".pki/CA/cacert.pem"), "wb") as copy:
                copy.write(source.read())
            viewer = self.run_viewer(env, *command)
            viewer.fill_in("Authentication required", "anybody", short["password"], "", "")
            self.use(viewer)

    def test_remmina(self):
        """On loopback with the password alone, and with TLS, the certificate named in the profile."""
        shares = self.share(self.guest), self.share(self.guest, "--tls", "on")
        with screen() as env:
            for made in shares:
                profile = self.profile(env, made, cacert=self.certificate if made["tls"] else "")
                viewer = self.run_viewer(env, "remmina", "-c", profile,
                                         DBUS_SESSION_BUS_ADDRESS="disabled:")
                self.use(viewer, "guest on Remmina")

    def test_tls_scanned(self):
        """Only TLS 1.2 and 1.3 with modern ciphers and forward secrecy, and the certificate whose
        fingerprint was printed."""
        made = self.share(self.guest, "--tls", "on")
        proxy = Preamble(made["port"])
        self.addCleanup(proxy.close)
        run = subprocess.run(["openssl", "s_client", "-connect", proxy.address, "-CAfile",
                              self.certificate, "-verify_return_error", "-verify_ip", "127.0.0.1"],
                             input=b"", capture_output=True, check=True, timeout=60)
        self.assertIn(b"Verify return code: 0 (ok)", run.stdout)
        run = subprocess.run(["openssl", "x509", "-noout", "-fingerprint", "-sha256"],
                             input=run.stdout, capture_output=True, check=True)
        self.assertEqual(run.stdout.decode().strip().split("=")[1], made["fingerprint"])
        run = subprocess.run(["sslscan", "--xml=-", "--no-colour", proxy.address],
                             capture_output=True, check=True, timeout=120)
        scan = ElementTree.fromstring(run.stdout).find("ssltest")
        versions = {each.get("type") + each.get("version") for each in scan.iter("protocol")
                    if each.get("enabled") == "1"}
        self.assertEqual(versions, {"tls1.2", "tls1.3"}, run.stdout)
        ciphers = {each.get("cipher") for each in scan.iter("cipher")}
        self.assertGreaterEqual(len(ciphers), 4, run.stdout)
        for cipher in ciphers:
            self.assertRegex(cipher, "^(TLS|ECDHE)[-_].*(GCM|CHACHA20)")
        self.assertEqual(scan.find("heartbleed[@vulnerable='1']"), None)
        self.assertNotIn("is in", self.guest.log())

    def profile(self, env, made, **more):
        """A connection as Remmina keeps it: the password by 3DES with a secret of its own."""
        secret = bytes(range(32))
        folder = os.path.join(env["HOME"], "remmina")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "remmina.pref"), "w", encoding="ascii") as file:
            file.write("[remmina_pref]\nsecret=%s\nperiodic_news_permitted=false\n"
                       "disable_news=true\ndisable_tip=true\ndisable_stats=true\n" %
                       base64.b64encode(secret).decode())
        password = made["password"].encode()
        run = subprocess.run(["openssl", "enc", "-des-ede3-cbc", "-K", secret[:24].hex(), "-iv",
                              secret[24:].hex(), "-nopad"], check=True, stdout=subprocess.PIPE,
                             input=password.ljust(len(password) // 8 * 8 + 8, b"\0"))
        keys = {"name": "guest on Remmina", "protocol": "VNC", "server": f"127.0.0.1:{made['port']}",
                "username": "anybody", "password": base64.b64encode(run.stdout).decode(),
                "quality": "9", "colordepth": "32", "viewmode": "1", **more}
        path = os.path.join(env["HOME"], "guest.remmina")
        with open(path, "w", encoding="ascii") as file:
            file.write("[remmina]\n" + "".join(f"{key}={value}\n" for key, value in keys.items()))
        return path


if __name__ == "__main__":
    main()
