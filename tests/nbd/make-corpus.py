#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the corpora of the NBD fuzz targets: make-corpus.py FOLDER"""

import os
import struct
import sys

MAGIC, OPTION, REPLY = b"NBDMAGIC", b"IHAVEOPT", 0x3e889045565a9


def reply(option, kind, data=b""):
    return struct.pack(">QIII", REPLY, option, kind, len(data)) + data


def option(number, data=b""):
    return OPTION + struct.pack(">II", number, len(data)) + data


def request(kind, cookie, offset, length, flags=0):
    return struct.pack(">IHHQQI", 0x25609513, flags, kind, cookie, offset, length)


def simple(cookie, error=0, data=b""):
    return struct.pack(">IIQ", 0x67446698, error, cookie) + data


GREETING = MAGIC + OPTION + struct.pack(">H", 3)
SIZE = reply(7, 3, struct.pack(">HQH", 0, 1 << 30, 0x66d))
BLOCKS = reply(7, 3, struct.pack(">HIII", 3, 512, 4096, 1 << 25))
NAME = reply(3, 2, struct.pack(">I", 3) + b"one")
GO = option(7, struct.pack(">I", 4) + b"disk" + struct.pack(">HH", 1, 3))
HANDSHAKE = struct.pack(">I", 3) + GO

# The first number of a report: READY 16, FAILED 17, LOST 18.
REPORT = struct.pack("=IIQII", 17, 8, 0, 0, 0) + "it has expired “한”".encode().ljust(512, b"\0")

CORPORA = {
    "nbd-server": {
        "reads": GREETING + SIZE + BLOCKS + reply(7, 1) + simple(7, 0, b"x" * 4096),
        "error": GREETING + SIZE + reply(7, 1) + simple(7, 5),
        "unknown": GREETING + reply(7, (1 << 31) + 6, b"no such") + NAME + NAME + reply(3, 1),
        "tls-required": GREETING + reply(7, (1 << 31) + 5),
        "old": MAGIC + struct.pack(">QQI", 0x420281861253, 1 << 20, 1),
        "too-much": GREETING + SIZE + reply(7, 1) + simple(7, 0, b"x" * 4096) + simple(7, 0),
    },
    "nbd-client": {
        "go": HANDSHAKE + request(0, 1, 0, 4096) + request(2, 2, 0, 0),
        "writes": HANDSHAKE + request(1, 1, 512, 512, 1) + b"y" * 512 + request(3, 2, 0, 0)
        + request(4, 3, 0, 1 << 20) + request(6, 4, 0, 512, 2),
        "export-name": struct.pack(">I", 1) + option(1, b"disk") + request(0, 1, 0, 1),
        "options": struct.pack(">I", 3) + option(3) + option(8) + option(10, b"abc") + option(6, GO[16:])
        + option(2),
        "out-of-range": HANDSHAKE + request(0, 1, (1 << 64) - 1, 512) + request(1, 2, 1 << 20, 8)
        + b"z" * 8,
    },
    "nbd-link": {
        "report": REPORT,
        "ready": struct.pack("=IIQII", 16, 0, 1 << 30, 1, 0) + b"\0" * 512,
        "connect": struct.pack("=II", 2, 0),
        "setup": struct.pack("=III", 1, 9, 12000) + b"disk".ljust(1025, b"\0")
        + b"nas.example.org".ljust(254, b"\0"),
    },
}

for corpus, files in CORPORA.items():
    folder = os.path.join(sys.argv[1], corpus)
    os.makedirs(folder, exist_ok=True)
    for name, data in files.items():
        if corpus == "nbd-link":
            data += b"\0" * (-len(data) % 8 if name in ("report", "ready") else -len(data) % 4)
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)
