#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A console shared by web, in headless Chromium with noVNC: in by a link and by the password, the
guest's picture and its keyboard, and what people are told when it does not work."""

import base64
import functools
import hashlib
import http.server
import os
import shutil
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../share"))

from browser import Browser
from sharing import ShareTest
from vitrine_test import image, main, wait_until

BACKGROUND, SQUARE = 0x2060a0, 0xf0c020
CONTROL, ALT, HOME, ENTER, TAB, ESCAPE = "\ue009", "\ue00a", "\ue011", "\ue007", "\ue004", "\ue00c"
PICTURES = os.environ.get("VITRINE_PICTURES")  # a folder: keeps what was seen


class BrowserTest(ShareTest):
    def setUp(self):
        super().setUp()
        self.browser = None

    def begin(self, *args, guest="keys", name="seen", **browser):
        """A guest shared by web, and a browser."""
        self.guest = self.start(name, image(guest))
        self.made = self.share(self.guest, "--web", *args)
        self.browser = Browser(**browser)
        self.addCleanup(self.browser.close)

    def wait_shown(self):
        """Until the canvas has what the guest's real screen has, at some places."""
        self.browser.wait_pixel(1023, 767, BACKGROUND)
        self.browser.wait(lambda: not self.browser.visible("#cover"), "the card is gone")
        shot = self.guest.screenshot()
        for x, y in ((1023, 767), (5, 5), (50, 50), (5, 70), (25, 70), (512, 300)):
            self.browser.wait_pixel(x, y, shot.pixel(x, y))

    def by_password(self, password=None):
        self.browser.wait(lambda: self.browser.visible("#password"), "the password is asked for")
        self.browser.fill("#password", password or self.made["password"])
        self.browser.click("#connect")

    def type_key(self):
        before = self.browser.pixel(10, 10)
        self.browser.press("a")
        self.browser.wait_pixel(10, 10, lambda pixel: pixel != before)

    def picture(self, name):
        if PICTURES:
            self.browser.screenshot(os.path.join(PICTURES, name + ".png"))

    def begin_in_tool_bar(self):
        """By keys alone, out of the screen."""
        self.begin()
        browser = self.browser
        browser.open(self.made["link"])
        self.wait_shown()
        browser.press(CONTROL, ALT, HOME)
        browser.wait(lambda: browser.script("return document.activeElement.id") == "ctrlAltDel",
                     "the tool bar has the focus")
        return browser

    def finish(self):
        """Nothing that the page's policy, or noVNC, had to complain of."""
        complaints = [line for line in self.browser.console()
                      if "Content Security" in line or "Uncaught" in line]
        self.assertEqual(complaints, [])
        self.guest.stop()


