#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""vitrinectl with no guest running: usage, definitions on disk, completion, two at once, killed in
the middle."""

import glob
import json
import os
import re
import signal
import subprocess
import sys
import time
import unicodedata
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../process"))

from vitrine_test import SOURCE, World, descendants, wait_until

ROUNDS = 50


class Commands(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.clean_up)

    def clean_up(self):
        self.assertEqual(self.world.close(), [], "processes are left")

    def guests(self):
        return os.path.join(self.world.env["XDG_DATA_HOME"], "vitrine", "guests")

    def conf(self, uuid):
        return os.path.join(self.guests(), uuid, "guest.conf")

    def read_conf(self, uuid):
        with open(self.conf(uuid), encoding="utf-8") as file:
            return file.read()

    def create(self, name, *more):
        """Returns the uuid that was printed."""
        uuid = self.world.ctl("create", name, *more).out.strip()
        self.assertTrue(os.path.exists(self.conf(uuid)), uuid)
        return uuid

    def refused(self, *args, code=1, words=()):
        """One plain line on stderr, nothing on stdout."""
        result = self.world.ctl(*args, code=code)
        self.assertEqual(result.out, "")
        self.assertEqual(len(result.err.splitlines()), 1, repr(result))
        self.assertTrue(result.err.startswith("vitrinectl: "), result.err)
        for word in words:
            self.assertIn(word, result.err)
        return result.err

    def nothing_made(self):
        self.assertEqual(self.world.json("list"), [])
        self.assertEqual([name for name in os.listdir(self.guests())
                          if os.path.isdir(os.path.join(self.guests(), name))], [])


class Usage(Commands):
    def test_wrong_command_lines(self):
        for line, word in ((("",), "command"), (("nonsense",), "nonsense"), (("start",), "NAME"),
                           (("start", "a", "b"), "'b'"), (("start", "a", "--fast"), "--fast"),
                           (("start", "a", "--accel"), "--accel"),
                           (("start", "a", "--accel", "warp"), "warp"),
                           (("stop", "a", "--timeout", "soon"), "soon"),
                           (("stop", "a", "--timeout", "-1"), "-1"),
                           (("list", "a"), "'a'"), (("list", "--json=yes"), "--json"),
                           (("set", "a"), "KEY"), (("type", "a"), "TEXT"),
                           (("pointer", "a", "1", "left"), "left"),
                           (("pointer", "a", "1", "-1"), "-1"),
                           (("pointer", "a", "1", "99999999999"), "99999999999"),
                           (("send-keys", "a", "ctrl-nosuchkey"), "nosuchkey"),
                           (("create", "a", "--memory", "lots"), "lots"),
                           (("create", "a", "--cmdline", "quiet"), "--kernel"),
                           (("help", "nonsense"), "nonsense"), (("--nonsense",), "--nonsense")):
            with self.subTest(line):
                self.refused(*line, code=2, words=[word])
        self.refused(code=2, words=["help"])
        self.nothing_made()

    def test_version(self):
        self.assertRegex(self.world.ctl("--version").out, r"^vitrinectl \d+\.\d+\.\d+\n$")

    def test_control_characters_stay_in_one_line(self):
        self.refused("start", "a\nb\x1b[31m")
        self.refused("non\nsense", code=2)

    def test_nobody(self):
        for command in (["show"], ["start"], ["stop"], ["pause"], ["resume"], ["reset"], ["delete"],
                        ["screenshot", "x.png"], ["type", "x"], ["send-keys", "a"],
                        ["pointer", "1", "1"], ["isolation"], ["monitor", "{}"],
                        ["set", "memory=64"]):
            with self.subTest(command[0]):
                self.refused(command[0], "nobody", *command[1:], words=["nobody"])

    def test_needs_a_running_guest(self):
        self.create("still")
        for command in (["stop"], ["pause"], ["resume"], ["reset"], ["screenshot", "x.png"],
                        ["type", "x"], ["send-keys", "a"], ["pointer", "1", "1"], ["isolation"],
                        ["monitor", "{}"]):
            with self.subTest(command[0]):
                self.refused(command[0], "still", *command[1:], words=["still", "not running"])
        self.assertFalse(os.path.exists(self.world.path("x.png")))


class Language(Commands):
    def test_korean(self):
        """The catalogue of the build folder is found; columns line up where letters are wide."""
        self.world.env["LANGUAGE"] = "ko"
        text = self.world.ctl("help").out
        self.assertIn("게스트", text)
        self.assertRegex(self.refused("start", "nobody", words=["nobody"]), "[가-힣]")
        columns = set()
        for line in re.findall(r"(?m)^  [a-z-]+(?: [^ ]+)?  +(?=[^ ])", text):
            columns.add(sum(2 if unicodedata.east_asian_width(c) == "W" else 1 for c in line))
        self.assertEqual(columns, {25})


class Definitions(Commands):
    def test_life(self):
        uuid = self.create("one", "--memory", "1G", "--cpus", "3", "--firmware", "uefi", "--os",
                           "http://debian.org/debian/12", "--accel", "tcg", "--network", "offline")
        shown = self.world.json("show", "one")
        self.assertEqual((shown["uuid"], shown["name"], shown["state"]), (uuid, "one", "stopped"))
        self.assertEqual((shown["accelerator"], shown["isolation"], shown["viewers"],
                          shown["processes"]), ("", "", 0, []))
        self.assertEqual(shown["log"], os.path.join(self.guests(), uuid, "log"))
        definition = shown["definition"]
        for key, value in (("guest.memory", "1024"), ("guest.cpus", "3"),
                           ("guest.firmware", "uefi"), ("guest.accel", "tcg"),
                           ("guest.os", "http://debian.org/debian/12"),
                           ("network.policy", "offline")):
            self.assertEqual(definition[key], value, key)
        self.assertEqual(self.world.json("show", uuid), shown)
        self.assertEqual([g["uuid"] for g in self.world.json("list")], [uuid])
        plain = self.world.ctl("show", "one").out
        for key, value in definition.items():
            self.assertRegex(plain, rf"(?m)^{key}( +{value})?$")
        self.assertIn(uuid, self.world.ctl("list").out)
        self.world.ctl("delete", "one")
        self.nothing_made()

    def test_one_json_key_a_line(self):
        """A shell script gets at a value with sed."""
        self.create("one")
        lines = self.world.ctl("show", "one", "--json").out.splitlines()
        self.assertEqual(sum(line.strip().startswith('"state" : "stopped"') for line in lines), 1)
        self.assertEqual(sum(line.strip().startswith('"name" : ') for line in lines), 1)

    def test_defaults(self):
        self.create("one")
        definition = self.world.json("show", "one")["definition"]
        self.assertTrue(1 <= int(definition["guest.cpus"]) <= 4)
        self.assertTrue(64 <= int(definition["guest.memory"]) <= 2048)

    def test_names(self):
        uuid = self.create("--", "-x")
        self.assertEqual(self.world.json("show", uuid)["name"], "-x")
        self.refused("create", "--", "-x", words=["-x"])
        self.create("유리 guest “1”")
        self.assertEqual(self.world.json("show", "유리 guest “1”")["name"], "유리 guest “1”")
        for name in ("", " ", "a\nb", "a\x1b[31m", "x" * 129):
            self.refused("create", name)
        self.assertEqual(len(self.world.json("list")), 2)

    def test_sorted(self):
        for name in ("b", "c", "a"):
            self.create(name)
        self.assertEqual([g["name"] for g in self.world.json("list")], ["a", "b", "c"])

    def test_media(self):
        iso = self.world.file("a.iso", bytes(2048))
        raw = self.world.file("b.img", bytes(512))
        qcow2 = self.world.path("c")
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", qcow2, "1M"], check=True)
        kernel = self.world.file("linux", b"k")
        initrd = self.world.file("initrd", b"i")
        uuid = self.create("one", "--disk", "b.img", "--iso", "a.iso", "--disk", qcow2, "--disk",
                           "64M,bus=virtio", "--disk", "linux,format=raw,read-only=true",
                           "--kernel", kernel, "--initrd", initrd, "--cmdline", "quiet vga=788")
        definition = self.world.json("show", "one")["definition"]
        made = [f for f in glob.glob(os.path.join(self.guests(), uuid, "disks/*"))]
        self.assertEqual(len(made), 1)
        info = json.loads(subprocess.run(["qemu-img", "info", "--output=json", made[0]], check=True,
                                         capture_output=True).stdout)
        self.assertEqual((info["format"], info["virtual-size"]), ("qcow2", 64 << 20))
        for index, want in enumerate((
                {"file": raw, "format": "raw", "media": "disk", "bus": "sata", "read-only": "false"},
                {"file": iso, "format": "raw", "media": "cdrom", "bus": "sata", "read-only": "true"},
                {"file": qcow2, "format": "qcow2", "media": "disk", "bus": "sata"},
                {"file": os.path.basename(made[0]), "format": "qcow2", "bus": "virtio"},
                {"file": kernel, "format": "raw", "read-only": "true"})):
            for key, value in want.items():
                self.assertEqual(definition[f"disk{index}.{key}"], value, f"disk{index}.{key}")
        self.assertEqual((definition["boot.kernel"], definition["boot.initrd"],
                          definition["boot.cmdline"]), (kernel, initrd, "quiet vga=788"))
        self.world.ctl("delete", "one")
        for file in (iso, raw, qcow2, kernel, initrd):
            self.assertTrue(os.path.exists(file), "delete must not touch what is not the guest's")

    def test_refused_media(self):
        self.world.file("odd", b"KDMV")
        self.world.file("disk.img", bytes(512))
        os.mkfifo(self.world.path("pipe.img"))
        os.mkdir(self.world.path("folder.img"))
        for line, words in (
                (("--iso", "absent.iso"), ["absent.iso"]),
                (("--disk", "absent.img"), ["absent.img"]),
                (("--kernel", "absent"), ["absent"]),
                (("--disk", "odd"), ["odd", "format=raw"]),
                (("--disk", "disk.img,format=vmdk"), ["vmdk", "qcow2, raw"]),
                (("--disk", "disk.img,bus=usb"), ["usb"]),
                (("--disk", "disk.img,fromat=raw"), ["fromat"]),
                (("--disk", "pipe.img"), ["pipe.img"]),
                (("--iso", "folder.img"), ["folder.img"]),
                (("--disk", "disk.img", "--disk", "1G", "--iso", "absent.iso"), ["absent.iso"]),
                (("--disk", "999999999999G"), ["999999999999G"]),
                (("--disk", "20"), ["20", "20G"]), (("--disk", "20Q"), ["20Q", "20G"]),
                (("--disk", "4M", "--disk", "8388607T"), []),
                (("--cpus", "0"), ["cpus", "255"]), (("--cpus", "many"), ["many"]),
                (("--firmware", "uefi-secure"), ["uefi-secure", "not there yet"]),
                (("--import", "old.ova"), ["--import", "not there yet"]),
                tuple([tuple(["--disk", "disk.img,read-only=true"] * 17), ["16"]])):
            with self.subTest(line):
                self.refused("create", "one", *line, words=words)
                self.nothing_made()

    def test_unreadable(self):
        world = World(1500) if os.geteuid() == 0 else self.world
        path = world.file("closed.img", bytes(512), 0o400)
        if os.geteuid() == 0:
            os.chown(path, 0, 0)
            self.addCleanup(world.close)
            programs = self.world.path("programs")
            os.mkdir(programs)
            os.chmod(self.world.root, 0o711)
            for program in ("vitrinectl", "vitrine-vmm", "vitrine-jail"):
                subprocess.run(["cp", os.path.join(world.programs, program), programs], check=True)
            world.programs = programs
            refused = world.ctl("create", "one", "--disk", path, code=1)
            self.assertIn("closed.img", refused.err)
            os.chmod(path, 0o444)
        refused = world.ctl("create", "one", "--disk", path, code=1)
        self.assertIn("read-only=true", refused.err)
        world.ctl("create", "one", "--disk", path + ",read-only=true")

    def test_set(self):
        uuid = self.create("one")
        self.world.ctl("set", "one", "memory=3G", "cpus=2", "display.pointer=mouse", "name=two")
        definition = self.world.json("show", "two")["definition"]
        self.assertEqual([definition[key] for key in ("guest.memory", "guest.cpus",
                                                      "display.pointer", "guest.name")],
                         ["3072", "2", "mouse", "two"])
        disk = self.world.file("d.img", bytes(512))
        self.world.ctl("set", "two", "disk3.file=" + disk, "disk3.bus=ide")
        self.assertEqual(self.world.json("show", uuid)["definition"]["disk3.bus"], "ide")
        self.world.ctl("set", "two", "disk3.file=")
        self.assertNotIn("disk3.bus", self.world.json("show", uuid)["definition"])
        before = self.read_conf(uuid)
        for bad, word in (("memory=lots", "lots"), ("colour=red", "colour"), ("uuid=x", "uuid"),
                          ("guest.machine=toaster", "q35, pc"), ("disk3.bus=ide", "disk3")):
            self.refused("set", "two", "cpus=4", bad, words=[word])
        self.refused("set", "two", "memory", code=2, words=["memory"])
        self.assertEqual(self.read_conf(uuid), before, "one refused setting leaves all as they were")

    def test_limits(self):
        self.create("one")
        self.world.ctl("limits", "one", "memory=2G", "disk-rate=1K", "cpu=50")
        self.assertEqual({key: limit["value"] for key, limit in
                          self.world.json("limits", "one").items() if limit["value"]},
                         {"memory": 2048, "disk-rate": 1, "cpu": 50})
        self.refused("limits", "one", "memory=1K", words=["memory", "128"])  # not 0, which is none
        for words, amount in (("disk-rate=20Q", "20M"), ("memory=-1", "2G"), ("disk-iops=x", "0")):
            with self.subTest(words):
                self.refused("limits", "one", words, code=2 if "iops" not in words else 1,
                             words=[words.split("=")[0], amount])

    def test_screenshot_folder(self):
        self.create("one")
        said = self.refused("screenshot", "one", "absent/x.png", words=["absent"])
        self.assertNotIn("x.png.", said)

    def test_screenshot_name(self):
        """No picture of another kind, nor a PNG under its name."""
        self.create("one")
        for name in ("x.gif", "x.jpg", "x.png.gif", "png", ".pn", "-", "/dev/stdout", ""):
            with self.subTest(name):
                self.refused("screenshot", "one", "--", name, code=2, words=["PNG", ".png", name])
        for name in ("x.png", "x.PNG"):
            self.refused("screenshot", "one", name, words=["one"])  # which is switched off

    def test_unknown_keys_are_kept(self):
        uuid = self.create("one")
        extra = "\n# by hand\n[later]\nkey=value ; with; all\nlist[ko]=하나\n"
        with open(self.conf(uuid), "a", encoding="utf-8") as file:
            file.write(extra)
        self.world.ctl("set", "one", "memory=128")
        text = self.read_conf(uuid)
        self.assertIn(extra, text)
        self.assertIn("memory=128", text)

    def test_broken_definition(self):
        """Named with file, line and key; listed, not in the way, and deletable."""
        good, bad = self.create("good"), self.create("bad")
        text = self.read_conf(bad).replace("cpus=", "cpus=minus ")
        line = text.splitlines().index(next(l for l in text.splitlines() if "cpus=" in l)) + 1
        with open(self.conf(bad), "w", encoding="utf-8") as file:
            file.write(text)
        states = {g["uuid"]: g for g in self.world.json("list")}
        self.assertEqual((states[good]["state"], states[bad]["state"]), ("stopped", "broken"))
        for word in (self.conf(bad), f"line {line}", "cpus", "255"):
            self.assertIn(word, states[bad]["state-reason"])
        for command in (["start"], ["set", "memory=1"]):
            self.refused(command[0], bad, *command[1:], words=[self.conf(bad), f"line {line}"])
        self.assertEqual(self.world.json("show", bad)["definition"], {})
        self.world.ctl("delete", bad)
        self.assertEqual([g["uuid"] for g in self.world.json("list")], [good])


class Completion(Commands):
    def complete(self, *words):
        return self.world.ctl("--complete", "--", *words).out.splitlines()

    def test_words(self):
        self.create("web server")
        self.create("mail")
        self.assertEqual(self.complete("st"), ["start", "stop"])
        self.assertEqual(self.complete("start", ""), ["mail", "web server"])
        self.assertEqual(self.complete("start", "w"), ["web server"])
        self.assertEqual(self.complete("start", "--"), ["--accel", "--tap-fd", "--force"])
        self.assertEqual(self.complete("start", "--accel", ""), ["auto", "kvm", "tcg"])
        self.assertEqual(self.complete("start", "--accel", "kvm", "m"), ["mail"])
        self.assertEqual(self.complete("start", "mail", ""), [])
        self.assertEqual(self.complete("create", ""), [])
        self.assertIn("guest.memory=", self.complete("set", "mail", "guest."))
        self.assertNotIn("--import", self.complete("create", "--"))
        self.assertEqual(self.complete("help", "dele"), ["delete"])
        self.assertEqual(self.complete("nonsense", ""), [])

    def test_bash(self):
        """The script as bash runs it."""
        self.create("web server")
        script = f"""
            PATH={self.world.programs}:$PATH
            source {SOURCE}/app/ctl/vitrinectl.bash
            COMP_WORDS=(vitrinectl start w) COMP_CWORD=2
            _vitrinectl
            printf '%s\\n' "${{COMPREPLY[@]}}" """
        done = subprocess.run(["bash", "-c", script], env=self.world.env, capture_output=True,
                              text=True, check=True)
        self.assertEqual((done.stdout, done.stderr), ("web\\ server\n", ""))


class Together(Commands):
    def pair(self, *lines):
        """Runs command lines at the same time; their results."""
        return [running.finish() for running in [self.world.spawn(*line) for line in lines]]

    def test_create(self):
        for number in range(ROUNDS):
            for result in self.pair(("create", f"a{number}"), ("create", f"b{number}")):
                self.assertEqual(result.code, 0, repr(result))
        names = {g["name"] for g in self.world.json("list")}
        self.assertEqual(names, {f"{side}{number}" for side in "ab" for number in range(ROUNDS)})

    def test_same_name(self):
        for number in range(ROUNDS):
            results = self.pair(*[("create", f"same{number}")] * 2)
            self.assertEqual(sorted(r.code for r in results), [0, 1], results)
        self.assertEqual(len(self.world.json("list")), ROUNDS)

    def test_set(self):
        """Each changes a key of its own: both changes are there afterwards."""
        uuid = self.create("one")
        for number in range(ROUNDS):
            cpus, memory = 1 + number % 8, 64 + number
            for result in self.pair(("set", "one", f"cpus={cpus}"),
                                    ("set", "one", f"memory={memory}")):
                self.assertEqual(result.code, 0, repr(result))
            definition = self.world.json("show", uuid)["definition"]
            self.assertEqual((definition["guest.cpus"], definition["guest.memory"]),
                             (str(cpus), str(memory)))

    def test_set_and_delete(self):
        for number in range(ROUNDS):
            self.create("one")
            changed, deleted = self.pair(("set", "one", "memory=99"), ("delete", "one"))
            self.assertEqual(deleted.code, 0, repr(deleted))
            self.assertIn(changed.code, (0, 1), repr(changed))
            self.nothing_made()


class Interrupted(Commands):
    """Ctrl-C while something is being made: undone, and said in one line."""

    def test_create(self):
        seen, delay = [], 0
        while len(seen) < 40 or 1 not in seen:
            running = self.world.spawn("create", "one", "--disk", "1M", "--disk", "1M")
            time.sleep(delay)
            running.popen.send_signal(signal.SIGINT)
            result = running.finish()
            seen.append(result.code)
            self.assertLess(len(seen), 1000, "never interrupted in the middle")
            delay = 0 if result.code == 0 else delay + 0.002  # a busy machine takes longer
            if result.code == 0:
                self.world.ctl("delete", "one")
            elif result.code == 1:
                self.assertEqual(len(result.err.splitlines()), 1, repr(result))
            wait_until(lambda: not descendants(), 5, "nothing of it runs on")
            self.nothing_made()


class Killed(Commands):
    """kill -9 at every moment: what was there is whole, what was begun is there or is not."""

    def moments(self, *line):
        """Command lines killed after ever longer times, until they are through by themselves."""
        delay, through = 0.0, 0
        while through < 3:
            running = self.world.spawn(*line)
            end = time.monotonic() + delay
            while time.monotonic() < end and running.popen.poll() is None:
                pass
            running.popen.kill()
            result = running.finish()
            through += result.code == 0
            wait_until(lambda: not descendants(), 5, "nothing of it runs on")
            yield result
            delay = delay * 1.02 + 0.0007 # a busy machine takes longer to come to its end
            self.assertLess(delay, 3, "the command never ends")

    def whole(self):
        """Everything listed can be read; another create works."""
        listed = self.world.json("list")
        for guest in listed:
            self.assertEqual(guest["state"], "stopped", guest)
        return listed

    def test_create(self):
        for result in self.moments("create", "one", "--disk", "1M"):
            listed = self.whole()
            self.assertLessEqual(len(listed), 1)
            if result.code == 0:
                self.assertEqual(len(listed), 1)
            for guest in listed:
                self.world.ctl("delete", guest["uuid"])
        self.create("two")
        self.assertEqual(len(glob.glob(os.path.join(self.guests(), "*/guest.conf"))), 1)
        folders = [name for name in os.listdir(self.guests())
                   if os.path.isdir(os.path.join(self.guests(), name))]
        self.assertEqual(len(folders), 1, "halves of killed creations are removed in time")

    def test_set(self):
        uuid = self.create("one", "--memory", "100M")
        memory = 100
        for result in self.moments("set", "one", "memory=200", "cpus=7"):
            self.whole()
            definition = self.world.json("show", uuid)["definition"]
            self.assertIn((definition["guest.memory"], definition["guest.cpus"] == "7"),
                          (("200", True), (str(memory), False)), "both settings or none")
            if definition["guest.memory"] == "200":
                self.world.ctl("set", "one", "memory=100", "cpus=1")
        self.assertEqual([name for name in os.listdir(os.path.join(self.guests(), uuid))
                          if name not in ("guest.conf", "disks", "log", "lock")], [])

    def test_delete(self):
        self.create("one", "--disk", "1M")
        for result in self.moments("delete", "one"):
            listed = self.whole()
            if result.code == 0:
                self.assertEqual(listed, [])
            if not listed:
                self.create("one", "--disk", "1M")
        self.world.ctl("delete", "one", code=None)
        self.nothing_made()


if __name__ == "__main__":
    unittest.main(verbosity=2)
