# SPDX-License-Identifier: GPL-2.0-or-later
"""What hostile viewers send: the real vitrine-display with a real guest, and every message in every
broken shape. What they do not send, and time limits, are test-limits.py's."""

import random
import select
import socket
import struct
import threading
import time
import zlib

from remote import (BLUE, CAME, ENDED, FULL, IN, LEFT, NO_TLS, PROTOCOL, RAW, REFUSED, TLS, Refused,
                    Rfb, Sharing, guest, is_refused, make_pem, press, type_a, wait_for)
from harness import run_tests
from talk import (cut, hang_up, lengths, messages, talk_none, talk_vnc, talk_x509_plain,
                  talk_x509_vnc)

HEXTILE, TIGHT, ZRLE = 5, 7, 16
SQUARE = 64  # each way, in the guest's corner


def test_tls_broken():
    """Garbage, silence and a hang-up in the middle of TLS end that viewer only."""
    pem = make_pem()
    with guest() as (qemu, display):
        sharing = Sharing(display)
        port = sharing.share(flags=TLS, pem=pem)
        for noise in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff" + bytes(9000), b""):
            viewer = Rfb(port, start=False)
            viewer.begin_vencrypt(261)
            viewer.socket.sendall(noise)
            viewer.socket.close()
            assert sharing.expect(REFUSED).why in (NO_TLS, LEFT)
        with Rfb(port, vencrypt=261, authority=pem[0]) as viewer:
            viewer.wait_pixel(500, 500, BLUE, 20)


def wait_gone(sharing, count):
    """That many viewers have come and are gone; none was let in on the way."""
    while count > 0:
        event = sharing.next()
        assert event.event in (CAME, REFUSED, IN, ENDED), event
        if event.event in (REFUSED, ENDED):
            assert event.why in (LEFT, NO_TLS), event
            count -= 1


def cut_everywhere(sharing, port, talk, authority=None):
    """Hangs up after each byte of a login, by FIN and by RST; how many viewers that took."""
    count = 0
    sizes = lengths(port, talk, authority)
    wait_gone(sharing, 1)
    for stage, size in enumerate(sizes):
        for at in range(size):
            for reset in (False, True):
                hang_up(cut(port, talk, stage, at, authority), reset)
            wait_gone(sharing, 2)
            count += 2
    return count


def test_cut_logins():
    """A hang-up after every byte of every way in, with TLS in each of its flights."""
    pem = make_pem()
    with guest() as (qemu, display):
        sharing = Sharing(display)
        with Rfb(sharing.share()) as viewer:
            viewer.wait_pixel(500, 500, BLUE, 20)
            sharing.expect(IN)
            files = len(display.open_files())
            open_port, port = sharing.share(password=""), sharing.share()
            secure = sharing.share(flags=TLS, pem=pem)
            count = cut_everywhere(sharing, open_port, talk_none)
            count += cut_everywhere(sharing, port, talk_vnc)
            count += cut_everywhere(sharing, secure, talk_x509_vnc, pem[0])
            count += cut_everywhere(sharing, secure, talk_x509_plain, pem[0])
            wait_for(lambda: len(display.open_files()) <= files + 3, 10, "descriptors are closed")
            press(viewer, lambda: type_a(viewer))
        return "%d viewers" % count


def test_cut_messages():
    """Every message cut at every offset, then silence, FIN or RST: whoever falls silent in the midst
    of a message costs a connection and disturbs nobody."""
    with guest() as (qemu, display):
        sharing = Sharing(display)
        port = sharing.share(password="", backlog=256)
        with Rfb(port, "") as viewer:
            viewer.wait_pixel(500, 500, BLUE, 20)
            sharing.expect(IN)
            files, count = len(display.open_files()), 0
            silent = []
            for message in messages():
                for at in range(len(message)):
                    for way in ("silence", "FIN", "RST"):
                        if len(silent) == 90:
                            press(viewer, lambda: type_a(viewer))
                            count += len(silent)
                            while silent:
                                hang_up(silent.pop(), len(silent) % 2)
                            wait_gone(sharing, 90)
                        each = Rfb(port, "", start=False)
                        each.login("")
                        each.socket.sendall(message[:at])
                        if way == "silence":
                            silent.append(each)
                            continue
                        hang_up(each, way == "RST")
                        sharing.expect(ENDED, LEFT)
                        count += 1
            press(viewer, lambda: type_a(viewer))
            memory = display.memory_kib()
            count += len(silent)
            for each in silent:
                hang_up(each, False)
            wait_for(lambda: len(display.open_files()) <= files, 10, "descriptors are closed")
            press(viewer, lambda: type_a(viewer))
        assert memory < (64 + 2 * 3 + 91 * 2) * 1024, memory
        return "%d viewers, %d KiB with %d of them" % (count, memory, len(silent))


