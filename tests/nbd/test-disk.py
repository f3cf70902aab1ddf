#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Disks on real NBD servers: a guest reads and writes there, the server is killed under it and comes
back, TLS holds and is refused where it must be, and qcow2 on it is what its header says and no more."""

import hashlib
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../guests"))
# pylint: disable=wrong-import-position
import linux_guest
from servers import Authority, NbdTest
from vitrine_test import image, main, wait_until

MIB = 1 << 20

# Copies what the host wrote, then writes blocks that both sides can tell, each made durable before its
# number is; the number is the first sector's text.
WRITER = """
exec >/dev/console 2>&1
dd if=/dev/vda of=/dev/vda bs=1M skip=2 seek=4 count=2 conv=fsync
i=0
while [ $i -lt %(blocks)d ]; do
  i=$((i + 1))
  yes "block $i" | head -c 262144 > /tmp/block
  dd if=/tmp/block of=/dev/vda bs=256k seek=$((i + 31)) conv=notrunc,fsync || break
  printf '%%-512s' $i > /tmp/number
  dd if=/tmp/number of=/dev/vda bs=512 conv=notrunc,fsync || break
done
poweroff -f
"""


def block(number):
    return (f"block {number}\n".encode() * 40000)[:262144]


class Disk(NbdTest):
    ram = None

    def linux(self, script):
        ram = linux_guest.InitialRamDisk()
        ram.add_modules("virtio_pci", "virtio_blk")
        ram.set_init(script)
        return {"boot__kernel": linux_guest.KERNEL,
                "boot__initrd": ram.write(self.world.path("initrd")),
                "boot__cmdline": linux_guest.CMDLINE + " console=ttyS0 panic=-1", "guest__memory": "256"}

    def number(self, path):
        with open(path, "rb") as file:
            text = file.read(512).strip(b"\0 ")
        return int(text) if text.isdigit() else 0

    def raw(self, size=24 * MIB):
        path = self.world.path("disk.raw")
        with open(path, "wb") as file:
            file.truncate(size)
            file.seek(2 * MIB)
            file.write(os.urandom(2 * MIB))
        return path

    def check(self, path, blocks):
        with open(path, "rb") as file:
            data = file.read()
        self.assertEqual(hashlib.sha256(data[2 * MIB:4 * MIB]).digest(),
                         hashlib.sha256(data[4 * MIB:6 * MIB]).digest())
        for i in range(1, blocks + 1):
            at = (i + 31) * 262144
            self.assertTrue(data[at:at + 262144] == block(i), f"block {i} of {blocks}")

    def test_server_goes_and_comes(self):
        """qemu-nbd is killed twice, once for a moment and once until the guest pauses: every block
        that the guest was told is durable is there in the end."""
        path, port = self.raw(), self.port()
        port.qemu(path)
        guest = self.world.guest("writes", [self.disk(port.number, bus="virtio")],
                                 **self.linux(WRITER % {"blocks": 60}))
        guest.start(timeout=60)
        wait_until(lambda: self.number(path) >= 5, 90, "the guest writes")
        port.kill()
        port.qemu(path)
        at = self.number(path)
        wait_until(lambda: self.number(path) > at + 2, 60, "it goes on by itself")
        self.assertEqual(guest.state(), "running")
        port.kill()
        self.wait_paused(guest, f"The NBD server 127.0.0.1:{port.number}", "goes on by itself")
        self.check(path, self.number(path))
        port.qemu(path)
        wait_until(lambda: self.number(path) == 60, 90, "it has written all")
        wait_until(lambda: guest.state() == "stopped", 60, "the guest powered off")
        self.check(path, 60)

    def test_stop_while_away(self):
        """A guest whose server is gone can be paused, looked at and ended at any time."""
        path, port = self.raw(), self.port()
        port.qemu(path)
        guest = self.world.guest("stuck", [self.disk(port.number, bus="virtio")],
                                 **self.linux(WRITER % {"blocks": 60}))
        guest.start(timeout=60)
        wait_until(lambda: self.number(path) >= 1, 90, "the guest writes")
        port.kill()
        self.assertIn(guest.state(), ("running", "paused"))
        guest.stop()
        self.assertGone(guest)

    def test_nbdkit(self):
        """A server with blocks of 4096 bytes at least, and one that is read-only."""
        path, port = self.raw(), self.port()
        port.nbdkit("--filter=blocksize-policy", "file", path, "blocksize-minimum=4096",
                    "blocksize-error-policy=error")
        guest = self.world.guest("kit", [self.disk(port.number, name="", bus="virtio")],
                                 **self.linux(WRITER % {"blocks": 3}))
        guest.start(timeout=60)
        wait_until(lambda: guest.state() == "stopped", 90, "the guest powered off")
        self.check(path, 3)
        port.kill()
        port.nbdkit("-r", "file", path)
        self.assertStartFails(self.disk(port.number, name=""), "is read-only")
        guest = self.start("reader", self.disk(port.number, name="", **{"read-only": "true"}))
        guest.stop()

    def test_boot_from_iso_and_isolation(self):
        """A CD and a disk, each with a process of its own; the guest boots and shows its picture."""
        cd, disk = self.port(), self.port()
        cd.qemu(self.raw(), "-r", name="cd")
        disk.qemu(self.world.copy_image("paint"))
        guest = self.world.guest("two", [self.disk(disk.number),
                                         self.disk(cd.number, name="cd", media="cdrom", bus="sata")])
        guest.start(timeout=60)
        wait_until(lambda: guest.screenshot().share(lambda *rgb: rgb != (0, 0, 0)) > 0.3, 30,
                   "the guest from the NBD server paints")
        rows = self.world.json("isolation", "two")["rows"]
        mine = [r for r in rows if r["process"] == "nbd"]
        self.assertEqual(len({r["pid"] for r in mine}), 2)
        self.assertEqual([r for r in mine if r["level"] != "green" and r["layer"] != "cgroup"], [])
        # Killed, they take the disk away, not the guest's other parts.
        for process in guest.processes():
            if process.role == "nbd":
                process.kill()
        wait_until(lambda: guest.log().count("was killed by signal 9") == 2, 30, "told of")
        self.assertEqual(self.world.ctl("show", "two").code, 0)
        guest.stop()

    def test_limits(self):
        """The throttle group stands above disks on servers as well."""
        path, port = self.raw(), self.port()
        port.qemu(path)
        guest = self.start("slow", self.disk(port.number), limits__disk_rate=777)
        nodes = json.loads(self.world.ctl("monitor", "slow", '{"execute":"query-block"}').out)
        self.assertEqual(nodes["return"][0]["inserted"]["node-name"], "disk0-limited")
        limits = json.loads(self.world.ctl("monitor", "slow", json.dumps(
            {"execute": "qom-get", "arguments": {
                "path": "/objects/disk-limits", "property": "limits"}})).out)["return"]
        self.assertEqual(limits["bps-total"], 777000)
        guest.stop()

    def test_qcow2(self):
        """A whole image is fine; one that rests on another is refused, a raw one never looked into."""
        path, port = self.world.path("disk.qcow2"), self.port()
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", path, "8M"], check=True)
        port.qemu(path)
        guest = self.start("whole", self.disk(port.number, format="qcow2"))
        guest.stop()
        port.kill()
        below = self.world.file("below.raw", b"secret" * 100000)
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", below, path],
                       check=True)
        port.qemu(path)
        self.assertStartFails(self.disk(port.number, format="qcow2"), "rests on a backing file")
        guest = self.start("raw", self.disk(port.number))
        guest.stop()

    def test_command_line(self):
        port = self.port()
        port.qemu(self.world.copy_image("paint"))
        address = f"nbd://127.0.0.1:{port.number}/disk"
        self.world.ctl("create", "made", "--disk", address + ",bus=ide")
        shown = self.world.json("show", "made")["definition"]
        self.assertEqual((shown["disk0.file"], shown["disk0.format"]), (address, "raw"))
        self.world.ctl("start", "made", timeout=60)
        self.world.ctl("stop", "made", "--force")
        self.world.ctl("set", "made", f"disk1.file={address}", "disk1.read-only=true")
        refused = self.world.ctl("set", "made", "disk2.file=nbd://:1/x", code=1)
        self.assertRefused(refused, "NBD server", "names no server")


class Tls(NbdTest):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.world.path(""))

    def serve(self, folder, *more):
        port = self.port()
        port.qemu(self.world.copy_image("paint"), "--object",
                  f"tls-creds-x509,id=tls,endpoint=server,dir={folder},verify-peer="
                  + ("yes" if "peer" in more else "no"), "--tls-creds", "tls")
        return port

    def secure(self, port, host="localhost", **more):
        return self.disk(port.number, scheme="nbds", host=host,
                         **{"tls-ca": self.authority.cert, **more})

    def test_good(self):
        port = self.serve(self.authority.server_folder("server"))
        for host in ("localhost", "127.0.0.1"):
            guest = self.start("safe", self.secure(port, host))
            wait_until(lambda g=guest: g.screenshot().share(lambda *rgb: rgb != (0, 0, 0)) > 0.3, 30,
                       "the guest paints")
            guest.stop()
            self.world.ctl("delete", "safe")
        self.assertStartFails(self.disk(port.number), "demands TLS")

    def test_client_certificate(self):
        port = self.serve(self.authority.server_folder("server"), "peer")
        cert, key = self.authority.sign("client", "tls_www_client", "signing_key", "encryption_key",
                                        "expiration_days=30")
        self.assertStartFails(self.secure(port), "NBD server localhost")
        guest = self.start("known", self.secure(port, **{"tls-cert": cert, "tls-key": key}))
        guest.stop()
        self.assertStartFails(self.secure(port, **{"tls-cert": cert}), "set both")
        other = Authority(self.world.path(""), "other")
        self.assertStartFails(self.secure(port, **{"tls-cert": cert, "tls-key": other.key}),
                              "cannot be used together")

    def test_untrusted(self):
        expired = self.authority.server_folder(
            "expired", "dns_name=localhost", 'activation_date="2001-01-01 00:00:00"',
            'expiration_date="2002-01-01 00:00:00"')
        other_host = self.authority.server_folder("elsewhere", "dns_name=elsewhere.example",
                                                  "expiration_days=30")
        port = self.port()
        port.nbdkit("--tls=require", f"--tls-certificates={expired}", "memory", "1M")
        self.assertStartFails(self.secure(port), "it has expired", "SHA-256 fingerprint")
        port = self.port()
        port.nbdkit("--tls=require", f"--tls-certificates={other_host}", "memory", "1M")
        self.assertStartFails(self.secure(port), "made for another host")
        # Signed by somebody whom neither tls-ca nor this computer knows.
        port = self.serve(self.authority.server_folder("server"))
        stranger = Authority(self.world.path(""), "stranger")
        self.assertStartFails(self.secure(port, **{"tls-ca": stranger.cert}), "nobody who is trusted",
                              "fingerprint", "tls-ca")
        disk = self.secure(port)
        del disk["tls-ca"]
        self.assertStartFails(disk, "nobody who is trusted")
        self.assertStartFails(self.secure(port, **{"tls-ca": image("paint")}), "no certificate in PEM")
        self.assertStartFails(self.secure(port, **{"tls-ca": "/nonexistent"}), "/nonexistent")

    def test_no_tls_there(self):
        port = self.port()
        port.qemu(self.world.copy_image("paint"))
        self.assertStartFails(self.secure(port), "does not offer TLS")

        def clear_after_starttls(talk):
            talk.greet()
            option, _ = talk.option()
            talk.reply_option(option, 1)
            talk.reply_option(7, 1)

        def nonsense_as_tls(talk):
            talk.greet()
            option, _ = talk.option()
            talk.reply_option(option, 1)
            talk.read(5)
            talk.send(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 20)
            talk.sock.recv(65536)

        for script in (clear_after_starttls, nonsense_as_tls):
            self.assertStartFails(self.secure(self.own(script)), "NBD server localhost")


if __name__ == "__main__":
    main()
