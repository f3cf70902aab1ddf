# SPDX-License-Identifier: GPL-2.0-or-later
"""What the jobs of security modules do with a guest beyond running it: its disk on an NBD server, its
console shared by VNC, a backup of it read by libnbd's own program."""

import os
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../process"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../nbd"))

from servers import Port  # noqa: E402
from vitrine_test import image  # noqa: E402


def use_everything(test, look):
    """`look` is called with the guest while all of its processes run: vitrine-nbd among them."""
    world, port = test.world, Port()
    test.addCleanup(port.close)
    port.qemu(world.copy_image("idle"))
    guest = world.guest("far", [{"file": f"nbd://127.0.0.1:{port.number}/disk"}],
                        network__policy="internet")
    guest.start()
    shared = world.json("share", "far", "--vnc", "127.0.0.1:0", "--tls", "off", "--password-file",
                        world.file("password", b"open sesame 99\n"))
    with socket.create_connection(("127.0.0.1", shared["port"])) as viewer:
        test.assertEqual(viewer.recv(12), b"RFB 003.008\n")
    backup = world.path("backup.sock")
    running = world.spawn("backup", "far", backup)
    test.assertIn(backup, running.popen.stdout.readline().decode()
                  + running.popen.stdout.readline().decode())
    subprocess.run(["nbdcopy", f"nbd+unix:///?socket={backup}", world.path("copy")], check=True)
    with open(image("idle"), "rb") as original, open(world.path("copy"), "rb") as copy:
        test.assertEqual(copy.read(), original.read())
    look(guest)
    running.popen.send_signal(signal.SIGINT)
    running.finish(30)
    guest.stop()