def test_hostile_messages():
    """What breaks the protocol ends that viewer; what is merely odd does not."""
    pack = struct.pack
    bad = [pack(">B3xBBBBHHHBBB3x", 0, bits, 24, 0, 1, 255, 255, 255, 16, 8, 0)
           for bits in (0, 1, 15, 24, 33, 64, 255)]
    bad += [pack(">B3xBBBBHHHBBB3x", 0, 32, 24, 0, 1, 255, 255, 255, shift, 8, 0)
            for shift in (8, 25, 31, 32, 255)]
    bad += [pack(">BxH", 2, 65535) + bytes(4 * 65535), pack(">B3xI", 6, (1 << 20) + 1),
            pack(">B3xI", 6, 1 << 31), pack(">B3xI", 6, (1 << 32) - 1), b"\xf8", b"\x96", b"\xff\2",
            b"\x01", b"\x7f" * 4000]
    odd = [pack(">BxH", 2, 0), pack(">B3xI", 6, 0), pack(">B3xI", 6, 1 << 20) + bytes(1 << 20),
           pack(">BBHHHH", 3, 0, 65535, 65535, 65535, 65535), pack(">BBHHHH", 3, 1, 0, 0, 0, 0),
           pack(">BBHHHH", 3, 0, 1000, 700, 65535, 65535), pack(">BBHHHH", 3, 0, 1024, 768, 1, 1),
           pack(">BBHH", 5, 255, 65535, 65535) + pack(">BBHH", 5, 0, 0, 0),
           pack(">BBxxI", 4, 1, 0xffffffff), pack(">BBHII", 255, 0, 1, 0, 0xffffffff),
           pack(">BxH256i", 2, 256, *range(1000, 1256))]
    with guest() as (qemu, display):
        sharing = Sharing(display)
        port = sharing.share(password="")
        for message in bad:
            viewer = Rfb(port, "")
            number = sharing.expect(IN).viewer
            try:
                viewer.socket.sendall(message)
            except ConnectionError:
                pass
            sharing.expect(ENDED, PROTOCOL, number)
            viewer.close()
        with Rfb(port, "") as viewer:
            viewer.wait_pixel(500, 500, BLUE, 20)
            for message in odd:
                viewer.socket.sendall(message)
            viewer.set_encodings((RAW,))
            viewer.request(False)
            press(viewer, lambda: type_a(viewer))


def some_formats(count):
    """Pixel formats that are allowed: every size, channels of every width, order and place."""
    chance = random.Random(3)
    for _ in range(count):
        bits = chance.choice((8, 16, 32))
        widths = [1, 1, 1]
        for _ in range(chance.randint(0, bits - 3)):
            widths[chance.randrange(3)] += 1
        widths = [min(width, 16) for width in widths]
        gap, place, shifts = chance.randint(0, bits - sum(widths)), 0, [0, 0, 0]
        order = chance.sample(range(3), 3)
        for at, channel in enumerate(order):
            place += gap if at == chance.randrange(3) else 0
            gap = gap if place == 0 else 0
            shifts[channel] = place
            place += widths[channel]
        yield (bits, chance.randint(1, bits), chance.randrange(2),
               [(1 << width) - 1 for width in widths], shifts)


def set_format(viewer, bits, depth, big, maxima, shifts):
    viewer.socket.sendall(struct.pack(">B3xBBBBHHHBBB3x", 0, bits, depth, big, 1, *maxima, *shifts))


