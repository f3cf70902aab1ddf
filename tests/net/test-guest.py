#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A real Linux guest in a real QEMU, in namespaces of its own: its own programs say what the network
policy lets through, and what happens to them when something is changed or killed."""

import json
import os
import signal
import socket
import sys
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../process"), HERE]

import linux
from places import (HOST_PRIVATE, METADATA, NEIGHBOUR6, PRIVATE, RESOLVER, WEB, WEB6, Places, run,
                    serve)
from vitrine_test import BUILD, POPENS, VitrineTest, main, wait_until

PORT = 2222
METER = 2304
LATE = "93.184.216.99"
PLACES = []


def setUpModule():
    PLACES.append(Places())
    POPENS.add(PLACES[0].child)
    serve((HOST_PRIVATE, "127.0.0.1"))


def tearDownModule():
    PLACES[0].close()


class Network(VitrineTest):
    def boot(self, programs=None, **network):
        """A guest whose shell is reached by a forward."""
        settings = {"policy": "internet", "forward": f"tcp:127.0.0.1:{PORT}:{linux.SHELL_PORT}",
                    "dns": RESOLVER, **network}
        guest = self.world.guest(
            "linux", guest__memory=256, boot__kernel=linux.kernel(), boot__cmdline=linux.CMDLINE,
            boot__initrd=self.world.file("initrd.gz", linux.initrd(**programs or {})),
            **{"network__" + key: value for key, value in settings.items()})
        guest.start()
        return guest, self.shell()

    def shell(self):
        shell = linux.Shell(("127.0.0.1", PORT), 200)
        self.addCleanup(shell.close)
        return shell

    def state(self):
        return self.world.json("network", "linux")

    def fetch(self, shell, host):
        return shell.run(f"wget -O- http://{host}/", 120)

    def assertReaches(self, shell, host):
        status, text = self.fetch(shell, host)
        self.assertEqual(status, 0, text)
        self.assertIn("hello there", text)

    def assertKeptFrom(self, shell, host):
        status, text = self.fetch(shell, host)
        self.assertNotEqual(status, 0, text)
        self.assertIn("can't connect to remote host", text)

    def test_policies(self):
        """One guest through all policies, live; the lease, names, IPv6, ping, capture, statistics."""
        guest, shell = self.boot()
        self.assertEqual(shell.run("cat /lease.txt")[1].split(), ["10.0.2.15", "10.0.2.2", "10.0.2.3"])
        # The guest asks for an IPv6 address when its card comes up, and checks that it has it alone.
        self.assertEqual(shell.run("until ip -6 route | grep -q ^default &&"
                                   " ! ip -6 addr show dev eth0 | grep -q tentative;"
                                   " do sleep 0.1; done", 60)[0], 0)
        for host in (WEB, f"'[{WEB6}]'", "example.org"):
            self.assertReaches(shell, host)
        for host in (PRIVATE, METADATA, HOST_PRIVATE, "10.0.2.2", "192.168.50.2", f"'[{NEIGHBOUR6}]'"):
            self.assertKeptFrom(shell, host)
        self.assertEqual(shell.run(f"ping -c 1 -W 20 {WEB}")[0], 0)
        self.assertNotEqual(shell.run(f"ping -c 1 -W 1 {PRIVATE}")[0], 0)
        self.assertIn(WEB, shell.run(f"nslookup -type=a example.org {WEB6}", 60)[1])  # UDP by IPv6

        # An address that this computer has got only now.
        before = self.state()["drops"]["host"]
        run("ip", "addr", "add", LATE, "dev", "vt0")
        serve((LATE,))
        wait_until(lambda: self.fetch(shell, LATE)[0] != 0 and
                   self.state()["drops"]["host"] > before, 30, "the new address is kept away")

        self.world.ctl("set", "linux", "network.policy=lan")
        shell = self.shell()  # the switch has cut the old one
        for host in (WEB, PRIVATE, "192.168.50.2", f"'[{NEIGHBOUR6}]'"):
            self.assertReaches(shell, host)
        for host in (METADATA, HOST_PRIVATE, "10.0.2.2"):
            self.assertKeptFrom(shell, host)

        pcap = self.world.path("net.pcap")
        self.world.ctl("capture", "linux", pcap)
        self.assertReaches(shell, PRIVATE)
        self.world.ctl("capture", "linux", "--stop")
        text = subprocess.run(["tcpdump", "-nr", pcap], check=True, capture_output=True,
                              text=True).stdout
        self.assertIn(f"> {PRIVATE}.80: Flags [S]", text)
        self.assertIn("HTTP: GET / HTTP/1.1", text)

        # Its first packet by IPv6 waits for the check that nobody else has the address.
        wait_until(lambda: self.state()["address6"] != "", 30, "an IPv6 address of the guest")
        state = self.state()
        self.assertEqual((state["policy"], state["state"], state["lease"]),
                         ("lan", "up", "10.0.2.15"))
        self.assertTrue(state["address6"].startswith("fd76:6974:7269:6e65:"), state["address6"])
        self.assertGreater(state["drops"]["private"], 1)
        self.assertGreater(state["drops"]["link-local"], 0)
        self.assertGreater(state["bytes-in"], 10000)
        self.assertIn("10.0.2.15", self.world.ctl("network", "linux").out)

        shell.run(f"(sleep 1; until ! cat /sys/class/net/eth0/carrier | grep -q 1; do sleep 0.1; done;"
                  f" echo gone >/carrier; ping -c 1 -W 1 {WEB}; echo $? >/ping)"
                  " >/dev/null 2>&1 & true")
        self.world.ctl("set", "linux", "network.policy=offline")
        self.assertEqual(self.state()["state"], "down")
        self.assertEqual([p for p in guest.processes() if p.role == "net"], [])
        wait_until(lambda: self.is_refused(guest), 20, "the forward's port is not answered")
        time.sleep(10)  # the guest cannot say that it has tried: nothing leads out of it now
        self.world.ctl("set", "linux", "network.policy=internet")
        shell = self.shell()
        wait_until(lambda: shell.run("cat /ping")[0] == 0, 30, "the guest has tried to ping")
        self.assertEqual(shell.run("cat /carrier /ping")[1].split(), ["gone", "1"])
        self.assertReaches(shell, WEB)
        # For the next start too.
        self.assertIn("policy=internet\n", open(guest.folder("guest.conf"), encoding="utf-8").read())

    def is_refused(self, guest):
        with socket.socket() as client:
            client.settimeout(1)
            try:
                client.connect(("127.0.0.1", PORT))
                client.sendall(b"echo here\n")
                return client.recv(10) == b""
            except OSError:
                return True

    def test_killed(self):
        """Killed and stopped in the middle of a download: back soon, the same lease, no reboot."""
        guest, shell = self.boot(device="e1000e")
        before = shell.run("cat /lease.txt; cat /proc/sys/kernel/random/boot_id")[1]
        for number in (signal.SIGKILL, signal.SIGSTOP):
            begun = self.state()["bytes-in"]
            shell.run(f"wget -q -O /dev/null http://{WEB}/size/2000000000 >/dev/null 2>&1 & true")
            wait_until(lambda: self.state()["bytes-in"] > begun + 1000000, 60,
                       "the download is under way")
            old = guest.process("net")
            begin = time.monotonic()
            old.kill(number)
            old.wait_gone(60)
            wait_until(lambda: self.state()["state"] == "up", 60, "the network is back")
            seconds = time.monotonic() - begin
            self.assertNotEqual(guest.process("net").pid, old.pid)
            print(f"back after {seconds:.2f} s", file=sys.stderr)
            shell = self.shell()
            self.assertReaches(shell, WEB)
            self.assertEqual(shell.run("udhcpc -i eth0 -n -q -t 5 -s /bin/true")[0], 0)
            self.assertEqual(
                shell.run("cat /lease.txt; cat /proc/sys/kernel/random/boot_id")[1], before)
            # Known before the guest has asked anew, which it need not.
            self.assertEqual(self.state()["lease"], "10.0.2.15")
        self.assertEqual(self.state()["restarts"], 2)

    def test_stopped_at_rest(self):
        """Nothing flows, so nobody asks whether it hangs; a client of a forward does."""
        guest = self.world.guest("linux", network__policy="internet",
                                 network__forward=f"tcp:127.0.0.1:{PORT}:80")
        guest.start()
        wait_until(lambda: self.state()["state"] == "up", 30, "the network is up")
        time.sleep(3)  # it passes without, too, but then shows less
        old = guest.process("net")
        for _ in range(70):  # its answers are never too many
            self.state()
        self.assertEqual(guest.process("net").pid, old.pid, guest.log())
        old.kill(signal.SIGSTOP)
        with socket.create_connection(("127.0.0.1", PORT), timeout=60):
            old.wait_gone(60)
        wait_until(lambda: self.state()["state"] == "up", 60, "the network is back")
        self.assertIn("stopped answering", guest.log())

    def test_changes(self):
        """Forwards and rates of a running guest; what cannot be had is refused and nothing changes."""
        guest, shell = self.boot(device="rtl8139")
        self.world.ctl("set", "linux", "network.rate-in=1000")
        begin = time.monotonic()
        status, text = shell.run(f"wget -q -O /dev/null http://{WEB}/size/3000000", 120)
        self.assertEqual(status, 0, text)
        # A bucket that is full at first; without a limit it is a matter of milliseconds.
        self.assertGreater(time.monotonic() - begin, 2.5)
        self.world.ctl("set", "linux", "network.rate-in=")
        shell.run("mkdir /www; echo from the guest >/www/index.html; httpd -p 80 -h /www")
        both = f"tcp:127.0.0.1:{PORT}:{linux.SHELL_PORT};tcp:{HOST_PRIVATE}:8081:80"
        self.world.ctl("set", "linux", "network.forward=" + both)
        with socket.create_connection((HOST_PRIVATE, 8081), timeout=60) as client:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            answer = b""
            while more := client.recv(4096):
                answer += more
        self.assertIn(b"from the guest", answer)
        self.assertEqual(shell.run("echo still here")[1], "still here\n")
        forwards = self.state()["forwards"]
        self.assertEqual([(f["address"], f["port"], f["open"]) for f in forwards],
                         [("127.0.0.1", PORT, False), (HOST_PRIVATE, 8081, True)])
        self.assertIn("can be reached from other machines", guest.log())
        with socket.create_server((HOST_PRIVATE, 8082)):
            result = self.world.ctl("set", "linux",
                                    f"network.forward={both};tcp:{HOST_PRIVATE}:8082:80", code=1)
        self.assertRefused(result, "another program has this port")
        self.assertEqual(self.state()["forwards"], forwards)
        self.assertRefused(self.world.ctl("set", "linux", "network.policy=lan", "guest.memory=300",
                                          code=1), "is running")
        self.assertEqual(self.state()["policy"], "internet")

    def test_no_port(self):
        """A port that is taken: no start, and a sentence that says which."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            guest = self.world.guest("linux", network__policy="internet",
                                     network__forward=f"tcp:{port}:80")
            self.assertRefused(guest.start(code=None), f"tcp:127.0.0.1:{port}:80",
                               "another program has this port", "network.forward")

    def test_datagrams(self):
        """Large ones, many more than the guest can take: of those that do get into it none lacks a
        frame, though each is six."""
        _, shell = self.boot({"meter": os.path.join(BUILD, "tests", "guests", "meter")},
                             device="e1000e", forward=f"tcp:127.0.0.1:{PORT}:{linux.SHELL_PORT};"
                             f"tcp:{METER}:{METER};udp:{METER}:{METER}")
        shell.run(f"meter {METER} </dev/null >/dev/null 2>&1 &")
        shell.run(f"until netstat -ltn | grep -q :{METER}; do sleep 0.1; done")
        with socket.create_connection(("127.0.0.1", METER), timeout=120) as told, \
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            told.sendall(b"u")
            udp.connect(("127.0.0.1", METER))
            with told.makefile("r") as lines:
                sent = 0
                while int(lines.readline().split()[0]) < 100 * 8192 or sent < 1500 * 8192:
                    for _ in range(500):
                        sent += udp.send(bytes(8192))
            self.assertGreater(sent, 1000 * 8192)
        # What is on its way yet.
        def counters():
            text = shell.run("grep ^Ip: /proc/net/snmp")[1].split("\n")
            return dict(zip(text[0].split(), text[1].split()))
        seen = []

        def at_rest():
            seen.append(counters())
            return len(seen) > 1 and seen[-1]["ReasmReqds"] == seen[-2]["ReasmReqds"]
        wait_until(at_rest, 60, "the last datagram has come")
        parts, whole, lost = (int(seen[-1]["Reasm" + name]) for name in ("Reqds", "OKs", "Fails"))
        self.assertGreaterEqual(whole, 100)
        self.assertEqual((parts, lost), (whole * 6, 0))

    def test_report(self):
        guest = self.world.guest("linux", network__policy="internet")
        guest.start()
        wait_until(lambda: self.state()["state"] == "up", 30, "the network is up")
        rows = [row for row in self.world.json("isolation", "linux")["rows"]
                if row["process"] == "net"]
        self.assertEqual({row["layer"]: row["level"] for row in rows if row["level"] == "red"}, {})
        namespaces = [row for row in rows if row["layer"] == "namespaces"][0]
        self.assertEqual(namespaces["level"], "green")
        self.assertIn("the host's network", namespaces["text"])
        process = guest.process("net")
        self.assertEqual(process.status("Seccomp_filters"), ["2"])
        self.assertEqual(process.status("CapEff"), ["0000000000000000"])
        self.assertNotIn("0", process.status("Uid"))
        listens = subprocess.run(["ss", "-Hltnup"], check=True, capture_output=True, text=True).stdout
        self.assertNotIn("vitrine-net", listens)


if __name__ == "__main__":
    main()
