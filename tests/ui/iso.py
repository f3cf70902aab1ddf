# SPDX-License-Identifier: GPL-2.0-or-later
"""The smallest ISO that a BIOS boots: El Torito, no emulation, one boot image. No library knows it."""
import struct

SECTOR = 2048


def both(value, letter):
    return struct.pack("<" + letter, value) + struct.pack(">" + letter, value)


def directory_record(extent):
    body = bytes([0]) + both(extent, "I") + both(SECTOR, "I") + bytes(7) + bytes([2, 0, 0]) + \
        both(1, "H") + bytes([1, 0])
    return bytes([len(body) + 1]) + body


def volume_descriptor(sectors):
    data = bytearray(SECTOR)
    data[0:7] = b"\x01CD001\x01"
    data[8:72] = b" " * 64
    data[80:88] = both(sectors, "I")
    data[120:132] = both(1, "H") + both(1, "H") + both(SECTOR, "H")
    record = directory_record(20)
    data[156:156 + len(record)] = record
    data[881] = 1
    return data


def boot_record():
    data = bytearray(SECTOR)
    data[0:7] = b"\x00CD001\x01"
    data[7:30] = b"EL TORITO SPECIFICATION"
    data[71:75] = struct.pack("<I", 19)
    return data


def catalog(image_sector):
    validation = bytearray(32)
    validation[0] = 1
    validation[30:32] = b"\x55\xaa"
    total = sum(struct.unpack("<16H", validation)) & 0xffff
    validation[28:30] = struct.pack("<H", (0x10000 - total) & 0xffff)
    entry = bytearray(32)
    entry[0] = 0x88
    entry[6:8] = struct.pack("<H", 4)
    entry[8:12] = struct.pack("<I", image_sector)
    return (validation + entry).ljust(SECTOR, b"\0")


def make(boot_sector):
    """The bytes of an ISO that starts `boot_sector` (510 bytes of code and its signature)."""
    root = directory_record(20) + directory_record(20)
    terminator = b"\xffCD001\x01".ljust(SECTOR, b"\0")
    sectors = [bytes(SECTOR)] * 16 + [
        bytes(volume_descriptor(22)), bytes(boot_record()), terminator, bytes(catalog(21)),
        root.ljust(SECTOR, b"\0"), bytes(boot_sector[:512]).ljust(SECTOR, b"\0")]
    return b"".join(sectors)