def translate(colour, maxima, shifts):
    """What a pixel of 8 bits a channel is in a format, rounded as the protocol leaves open."""
    return sum(((colour >> (16 - 8 * at) & 255) * maxima[at] + 127) // 255 << shifts[at]
               for at in range(3))


def raw_corner(viewer, bits, big):
    """The pixel at 90,90 as a number, from a raw update of the corner."""
    viewer.request(False, 0, 0, 100, 100)
    assert viewer.read(1) == b"\0"
    found = None
    for _ in range(struct.unpack(">xH", viewer.read(3))[0]):
        x, y, width, height, encoding = struct.unpack(">HHHHi", viewer.read(12))
        assert encoding == RAW, encoding
        data = viewer.read(width * height * bits // 8)
        if x <= 90 < x + width and y <= 90 < y + height:
            at = ((90 - y) * width + 90 - x) * bits // 8
            found = int.from_bytes(data[at:at + bits // 8], "big" if big else "little")
    return found


def test_pixel_formats():
    """Formats of every size and shift: seen right in raw, survived in every other encoding."""
    with guest("paint") as (qemu, display):
        sharing = Sharing(display)
        port = sharing.share(password="")
        with Rfb(port, "") as viewer:
            viewer.wait_pixel(500, 500, BLUE, 20)
        with Rfb(port, "", start=False) as viewer:
            viewer.login("")
            for each in some_formats(300):
                bits, _, big, maxima, shifts = each
                set_format(viewer, *each)
                found = raw_corner(viewer, bits, big)
                assert found == translate(BLUE, maxima, shifts), (each, found)
        for each in some_formats(60):
            for encoding in (HEXTILE, TIGHT, ZRLE):
                with Rfb(port, "", start=False) as viewer:
                    viewer.login("")
                    set_format(viewer, *each)
                    viewer.set_encodings((encoding, -23, -247))
                    viewer.request(False)
                    assert viewer.read(1) == b"\0"
                    count = struct.unpack(">xH", viewer.read(3))[0]
                    assert count > 0 and struct.unpack(">8xi", viewer.read(12))[0] == encoding
                sharing.expect(ENDED, LEFT)
        with Rfb(port, "") as viewer:
            viewer.wait_pixel(500, 500, BLUE, 20)


FLOODS = {
    "pointer": b"".join(struct.pack(">BBHH", 5, at & 1, at % 1024, at % 768) for at in range(999)),
    "key": b"".join(struct.pack(">BBHII", 255, 0, at & 1, 0x62, 48) for at in range(500)),
    "request": struct.pack(">BBHHHH", 3, 0, 0, 0, 1024, 768) * 300,
    "format": struct.pack(">B3xBBBBHHHBBB3x", 0, 16, 16, 0, 1, 31, 63, 31, 11, 5, 0) * 200,
    "encodings": struct.pack(">BxH256i", 2, 256, *range(-300, -44)) * 20,
    "cut text": struct.pack(">B3xI", 6, 1 << 16) + bytes(1 << 16),
    "resize": struct.pack(">BxHHBxIHHHHI", 251, 1280, 800, 1, 0, 0, 0, 1280, 800, 0) * 200,
    "fence": struct.pack(">B3xIB64s", 248, 1 << 31 | 7, 64, b"f" * 64) * 100,
    "continuous updates": struct.pack(">BBHHHH", 150, 1, 0, 0, 1024, 768) * 300,
}


class Flood(threading.Thread):
    """Sends the same again and again, as fast as it is taken; comes again when it is thrown out."""

    def __init__(self, port, chunk, reads):
        super().__init__(daemon=True)
        self.port, self.chunk, self.reads = port, chunk, reads
        self.sent, self.over = 0, threading.Event()
        self.start()

    def run(self):
        while not self.over.is_set():
            try:
                with Rfb(self.port, "", start=False) as viewer:
                    viewer.login("")
                    self.flood(viewer.socket)
            except (Refused, EOFError, OSError):
                pass

    def flood(self, connection):
        connection.setblocking(False)
        while not self.over.is_set():
            reading = [connection] if self.reads else []
            readable, writable, _ = select.select(reading, [connection], [], 0.2)
            if readable and not connection.recv(1 << 20):
                return
            if writable:
                self.sent += connection.send(self.chunk)

    def stop(self):
        self.over.set()
        self.join()


def flood_beside(sharing, viewer, port, chunk):
    """One flooder that reads and one that does not; how long the honest viewer waits at most."""
    floods = [Flood(port, chunk, reads) for reads in (True, False)]
    worst = 0

    def flooding():
        sharing.drain()
        return min(flood.sent for flood in floods) > 0
    try:
        wait_for(flooding, 60, "both flood")
        for _ in range(15):
            start = time.monotonic()
            viewer.request(False, 0, 0, 64, 64)
            viewer.step(ask=False)
            worst = max(worst, time.monotonic() - start)
            sharing.drain()
            time.sleep(0.03)
    finally:
        for flood in floods:
            flood.stop()
    return worst


def test_floods():
    """Each message as a flood, beside an honest viewer: it is served on, and neither display nor
    QEMU grows."""
    notes = []
    with guest() as (qemu, display):
        sharing = Sharing(display)
        port, open_port = sharing.share(), sharing.share(password="")
        with Rfb(port) as viewer:
            viewer.wait_pixel(500, 500, BLUE, 20)
            for _ in range(2):  # QEMU has translated its guest's code and warmed its caches then
                for name in ("pointer", "key"):
                    flood_beside(sharing, viewer, open_port, FLOODS[name])
            before = display.memory_kib(), qemu.memory_kib()
            for name, chunk in FLOODS.items():
                worst = flood_beside(sharing, viewer, open_port, chunk)
                grown = display.memory_kib() - before[0], qemu.memory_kib() - before[1]
                assert worst < 15, (name, worst)
                assert max(grown) < 8 * 1024, (name, before, grown)
                notes.append("%s %.0f ms" % (name, worst * 1000))
            viewer.request(False)
            press(viewer, lambda: type_a(viewer))
    return "%s; %+d and %+d KiB" % ("; ".join(notes), *grown)


def cost_of_asking(display, sharing, port, incremental):
    """Seconds of processor time for many requests of the whole screen by one that does not read."""
    with Rfb(port, "") as viewer:
        number = sharing.expect(IN).viewer
        start = display.cpu_seconds()
        viewer.socket.sendall(struct.pack(">BBHHHH", 3, incremental, 0, 0, 1024, 768) * 1000000)
        viewer.socket.sendall(b"\xfa")  # no message: all that came before has been taken
        sharing.expect(ENDED, PROTOCOL, number)
        return display.cpu_seconds() - start


def test_asking_for_all():
    """Ten bytes that ask for all of the picture are no more work than ten that ask for what is new."""
    with guest() as (qemu, display):
        sharing = Sharing(display)
        port = sharing.share(password="")
        with Rfb(port, "") as viewer:
            viewer.wait_pixel(500, 500, BLUE, 20)
        sharing.expect(ENDED, LEFT)
        costs = [cost_of_asking(display, sharing, port, incremental) for incremental in (1, 0)]
        assert costs[1] < 2 * costs[0] + 0.5, "%.2f s, %.2f s for all" % tuple(costs)
        return "%.2f and %.2f s" % tuple(costs)


EXTENDED_CLIPBOARD = 0xc0a1e5ce - (1 << 32)
LINK_CLIPBOARD, LINK_AGENT, BOTH = 12, 13, 3


def extended(flags, body=b""):
    return struct.pack(">B3xiI", 6, -4 - len(body), flags) + body


def give_guest_text(display, viewer, text):
    """The guest's agent, which has copied that, and is asked for it by the viewer; its end of the
    connection."""
    ours, theirs = socket.socketpair()
    ours.settimeout(60)
    socket.send_fds(display.link, [struct.pack("=II", LINK_AGENT, 0)], [theirs.fileno()])
    theirs.close()

    def say(kind, body):
        message = struct.pack("<IIQI", 1, kind, 0, len(body)) + body
        ours.sendall(struct.pack("<II", 1, len(message)) + message)
    say(6, struct.pack("<II", 0, 1 << 5 | 1 << 6))  # what it can do
    say(7, struct.pack("<II", 0, 1))  # text
    viewer.socket.settimeout(60)
    while extended(1 << 27 | 1)[-4:] not in viewer.socket.recv(1 << 20):
        pass
    viewer.socket.sendall(extended(1 << 25 | 1))
    heard = b""
    while struct.pack("<IIQIII", 1, 8, 0, 8, 0, 1) not in heard:  # what is it?
        heard += ours.recv(65536)
    say(4, struct.pack("<II", 0, 1) + text)
    return ours


def share_of_time(display, viewer, chunk, seconds=4):
    """How much of the processor a viewer takes that says the same all the time and reads what it is
    told."""
    viewer.socket.setblocking(False)
    start, cpu = time.monotonic(), display.cpu_seconds()
    while time.monotonic() < start + seconds:
        readable, writable, _ = select.select([viewer.socket], [viewer.socket], [], 0.2)
        if readable:
            viewer.socket.recv(1 << 20)
        if writable:
            viewer.socket.send(chunk)
    return (display.cpu_seconds() - cpu) / (time.monotonic() - start)


def test_clipboard_floods():
    """A few bytes that unpack to two mebibytes, or ask for a mebibyte to be packed, take a viewer's
    own time and not the others'."""
    text = b"".join(b"word %d, " % at for at in range(100000))[:1 << 20]
    packed = zlib.compress(struct.pack(">I", 1 << 21) + b"a" * ((1 << 21) - 4), 9)
    floods = {"bombs": extended(1 << 28 | 1, packed), "questions": extended(1 << 25 | 1) * 100}
    shares = []
    with guest("idle") as (qemu, display):
        sharing = Sharing(display)
        sharing.send(LINK_CLIPBOARD, BOTH)
        port = sharing.share(password="")
        for chunk in floods.values():
            with Rfb(port, "") as viewer:
                viewer.set_encodings((RAW, EXTENDED_CLIPBOARD))
                viewer.request(True)
                with give_guest_text(display, viewer, text):
                    shares.append(share_of_time(display, viewer, chunk))
        notes = ", ".join("%s %.0f %%" % (name, each * 100) for name, each in zip(floods, shares))
        assert max(shares) < 0.25, notes
        return notes


def test_full():
    """The hundred and first is turned away with a word; a place that becomes free can be taken."""
    with guest() as (qemu, display):
        sharing = Sharing(display)
        port = sharing.share(backlog=256)
        silent = [Rfb(port, start=False) for _ in range(100)]
        for _ in silent:
            sharing.expect(CAME)
        error = is_refused(Rfb, port)
        assert "viewers" in str(error), repr(error)
        sharing.expect(REFUSED, FULL)
        silent[0].close()
        sharing.expect(REFUSED, LEFT)
        with Rfb(port) as viewer:
            viewer.wait_pixel(500, 500, BLUE, 20)
        for each in silent:
            each.close()


def test_churn():
    """Ten thousand connections leave nothing behind."""
    with guest() as (qemu, display):
        sharing = Sharing(display)
        port = sharing.share(password="")

        def rounds(count):
            for at in range(count):
                viewer = Rfb(port, "", start=False)
                if at % 4 == 0:
                    viewer.login("")
                viewer.close()
                while sharing.next().event not in (REFUSED, ENDED):
                    pass
        files = len(display.open_files())
        rounds(500)
        wait_for(lambda: len(display.open_files()) <= files, 60, "all descriptors are closed")
        memory = display.memory_kib("Private_Dirty")
        rounds(9500)
        wait_for(lambda: len(display.open_files()) <= files, 5, "all descriptors are closed")
        grown = display.memory_kib("Private_Dirty") - memory
        assert grown < 4096, "%d KiB more" % grown
        return "%+d KiB" % grown


if __name__ == "__main__":
    run_tests([test_tls_broken, test_cut_logins, test_cut_messages, test_hostile_messages,
               test_pixel_formats, test_floods, test_asking_for_all, test_clipboard_floods,
               test_full, test_churn])
