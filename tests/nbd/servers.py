# SPDX-License-Identifier: GPL-2.0-or-later
"""NBD servers for tests: real ones (qemu-nbd, nbdkit) on a port that outlives them, certificates for
them, and one of our own that says whatever a test wants, by the protocol or against it."""

import os
import socket
import struct
import subprocess
import threading

from vitrine_test import VitrineTest, wait_until

MAGIC, OPTION, OPTION_REPLY = b"NBDMAGIC", b"IHAVEOPT", 0x3e889045565a9
REQUEST, REPLY, STRUCTURED = 0x25609513, 0x67446698, 0x668e33ef
EXPORT_NAME, ABORT, LIST, STARTTLS, INFO, GO = 1, 2, 3, 5, 6, 7
ACK, SERVER, REP_INFO = 1, 2, 3
UNSUP, TLS_REQD, UNKNOWN = (1 << 31) + 1, (1 << 31) + 5, (1 << 31) + 6
HAS_FLAGS, READ_ONLY, FLUSH = 1, 2, 4
EIO = 5


class Port:
    """A listening socket that is handed to one real server after another."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.number = self.socket.getsockname()[1]
        self.process = None

    def serve(self, *command):
        """By systemd's protocol of socket activation, which both servers know."""
        def hand_over():
            os.dup2(self.socket.fileno(), 3)
            os.set_inheritable(3, True)
        self.process = subprocess.Popen(
            ["sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', "sh", *command],
            preexec_fn=hand_over, close_fds=False, stdin=subprocess.DEVNULL)
        return self

    def qemu(self, path, *more, form="raw", name="disk"):
        return self.serve("qemu-nbd", "-t", "-e", "0", "-f", form, "-x", name, *more, path)

    def nbdkit(self, *arguments):
        return self.serve("nbdkit", "-f", "--exit-with-parent", *arguments)

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def close(self):
        self.kill()
        self.socket.close()


class Gone(Exception):
    """The peer closed the connection, or the test is over."""


class Talk:
    """One connection to the server of our own."""

    def __init__(self, sock):
        self.sock = sock

    def read(self, size):
        data = b""
        while len(data) < size:
            part = self.sock.recv(size - len(data))
            if not part:
                raise Gone()
            data += part
        return data

    def send(self, data):
        self.sock.sendall(data)

    def greet(self, flags=3):
        self.send(MAGIC + OPTION + struct.pack(">H", flags))
        self.read(4)

    def option(self):
        magic, option, size = struct.unpack(">8sII", self.read(16))
        assert magic == OPTION, magic
        return option, self.read(size)

    def reply_option(self, option, kind, data=b"", magic=OPTION_REPLY, size=None):
        self.send(struct.pack(">QIII", magic, option, kind, len(data) if size is None else size)
                  + data)

    def export(self, option, size, flags):
        self.reply_option(option, REP_INFO, struct.pack(">HQH", 0, size, flags))

    def open(self, size=1 << 20, flags=HAS_FLAGS | FLUSH):
        """The handshake of an honest server, to the transmission phase."""
        self.greet()
        while True:
            option, _ = self.option()
            if option in (GO, INFO):
                self.export(option, size, flags)
                self.reply_option(option, ACK)
                if option == GO:
                    return
            else:
                self.reply_option(option, UNSUP)

    def request(self):
        """kind, cookie, offset, length, payload"""
        magic, _, kind, cookie, offset, length = struct.unpack(">IHHQQI", self.read(28))
        assert magic == REQUEST, hex(magic)
        if kind == 2:
            raise Gone()
        return kind, cookie, offset, length, self.read(length) if kind == 1 else b""

    def reply(self, cookie, error=0, data=b"", magic=REPLY):
        self.send(struct.pack(">IIQ", magic, error, cookie) + data)


class Own:
    """Listens; `script (talk)` is what each connection meets, its end the connection's end."""

    def __init__(self, script):
        self.script = script
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.number = self.socket.getsockname()[1]
        self.connections = 0
        self.open = []
        self.errors = []
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self):
        while True:
            try:
                sock, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            self.open.append(sock)
            threading.Thread(target=self.talk, args=(sock,), daemon=True).start()

    def talk(self, sock):
        try:
            self.script(Talk(sock))
        except (Gone, OSError):
            pass
        except Exception as error:  # pylint: disable=broad-exception-caught
            self.errors.append(error)
        finally:
            sock.close()

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for sock in self.open:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.thread.join(20)


