# SPDX-License-Identifier: GPL-2.0-or-later
"""Viewers from afar: what they say and see takes 100 ms each way. They are served all the same, and
cost those who are near nothing."""

import contextlib
import os
import sys
import tempfile
import time

SOURCE = os.environ.get("VITRINE_SOURCE", ".")
sys.path[:0] = [os.path.join(SOURCE, "tests", name) for name in ("display", "remote")]

from harness import disk, machine, run_tests  # noqa: E402
from relay import Relay  # noqa: E402
from remote import BLUE, ENDED, IN, LEFT, TLS, Rfb, Sharing, guest, make_pem  # noqa: E402
from spice import SPICE, Client  # noqa: E402

X509_VNC = 261
# Keys of the guests' first row of letters; what each leaves in the guest's picture stays there.
NEAR, FAR, *TEN = [(letter, 0x10 + at) for at, letter in enumerate("qwertyuiop[]")]
TEXT_BLUE, TEXT_GREEN = 0x0000a8, 0x00a800  # of the guest that beeps


@contextlib.contextmanager
def shared():
    with guest("keys") as (_, display):
        display.probe("--timeout", 60, "wait-pixel", 500, 500, "2060a0")
        yield Sharing(display)


def shows(viewer, key):
    """Whether there is a trace of it among those of the first 64 bytes of the keyboard."""
    colour = key[1] << 16 | 0x8040
    return any(viewer.pixel(n * 16 + 8, 72) == colour for n in range(64))


def see(viewer, key, timeout=60):
    """Until the viewer's picture shows a key that anybody has typed."""
    if isinstance(viewer, Rfb):
        viewer.wait(lambda: shows(viewer, key), timeout)
        return
    end = time.monotonic() + timeout
    while not shows(viewer, key):
        if time.monotonic() > end:
            raise TimeoutError("key %s is not shown" % key[0])
        time.sleep(0.02)


def type_and_see(viewer, key):
    """Types until the guest, which may only just have started, shows it."""
    for _ in range(6):
        if isinstance(viewer, Rfb):
            viewer.key(ord(key[0]), True)
            viewer.key(ord(key[0]), False)
        else:
            viewer.send(key=key[1])
        with contextlib.suppress(TimeoutError):
            see(viewer, key, 10)
            return
    raise AssertionError("the guest does not see key %s" % key[0])


def test_vnc():
    """In over TLS; sees the guest and what others change, and types."""
    pem = make_pem()
    with shared() as sharing:
        near_port, port = sharing.share(), sharing.share(flags=TLS, pem=pem)
        with Relay(port) as relay, Rfb(near_port) as near, \
                Rfb(relay.port, vencrypt=X509_VNC, authority=pem[0]) as far:
            far.wait_pixel(500, 500, BLUE)
            type_and_see(near, NEAR)
            see(far, NEAR)
            type_and_see(far, FAR)
            see(near, FAR)


def test_spice():
    """The same by SPICE with TLS, all of its channels over the long way."""
    pem = make_pem()
    with shared() as sharing, tempfile.NamedTemporaryFile() as authority:
        authority.write(pem[0])
        authority.flush()
        near_port = sharing.share()
        port = sharing.share(flags=TLS, pem=pem, protocol=SPICE)
        with Relay(port) as relay, Rfb(near_port) as near:
            sharing.expect(IN)
            with Client(relay.port, ca_file=authority.name, cert_subject="CN=localhost") as far:
                number = sharing.expect(IN).viewer
                assert far.expect("primary")["size"] == [1024, 768]
                far.opened("inputs")
                far.wait_pixel(500, 500, BLUE)
                type_and_see(near, NEAR)
                see(far, NEAR)
                type_and_see(far, FAR)
                see(near, FAR)
            sharing.expect(ENDED, LEFT, number)


def test_spice_sound():
    """A guest that beeps, and shows it, while a key is held."""
    formats = "out.frequency=48000,out.channels=2,out.format=s16"
    with machine("-audiodev", "dbus,id=sound,out.voices=4,in.voices=0," + formats, "-display",
                 "dbus,p2p=on,audiodev=sound", "-device", "VGA", "-machine",
                 "q35,pcspk-audiodev=sound", *disk("beep")) as (_, display):
        display.probe("--timeout", 60, "wait-pixel", 700, 399, "0000a8")
        sharing = Sharing(display)
        with Relay(sharing.share(protocol=SPICE)) as relay, \
                Client(relay.port, sound=True) as far:
            far.opened("inputs")
            far.opened("playback")
            far.wait_pixel(700, 399, TEXT_BLUE)
            far.send(down=NEAR[1])
            far.wait_pixel(700, 399, TEXT_GREEN)
            far.expect("sound", rate=48000, channels=2)
            far.expect("heard")
            far.send(up=NEAR[1])
            far.wait_pixel(700, 399, TEXT_BLUE)
            far.expect("silent")


def test_near_vnc():
    """One who is near types and sees ten changes while nothing at all comes to the one far away,
    who then sees the last of them."""
    with shared() as sharing:
        port = sharing.share()
        with Relay(port) as relay, Rfb(port) as near, Rfb(relay.port) as far:
            far.wait_pixel(500, 500, BLUE)
            near.wait_pixel(500, 500, BLUE)
            relay.hold()
            for key in TEN:
                type_and_see(near, key)
            relay.release()
            see(far, TEN[-1])


def test_near_spice():
    """The same with SPICE, far and near."""
    with shared() as sharing:
        port = sharing.share(protocol=SPICE)
        with Relay(port) as relay, Client(port) as near, Client(relay.port) as far:
            for client in (near, far):
                client.opened("inputs")
                client.expect("primary")
                client.wait_pixel(500, 500, BLUE)
            relay.hold()
            for key in TEN:
                type_and_see(near, key)
            assert not any(shows(far, key) for key in TEN)
            relay.release()
            see(far, TEN[-1])


run_tests([test_vnc, test_spice, test_spice_sound, test_near_vnc, test_near_spice])
