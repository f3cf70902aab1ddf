# SPDX-License-Identifier: GPL-2.0-or-later
#
# The real QEMU and qemu-img in their jails, with the filter that kills on any call its table does not
# name: to QMP, through a disk by descriptor, snapshots, the D-Bus display, a kernel by name, to the
# end. Prints what the jail costs at the start. jail-run stands in for vitrine-vmm.
import array, json, os, shutil, socket, statistics, struct, subprocess, sys, tempfile, time, unittest

BUILD = os.environ["VITRINE_BUILD"]
RUN = os.path.join(BUILD, "tests/jail/jail-run")
SHIM = os.path.join(BUILD, "vitrine-jail")
QEMU = shutil.which("qemu-system-x86_64")
QEMU_IMG = shutil.which("qemu-img")
SANDBOX = "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"
# Numbers that descriptors have in the jail.
QMP, KERNEL = 20, 21
ROUNDS = 7


def jail(kind, *options, fds=()):
    command = [RUN, "--shim", SHIM, "--kind", kind, *options]
    for fd in fds:
        command += ["--fd", str(fd)]
    return command + ["--"]


def as_user():
    # The suite may run as root: QEMU without a jail is measured as the same user as in it.
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(1500, 1500, 1500)
        os.setresuid(1500, 1500, 1500)


class Qemu:
    def __init__(self, wrapper, *arguments, kernel=None, qemu=QEMU):
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(60)
        fds = [QMP]
        os.dup2(theirs.fileno(), QMP)
        theirs.close()
        if kernel:
            fd = os.open(kernel, os.O_RDONLY)
            os.dup2(fd, KERNEL)
            os.close(fd)
            fds.append(KERNEL)
            arguments = (*arguments, "-kernel", f"/proc/self/fd/{KERNEL}")
        command = wrapper(fds) if wrapper else []
        command += [qemu, "-M", "q35", "-nodefaults", "-m", "128", "-S", "-display", "dbus,p2p=on",
                    "-device", "VGA", "-sandbox", SANDBOX, *arguments,
                    "-chardev", f"socket,id=q,fd={QMP}", "-mon", "chardev=q,mode=control"]
        self.log = tempfile.TemporaryFile("w+")
        begin = time.monotonic()
        self.process = subprocess.Popen(command, pass_fds=fds, cwd="/", stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log,
                                        preexec_fn=None if wrapper else as_user)
        for fd in fds:
            os.close(fd)
        self.reader = self.socket.makefile("r")
        self.greeting = self.reader.readline()
        self.ready_ms = (time.monotonic() - begin) * 1000

    def call(self, command, fds=(), **arguments):
        text = json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n"
        if fds:
            socket.send_fds(self.socket, [text], fds)
        else:
            self.socket.sendall(text)
        while True:
            try:
                line = self.reader.readline()
            except ConnectionResetError:
                line = ""
            if not line:
                raise AssertionError(f"QEMU ended at {command}: {self.end()}")
            reply = json.loads(line)
            if "return" in reply:
                return reply["return"]
            if "error" in reply:
                raise AssertionError(f"{command}: {reply['error']['desc']}")

    def end(self):
        code = self.process.wait(30)
        self.log.seek(0)
        return code, self.log.read()

    def close(self):
        self.socket.close()
        self.reader.close()
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(30)
        self.log.close()