class Authority:
    """A certificate authority, and what it signs, by certtool."""

    def __init__(self, folder, name="authority"):
        self.folder = folder
        self.cert, self.key = self.path(f"{name}.pem"), self.path(f"{name}-key.pem")
        self.tool("--generate-privkey", "--key-type=rsa", "--bits=2048", "--outfile", self.key)
        template = self.template(f"cn={name}", "ca", "cert_signing_key", "expiration_days=30")
        self.tool("--generate-self-signed", "--load-privkey", self.key, "--template", template,
                  "--outfile", self.cert)

    def path(self, name):
        return os.path.join(self.folder, name)

    @staticmethod
    def tool(*arguments):
        subprocess.run(["certtool", *arguments], check=True, capture_output=True)

    def template(self, *lines):
        path = self.path("template")
        with open(path, "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")
        return path

    def sign(self, name, *lines):
        """Certificate and key as NAME.pem and NAME-key.pem."""
        cert, key = self.path(f"{name}.pem"), self.path(f"{name}-key.pem")
        self.tool("--generate-privkey", "--key-type=rsa", "--bits=2048", "--outfile", key)
        self.tool("--generate-certificate", "--load-ca-certificate", self.cert, "--load-ca-privkey",
                  self.key, "--load-privkey", key, "--template", self.template(f"cn={name}", *lines),
                  "--outfile", cert)
        return cert, key

    def server_folder(self, name, *lines):
        """A folder as both servers want it."""
        lines = lines or ("dns_name=localhost", "ip_address=127.0.0.1", "expiration_days=30")
        cert, key = self.sign(name, *lines, "tls_www_server", "signing_key", "encryption_key")
        folder = self.path(name)
        os.mkdir(folder)
        for source, target in ((self.cert, "ca-cert.pem"), (cert, "server-cert.pem"),
                               (key, "server-key.pem")):
            os.link(source, os.path.join(folder, target))
        return folder


class NbdTest(VitrineTest):
    def port(self):
        port = Port()
        self.addCleanup(port.close)
        return port

    def own(self, script):
        server = Own(script)

        def close():
            server.close()
            self.assertEqual(server.errors, [])
        self.addCleanup(close)
        return server

    def disk(self, number, name="disk", scheme="nbd", host="127.0.0.1", **more):
        return {"file": f"{scheme}://{host}:{number}/{name}", **more}

    def assertStartFails(self, disk, *words, **settings):
        guest = self.world.guest("refused", [disk], **settings)
        self.assertRefused(guest.start(code=1, timeout=60), *words)
        self.assertGone(guest)
        self.world.ctl("delete", "refused")

    def assertGone(self, guest):
        """Of its processes, and of its sockets, nothing is left; servers are the test's own."""
        try:
            wait_until(lambda: not guest.processes() and not self.world.leftovers(), 60,
                       "neither a process nor a file is left")
        except AssertionError as error:
            raise AssertionError(f"{error}: {guest.processes()} {self.world.leftovers()}\n"
                                 f"{guest.log()}") from error

    def wait_paused(self, guest, *words, timeout=60):
        """Paused, and the reason has these words."""
        def told():
            shown = guest.show()
            return shown["state"] == "paused" and all(w in shown["state-reason"] for w in words)
        try:
            wait_until(told, timeout, f"{guest.name} is paused: {words}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{guest.show()}\n{guest.log()}") from error
