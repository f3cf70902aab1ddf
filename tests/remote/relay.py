# SPDX-License-Identifier: GPL-2.0-or-later
"""A long way between a viewer and a share: a TCP port of loopback's that passes everything on, in
order and both ways, a while later than it came. The way back can be held up for as long as a test
wants."""

import contextlib
import queue
import socket
import threading
import time

DELAY = 0.1  # seconds, each way: that of another continent


class Relay:
    def __init__(self, port, delay=DELAY):
        self.target = port
        self.delay = delay
        self.open = threading.Event()  # the way from the share to the viewers
        self.open.set()
        self.sockets = []
        self.threads = []
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.start(self.accept)

    def start(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        self.threads.append(thread)
        thread.start()

    def accept(self):
        while True:
            try:
                viewer, _ = self.listening.accept()
            except OSError:
                return
            share = socket.create_connection(("127.0.0.1", self.target), 60)
            for end in (viewer, share):
                end.settimeout(None)
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sockets += [viewer, share]
            self.pass_on(viewer, share, None)
            self.pass_on(share, viewer, self.open)

    def pass_on(self, source, target, gate):
        way = queue.SimpleQueue()
        self.start(self.read, source, way)
        self.start(self.write, target, way, gate)

    def read(self, source, way):
        data = b"."
        while data:
            try:
                data = source.recv(1 << 16)
            except OSError:
                data = b""
            way.put((time.monotonic() + self.delay, data))

    def write(self, target, way, gate):
        while True:
            due, data = way.get()
            time.sleep(max(0, due - time.monotonic()))
            if gate:
                gate.wait()
            try:
                if not data:
                    target.shutdown(socket.SHUT_WR)
                    return
                target.sendall(data)
            except OSError:
                return

    def hold(self):
        """From now on nothing more reaches a viewer."""
        self.open.clear()

    def release(self):
        self.open.set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.release()
        for end in (self.listening, *self.sockets):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        for thread in self.threads:
            thread.join(10)