def fake_kernel(path):
    # The least that QEMU takes for a Linux kernel: the header of protocol 2.00, one setup sector.
    image = bytearray(4096)
    image[0x1F1] = 1
    image[0x1FE:0x200] = b"\x55\xaa"
    image[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", image, 0x206, 0x0200)
    image[0x211] = 1
    with open(path, "wb") as file:
        file.write(image)


class Jailed(unittest.TestCase):
    options = ()

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="vitrine-")
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, *arguments, **more):
        def wrapper(fds):
            return jail("qemu", "--kill-unknown", "--writable-code", *self.options, fds=fds)
        qemu = Qemu(wrapper, *arguments, **more)
        self.addCleanup(qemu.close)
        self.assertIn("QMP", qemu.greeting, qemu.end() if not qemu.greeting else "")
        qemu.call("qmp_capabilities")
        return qemu

    def link_display(self, qemu):
        ours, theirs = socket.socketpair()
        qemu.call("getfd", fds=[theirs.fileno()], fdname="display")
        theirs.close()
        qemu.call("add_client", protocol="@dbus-display", fdname="display")
        # QEMU is the server of the D-Bus handshake: it answers EXTERNAL with our uid.
        ours.settimeout(10)
        ours.sendall(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")
        self.assertRegex(ours.recv(200), rb"^(OK|REJECTED)")
        return ours

    def test_life(self):
        qemu = self.start("-smp", "2", "-object", "memory-backend-memfd,id=m,size=128M,share=on",
                          "-machine", "memory-backend=m", "-device", "qemu-xhci",
                          "-device", "usb-tablet", "-device", "pcie-root-port,id=rp1")
        subprocess.run([QEMU_IMG, "create", "-q", "-f", "qcow2", self.path("d"), "1G"], check=True)
        disk = os.open(self.path("d"), os.O_RDWR)
        qemu.call("add-fd", fds=[disk], **{"fdset-id": 7})
        os.close(disk)
        qemu.call("blockdev-add", **{"driver": "qcow2", "node-name": "disk", "discard": "unmap",
                  "file": {"driver": "file", "filename": "/dev/fdset/7", "locking": "off",
                           "discard": "unmap"}})
        for command in ("write -P 7 0 1M", "flush", "read -P 7 0 1M", "write -z 0 64k",
                        "discard 0 1M"):
            text = qemu.call("human-monitor-command", **{"command-line": f'qemu-io disk "{command}"'})
            self.assertEqual(text, "")
        qemu.call("device_add", driver="virtio-blk-pci", drive="disk", id="blk", bus="rp1")
        self.addCleanup(self.link_display(qemu).close)
        qemu.call("cont")
        self.assertTrue(qemu.call("query-status")["running"])
        qemu.call("blockdev-snapshot-internal-sync", device="disk", name="one")
        qemu.call("blockdev-snapshot-delete-internal-sync", device="disk", name="one")
        qemu.call("stop")
        qemu.call("cont")
        qemu.call("system_reset")
        saved = os.open(self.path("saved"), os.O_RDWR | os.O_CREAT)
        qemu.call("getfd", fds=[saved], fdname="saved")
        qemu.call("stop")
        qemu.call("migrate", uri="fd:saved")
        deadline = time.monotonic() + 60
        while qemu.call("query-migrate")["status"] not in ("completed", "failed"):
            self.assertLess(time.monotonic(), deadline)
        self.assertEqual(qemu.call("query-migrate")["status"], "completed")
        self.assertGreater(os.stat(saved).st_size, 100000)
        os.close(saved)
        qemu.call("quit")
        code, log = qemu.end()
        self.assertEqual(code, 0, log)
        self.assertIn("read 1048576/1048576", log)
        self.assertNotIn("ailed", log)

    def test_kernel_by_name(self):
        fake_kernel(self.path("kernel"))
        qemu = self.start(kernel=self.path("kernel"))
        qemu.call("quit")
        code, log = qemu.end()
        self.assertEqual(code, 0, log)

    def test_every_other_name_is_closed(self):
        qemu = self.start()
        with self.assertRaisesRegex(AssertionError, "/etc/passwd"):
            qemu.call("blockdev-add", **{"driver": "file", "node-name": "x",
                      "filename": "/etc/passwd", "read-only": True})
        qemu.call("quit")

    def test_terminates(self):
        qemu = self.start()
        qemu.process.terminate()  # jail-run passes it on with jail_terminate ()
        code, log = qemu.end()
        self.assertEqual(code, 0, log)

    def test_qemu_img(self):
        # A new image into a memfd, by the name of its descriptor; then what it says about itself.
        image = os.memfd_create("image")
        os.dup2(image, QMP)
        def run(*arguments):
            return subprocess.run([*jail("qemu-img", "--kill-unknown", *self.options, fds=[QMP]),
                                   QEMU_IMG, *arguments], pass_fds=[QMP], check=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True).stdout
        name = f"/proc/self/fd/{QMP}"
        run("create", "-q", "-f", "qcow2", "-o", "preallocation=off", name, "3G")
        size = json.loads(run("info", "-f", "qcow2", "--output=json", name))["virtual-size"]
        self.assertEqual(size, 3 << 30)
        run("check", "-q", "-f", "qcow2", name)
        os.close(QMP)
        # A regular file is read by that name too.
        subprocess.run([QEMU_IMG, "create", "-q", "-f", "qcow2", self.path("d"), "2G"], check=True)
        os.chmod(self.path("d"), 0o600)
        fd = os.open(self.path("d"), os.O_RDONLY)
        os.dup2(fd, QMP)
        os.close(fd)
        os.chmod(self.folder, 0o700)
        if os.getuid() == 0:
            os.chown(self.path("d"), 1500, 1500)
        size = json.loads(run("info", "-f", "qcow2", "--output=json", name))["virtual-size"]
        self.assertEqual(size, 2 << 30)
        os.close(QMP)
        os.close(image)


class JailedByShimAlone(Jailed):
    options = ("--shim-alone",)


class CustomBinary(unittest.TestCase):
    # [host] qemu=: a QEMU elsewhere, with its own firmware beside it, in the same jail.
    def test_elsewhere(self):
        folder = tempfile.mkdtemp(prefix="vitrine-")
        self.addCleanup(shutil.rmtree, folder)
        os.chmod(folder, 0o755)
        for name in ("bin", "share/qemu"):
            os.makedirs(os.path.join(folder, name))
        binary = os.path.join(folder, "bin", "my-qemu")
        shutil.copy(QEMU, binary)
        firmware = os.path.join(folder, "share/qemu/my-bios.bin")
        shutil.copy("/usr/share/seabios/bios-256k.bin", firmware)
        for options in ((), ("--shim-alone",)):
            def wrapper(fds):
                return jail("qemu", "--kill-unknown", "--writable-code", *options, fds=fds)
            qemu = Qemu(wrapper, "-bios", firmware, qemu=binary)
            self.assertIn("QMP", qemu.greeting, qemu.end() if not qemu.greeting else "")
            qemu.close()


class Start(unittest.TestCase):
    def test_cost(self):
        def namespaces(fds):
            return jail("qemu", "--writable-code", fds=fds)
        def shim_alone(fds):
            return jail("qemu", "--writable-code", "--shim-alone", fds=fds)
        ways = {"plain": None, "shim alone": shim_alone, "namespaces": namespaces}
        times = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, wrapper in ways.items():
                qemu = Qemu(wrapper)
                self.assertIn("QMP", qemu.greeting)
                times[name].append(qemu.ready_ms)
                qemu.close()
        medians = {name: statistics.median(values) for name, values in times.items()}
        for name, value in medians.items():
            print(f"start to QMP, {name}: median {value:.1f} ms, best {min(times[name]):.1f} ms")
        # The bench, on a machine that is not busy, holds these to a limit.


if __name__ == "__main__":
    unittest.main(verbosity=2)
