# SPDX-License-Identifier: GPL-2.0-or-later
"""What time limits, caps and penalties are for, with the limits as they ship: viewers that fall
silent wherever they stand, that do not read, that fill every place, that try passwords. All tests run
at once, for they mostly wait; each has a display and a guest of its own."""

import statistics
import struct
import threading
import time
from socket import SO_RCVBUF, SOL_SOCKET

from remote import (BLUE, CAME, ENDED, FULL, IN, LEFT, PENALTY, REFUSED, STUCK, TIMEOUT, TLS,
                    WRONG_PASSWORD, Refused, Rfb, Sharing, guest, is_refused, latencies, make_pem,
                    press, type_a)
from harness import run_tests
from talk import cut, lengths, talk_vnc, talk_x509_plain, talk_x509_vnc

CAP = 100


def places(sizes, awaited, step=1):
    """Where to fall silent: so many bytes into each message of a login, every `step` of long ones.
    Before the message of the number `awaited` a person may think about the password."""
    return [(stage, at) for stage, size in enumerate(sizes)
            for at in range(0, size, step if size > 20 else 1) if (stage, at) != (awaited, 0)]


def close_all(viewers):
    for viewer in viewers:
        viewer.close()


def fill(sharing, make):
    """Takes every place with viewers that are younger than the ten seconds they have."""
    for _ in range(10):
        start = time.monotonic()
        viewers = [make() for _ in range(CAP)]
        for _ in viewers:
            sharing.expect(CAME)
        if time.monotonic() < start + 6:
            return viewers
        close_all(viewers)
        for _ in viewers:
            sharing.expect(REFUSED)
    raise AssertionError("too slow to take every place while the first is still held")


def test_silent_login():
    """Silence after every byte of a login in the clear: over in ten seconds, and nobody waits."""
    with guest() as (qemu, display):
        sharing = Sharing(display)
        port = sharing.share(backlog=256)
        sizes = lengths(port, talk_vnc)
        with Rfb(port) as viewer:
            viewer.wait_pixel(500, 500, BLUE, 20)
            silent = [cut(port, talk_vnc, *place) for place in places(sizes, 2)]
            press(viewer, lambda: type_a(viewer))
            for _ in silent:
                sharing.expect(REFUSED, TIMEOUT, timeout=60)
            press(viewer, lambda: type_a(viewer))
        close_all(silent)
        return "%d viewers" % len(silent)


def test_silent_tls():
    """The same with TLS: in the negotiation, in each of its flights, in each message under it."""
    pem = make_pem()
    with guest() as (qemu, display):
        sharing = Sharing(display)
        port = sharing.share(flags=TLS, pem=pem, backlog=256)
        count = 0
        with Rfb(port, vencrypt=261, authority=pem[0]) as viewer:
            viewer.wait_pixel(500, 500, BLUE, 20)
            silent = []
            for talk, step in ((talk_x509_vnc, 16), (talk_x509_plain, 24)):
                sizes = lengths(port, talk, pem[0])
                first = 1 if talk is talk_x509_vnc else 3  # what comes before is the same
                silent += [cut(port, talk, *place, pem[0])
                           for place in places(sizes, len(sizes) - 2, step) if place[0] >= first]
            assert len(silent) < CAP, len(silent)
            press(viewer, lambda: type_a(viewer))
            while count < len(silent):
                count += sharing.expect(REFUSED, timeout=60).why == TIMEOUT
            press(viewer, lambda: type_a(viewer))
        close_all(silent)
        return "%d viewers" % count


def test_tls_stalled_at_the_cap():
    """Every place is taken by a TLS handshake that never goes on: local viewers get in at once,
    honest ones once the handshakes have had their ten seconds."""
    pem = make_pem()
    with guest() as (qemu, display):
        sharing = Sharing(display)
        port = sharing.share(flags=TLS, pem=pem, backlog=256)
        stage, size = 4, 100  # in the middle of the ClientHello
        stalled = fill(sharing, lambda: cut(port, talk_x509_vnc, stage, size, pem[0]))
        error = is_refused(Rfb, port, vencrypt=261, authority=pem[0])
        assert isinstance(error, Refused) and "viewers" in str(error), repr(error)
        sharing.expect(REFUSED, FULL)
        display.probe("--timeout", 20, "wait-pixel", 500, 500, "2060a0")
        assert len(display.open_files()) > CAP, "the places were free before the local viewer came"
        start = time.monotonic()
        sharing.expect(REFUSED, TIMEOUT, timeout=60)
        while True:
            try:
                viewer = Rfb(port, vencrypt=261, authority=pem[0])
                break
            except (Refused, EOFError, ConnectionError):
                assert time.monotonic() < start + 60, "no honest viewer gets in"
                time.sleep(0.1)
        with viewer:
            viewer.wait_pixel(500, 500, BLUE, 20)
            press(viewer, lambda: type_a(viewer))
        close_all(stalled)
        return "%d KiB" % display.memory_kib()


def test_one_address_takes_all():
    """Whoever takes every place without logging in loses one at once to each who comes from
    elsewhere; another of theirs is no better than they are."""
    with guest() as (qemu, display):
        sharing = Sharing(display)
        port = sharing.share(backlog=256)
        silent = fill(sharing, lambda: Rfb(port, start=False))
        with Rfb(port, source="127.0.0.2") as viewer:
            sharing.expect(REFUSED, FULL)
            is_refused(Rfb, port)
            sharing.expect(REFUSED, FULL)
            viewer.wait_pixel(500, 500, BLUE, 20)
        close_all(silent)


