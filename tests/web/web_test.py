# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of consoles shared by web have in common: a guest that is shared, its raw viewers."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../share"))

from sharing import ShareTest  # noqa: E402
from vitrine_test import image, main, wait_until  # noqa: E402,F401
from websocket import Closed, Connection, Refused, WebRfb  # noqa: E402 (finds remote)
from remote import press, type_a  # noqa: E402


class WebTest(ShareTest):
    def web(self, *args, guest="keys", name="webbed", **settings):
        self.guest = self.start(name, image(guest), **settings)
        self.made = self.share(self.guest, "--web", *args)
        self.port = self.made["port"]
        return self.made

    def connection(self, **more):
        connection = Connection(self.port, self.made["tls"], **more)
        self.addCleanup(connection.close)
        return connection

    def viewer(self, **more):
        viewer = WebRfb(self.port, self.made["password"], tls=self.made["tls"], **more)
        self.addCleanup(viewer.close)
        return viewer

    def closing_code(self, **more):
        """Of a viewer that is refused."""
        viewer = self.viewer(start=False, **more)
        try:
            viewer.login(self.made["password"] if more.get("token") is None else None)
        except (Refused, Closed):
            pass
        return viewer.closing_code()

    def listed(self):
        return self.viewers(self.guest)["viewers"]

    def press(self, viewer):
        """Types a key until the guest shows it; how long that took."""
        return press(viewer, lambda: type_a(viewer))
