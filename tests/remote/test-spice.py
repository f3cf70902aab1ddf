# SPDX-License-Identifier: GPL-2.0-or-later
"""Consoles shared by SPICE: the real vitrine-display with a real guest, seen and used through
spice-gtk's library, virt-viewer's tools, and by a viewer that says exactly what the test wants
said."""

import contextlib
import ctypes
import os
import socket
import struct
import subprocess
import tempfile
import time

import remote
from remote import (ASK, ASKS, CAME, DROPPED, ENDED, IN, LEFT, NO_TLS, PENALTY, PROTOCOL, REFUSED,
                    TIMEOUT, TLS, UNSHARED, VIEW_ONLY, WRONG_PASSWORD, LINK_SHARE_END,
                    LINK_VIEWER_ALLOW, LINK_VIEWER_DROP, Sharing, machine, make_pem, wait_for)
from harness import disk, run_tests
from spice import (BAD_ID, CURSOR, DENIED, DISPLAY, INPUTS, INVALID_DATA, MAIN, NO_CHANNEL, OK,
                   PLAYBACK, SPICE, VERSION_MISMATCH, Client, Raw, Refused, link_message, screenshot, seal)

BLUE = 0x2060a0
KEY_A = 0x1e


@contextlib.contextmanager
def shared(name="keys", *args, **options):
    """A guest that has painted, its link, and a share by SPICE."""
    with machine("-vga", "std", *disk(name), *args) as (qemu, display):
        display.probe("--timeout", 20, "wait-pixel", 500, 500, "2060a0")
        sharing = Sharing(display)
        yield display, sharing, sharing.share(protocol=SPICE, **options)


@contextlib.contextmanager
def shared_full():
    """The same with a guest that changes all of its 1920x1080 pixels all the time."""
    with machine("-vga", "std", *disk("full")) as (qemu, display):
        sharing = Sharing(display)
        yield display, sharing, sharing.share(protocol=SPICE)


def guest_pixel(display):
    return display.probe("--at", "10,10", "info")["pixel"]


def press(client, key=KEY_A):
    """Types until the guest shows it in the viewer's picture."""
    before = client.pixel(10, 10)
    for _ in range(20):
        client.send(key=key)
        end = time.monotonic() + 3
        while time.monotonic() < end:
            if client.pixel(10, 10) != before:
                return
            time.sleep(0.02)
    raise AssertionError("the guest does not see the key")


def test_picture_and_keys():
    """The picture is the guest's; a key changes it; the viewer leaves no trace."""
    with shared() as (display, sharing, port):
        with Client(port) as client:
            assert client.expect("primary")["size"] == [1024, 768]
            number = sharing.expect(IN).viewer
            client.wait_pixel(500, 500, BLUE)
            press(client)
            shown = client.pixel(10, 10)
            assert "%06x" % shown == guest_pixel(display), (shown, guest_pixel(display))
        event = sharing.expect(ENDED, LEFT, number)
        assert event.bytes > 10000 and event.address.startswith("127.0.0.1:"), event


def test_screenshot_tool():
    with shared() as (display, sharing, port):
        shot = screenshot(port, "secret")
        assert (shot.width, shot.height) == (1024, 768)
        assert shot.pixel(500, 500) == BLUE and shot.pixel(1023, 767) == BLUE
        assert "%06x" % shot.pixel(10, 10) == guest_pixel(display)


def test_mouse_mode():
    """The viewer's own pointer where the guest takes positions (a tablet), else motions."""
    for args, mode in (((), 1), (("-usb", "-device", "usb-tablet"), 2)):
        with shared("keys", *args) as (display, sharing, port), Client(port) as client:
            client.opened("inputs")
            client.expect("primary")
            client.send(mode=1)
            assert client.expect("mode")["value"] in (1, 2)
            client.send(motion=[5, 5])
            press(client)


def test_tls():
    """From the first byte; with the certificate, by its subject; no other way in."""
    pem = make_pem()
    with tempfile.NamedTemporaryFile() as authority, \
            shared(flags=TLS, pem=pem) as (display, sharing, port):
        authority.write(pem[0])
        authority.flush()
        with Client(port, ca_file=authority.name, cert_subject="CN=localhost") as client:
            client.expect("primary")
            client.wait_pixel(500, 500, BLUE)
            press(client)
            sharing.expect(IN)
        sharing.expect(ENDED, LEFT)
        with Client(port, ca_file=authority.name, cert_subject="CN=elsewhere") as client:
            client.expect("channel", channel="main", what="error-tls")
        sharing.expect(REFUSED)
        with Raw(port) as viewer:
            viewer.send(link_message())
            assert viewer.is_cut()
        sharing.expect(REFUSED, NO_TLS)
        with Raw(port, authority=pem[0]) as viewer:
            assert viewer.socket.version() in ("TLSv1.3", "TLSv1.2")
            viewer.login().session()
        sharing.expect(ENDED, LEFT)


