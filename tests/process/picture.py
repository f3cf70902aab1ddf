# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads the PNG files that vitrinectl writes, with nothing but zlib, so that what a test sees does
not pass through the code under test."""

import itertools
import struct
import zlib


class Picture:
    """An 8-bit RGB or RGBA picture; pixel (x, y) as 0xRRGGBB."""

    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        if data[:8] != b"\x89PNG\r\n\x1a\n":
            raise ValueError(f"{path} is no PNG")
        at, packed = 8, b""
        while at < len(data):
            size, kind = struct.unpack_from(">I4s", data, at)
            body = data[at + 8:at + 8 + size]
            if zlib.crc32(kind + body) != struct.unpack_from(">I", data, at + 8 + size)[0]:
                raise ValueError(f"{path}: the checksum of {kind} is wrong")
            at += 12 + size
            if kind == b"IHDR":
                self.width, self.height, depth, colour = struct.unpack_from(">IIBB", body)
            elif kind == b"IDAT":
                packed += body
        if depth != 8 or colour not in (2, 6):
            raise ValueError(f"{path}: only 8-bit RGB and RGBA are known here")
        self.step = 3 if colour == 2 else 4
        self.raw = zlib.decompress(packed)
        self.pitch = self.width * self.step
        self.rows = []

    def row(self, y):
        while len(self.rows) <= y:
            start = len(self.rows) * (self.pitch + 1)
            line = self.raw[start + 1:start + 1 + self.pitch]
            before = self.rows[-1] if self.rows else bytes(self.pitch)
            self.rows.append(unfilter(self.raw[start], line, before, self.step))
        return self.rows[y]

    def pixel(self, x, y):
        row, at = self.row(y), x * self.step
        return row[at] << 16 | row[at + 1] << 8 | row[at + 2]

    def colours(self, every=8):
        """How often each colour is met on a grid."""
        count = {}
        for y in range(0, self.height, every):
            for x in range(0, self.width, every):
                pixel = self.pixel(x, y)
                count[pixel] = count.get(pixel, 0) + 1
        return count

    def share(self, test, every=8):
        """The share of pixels (r, g, b) on a grid that pass a test."""
        good = total = 0
        for pixel, n in self.colours(every).items():
            total += n
            good += n * bool(test(pixel >> 16, pixel >> 8 & 255, pixel & 255))
        return good / total


def unfilter(kind, line, before, step):
    if kind == 0:
        return line
    if kind == 2:
        if not any(line):
            return before
        return bytes((a + b) & 255 for a, b in zip(line, before))
    if kind == 1:
        row = bytearray(len(line))
        for channel in range(step):
            row[channel::step] = bytes(itertools.accumulate(
                line[channel::step], lambda a, b: (a + b) & 255))
        return bytes(row)
    row = bytearray(line)
    for i, up in enumerate(before):
        left = row[i - step] if i >= step else 0
        if kind == 3:
            guess = (left + up) // 2
        else:
            corner = before[i - step] if i >= step else 0
            base = left + up - corner
            away = (abs(base - left), abs(base - up), abs(base - corner))
            guess = (left, up, corner)[away.index(min(away))]
        row[i] = (row[i] + guess) & 255
    return bytes(row)
