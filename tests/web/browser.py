# SPDX-License-Identifier: GPL-2.0-or-later
"""Headless Chromium, driven through chromedriver by plain WebDriver requests (W3C WebDriver), with a
profile of its own that is thrown away."""

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

# The driver has limits of its own for what it waits for, which a busy machine may exceed.
STARTS = 3
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--disable-dev-shm-usage", "--window-size=1280,900"]


class WebError(Exception):
    pass


class Browser:
    """`spki` is the SHA-256 of the one public key, in base64, that is trusted without an authority;
    None: none is."""

    def __init__(self, spki=None, languages="en", touch=False):
        for left in reversed(range(STARTS)):
            try:
                self.start(spki, languages, touch)
                return
            except BaseException as error:
                self.close()
                if left == 0 or not isinstance(error, WebError):
                    raise

    def start(self, spki, languages, touch):
        self.folder = tempfile.mkdtemp(prefix="vt-browser-")
        env = dict(os.environ, HOME=self.folder, XDG_CONFIG_HOME=self.folder,
                   XDG_CACHE_HOME=self.folder, LANG="C.UTF-8", LC_ALL="C.UTF-8")
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], env=env, text=True,
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                       stdin=subprocess.DEVNULL, start_new_session=True)
        self.session = None
        self.base = f"http://127.0.0.1:{self.read_port()}"
        self.begin(spki, languages, touch)

    def read_port(self):
        said = ""
        for line in self.driver.stdout:
            found = re.search(r"on port (\d+)", line)
            if found and "successfully" in line:
                return int(found.group(1))
            said += line
        raise WebError(f"chromedriver did not start: {said}")

    def begin(self, spki, languages, touch):
        options = {"args": ARGUMENTS + [f"--user-data-dir={self.folder}/profile"],
                   "prefs": {"intl.accept_languages": languages}}
        if spki:
            options["args"].append(f"--ignore-certificate-errors-spki-list={spki}")
        if touch:
            options["args"].append("--touch-events=enabled")
        answer = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"}}}})
        self.session = "/session/" + answer["sessionId"]

    def call(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.base + path, data, method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=180) as reply:
                return json.load(reply)["value"]
        except urllib.error.HTTPError as error:
            value = json.load(error)["value"]
            raise WebError(f"{value['error']}: {value['message']}") from None

    def do(self, method, path, body=None):
        return self.call(method, self.session + path, body)

    def open(self, url):
        self.do("POST", "/url", {"url": url})

    @property
    def url(self):
        return self.do("GET", "/url")

    def script(self, text, *args):
        return self.do("POST", "/execute/sync", {"script": text, "args": args})

    def script_async(self, text, *args):
        """`text` calls its last argument with the result."""
        return self.do("POST", "/execute/async", {"script": text, "args": args})

    def find(self, selector):
        return self.do("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector):
        self.do("POST", f"/element/{self.find(selector)}/click", {})

    def fill(self, selector, text):
        self.do("POST", f"/element/{self.find(selector)}/value", {"text": text})

    def press(self, *keys):
        """All down, then all up; to whatever has the focus."""
        actions = [{"type": "keyDown", "value": key} for key in keys]
        actions += [{"type": "keyUp", "value": key} for key in reversed(keys)]
        self.do("POST", "/actions", {"actions": [{"type": "key", "id": "keys",
                                                  "actions": actions}]})

    def pointer(self, *actions):
        self.do("POST", "/actions", {"actions": [{"type": "pointer", "id": "mouse",
                                                  "actions": list(actions)}]})

    def move(self, x, y):
        self.pointer({"type": "pointerMove", "x": x, "y": y, "duration": 0})

    def drag(self, start, end):
        self.pointer({"type": "pointerMove", "x": start[0], "y": start[1], "duration": 0},
                     {"type": "pointerDown", "button": 0},
                     {"type": "pointerMove", "x": end[0], "y": end[1], "duration": 100},
                     {"type": "pointerUp", "button": 0})

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.do("GET", "/screenshot")))

    def console(self):
        return [entry["message"] for entry in self.do("POST", "/se/log", {"type": "browser"})]

    def visible(self, selector):
        return self.script("const e = document.querySelector(arguments[0]);"
                           "return e !== null && e.getClientRects().length > 0", selector)

    def text(self, selector):
        return self.script("return document.querySelector(arguments[0]).textContent", selector)

    def wait(self, test, what, timeout=90):
        end = time.monotonic() + timeout
        while True:
            value = test()
            if value:
                return value
            if time.monotonic() > end:
                told = what() if callable(what) else what
                raise AssertionError(f"not within {timeout} s: {told}; {self.console()}")
            time.sleep(0.05)

    def wait_text(self, selector, part, timeout=90):
        return self.wait(lambda: part in self.text(selector),
                         lambda: f"“{part}” is in {selector}: “{self.text(selector)}”", timeout)

    def pixel(self, x, y):
        """Of the console's canvas, as 0xRRGGBB; None without one."""
        return self.script("""
            const canvas = document.querySelector("#screen canvas");
            if (!canvas || canvas.width <= arguments[0] || canvas.height <= arguments[1])
                return null;
            const data = canvas.getContext("2d").getImageData(arguments[0], arguments[1], 1, 1).data;
            return (data[0] << 16) | (data[1] << 8) | data[2];""", x, y)

    def wait_pixel(self, x, y, test, timeout=90):
        check = test if callable(test) else lambda value: value == test
        self.wait(lambda: check(self.pixel(x, y)),
                  lambda: f"pixel {x},{y} is right: {self.pixel(x, y)}", timeout)
        return self.pixel(x, y)

    def close(self):
        if self.session is not None:
            try:
                self.do("DELETE", "")
            except (OSError, WebError):
                pass
        # The browser runs in the driver's session: nothing of it stays.
        try:
            os.killpg(self.driver.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.driver.wait()
        self.driver.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