def test_person_at_the_password():
    """A person may take longer than ten seconds to find the password, unless all places are taken:
    then those who have had their ten seconds make room."""
    with guest() as (qemu, display):
        sharing = Sharing(display)
        port = sharing.share(backlog=256)
        slow, number = cut(port, talk_vnc, 2, 0), sharing.expect(CAME).viewer
        lurkers = [cut(port, talk_vnc, 2, 0) for _ in range(CAP - 1)]
        for _ in lurkers:
            sharing.expect(CAME)
        is_refused(Rfb, port)
        sharing.expect(REFUSED, FULL)
        start = time.monotonic()
        while True:
            try:
                with Rfb(port) as viewer:
                    viewer.wait_pixel(500, 500, BLUE, 20)
                    break
            except (Refused, EOFError, ConnectionError):
                assert time.monotonic() < start + 60, "lurkers keep honest viewers out"
                time.sleep(0.2)
        sharing.expect(REFUSED, TIMEOUT, number)  # the first to have come
        last = lurkers[-1]
        last.answer_challenge(last.challenge, "secret")
        last.begin()
        last.wait_pixel(500, 500, BLUE, 20)
        close_all(lurkers + [slow])


def test_wrong_password():
    """Ten in a row: turned away after the third, and the right one too for a while; but only from
    that address."""
    with guest() as (qemu, display):
        sharing = Sharing(display)
        port = sharing.share()
        whys = []
        for _ in range(10):
            is_refused(Rfb, port, "wrong")
            whys.append(sharing.expect(REFUSED).why)
        assert whys == [WRONG_PASSWORD] * 3 + [PENALTY] * 7, whys
        error = is_refused(Rfb, port)
        assert "Too many wrong passwords" in str(error), repr(error)
        sharing.expect(REFUSED, PENALTY)
        with Rfb(port, source="127.0.0.2") as viewer:
            viewer.wait_pixel(500, 500, BLUE, 20)
        start = time.monotonic()
        while True:
            try:
                Rfb(port).close()
                break
            except Refused:
                assert time.monotonic() < start + 60, "never forgiven"
                time.sleep(0.2)
        # Those who came before the penalty do not get round it.
        early = [Rfb(port, start=False, source="127.0.0.3") for _ in range(6)]
        for viewer in early[:3]:
            is_refused(viewer.login, "wrong")
        error = is_refused(early[3].login, "secret")
        assert "Too many" in str(error), error
        close_all(early)


def test_crowd():
    """50 silent, 50 with half a message, 20 that do not read and 20 that talk garbage beside an
    honest viewer, who notices nothing."""
    with guest() as (qemu, display):
        sharing = Sharing(display)
        port, open_port = sharing.share(backlog=256), sharing.share(password="", backlog=256)
        with Rfb(port) as viewer:
            viewer.wait_pixel(500, 500, BLUE, 20)
            quiet = latencies(viewer, 40)
            silent = [Rfb(port, start=False) for _ in range(25)]
            half = [Rfb(port, start=False) for _ in range(25)]
            for each in half:
                each.socket.sendall(b"RFB 00")
            deaf = [Rfb(open_port, "") for _ in range(20)]
            for each in deaf:
                for _ in range(50):
                    each.request(False)
            stop = threading.Event()
            threads = [threading.Thread(target=babble, args=(port, stop)) for _ in range(4)]
            for thread in threads:
                thread.start()
            try:
                loud = latencies(viewer, 40)
            finally:
                stop.set()
                for thread in threads:
                    thread.join()
            late = 0
            while late < len(silent + half):
                late += sharing.expect(REFUSED, timeout=60).why == TIMEOUT
            memory = display.memory_kib()
            for each in silent + half + deaf:
                each.close()
        worst = quiet[-1], loud[-1]
        assert worst[1] < 15000, worst  # one of them alone could hold libvncserver up for 20 s
        assert memory < (64 + 2 * 3 + 22 * 2) * 1024, memory
        return "median %.1f ms quiet, %.1f ms in the crowd; worst %.1f and %.1f; %d KiB" % (
            statistics.median(quiet), statistics.median(loud), *worst, memory)


def babble(port, stop):
    noises = [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"RFB 003.008\n\xff", b"RFB 999.999\n",
              bytes(range(256)) * 16, b"RFB 003.008\n\x02" + b"x" * 15]
    at = 0
    while not stop.is_set():
        try:
            with Rfb(port, start=False) as viewer:
                viewer.socket.sendall(noises[at % len(noises)])
                at += 1
                stop.wait(0.02)
        except OSError:
            pass


def test_stuck():
    """A viewer that reads nothing is ended after 20 s, and has cost no more than a few pieces."""
    with guest("full") as (qemu, display):
        sharing = Sharing(display)
        port = sharing.share()
        deaf = []
        for _ in range(5):
            viewer = Rfb(port, start=False)
            viewer.socket.setsockopt(SOL_SOCKET, SO_RCVBUF, 4096)
            viewer.login("secret")
            viewer.begin()
            for _ in range(100):
                viewer.request(False)
            deaf.append(viewer)
        start = time.monotonic()
        for _ in deaf:
            sharing.expect(ENDED, STUCK, timeout=90)
        took = time.monotonic() - start
        assert took > 15, took
        memory = display.memory_kib()
        assert memory < 64 * 1024 + 2 * 8100 + 5 * 2048, memory
        return "%.0f s, %d KiB" % (took, memory)


if __name__ == "__main__":
    # The penalties of the first are shorter than what a crowd may take.
    run_tests([test_wrong_password],
              [test_silent_login, test_silent_tls, test_tls_stalled_at_the_cap,
               test_one_address_takes_all, test_person_at_the_password, test_crowd, test_stuck])