class Console(BrowserTest):
    def test_link(self):
        """Opened once it shows the guest, and leaves no trace of its token; again, it does not."""
        self.begin()
        browser = self.browser
        browser.open(self.made["link"])
        self.wait_shown()
        self.assertEqual(browser.script("return document.title"), f"{self.guest.name} – Vitrine")
        self.picture("console")
        self.type_key()
        self.assertEqual(browser.url, self.made["url"])
        self.assertEqual(browser.script("return history.length"), 2)  # about:blank, and this
        self.assertEqual(self.viewers(self.guest)["viewers"][0]["protocol"], "web")
        browser.click("#leave")
        browser.wait_text("#cardText", "You have disconnected")
        self.picture("left")
        browser.open("about:blank")
        browser.open(self.made["link"])
        browser.wait_text("#cardText", "This link has been used, or is too old")
        self.picture("used")
        self.assertTrue(browser.visible("#password"))
        self.by_password()
        self.wait_shown()
        # A fresh one in the same tab, where only what stands behind the # changes.
        browser.click("#leave")
        link = self.world.ctl("viewers", self.guest.name, "--link", "1").out.strip()
        browser.script("location.hash = arguments[0]", link.split("#")[1])
        self.wait_shown()
        self.assertEqual(browser.url, self.made["url"])
        self.finish()

    def test_password(self):
        """Wrong, right, cut off, again with the same, and not served any more."""
        self.begin()
        browser = self.browser
        browser.open(self.made["url"])
        browser.wait_text("#cardText", "Type the password")
        self.assertEqual(browser.script("return document.title"), "Vitrine")  # a stranger's
        self.picture("password")
        self.by_password("wrong one")
        browser.wait_text("#cardText", "The password is wrong")
        self.by_password()
        self.wait_shown()
        self.type_key()
        self.world.ctl("viewers", self.guest.name, "--disconnect",
                       str(self.viewers(self.guest)["viewers"][0]["number"]))
        browser.wait_text("#cardText", "You were disconnected by the owner")
        self.picture("cut-off")
        browser.click("#connect")  # “Connect Again”: the password is still known
        self.wait_shown()
        self.type_key()
        self.world.ctl("unshare", self.guest.name)
        browser.wait_text("#cardText", "The owner of this guest has stopped sharing it.")
        browser.click("#connect")
        browser.wait_text("#cardText", "cannot be reached")
        self.picture("gone")
        self.finish()

    def test_guest_off(self):
        """The sentence for it, in the person's language, be it in the middle of a picture."""
        for languages, sentence in (("en", "The guest was turned off."), ("ko", "게스트가 꺼졌습니다.")):
            self.begin(languages=languages, name=f"off-{languages}")
            self.browser.open(self.made["link"])
            self.wait_shown()
            self.guest.stop()
            self.browser.wait_text("#cardText", sentence)
            self.picture("off")

    def test_expiry(self):
        self.begin()
        self.made = self.share(self.guest, "--web", "--expire", "30s")
        self.browser.open(self.made["link"])
        self.wait_shown()
        self.browser.wait_text("#cardText", "The time for which this guest was shared is over.")
        self.guest.stop()

    def test_unknown_code(self):
        """A page that was loaded from an older server does not stay silent: it shows the words."""
        self.begin()
        browser = self.browser
        browser.open(self.made["url"])
        browser.wait_text("#cardText", "Type the password")
        browser.script("""
            window.WebSocket = class extends EventTarget {
                constructor() {
                    super();
                    this.protocol = "";
                    this.binaryType = "arraybuffer";
                    this.readyState = 0;
                    this.onopen = this.onmessage = this.onerror = this.onclose = null;
                    setTimeout(() => {
                        const event = new CloseEvent("close", { code: 4999, reason: "As it came." });

                        this.readyState = 3;
                        this.dispatchEvent(event);
                        this.onclose(event);
                    });
                }
                close() {}
                send() {}
            };
            window.WebSocket.CLOSED = 3;""")
        self.by_password()
        browser.wait_text("#cardText", "As it came.")
        self.finish()

    def test_https(self):
        """The certificate whose fingerprint was printed is the one that the browser trusts here."""
        cert, key = self.world.path("cert.pem"), self.world.path("key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key,
                        "-out", cert, "-subj", "/CN=localhost", "-days", "2"], check=True,
                       capture_output=True)
        public = subprocess.run(["openssl", "x509", "-in", cert, "-noout", "-pubkey"], check=True,
                                capture_output=True).stdout
        der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=public,
                             check=True, capture_output=True).stdout
        self.world.own(cert, key)
        self.begin("0.0.0.0:0", "--host", "localhost", "--cert", cert, "--key", key,
                   spki=base64.b64encode(hashlib.sha256(der).digest()).decode())
        self.assertTrue(self.made["link"].startswith("https://localhost:"))
        self.browser.open(self.made["link"])
        self.wait_shown()
        self.type_key()
        self.finish()

    def test_keyboard_and_text(self):
        """All by keyboard: out of the screen to the tool bar, text typed into the guest, and back."""
        browser = self.begin_in_tool_bar()
        browser.press(TAB)
        browser.press(TAB)
        browser.press(ENTER)
        browser.wait(lambda: browser.visible("#textBox"), "the text box is open")
        self.assertEqual(browser.script("return document.activeElement.id"), "textBox")
        self.assertFalse(browser.visible("#textClipboard"))
        self.picture("text")
        before = browser.pixel(10, 10)
        browser.fill("#textBox", "xyz")
        browser.click("#textType")
        browser.wait_pixel(10, 10, lambda pixel: pixel != before)
        self.assertFalse(browser.visible("#textBox"))
        self.type_key()  # the screen has the focus again
        # Actual size, and back.
        browser.click("#fit")
        browser.wait(lambda: browser.script("return document.querySelector('#screen canvas')"
                                            ".getBoundingClientRect().width") >= 1024,
                     "the screen has its own size")
        browser.click("#fit")
        self.type_key()
        # Names for those who do not see the icons.
        self.assertEqual(browser.script(
            "return [...document.querySelectorAll('button, input, textarea')].filter(e => "
            "e.getClientRects().length > 0 && !(e.ariaLabel || e.textContent || e.labels.length))"
            ".map(e => e.id)"), [])
        self.finish()

    def test_keys(self):
        """Keys that a touch screen lacks or the browser keeps: alone, and in chords."""
        browser = self.begin_in_tool_bar()
        browser.press(TAB)
        browser.press(ENTER)
        browser.wait(lambda: browser.script("return document.activeElement.id") == "keyControlLeft",
                     "the first key has the focus")
        self.picture("keys")
        square = browser.pixel(10, 10)
        browser.click("#keyF12")
        square = browser.wait_pixel(10, 10, lambda pixel: pixel != square)
        browser.click("#keyControlLeft")  # goes down
        square = browser.wait_pixel(10, 10, lambda pixel: pixel != square)
        self.assertEqual(browser.script("return document.querySelector('#keyControlLeft').ariaPressed"), "true")
        browser.press(ESCAPE)  # in the panel: closes it, and takes what is held along
        browser.wait(lambda: not browser.visible("#keysPanel"), "the panel is closed")
        browser.wait_pixel(10, 10, lambda pixel: pixel != square)
        self.type_key()
        browser.click("#textButton")
        browser.wait(lambda: browser.visible("#textBox"), "the text box is open")
        browser.press(ESCAPE)
        browser.wait(lambda: not browser.visible("#textBox"), "the text box is closed")
        self.type_key()
        browser.click("#leave")
        browser.wait_text("#cardText", "You have disconnected")
        self.finish()

    def test_full_screen(self):
        """It is the guest's alone, until the pointer or the keyboard asks for the tool bar."""
        self.begin()
        browser = self.browser
        browser.open(self.made["link"])
        self.wait_shown()
        below = "return document.querySelector('#bar').getBoundingClientRect().bottom"
        self.assertEqual(browser.script("return document.querySelector('#fullScreen').ariaPressed"), "false")
        browser.click("#fullScreen")
        browser.wait(lambda: browser.script("return document.querySelector('#fullScreen').ariaPressed") == "true",
                     "the button tells that the page fills the screen")
        browser.move(640, 500)
        browser.wait(lambda: browser.script(below) < 8, "the tool bar is gone")
        self.assertLess(browser.script("return document.querySelector('#screen').getBoundingClientRect().top"), 1)
        self.picture("full-screen")
        browser.press(CONTROL, ALT, HOME)
        browser.wait(lambda: browser.script(below) > 40, "the tool bar is back")
        browser.click("#fullScreen")
        browser.wait(lambda: not browser.script("return !!document.fullscreenElement"), "the page is a window's")
        self.type_key()
        self.finish()

    def test_own_size(self):
        """A screen that is larger than the window can be moved, so that all of it can be reached."""
        self.begin()
        browser = self.browser
        browser.do("POST", "/window/rect", {"width": 600, "height": 500})
        browser.open(self.made["link"])
        self.wait_shown()
        self.assertFalse(browser.visible("#drag"))
        browser.click("#fit")
        browser.wait(lambda: browser.visible("#drag"), "there is a button for it")
        corner = browser.pixel(5, 5)
        self.assertNotEqual(corner, BACKGROUND)  # the canvas has what is seen, so the guest's own corner
        browser.click("#drag")
        browser.drag((400, 350), (100, 120))
        browser.wait_pixel(5, 5, BACKGROUND)
        browser.click("#fit")
        self.assertFalse(browser.visible("#drag"))
        self.type_key()
        self.finish()

    def test_view_only_in_korean(self):
        self.begin("--view-only", "--ask", languages="ko-KR,ko")
        browser = self.browser
        browser.open(self.made["link"])
        browser.wait_text("#cardText", "들여보내 주기를")
        self.picture("waiting")
        wait_until(lambda: [v["state"] for v in self.viewers(self.guest)["viewers"]] == ["asks"],
                   20, "the viewer asks")
        self.world.ctl("viewers", self.guest.name, "--allow",
                       str(self.viewers(self.guest)["viewers"][0]["number"]))
        self.wait_shown()
        self.picture("view-only")
        self.assertEqual(browser.text("#badge"), "보기 전용")
        self.assertTrue(browser.visible("#badge"))
        self.assertFalse(browser.visible("#ctrlAltDel") or browser.visible("#textButton"))
        self.assertEqual(browser.script("return document.documentElement.lang"), "ko")
        before = browser.pixel(10, 10)
        browser.press("a")
        # What somebody else types is seen, so the browser's key would have been.
        self.world.ctl("type", self.guest.name, "b")
        after = browser.wait_pixel(10, 10, lambda pixel: pixel != before)
        self.assertEqual(after, self.guest.screenshot().pixel(10, 10))
        self.finish()

    def test_penalty(self):
        self.begin()
        browser = self.browser
        browser.open(self.made["url"])
        for _ in range(3):
            self.by_password("wrong")
            browser.wait_text("#cardText", "The password is wrong")
        self.by_password()
        browser.wait_text("#cardText", "Too many wrong passwords")
        self.picture("penalty")
        self.finish()

    def test_incomplete_novnc(self):
        """A script of noVNC's that is missing is told of; the page does not just stay empty."""
        folder = self.world.path("novnc")
        shutil.copytree("/usr/share/novnc/core", folder + "/core")
        os.chmod(self.world.root, 0o755)
        self.world.config(f"[host]\nnovnc={folder}\n")
        self.begin()
        self.browser.open(self.made["link"])
        self.browser.wait_text("#cardText", "could not be loaded whole")
        self.picture("incomplete")
        self.guest.stop()

    def test_touch(self):
        """A phone: narrow, with a keyboard that tells no keys."""
        self.begin(touch=True)
        browser = self.browser
        browser.do("POST", "/goog/cdp/execute", {
            "cmd": "Emulation.setDeviceMetricsOverride",
            "params": {"width": 390, "height": 700, "deviceScaleFactor": 2, "mobile": True}})
        browser.do("POST", "/goog/cdp/execute", {
            "cmd": "Emulation.setTouchEmulationEnabled", "params": {"enabled": True}})
        browser.open(self.made["link"])
        self.wait_shown()
        self.assertTrue(browser.visible("#keyboard"))
        self.assertLessEqual(browser.script("return document.documentElement.scrollWidth"), 390)
        browser.click("#keyboard")
        self.assertEqual(browser.script("return document.activeElement.id"), "touchInput")
        self.picture("touch")
        before = browser.pixel(10, 10)
        browser.do("POST", "/goog/cdp/execute", {"cmd": "Input.insertText",
                                                 "params": {"text": "q"}})
        browser.wait_pixel(10, 10, lambda pixel: pixel != before)
        self.finish()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Elsewhere(BrowserTest):
    def test_foreign_page(self):
        """Another site's page reads nothing of the console's and opens no WebSocket to it."""
        handler = functools.partial(Quiet, directory=self.world.root)
        self.world.file("evil.html", b"<!DOCTYPE html><title>evil</title>", 0o644)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.begin()
        browser = self.browser
        place = f"127.0.0.1:{self.made['port']}"
        browser.open(f"http://127.0.0.1:{server.server_port}/evil.html")
        self.assertEqual(browser.script_async("""
            const [place, done] = arguments;
            const socket = new WebSocket(`ws://${place}/console`);
            socket.onopen = () => done("open");
            socket.onclose = event => done(event.code);""", place), 1006)
        self.assertEqual(browser.script_async("""
            const [place, done] = arguments;
            fetch(`http://${place}/`).then(() => done("read"), () => done("kept"));""", place),
                         "kept")
        self.assertEqual(browser.script_async("""
            const [place, done] = arguments;
            const script = document.createElement("script");
            script.onload = () => done("run");
            script.onerror = () => done("kept");
            script.src = `http://${place}/texts.js`;
            document.body.append(script);""", place), "kept")
        # In a frame, its page is not shown: what is there has another origin than our page.
        self.assertEqual(browser.script_async("""
            const [place, done] = arguments;
            const frame = document.createElement("iframe");
            frame.onload = () => done("loaded");
            frame.src = `http://${place}/`;
            document.body.append(frame);""", place), "loaded")
        browser.do("POST", "/frame", {"id": 0})
        self.assertNotEqual(browser.script("return location.host"), place)
        self.assertEqual(self.viewers(self.guest)["viewers"], [])
        self.wait_log(self.guest, "was refused: it broke the protocol")
        # By another name of the same address, which a name server could be told to say.
        browser.do("POST", "/frame", {"id": None})
        browser.open(f"http://foreign.localhost:{self.made['port']}/")
        self.assertIn("not shared under this address", browser.text("body"))
        self.guest.stop()


if __name__ == "__main__":
    main()