def test_no_tls_no_way():
    """Beyond loopback nobody is let in without TLS, whatever vmm asks for."""
    with shared(address="0.0.0.0") as (display, sharing, port):
        with Raw(port) as viewer:
            assert viewer.is_cut()
        sharing.expect(REFUSED, NO_TLS)


def test_password():
    """A wrong one is refused in SPICE's words, and makes its address wait."""
    with shared() as (display, sharing, port):
        for _ in range(5):
            with Raw(port) as viewer:
                try:
                    viewer.login("Secret")
                    raise AssertionError("a wrong password is let in")
                except Refused as error:
                    assert error.args[0] == DENIED, error
                except (EOFError, ConnectionError):
                    break
            event = sharing.expect(REFUSED)
            assert event.why in (WRONG_PASSWORD, PENALTY), event
            if event.why == PENALTY:
                break
        with Raw(port) as viewer:
            assert viewer.is_cut()
        sharing.expect(REFUSED, PENALTY)


def test_view_only():
    with shared(flags=VIEW_ONLY) as (display, sharing, port), Client(port) as client:
        client.opened("inputs")
        client.expect("primary")
        client.wait_pixel(500, 500, BLUE)
        before = guest_pixel(display)
        for _ in range(5):
            client.send(key=KEY_A)
        display.probe("key", KEY_A)  # one of a local front end, which must come after them
        assert client.wait_pixel(10, 10, lambda value: "%06x" % value != before)
        press_count = client.pixel(10, 10)
        assert "%06x" % press_count == guest_pixel(display)


def test_sound():
    """The guest's tone is heard; a viewer that may only look hears it, too."""
    formats = "out.frequency=48000,out.channels=2,out.format=s16"
    with machine("-audiodev", "dbus,id=sound,out.voices=4,in.voices=0," + formats, "-display",
                 "dbus,p2p=on,audiodev=sound", "-device", "VGA", "-device", "ich9-intel-hda",
                 "-device", "hda-output,audiodev=sound", *disk("tone")) as (qemu, display):
        sharing = Sharing(display)
        for flags in (0, VIEW_ONLY):
            with Client(sharing.share(protocol=SPICE, flags=flags), sound=True) as client:
                assert client.expect("sound")["rate"] == 48000
                assert client.expect("heard")["peak"] > 1000


def test_agent():
    """What the display says as the guest's agent, and what no viewer may say to it."""
    with shared() as (display, sharing, port):
        with Client(port) as client:
            client.expect("primary")
            client.expect("agent", connected=True, able=True)
            client.send(resize=[800, 600])
            press(client)
        sharing.expect(ENDED, LEFT)
        chunk = struct.pack("<IIQI", 1, 2, 0, 1 << 30)  # a monitors' configuration of 1 GiB
        with Raw(port).login() as viewer:
            viewer.session()
            viewer.put(106, struct.pack("<I", 10))
            viewer.put(107, chunk)
            assert viewer.is_cut()
        sharing.expect(ENDED, PROTOCOL)


def test_ask():
    """Nobody sees anything before a person has said yes."""
    with shared(flags=ASK) as (display, sharing, port):
        with Client(port) as client:
            number = sharing.expect(ASKS).viewer
            try:
                client.opened("main", 1)
                raise AssertionError("the viewer is in")
            except TimeoutError:
                pass
            sharing.send(LINK_VIEWER_ALLOW, number)
            sharing.expect(IN, viewer=number)
            client.expect("primary")
            client.wait_pixel(500, 500, BLUE)
        sharing.expect(ENDED, LEFT, number)
        with Client(port) as client:
            number = sharing.expect(ASKS).viewer
            sharing.send(LINK_VIEWER_DROP, number)
            sharing.expect(REFUSED, DROPPED, number)
            client.expect("channel", channel="main")


def test_cut_off():
    """One viewer, and all of a share; every channel of theirs."""
    with shared() as (display, sharing, port), contextlib.ExitStack() as stack:
        clients, numbers = [], []
        for _ in range(2):
            clients.append(stack.enter_context(Client(port)))
            numbers.append(sharing.expect(IN).viewer)
            clients[-1].expect("primary")
            clients[-1].wait_pixel(500, 500, BLUE)
        one, other = clients
        press(one)
        assert other.wait_pixel(10, 10, one.pixel(10, 10)) is not None
        press(other)
        sharing.send(LINK_VIEWER_DROP, numbers[0])
        sharing.expect(ENDED, DROPPED, numbers[0])
        press(other)
        sharing.send(LINK_SHARE_END, sharing.last)
        sharing.expect(ENDED, UNSHARED, numbers[1])


