# SPDX-License-Identifier: GPL-2.0-or-later
"""Consoles shared by VNC: the real vitrine-display with a real guest, and a viewer that says exactly
what the test wants said. What hostile viewers do is test-hostile.py's and test-limits.py's; viewers
that others wrote are test-viewers.py's."""

import struct
import threading
import time

import remote
from remote import (ASK, ASKS, BLUE, DROPPED, ENDED, EXTENDED_SIZE, IN, LEFT, NO_TLS, PROTOCOL,
                    QEMU_KEYS, RAW, REFUSED, TLS, UNSHARED, VIEW_ONLY, WRONG_PASSWORD,
                    LINK_SHARE_END, LINK_VIEWER_ALLOW, LINK_VIEWER_DROP, Rfb, Sharing, guest,
                    is_refused, machine, make_pem, press, type_a, wait_for)
from harness import disk, run_tests

def test_versions():
    """Each version of the protocol, with and without a password; the picture and a key."""
    with guest() as (qemu, display):
        sharing = Sharing(display)
        ports = {"": sharing.share(password=""), "secret": sharing.share()}
        for password, port in ports.items():
            for minor in (3, 7, 8):
                with Rfb(port, password, minor) as viewer:
                    viewer.wait_pixel(500, 500, BLUE, 20)
                    assert (viewer.width, viewer.height) == (1024, 768)
                    press(viewer, lambda: type_a(viewer))
                event = sharing.expect(IN)
                assert event.address.startswith("127.0.0.1:"), event
                sharing.expect(ENDED, LEFT, event.viewer)


def test_tls():
    """VeNCrypt: both ways in, and none for who has not the password or not TLS."""
    pem = make_pem()
    with guest() as (qemu, display):
        sharing = Sharing(display)
        short = sharing.share(flags=TLS, pem=pem)
        long = sharing.share(password="longer than eight", flags=TLS, pem=pem)
        for port, password, kind in ((short, "secret", 261), (short, "secret", 262),
                                     (long, "longer than eight", 262)):
            with Rfb(port, password, vencrypt=kind, authority=pem[0]) as viewer:
                assert viewer.socket.version() in ("TLSv1.3", "TLSv1.2")
                viewer.wait_pixel(500, 500, BLUE, 20)
                press(viewer, lambda: type_a(viewer))
            sharing.expect(ENDED, LEFT)
        for kind in (261, 262):
            is_refused(Rfb, short, "Secret", vencrypt=kind, authority=pem[0])
            sharing.expect(REFUSED, WRONG_PASSWORD)
        is_refused(Rfb, short, "secret", minor=3)
        sharing.expect(REFUSED, NO_TLS)
        is_refused(Rfb, long, "longer t", vencrypt=261, authority=pem[0])
        sharing.expect(REFUSED, PROTOCOL)


def test_no_tls_no_way():
    """Beyond loopback nobody is let in without TLS, whatever vmm asks for."""
    with guest() as (qemu, display):
        sharing = Sharing(display)
        port = sharing.share(address="0.0.0.0")
        is_refused(Rfb, port)
        sharing.expect(REFUSED, NO_TLS)
        is_refused(Rfb, sharing.share(address="0.0.0.0", password=""), "")
        sharing.expect(REFUSED, NO_TLS)


def test_qemu_keys_and_resize():
    with machine("-device", "virtio-vga", *disk("keys")) as (qemu, display):
        sharing = Sharing(display)
        with Rfb(sharing.share(), encodings=(RAW, QEMU_KEYS, EXTENDED_SIZE)) as viewer:
            viewer.wait_pixel(500, 500, BLUE, 20)
            assert viewer.qemu_keys
            assert viewer.resizes and viewer.resizes[-1][2:] == (1024, 768), viewer.resizes
            press(viewer, lambda: (viewer.qemu_key(30, 1), viewer.qemu_key(30, 0)))
            viewer.socket.sendall(struct.pack(">BxHHBxIHHHHI", 251, 1280, 800, 1, 0, 0, 0, 1280,
                                              800, 0))
            count = len(viewer.resizes)
            press(viewer, lambda: type_a(viewer))
            assert len(viewer.resizes) > count and viewer.resizes[-1][:2] == (1, 4), viewer.resizes


def answer(viewer, *wish):
    """The status that a wish for another size is answered by."""
    count = len(viewer.resizes)
    viewer.resize(*wish)
    viewer.wait(lambda: any(r[0] == 1 for r in viewer.resizes[count:]))
    return [r[1] for r in viewer.resizes[count:] if r[0] == 1][-1]


def test_resize_answers():
    """What is asked of a device that can follow, and of one that cannot."""
    done, prohibited, invalid, forwarded = 0, 1, 3, 4
    with machine("-device", "virtio-vga", *disk("keys")) as (qemu, display):
        sharing = Sharing(display)
        with Rfb(sharing.share(), encodings=(RAW, EXTENDED_SIZE)) as viewer:
            viewer.wait_pixel(500, 500, BLUE, 20)
            assert answer(viewer, 1024, 768) == done
            assert answer(viewer, 1280, 800) == forwarded
            assert answer(viewer, 1280, 800, (0, 0, 640, 800), (640, 0, 640, 800)) == invalid
            assert answer(viewer, 1280, 800, (1, 0, 1279, 800)) == invalid
            assert answer(viewer, 640, 480) == forwarded
        with Rfb(sharing.share(flags=VIEW_ONLY), encodings=(RAW, EXTENDED_SIZE)) as viewer:
            assert answer(viewer, 1280, 800) == prohibited
    with machine("-device", "cirrus-vga", *disk("idle")) as (qemu, display):
        sharing = Sharing(display)
        with Rfb(sharing.share(), encodings=(RAW, EXTENDED_SIZE)) as viewer:
            wait_for(lambda: answer(viewer, 1280, 800) == prohibited, 10, "QEMU has refused")


