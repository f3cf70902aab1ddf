#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A SPICE viewer made of spice-gtk's library, driven by lines: a JSON object a line on standard
input, one on standard output for each thing that happens.

  spice_client.py '{"host": …, "port": …, "tls-port": …, "password": …, "ca-file": …,
                    "cert-subject": …, "sound": …, "devices": …}'

With "devices" it plays on and records from the user's own, as programs of the library do.

Commands: {"key": QNUM}, {"down": QNUM}, {"up": QNUM}, {"pixel": [x, y]}, {"position": [x, y]},
{"click": 1}, {"resize": [w, h]}, {"latency": [QNUM, x, y, times]}, {"count": seconds},
{"clipboard": text}, {"picture": hex}, {"fetch": kind} (1: text, 2: PNG, told in hex), {"leave": 1}."""

import ctypes
import json
import os
import random
import sys
import time

import gi
gi.require_version("SpiceClientGLib", "2.0")
from gi.repository import GLib, GObject, SpiceClientGLib as Spice  # noqa: E402

on = GObject.Object.connect  # the library's own connect () hides it

KINDS = {1: "main", 2: "display", 3: "inputs", 4: "cursor", 5: "playback", 6: "record"}


def say(**what):
    print(json.dumps(what), flush=True)


class Client:
    def __init__(self, options):
        self.loop = GLib.MainLoop()
        self.channels = {}
        self.data = None
        self.buffer = b""
        self.width = self.height = self.stride = 0
        self.bytes = self.invalidations = 0
        self.waiting = None  # (x, y, colour before, then)
        self.watched = None  # where frames are counted
        self.sound = 0
        self.session = Spice.Session()
        for name in ("host", "port", "tls-port", "password", "ca-file", "cert-subject"):
            if name in options:
                self.session.set_property(name, options[name])
        if "cert-subject" in options:
            self.session.set_property("verify", Spice.SessionVerify.SUBJECT)
        self.session.set_property("enable-audio", bool(options.get("sound")))
        self.session.set_property("enable-usbredir", False)
        self.session.set_property("enable-smartcard", False)
        on(self.session, "channel-new", self.on_channel)
        on(self.session, "channel-destroy", self.on_destroyed)
        on(self.session, "disconnected", self.on_disconnected)
        GLib.io_add_watch(0, GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN | GLib.IOCondition.HUP,
                          self.on_line)
        self.devices = Spice.Audio.get(self.session, None) if options.get("devices") else None
        Spice.Session.connect(self.session)

    def on_disconnected(self, session):
        say(event="disconnected")
        self.loop.quit()

    def on_destroyed(self, session, channel):
        self.channels.pop(channel.get_property("channel-type"), None)

    def on_channel(self, session, channel):
        kind = channel.get_property("channel-type")
        self.channels[kind] = channel
        on(channel, "channel-event", self.on_event, KINDS.get(kind, str(kind)))
        if kind == 2:
            on(channel, "display-primary-create", self.on_primary)
            on(channel, "display-invalidate", self.on_invalidate)
        elif kind == 1:
            on(channel, "main-agent-update", self.on_agent)
            on(channel, "main-clipboard-selection-grab", self.on_grab)
            on(channel, "main-clipboard-selection-request", self.on_request)
            on(channel, "main-clipboard-selection", self.on_clipboard)
        elif kind == 3:
            on(channel, "inputs-modifiers", self.on_modifiers)
        elif kind == 4:
            on(channel, "cursor-set", lambda c, w, h, x, y, rgba: say(
                event="cursor", size=[w, h], hot=[x, y]))
        elif kind == 5:
            on(channel, "playback-start", lambda c, f, n, rate: say(
                event="sound", rate=rate, channels=n))
            on(channel, "playback-stop", self.on_silence)
            on(channel, "playback-data", self.on_sound)
        elif kind == 6:
            on(channel, "record-start", lambda c, f, n, rate: say(
                event="record", rate=rate, channels=n))
            on(channel, "record-stop", lambda c: say(event="record-stop"))
        if kind != 1 and not (self.devices and kind in (5, 6)):  # which others open
            Spice.Channel.connect(channel)

    def on_event(self, channel, event, kind):
        say(event="channel", channel=kind, what=event.value_nick)
        if kind == "main" and event.value_nick != "opened":
            self.loop.quit()

    def on_modifiers(self, channel):
        say(event="modifiers", value=channel.get_property("key-modifiers"))

    # --- picture ---

    def on_primary(self, channel, fmt, width, height, stride, shmid, data):
        self.width, self.height, self.stride = width, height, stride
        self.data = data
        say(event="primary", size=[width, height])

    def pixel(self, x, y):
        if not self.data or x >= self.width or y >= self.height:
            return None
        at = self.data + y * self.stride + x * 4
        return ctypes.c_uint32.from_address(at).value & 0xffffff

    def on_invalidate(self, channel, x, y, width, height):
        self.invalidations += 1
        if self.watched:
            self.watched(x, y, width, height)
        if self.waiting:
            px, py, before, then = self.waiting
            if self.pixel(px, py) != before:
                self.waiting = None
                then()

    # --- sound, agent ---

    def on_sound(self, channel, data, size):
        samples = (ctypes.c_int16 * (size // 2)).from_address(data)
        peak = max((abs(value) for value in samples[::16]), default=0)
        if peak > self.sound + 1000:
            self.sound = peak
            say(event="heard", peak=peak)

    def on_silence(self, channel):
        self.sound = 0
        say(event="silent")

    def on_agent(self, channel):
        say(event="agent", connected=channel.get_property("agent-connected"),
            able=channel.get_property("agent-caps-0") != 0)

    def on_grab(self, channel, selection, types, n):
        say(event="offered", selection=selection)
        return True

    def on_request(self, channel, selection, kind):
        say(event="wanted", kind=kind)
        Spice.MainChannel.clipboard_selection_notify(channel, selection, kind, self.copied)
        return True

    def on_clipboard(self, channel, selection, kind, data, size):
        say(event="clipboard", kind=kind, size=size,
            text="" if not size else ctypes.string_at(data, size).hex() if kind == 2
            else ctypes.string_at(data, size).decode(errors="replace"))

    # --- commands ---

    def down(self, key):
        Spice.InputsChannel.key_press(self.channels[3], key & 0x7f | (0x100 if key & 0x80 else 0))

    def up(self, key):
        Spice.InputsChannel.key_release(self.channels[3], key & 0x7f | (0x100 if key & 0x80 else 0))

    def press(self, key):
        self.down(key)
        self.up(key)

    def latency(self, key, x, y, times):
        """Presses come at all moments of QEMU's refresh, whose pictures are shown every 30 ms, as
        often at one as at another: else how long the answer takes would be luck."""
        took, shown = [], []
        delays = [60 + 30 * number // times for number in range(times)]
        random.Random(1).shuffle(delays)

        def again():
            start = time.monotonic()

            def then():
                shown.append(time.monotonic())
                took.append(shown[-1] - start)
                if len(took) == times:
                    say(event="latency", seconds=took, shown=shown)
                else:
                    GLib.timeout_add(delays[len(took)], lambda: again() and False)
            self.waiting = (x, y, self.pixel(x, y), then)
            self.press(key)
        again()

    def count(self, seconds):
        """Frames, as changes of the pixels in two corners."""
        seen = {"first": self.pixel(2, 2), "frames": 0}

        def watch(*_):
            now = self.pixel(self.width - 3, self.height - 3)
            if now != seen["first"]:
                seen["first"] = now
                seen["frames"] += 1
        self.watched = watch
        start = time.monotonic()

        def end():
            self.watched = None
            say(event="count", frames=seen["frames"], seconds=time.monotonic() - start,
                invalidations=self.invalidations)
        GLib.timeout_add(int(seconds * 1000), lambda: end() and False)

    def run(self, command):
        ((name, value),) = command.items()
        if name == "key":
            self.press(value)
        elif name == "down":
            self.down(value)
        elif name == "up":
            self.up(value)
        elif name == "pixel":
            say(event="pixel", value=self.pixel(*value))
        elif name == "position":
            Spice.InputsChannel.position(self.channels[3], *value, 0, 0)
        elif name == "motion":
            Spice.InputsChannel.motion(self.channels[3], *value, 0)
        elif name == "click":
            Spice.InputsChannel.button_press(self.channels[3], value, 1)
            Spice.InputsChannel.button_release(self.channels[3], value, 0)
        elif name == "resize":
            main = self.channels[1]
            Spice.MainChannel.update_display_enabled(main, 0, True, False)
            Spice.MainChannel.update_display(main, 0, 0, 0, *value, False)
            Spice.MainChannel.send_monitor_config(main)
        elif name == "clipboard":
            self.copied = value.encode()
            Spice.MainChannel.clipboard_selection_grab(self.channels[1], 0, [1])
        elif name == "picture":
            self.copied = bytes.fromhex(value)
            Spice.MainChannel.clipboard_selection_grab(self.channels[1], 0, [2])
        elif name == "fetch":
            Spice.MainChannel.clipboard_selection_request(self.channels[1], 0, value)
        elif name == "latency":
            self.latency(*value)
        elif name == "count":
            self.count(value)
        elif name == "mode":
            say(event="mode", value=self.channels[1].get_property("mouse-mode"))
        elif name == "leave":
            Spice.Session.disconnect(self.session)
        else:
            say(event="error", text="no command " + name)

    def on_line(self, fd, condition):
        data = os.read(fd, 65536)
        if not data:
            Spice.Session.disconnect(self.session)
            self.loop.quit()
            return False
        *lines, self.buffer = (self.buffer + data).split(b"\n")
        for line in lines:
            self.run(json.loads(line))
        return True


if __name__ == "__main__":
    Client(json.loads(sys.argv[1])).loop.run()