def test_channels():
    """A channel belongs to a session of its share, once, and only where there is one."""
    with shared() as (display, sharing, port):
        elsewhere = sharing.share(protocol=SPICE)
        with Raw(port).login() as main, contextlib.ExitStack() as stack:
            session = main.session()
            for channel in (DISPLAY, CURSOR, INPUTS):
                stack.enter_context(Raw(port)).login(channel=channel, connection=session)
            for where, channel, number, result in (
                    (port, DISPLAY, session, NO_CHANNEL), (port, CURSOR, session ^ 1, BAD_ID),
                    (elsewhere, CURSOR, session, BAD_ID), (port, 7, session, NO_CHANNEL),
                    (port, DISPLAY, 0, BAD_ID)):
                with Raw(where) as viewer:
                    try:
                        viewer.login(channel=channel, connection=number)
                        raise AssertionError("channel %d is open" % channel)
                    except Refused as error:
                        assert error.args[0] == result, (channel, number, error)
                sharing.expect(REFUSED, PROTOCOL)


def glib_numbers(glib, generator, seed, count):
    """What GLib's generator says first, by that seed."""
    glib.g_rand_set_seed_array(ctypes.c_void_p(generator), (ctypes.c_uint32 * 4)(*seed), 4)
    return [glib.g_rand_int(ctypes.c_void_p(generator)) for _ in range(count)]


def test_numbers():
    """The number of a session lets whoever knows the password open a channel in it, be it that
    nobody has let them in themselves: it cannot be told from the time and one's own number. The
    library has it from GLib, which takes the time where it can open no /dev/urandom."""
    glib = ctypes.CDLL("libglib-2.0.so.0")
    glib.g_rand_new.restype = ctypes.c_void_p
    glib.g_rand_int.restype = ctypes.c_uint32
    generator = glib.g_rand_new()
    with shared() as (display, sharing, port):
        start = int(time.time() * 1e6)
        with Raw(port).login() as main:
            mine = main.session()
        end = int(time.time() * 1e6)
        with Raw(port).login() as main:
            other = main.session()
        for now in range(start, end):
            numbers = glib_numbers(glib, generator, (now // 1000000, now % 1000000,
                                                     display.process.pid, os.getpid()), 8)
            assert mine not in numbers, "%s, so the next is %s: %s" % (mine, other, numbers)
        return "%d times tried" % (end - start)


def test_links():
    """Link messages of all sizes and with all kinds of lists; the good ones are answered."""
    cases = [
        (link_message(), OK),
        (link_message(common=(11, 0, 0), own=(1, 2, 3)), OK),
        (link_message(common=(), own=(), offset=0), OK),
        (link_message(magic=b"GET "), INVALID_DATA),
        (link_message(magic=b"RFB "), INVALID_DATA),
        (link_message(major=1), VERSION_MISMATCH),
        (link_message(major=0xffffffff), VERSION_MISMATCH),
    ]
    cases += [(link_message(size=size), INVALID_DATA)
              for size in (0, 1, 17, 257, 4096, 4097, 1 << 20, 1 << 31, (1 << 32) - 1)]
    cases += [(link_message(offset=offset), INVALID_DATA)
              for offset in (0, 17, 19, 26, 1 << 16, (1 << 32) - 1)]
    cases += [(link_message(words=words), INVALID_DATA)
              for words in ((9, 1), (1, 9), (2, 2), (1 << 30, 1 << 30), ((1 << 32) - 1, 1))]
    with shared() as (display, sharing, port):
        for message, expected in cases:
            with Raw(port) as viewer:
                viewer.send(message)
                result, _ = viewer.reply()
                assert result == expected, (message, result)
                assert expected == OK or viewer.is_cut()
            sharing.expect(REFUSED, LEFT if expected == OK else PROTOCOL)


def test_cut_links():
    """Cut at every offset, then nothing, a FIN or an RST: others are served meanwhile, and who says
    nothing is sent away in time."""
    whole = link_message()
    with shared() as (display, sharing, port), Client(port) as client:
        client.expect("primary")
        sharing.expect(IN)
        silent = []
        for size in range(len(whole)):
            for how in ("fin", "rst"):
                viewer = Raw(port)
                viewer.send(whole[:size])
                if how == "rst":
                    viewer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                             struct.pack("ii", 1, 0))
                viewer.close()
                sharing.expect(REFUSED, LEFT)
            if size % 8 == 0:
                silent.append(Raw(port))
                silent[-1].send(whole[:size])
        press(client)
        for viewer in silent:
            sharing.expect(REFUSED, TIMEOUT)
            assert viewer.is_cut()
            viewer.close()
        press(client)


