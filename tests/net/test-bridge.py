#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest on a tap that its start is handed, in a network namespace of the test's own: a DHCP server
of others gives it its address, it and this side reach each other, and it cannot play another's part
there. Where this machine lets nobody make a tap, all of it runs in the lab."""

import fcntl
import http.server
import os
import signal
import socket
import struct
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../process"), os.path.join(HERE, "../lab"), HERE]

import linux
from places import run, unshare_network
from vitrine_test import BUILD, POPENS, VitrineTest, main, wait_until

TUNSETIFF, IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 0x400454ca, 2, 0x1000, 0x4000
HOST, GUEST = "10.77.0.1", "10.77.0.50"
SLOWNESS = int(os.environ.get("VITRINE_TEST_SLOWNESS", "1"))


def tap(name, flags=IFF_TAP | IFF_NO_PI):
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), flags))
    return fd


class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello from the bridge\n")

    def log_message(self, *_):
        pass


def setUpModule():
    unshare_network()


class Bridge(VitrineTest):
    def guest(self, **network):
        return self.world.guest(
            "linux", guest__memory=256, boot__kernel=linux.kernel(), boot__cmdline=linux.CMDLINE,
            boot__initrd=self.world.file("initrd.gz", linux.initrd()),
            **{"network__" + key: value for key, value in network.items()})

    def start(self, fd, number=None):
        """vitrinectl with the descriptor, which World does not hand on."""
        return subprocess.run(
            [os.path.join(BUILD, "vitrinectl"), "start", "linux", "--tap-fd", str(number or fd)],
            env=self.world.env, pass_fds=[fd], capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL, timeout=60 * SLOWNESS)

    def network(self, name):
        """A tap of this name, with a DHCP and a web server on this side."""
        fd = tap(name)
        self.addCleanup(os.close, fd)
        run("ip", "addr", "add", HOST + "/24", "dev", name)
        run("ip", "link", "set", name, "up")
        conf = self.world.file("udhcpd.conf", (
            f"interface {name}\nstart {GUEST}\nend {GUEST}\nlease_file {self.world.path('leases')}\n"
            f"opt subnet 255.255.255.0\nopt router {HOST}\nopt dns {HOST}\n").encode())
        server = subprocess.Popen(["busybox", "udhcpd", "-f", "-S", conf],
                                  stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        POPENS.add(server.pid)
        self.addCleanup(self.end, server)
        web = http.server.ThreadingHTTPServer((HOST, 80), Hello)
        threading.Thread(target=web.serve_forever, daemon=True).start()
        self.addCleanup(web.server_close)
        self.addCleanup(web.shutdown)
        return fd

    @staticmethod
    def end(process):
        process.kill()
        process.wait()
        POPENS.discard(process.pid)

    def state(self):
        return self.world.json("network", "linux")

    def shell(self):
        shell = linux.Shell((GUEST, linux.SHELL_PORT), 200 * SLOWNESS)
        self.addCleanup(shell.close)
        return shell

    def assertBothWays(self, shell):
        status, text = shell.run(f"ping -c 1 -W 20 {HOST}", 120)
        self.assertEqual(status, 0, text)
        self.assertIn("hello from the bridge", shell.run(f"wget -q -O- http://{HOST}/", 120)[1])
        run("busybox", "ping", "-q", "-c", "1", "-W", "20", GUEST)

    def test_refused(self):
        """What is no tap, or a tap that nobody asked for."""
        guest = self.guest(policy="bridge")
        self.assertRefused(self.world.ctl("start", "linux", code=1), "--tap-fd")
        for fd, words in ((os.open("/dev/null", os.O_RDWR), "is no tap"),
                          (tap("headers", IFF_TAP | IFF_NO_PI | IFF_VNET_HDR), "IFF_VNET_HDR")):
            self.addCleanup(os.close, fd)
            result = self.start(fd)
            self.assertEqual(result.returncode, 1, (words, result.stderr))
            self.assertIn(words, result.stderr)
        result = self.start(fd, 999)
        self.assertEqual((result.returncode, "is not open" in result.stderr), (2, True))
        self.world.ctl("set", "linux", "network.policy=lan")
        self.assertIn("is not bridge", self.start(fd).stderr)
        self.assertEqual(guest.state(), "stopped")
        guest.start()
        self.assertRefused(self.world.ctl("set", "linux", "network.policy=bridge", code=1),
                           "started without a tap")
        guest.stop()

    def test_bridge(self):
        fd = self.network("one")
        guest = self.guest(policy="bridge")
        result = self.start(fd)
        self.assertEqual(result.returncode, 0, result.stderr)
        wait_until(lambda: self.state()["lease"] == GUEST, 200, "a lease of this side's server")
        shell = self.shell()
        self.assertBothWays(shell)
        self.assertEqual(self.state()["policy"], "bridge")
        # Its own frames only: whoever else's name it takes, nobody hears it.
        before = self.state()["drops"]["spoofed"]
        shell.run(f"(ip link set eth0 down; ip link set eth0 address 02:00:00:00:00:99;"
                  f" ip link set eth0 up; ping -c 2 -W 1 {HOST} >/other; ip link set eth0 down;"
                  f" ip link set eth0 address {self.state()['mac']}; ip link set eth0 up;"
                  " ip route add default via 10.77.0.1; echo back >/back) >/dev/null 2>&1 & true")
        shell = self.shell()
        wait_until(lambda: "back" in shell.run("cat /back")[1], 60, "its own address is back")
        self.assertGreater(self.state()["drops"]["spoofed"], before)
        self.assertIn(" 100% packet loss", shell.run("cat /other")[1])

        self.check_report(guest)
        # Another process goes on with the same tap.
        old = guest.process("net")
        old.kill(signal.SIGKILL)
        old.wait_gone(60)
        wait_until(lambda: self.state()["state"] == "up", 60, "the network is back")
        self.assertBothWays(shell)

        self.world.ctl("set", "linux", "network.policy=offline")
        self.assertEqual([p for p in guest.processes() if p.role == "net"], [])
        self.world.ctl("set", "linux", "network.policy=internet")
        wait_until(lambda: self.state()["state"] == "up", 60, "the network without the tap")
        self.assertNotIn("/dev/net/tun", self.links(guest.process("net")))
        self.world.ctl("set", "linux", "network.policy=bridge", "network.rate-out=100000")
        self.assertBothWays(self.shell())

        run("ip", "link", "del", "one")
        wait_until(lambda: "the tap that was handed in is gone" in guest.log(), 60, "it is said")
        self.assertEqual(guest.state(), "running")
        guest.stop()

    def links(self, process):
        folder = f"/proc/{process.pid}/fd"
        return [os.readlink(os.path.join(folder, name)) for name in os.listdir(folder)]

    def check_report(self, guest):
        rows = {row["layer"]: row for row in self.world.json("isolation", "linux")["rows"]
                if row["process"] == "net"}
        self.assertEqual(rows["namespaces"]["level"], "amber")
        self.assertIn("machine of the network behind the tap", rows["namespaces"]["text"])
        self.assertNotIn("red", {row["level"] for row in rows.values()})
        links = self.links(guest.process("net"))
        self.assertIn("/dev/net/tun", links)
        self.assertNotIn("/dev/net/tun", self.links(guest.process("qemu")))


def in_lab():
    from lab import Lab
    environment = {name: os.environ[name] for name in ("VITRINE_BUILD", "VITRINE_SOURCE")}
    environment.update(VITRINE_TEST_SLOWNESS="10", PYTHONDONTWRITEBYTECODE="1", LC_ALL="C.UTF-8",
                       HOME="/tmp", PATH="/usr/sbin:/usr/bin:/sbin:/bin")
    status, output = Lab(modules=("tun", "veth")).run(
        ["/usr/bin/python3", os.path.abspath(__file__)], environment, 800)
    print(output)
    return status


def can_make_taps():
    """As root in a namespace of its own, which is left with the child."""
    child = os.fork()
    if child == 0:
        try:
            unshare_network()
            tap("trial")
            os._exit(0)
        except OSError:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


if __name__ == "__main__":
    if "--lab" in sys.argv or not can_make_taps():
        sys.exit(in_lab())
    main()
