# SPDX-License-Identifier: GPL-2.0-or-later
"""A raw client of a console that is shared by web: says exactly the HTTP and the WebSocket frames
that a test wants said, and a viewer on top of it."""

import base64
import hashlib
import os
import select
import socket
import ssl
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../remote"))
from remote import Refused, Rfb  # noqa: E402

BINARY, CLOSE, PING, PONG = 2, 8, 9, 10
KEY = base64.b64encode(b"the sample nonce").decode()
ACCEPT = base64.b64encode(hashlib.sha1(
    (KEY + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()


def unsafe_context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def frame(payload, opcode=BINARY, final=True, mask=b"\x11\x22\x33\xff"):
    """A frame as browsers make it."""
    size = len(payload)
    length = bytes([size]) if size < 126 else \
        b"\x7e" + struct.pack(">H", size) if size < 65536 else b"\x7f" + struct.pack(">Q", size)
    head = bytes([opcode | (0x80 if final else 0), length[0] | 0x80]) + length[1:]
    return head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


class Closed(EOFError):
    """The server said goodbye, with `code` and a sentence, or None if it only closed."""

    def __init__(self, code, reason=""):
        super().__init__(f"the server closed the WebSocket with {code} {reason}")
        self.code = code
        self.reason = reason


class Connection:
    """HTTP on one connection."""

    def __init__(self, port, tls=False, address="127.0.0.1", host=None, source=None):
        self.scheme = "https" if tls else "http"
        self.host = host or (f"[{address}]:{port}" if ":" in address else f"{address}:{port}")
        self.socket = socket.create_connection((address, port), 60, source and (source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            # An end without TLS's own word for it is an error.
            self.socket = unsafe_context().wrap_socket(self.socket, suppress_ragged_eofs=False)
        self.buffer = b""

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def more(self):
        data = self.socket.recv(65536)
        if not data:
            raise EOFError("the server closed the connection")
        self.buffer += data

    def answer(self, body=True):
        """Status, fields in lower case, body."""
        while b"\r\n\r\n" not in self.buffer:
            self.more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("ascii").split("\r\n")
        fields = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:])}
        size = int(fields.get("content-length", 0)) if body else 0
        while len(self.buffer) < size:
            self.more()
        found, self.buffer = self.buffer[:size], self.buffer[size:]
        return int(lines[0].split()[1]), fields, found

    def get(self, path="/", method="GET", **fields):
        fields.setdefault("Host", self.host)
        text = "".join(f"{k.replace('_', '-')}: {v}\r\n" for k, v in fields.items() if v is not None)
        self.send(f"{method} {path} HTTP/1.1\r\n{text}\r\n")
        return self.answer(method != "HEAD")

    def upgrade(self, path="/console", **fields):
        wanted = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13",
                  "Sec_WebSocket_Key": KEY, "Origin": f"{self.scheme}://{self.host}", **fields}
        return self.get(path, **wanted)

    def is_closed(self, timeout=60):
        """Whether the server closes, after whatever it says still."""
        self.socket.settimeout(timeout)
        try:
            while self.socket.recv(65536):
                pass
        except (ConnectionError, ssl.SSLError):
            pass
        except TimeoutError:
            return False
        return True

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class FrameSocket:
    """The payload of a WebSocket, as if it were a socket."""

    def __init__(self, connection):
        self.connection = connection
        self.ready = b""
        self.pongs = []

    def settimeout(self, seconds):
        self.connection.socket.settimeout(seconds)

    def fileno(self):
        return self.connection.socket.fileno()

    def pending(self):
        inner = self.connection.socket
        return len(self.ready) + len(self.connection.buffer) + \
            (inner.pending() if isinstance(inner, ssl.SSLSocket) else 0)

    def sendall(self, data):
        self.connection.send(frame(bytes(data)))

    def exactly(self, size):
        connection = self.connection
        while len(connection.buffer) < size:
            try:
                connection.more()
            except (EOFError, ConnectionError):
                raise Closed(None) from None
        data, connection.buffer = connection.buffer[:size], connection.buffer[size:]
        return data

    def take_frame(self):
        first, second = self.exactly(2)
        size = second
        if second == 126:
            size = struct.unpack(">H", self.exactly(2))[0]
            assert size > 125
        elif second == 127:
            size = struct.unpack(">Q", self.exactly(8))[0]
            assert size > 65535
        assert second < 128, "a server's frame is not masked"
        assert first & 0x70 == 0 and first & 0x80, first
        payload = self.exactly(size)
        if first & 15 == CLOSE:
            raise Closed(struct.unpack(">H", payload[:2])[0], payload[2:].decode())
        if first & 15 == PONG:
            self.pongs.append(payload)
        else:
            assert first & 15 == BINARY, first
            self.ready += payload

    def recv(self, size):
        while not self.ready:
            self.take_frame()
        data, self.ready = self.ready[:size], self.ready[size:]
        return data

    def recv_into(self, view):
        data = self.recv(len(view))
        view[:len(data)] = data
        return len(data)

    def close(self):
        self.connection.close()


class WebRfb(Rfb):
    """A viewer that came by the web, with a password or with the token of a link."""

    def __init__(self, port, password="secret", token=None, tls=False, **more):
        self.token, self.tls = token, tls
        super().__init__(port, password, **more)

    def connect(self, address, port, source):
        connection = Connection(port, self.tls, address, source=source)
        status, fields, _ = connection.upgrade()
        if status != 101:
            connection.close()
            raise Refused(status)
        assert fields["sec-websocket-accept"] == ACCEPT
        return FrameSocket(connection)

    def login(self, password, minor=8):
        assert self.read(12) == b"RFB 003.008\n"
        self.socket.sendall(b"RFB 003.008\n")
        assert self.read(2) == b"\1\x13"
        self.socket.sendall(b"\x13")
        assert self.read(2) == b"\0\2"
        self.socket.sendall(b"\0\2")
        assert self.read(6) == struct.pack(">BBI", 0, 1, 256)
        self.socket.sendall(struct.pack(">I", 256))
        name, secret = ("link", self.token) if self.token is not None else ("me", password)
        self.socket.sendall(struct.pack(">II", len(name), len(secret.encode())) + name.encode() +
                            secret.encode())
        if struct.unpack(">I", self.read(4))[0] != 0:
            raise Refused(self.reason())
        self.begin_session()

    def has_bytes(self):
        return self.socket.pending() > 0

    def closing_code(self):
        """What the server closes with."""
        return self.farewell()[0]

    def farewell(self):
        """The code, and the sentence."""
        try:
            while True:
                self.socket.take_frame()
        except Closed as closed:
            return closed.code, closed.reason


def token_of(link):
    return link.split("#")[1]


def readable(connection, seconds):
    return bool(select.select([connection.socket], [], [], seconds)[0])