def test_messages():
    """On an open channel: types that it does not have, sizes beyond the type's, a flood."""
    floods = [
        (MAIN, struct.pack("<HI", 107, 2049)),
        (MAIN, struct.pack("<HI", 110, 4) + bytes(4)),  # migration
        (MAIN, struct.pack("<HI", 2, 0) * 20000),
        (DISPLAY, struct.pack("<HI", 101, 14) + struct.pack("<BqBi", 1, 1 << 40, 1, 1 << 20)),
        (DISPLAY, struct.pack("<HI", 101, 0xffffffff)),
        (INPUTS, struct.pack("<HI", 104, 17)),
        (INPUTS, struct.pack("<HII", 103, 2, 0)[:8] * 20000),
        (CURSOR, struct.pack("<HI", 101, 0)),
    ]
    with shared() as (display, sharing, port), Client(port) as client:
        client.expect("primary")
        sharing.expect(IN)
        for channel, noise in floods:
            with Raw(port).login() as main:
                viewer, session = main, main.session()
                number = sharing.expect(IN).viewer
                if channel != MAIN:
                    viewer = Raw(port).login(channel=channel, connection=session)
                with contextlib.suppress(ConnectionError):
                    viewer.send(noise)
                assert viewer.is_cut() and main.is_cut(), (channel, noise[:6])
                viewer.close()
            sharing.expect(ENDED, PROTOCOL, number)
        press(client)


def test_leaving():
    """A viewer that goes while a channel of its is being opened, at any moment of that."""
    channels = (CURSOR, INPUTS, PLAYBACK, DISPLAY)
    with shared() as (display, sharing, port):
        with Raw(port).login() as main:
            main.session()
            sharing.expect(IN)
        sharing.expect(ENDED, LEFT)
        before = len(display.open_files())
        for turn in range(80):
            with Raw(port).login() as main, Raw(port) as viewer:
                viewer.send(link_message(channels[turn % 4], main.session()))
                _, key = viewer.reply()
                sharing.expect(IN)
                viewer.send(struct.pack("<I", 1) + seal(key, "secret"))
                # The moment is to be another one each time: nothing is waited for here.
                time.sleep(turn // 4 * 0.0001)
            sharing.expect(ENDED, LEFT)
        with Client(port) as client:
            client.expect("primary")
            press(client)
        wait_for(lambda: len(display.open_files()) <= before, 20, "all sockets are closed")
        assert display.process.poll() is None


def test_not_reading():
    """A viewer that reads nothing costs the others nothing, and goes after a while."""
    with shared_full() as (display, sharing, port):
        with Raw(port).login() as main:
            number = sharing.expect(IN).viewer
            session = main.session()
            with Raw(port).login(channel=DISPLAY, connection=session) as viewer, \
                    Client(port) as client:
                viewer.put(101, struct.pack("<BqBi", 1, 1 << 20, 1, 1 << 20))
                client.expect("primary")
                frames = 0
                while frames < 10:  # however busy the machine is
                    client.send(count=2)
                    more = client.expect("count")["frames"]
                    assert more > 0, f"it stands still after {frames} frames"
                    frames += more
                sharing.expect(ENDED, remote.STUCK, number, timeout=60)


def test_gone_and_back():
    """Many sessions one after the other: no memory, threads or descriptors are left of them."""
    def held():
        pid = display.process.pid
        with open("/proc/%d/smaps_rollup" % pid, encoding="ascii") as file:
            memory = sum(int(line.split()[1]) for line in file if line.startswith("Pss_Anon:"))
        return (len(os.listdir("/proc/%d/fd" % pid)), len(os.listdir("/proc/%d/task" % pid)),
                memory)

    def visit():
        with Raw(port).login() as main:
            session = main.session()
            with Raw(port).login(channel=DISPLAY, connection=session) as viewer:
                viewer.put(101, struct.pack("<BqBi", 1, 1 << 20, 1, 1 << 20))
                viewer.message()
        sharing.expect(ENDED, LEFT)

    with shared() as (display, sharing, port):
        idle = held()
        for _ in range(10):
            visit()
        wait_for(lambda: held()[:2] <= idle[:2], 30, "nothing is held by those who left")
        before = held()
        for _ in range(40):
            visit()
        end = time.monotonic() + 60  # the last one's report comes before its end
        while any(now > then + slack for now, then, slack in zip(held(), before, (0, 0, 4096))):
            assert time.monotonic() < end, (before, held())
            time.sleep(0.1)


if __name__ == "__main__":
    run_tests([test_picture_and_keys, test_screenshot_tool, test_mouse_mode, test_tls,
               test_no_tls_no_way, test_password, test_view_only, test_sound, test_agent, test_ask,
               test_cut_off, test_channels, test_numbers, test_links, test_cut_links, test_messages, test_leaving, test_not_reading,
               test_gone_and_back])
