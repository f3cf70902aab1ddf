# SPDX-License-Identifier: GPL-2.0-or-later
"""What a viewer says to be let in, message by message, so that a test can stop anywhere in it; and
each message that may follow."""

import ssl
import struct
from socket import SO_LINGER, SOL_SOCKET

from remote import FULL_PIXEL, Rfb, des_response

X509_VNC, X509_PLAIN = 261, 262


class Tls:
    """TLS by hand over a viewer's connection: what is to be sent is given out as bytes."""

    def __init__(self, viewer, authority):
        context = ssl.create_default_context(cadata=authority.decode())
        self.viewer = viewer
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")

    def shake_hands(self):
        """The next flight of the handshake; empty: there is none."""
        while True:
            try:
                self.tls.do_handshake()
                return self.outgoing.read()
            except ssl.SSLWantReadError:
                flight = self.outgoing.read()
                if flight:
                    return flight
                self.incoming.write(self.viewer.socket.recv(65536))

    def read(self, size):
        data = b""
        while len(data) < size:
            try:
                data += self.tls.read(size - len(data))
            except ssl.SSLWantReadError:
                more = self.viewer.socket.recv(65536)
                if not more:
                    raise EOFError("the server closed the connection") from None
                self.incoming.write(more)
        return data

    def seal(self, data):
        self.tls.write(data)
        return self.outgoing.read()


def talk_none(viewer, _):
    viewer.read(12)
    yield b"RFB 003.008\n"
    viewer.read(2)
    yield b"\1"
    viewer.read(4)
    yield b"\1"


def talk_vnc(viewer, _):
    viewer.read(12)
    yield b"RFB 003.008\n"
    viewer.read(2)
    yield b"\2"
    viewer.challenge = viewer.read(16)
    yield des_response(viewer.challenge, "secret")
    viewer.read(4)
    yield b"\1"


def talk_vencrypt(viewer, authority, kind):
    viewer.read(12)
    yield b"RFB 003.008\n"
    viewer.read(2)
    yield b"\x13"
    viewer.read(2)
    yield b"\0\2"
    viewer.read(2)
    viewer.read(8)
    yield struct.pack(">I", kind)
    viewer.read(1)
    tls = Tls(viewer, authority)
    while True:
        flight = tls.shake_hands()
        if not flight:
            break
        yield flight
    if kind == X509_VNC:
        yield tls.seal(des_response(tls.read(16), "secret"))
    else:
        yield tls.seal(struct.pack(">II", 4, 6) + b"user" + b"secret")
    tls.read(4)
    yield tls.seal(b"\1")


def talk_x509_vnc(viewer, authority):
    yield from talk_vencrypt(viewer, authority, X509_VNC)


def talk_x509_plain(viewer, authority):
    yield from talk_vencrypt(viewer, authority, X509_PLAIN)


def lengths(port, talk, authority=None):
    """How long each message of a login is, from one that goes through."""
    sizes = []
    with Rfb(port, start=False) as viewer:
        for message in talk(viewer, authority):
            viewer.socket.sendall(message)
            sizes.append(len(message))
        if authority is None:
            viewer.read(24)  # it is in
    return sizes


def cut(port, talk, stage, size, authority=None):
    """A viewer that has sent all messages before that one, and so many bytes of it."""
    viewer = Rfb(port, start=False)
    try:
        for at, message in enumerate(talk(viewer, authority)):
            if at == stage:
                viewer.socket.sendall(message[:size])
                return viewer
            viewer.socket.sendall(message)
        raise AssertionError("there is no message %d" % stage)
    except BaseException:
        viewer.close()
        raise


def hang_up(viewer, reset):
    """FIN or RST."""
    if reset:
        viewer.socket.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    viewer.close()


def messages():
    """One of each that a viewer may send once it is in."""
    pack = struct.pack
    return [
        pack(">B3xBBBBHHHBBB3x", *FULL_PIXEL), pack(">BxH3i", 2, 3, 7, 16, 0),
        pack(">BBHHHH", 3, 1, 0, 0, 1024, 768), pack(">BBxxI", 4, 1, 0x61),
        pack(">BBHH", 5, 0, 1, 1), pack(">B3xI", 6, 4) + b"text",
        pack(">BxHHBxIHHHHI", 251, 1024, 768, 1, 0, 0, 0, 1024, 768, 0),
        pack(">BBHII", 255, 0, 1, 0x61, 30),
    ]
