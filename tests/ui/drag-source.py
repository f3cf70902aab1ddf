#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A window that lets a file be dragged out of it, as a file manager would: drag-source.py FILE"""
import sys
from pathlib import Path

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("Gdk", "3.0")
from gi.repository import Gdk, Gtk  # noqa: E402


def main():
    uri = Path(sys.argv[1]).as_uri()
    window = Gtk.Window(title="Drag source", default_width=120, default_height=120)
    box = Gtk.EventBox(visible=True)
    box.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, [], Gdk.DragAction.COPY)
    box.drag_source_add_uri_targets()
    box.connect("drag-data-get", lambda w, context, data, info, time: data.set_uris([uri]))
    window.add(box)
    window.connect("destroy", Gtk.main_quit)
    window.show()
    window.move(0, 0)
    Gtk.main()


main()