def test_view_only():
    with guest() as (qemu, display):
        sharing = Sharing(display)
        watching, full = sharing.share(flags=VIEW_ONLY), sharing.share()
        with Rfb(watching) as viewer, Rfb(full) as other:
            other.wait_pixel(500, 500, BLUE, 20)
            viewer.wait_pixel(500, 500, BLUE, 20)
            press(other, lambda: type_a(other))
            for _ in range(5):
                viewer.key(0x62, 1)
                viewer.key(0x62, 0)
                viewer.qemu_key(48, 1)
                viewer.qemu_key(48, 0)
                viewer.pointer(10, 10, 1)
            viewer.request(False)
            viewer.step(ask=False)  # the display has taken it all
            # What comes after it reaches the guest after it.
            other.key(0x63, 1)
            other.key(0x63, 0)
            other.wait_pixel(10, 10, lambda value: value >> 16 == 0xae, 20)
            other.request(False)
            other.step()
            codes = {other.pixel(n % 64 * 16 + 8, 72 + n // 64 * 16) >> 16 for n in range(256)}
            assert 0x9e in codes and not codes & {0x30, 0xb0}, "a view-only viewer typed"


def test_consent():
    with guest() as (qemu, display):
        sharing = Sharing(display)
        port = sharing.share(flags=ASK)
        viewer = Rfb(port, start=False)
        thread = threading.Thread(target=viewer.login, args=("secret",))
        thread.start()
        number = sharing.expect(ASKS).viewer
        time.sleep(0.2)
        assert thread.is_alive(), "the viewer was let in without consent"
        sharing.send(LINK_VIEWER_ALLOW, number)
        thread.join(60)
        sharing.expect(IN, viewer=number)
        viewer.begin()
        viewer.wait_pixel(500, 500, BLUE, 20)
        viewer.close()
        sharing.expect(ENDED, LEFT, number)
        other = Rfb(port, start=False)
        thread = threading.Thread(target=lambda: is_refused(other.login, "secret"))
        thread.start()
        number = sharing.expect(ASKS).viewer
        sharing.send(LINK_VIEWER_DROP, number)
        thread.join(60)
        sharing.expect(REFUSED, DROPPED, number)


def test_many_see_the_same():
    """What was encoded for one is given to others: none of them may see what is past."""
    with guest() as (qemu, display):
        sharing = Sharing(display)
        port = sharing.share()
        viewers = [Rfb(port, encodings=(kind, remote.DESKTOP_SIZE)) for kind in [RAW] * 6]
        try:
            for viewer in viewers:
                viewer.wait_pixel(500, 500, BLUE, 20)
            press(viewers[0], lambda: type_a(viewers[0]))
            for _ in range(10):
                press(viewers[0], lambda: type_a(viewers[0]))
                seen = viewers[0].pixel(10, 10)
                for viewer in viewers[1:]:
                    viewer.wait_pixel(10, 10, seen)
            assert len({bytes(viewer.picture) for viewer in viewers}) == 1
        finally:
            for viewer in viewers:
                viewer.close()


def test_full_frames():
    """1080p, all of it changing, in raw: near QEMU's own 33 a second on a quiet machine."""
    with machine("-vga", "std", *disk("full")) as (qemu, display):
        sharing = Sharing(display)
        with Rfb(sharing.share()) as viewer:
            end = time.monotonic() + 60
            while viewer.width != 1920:
                assert time.monotonic() < end, "no 1080p"
                viewer.step()
            for _ in range(5):
                viewer.step()
            before, start, cpu = viewer.updates, time.monotonic(), display.cpu_seconds()
            while time.monotonic() < start + 3:
                viewer.step()
            took = time.monotonic() - start
            rate = (viewer.updates - before) / took
            assert rate > 1, rate  # how many is the bench's business
            return "%.1f frames/s, %.2f of a core" % (rate, (display.cpu_seconds() - cpu) / took)


def has_ended(viewer):
    try:
        while True:
            viewer.step()
    except (EOFError, ConnectionError):
        return True


def test_cut_off():
    """VIEWER_DROP ends one, SHARE_END all of a share, and what they held down is released."""
    with guest() as (qemu, display):
        sharing = Sharing(display)
        port, other_port = sharing.share(), sharing.share()
        first, second, other = Rfb(port), Rfb(port), Rfb(other_port)
        for viewer in (first, second, other):
            viewer.wait_pixel(500, 500, BLUE, 20)
        numbers = [sharing.expect(IN).viewer for _ in range(3)]
        sharing.send(LINK_VIEWER_DROP, numbers[0])
        sharing.expect(ENDED, DROPPED, numbers[0])
        assert has_ended(first)
        press(second, lambda: type_a(second))
        sharing.send(LINK_SHARE_END, 1)
        sharing.expect(ENDED, UNSHARED, numbers[1])
        assert has_ended(second)
        is_refused(Rfb, port)
        press(other, lambda: type_a(other))
        sharing.send(LINK_VIEWER_DROP, 12345)  # nobody
        press(other, lambda: type_a(other))


if __name__ == "__main__":
    run_tests([test_versions, test_tls, test_no_tls_no_way, test_qemu_keys_and_resize,
               test_resize_answers,
               test_view_only, test_consent, test_cut_off, test_many_see_the_same,
               test_full_frames])
