#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Two guests: neither can be started twice, share a writable disk, or see the other; and no process
of ours listens anywhere but on the two sockets of its guest."""

import os
import stat
import subprocess

from vitrine_test import VitrineTest, descendants, image, main

JAILED = ("qemu", "display")
NAMESPACES = ("user", "mnt", "net", "ipc", "uts", "cgroup")


def descriptors(process):
    """Where each open descriptor of a process leads."""
    folder = f"/proc/{process.pid}/fd"
    found = {}
    for name in os.listdir(folder):
        try:
            found[int(name)] = os.readlink(f"{folder}/{name}")
        except FileNotFoundError:
            pass
    return found


class Pair(VitrineTest):
    def test_not_twice(self):
        guest = self.world.guest("once", [image("idle")])
        results = [ctl.finish() for ctl in [self.world.spawn("start", "once") for _ in range(4)]]
        self.assertEqual(sorted(result.code for result in results), [0, 1, 1, 1], results)
        for result in results:
            if result.code:
                # The one that was first may be on its way, or there.
                self.assertRefused(result, "already")
                self.assertRegex(result.err, "already (running|being started)")
        self.assertEqual(guest.state(), "running")
        guest.process("qemu")
        guest.stop()

    def test_disk_is_exclusive(self):
        path = self.world.copy_image("paint", "disk.img")
        os.link(path, self.world.path("hard.img"))
        os.symlink(path, self.world.path("soft.img"))
        first = self.start("first", path)
        for name in ("disk.img", "hard.img", "soft.img"):
            with self.subTest(name):
                second = self.world.guest("second-" + name, [self.world.path(name)])
                self.assertRefused(second.start(code=None), name)
                self.assertEqual(second.state(), "stopped")
        reader = self.world.guest("reader", [{"file": path, "read-only": "true"}])
        self.assertRefused(reader.start(code=None), "disk.img")
        first.stop()
        reader.start()
        reader.stop()

    def test_disk_of_plain_qemu(self):
        """The lock is QEMU's own, so that programs outside Vitrine are kept away, and it from them."""
        path = self.world.copy_image("paint", "disk.img")
        writer = ["qemu-io", "-f", "raw", path]
        first = self.start("first", path)
        refused = subprocess.run([*writer, "-c", "write 0 512"], capture_output=True, check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn(b"lock", refused.stderr)
        first.stop()
        with subprocess.Popen(writer, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
            other.stdin.write(b"write 0 512\n")
            other.stdin.flush()
            other.stdout.readline()
            self.assertRefused(first.start(code=None), "disk.img")
            other.stdin.close()
            other.stdout.read()
        first.start()
        first.stop()

    def test_read_only_disk_is_shared(self):
        disk = {"file": self.world.copy_image("paint", "disk.img"), "read-only": "true"}
        guests = [self.world.guest(name, [disk]) for name in ("one", "two")]
        for guest in guests:
            guest.start()
        for guest in guests:
            guest.stop()

    def pair(self):
        guests = [self.world.guest(name, [self.world.copy_image("paint", name + ".img")])
                  for name in ("one", "two")]
        for guest in guests:
            guest.start()
        return guests

    def test_cannot_see_each_other(self):
        one, two = self.pair()
        for guest, other in ((one, two), (two, one)):
            for role in JAILED:
                process = guest.process(role)
                with self.subTest(guest=guest.name, role=role):
                    self.jailed(process)
                    self.assertNotIn(other.uuid, process.read("mountinfo"))
                    self.assertNotIn(self.world.root, process.read("mountinfo"))
                    for target in descriptors(process).values():
                        self.assertNotIn(other.uuid, target)
                        self.assertNotIn(other.name + ".img", target)
        for role in JAILED:
            for name in NAMESPACES:
                found = [os.readlink(f"/proc/{guest.process(role).pid}/ns/{name}")
                         for guest in (one, two)]
                self.assertNotEqual(found[0], found[1], f"{role} {name}")
                self.assertNotIn(os.readlink(f"/proc/self/ns/{name}"), found, f"{role} {name}")
        if os.geteuid() == 0:
            uids = [{process.status("Uid")[0] for process in guest.processes()}
                    for guest in (one, two)]
            self.assertFalse(uids[0] & uids[1] - {"0"}, f"uids are shared: {uids}")
        one.stop()
        two.stop()

    def jailed(self, process):
        for key in ("CapEff", "CapPrm", "CapInh", "CapAmb", "CapBnd"):
            self.assertEqual(int(process.status(key)[0], 16), 0, key)
        self.assertEqual(process.status("NoNewPrivs"), ["1"])
        self.assertEqual(process.status("Seccomp"), ["2"])
        self.assertNotIn("0", process.status("Uid"), "nothing of a guest stays root")
        self.assertNotIn("0", process.status("Gid"))
        groups = set(process.status("Groups")) - {"65534"}
        self.assertFalse(groups & {"0"}, groups)
        for target in descriptors(process).values():
            self.assertFalse(target.startswith(("/home", "/root", "/etc", "/proc")), target)

    def test_vmm_is_not_root(self):
        guest = self.start("one", image("idle"))
        vmm = guest.process("vmm")
        self.assertNotIn("0", vmm.status("Uid"))
        self.assertEqual(int(vmm.status("CapEff")[0], 16), 0)
        guest.stop()

    def test_nothing_listens(self):
        one, two = self.pair()
        with one.glass(), two.glass():
            for process in descendants():
                with self.subTest(repr(process)):
                    self.listens_nowhere(process)
        one.stop()
        two.stop()

    def listens_nowhere(self, process):
        inodes = {target[8:-1] for target in descriptors(process).values()
                  if target.startswith("socket:[")}
        for name in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6", "packet", "netlink"):
            try:
                lines = process.read(f"net/{name}").splitlines()[1:]
            except FileNotFoundError:
                continue
            # vmm asks the kernel which addresses are the host's, so that no guest reaches them.
            if name == "netlink" and process.role == "vmm":
                continue
            for line in lines:
                self.assertFalse(inodes & set(line.split()), f"{name}: {line}")
        # Sockets of path type belong to the network namespace that made them, so look from here.
        with open("/proc/net/unix", encoding="utf-8") as file:
            for line in file.readlines()[1:]:
                fields = line.split()
                if fields[6] in inodes and len(fields) > 7:
                    self.assertTrue(fields[7].startswith(self.world.runtime()), line)

    def test_sockets_are_private(self):
        guest = self.start("one", image("idle"))
        folder = self.world.runtime(guest.uuid)
        self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700)
        self.assertEqual(sorted(name for name in os.listdir(folder)
                                if stat.S_ISSOCK(os.stat(os.path.join(folder, name)).st_mode)),
                         ["control", "display"])
        guest.stop()

    def test_isolation_report(self):
        guest = self.start("one", image("idle"))
        report = self.world.json("isolation", "one")
        text = str(report)
        for role in ("vmm", "qemu", "display"):
            self.assertIn(role, text)
            self.assertIn(str(guest.process(role).pid), text)
        plain = self.world.ctl("isolation", "one").out
        for word in ("qemu", "display", "vmm"):
            self.assertIn(word, plain.lower())
        shown = guest.show()
        if shown["accelerator"] == "tcg":
            self.assertIn("software emulation", (plain + str(shown)).lower())
        guest.stop()

    def test_report_right_after_a_start(self):
        """The start does not wait for the probes; a report does."""
        guest = self.world.guest("one", [image("idle")])
        self.world.ctl("start", "one")
        report = self.world.json("isolation", "one")
        self.assertTrue([row for row in report["rows"] if "probe" in str(row)], report)
        self.assertNotIn("being proved", str(report))
        guest.stop()

    def test_isolation_required(self):
        """Required, with every layer there, starts; where one is missing it refuses and names it."""
        guest = self.world.guest("strict", [image("idle")], guest__isolation="required")
        result = guest.start(code=None)
        if result.code:
            self.assertRefused(result)
            self.assertNothingLeft()
        else:
            guest.stop()


if __name__ == "__main__":
    main()
