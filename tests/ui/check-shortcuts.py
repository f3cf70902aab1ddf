#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every command has a shortcut, no shortcut has two commands, and the shortcuts window shows all."""
import os
import re
import sys
from pathlib import Path

UI = Path(os.environ["VITRINE_SOURCE"]) / "ui"
# Ctrl+Shift+F1 to F7 are one line in the window.
RANGES = {"<Primary><Shift>F1...F7": [f"<Primary><Shift>F{n}" for n in range(1, 8)]}
ONLY_SHOWN = {"Return", "<Primary><Alt>"}  # the tile's own key; the console's key rule
ONLY_ACCEPTED = {"<Primary>KP_Enter"}       # the same key on the keypad


def table(text, name):
    """The rows of a C table, comments out."""
    body = text[text.index(f"{name}[] = {{"):]
    return body[:body.index("\n};")]


def actions(file, prefix):
    text = (UI / file).read_text()
    return {f"{prefix}.{name}" for name in re.findall(r'\{ "([a-z0-9-]+)"', table(text, "entries"))}


def accels():
    rows = re.findall(r'\{ "((?:win|app)\.[a-z0-9:-]+)", \{ ([^}]*) \} \}',
                      table((UI / "vt-window-accels.c").read_text(), "accels"))
    return {action: re.findall(r'"([^"]+)"', keys) for action, keys in rows}


def shown():
    found = []
    for text in re.findall(r'name="accelerator">([^<]+)<', (UI / "help-overlay.ui").read_text()):
        for key in text.replace("&lt;", "<").replace("&gt;", ">").split():
            found += RANGES.get(key, [key])
    return found


def main():
    given = accels()
    commands = (actions("vt-window-actions.c", "win") | actions("vt-window-choices.c", "win")
                | actions("vt-application.c", "app"))
    commands.add("win.show-help-overlay")
    keys = [key for row in given.values() for key in row]
    faults = [f"{c} has no shortcut" for c in sorted(commands)
              if not any(a == c or a.startswith(c + "::") for a in given)]
    faults += [f"{a} has a shortcut but does not exist" for a in given
               if a.split("::")[0] not in commands]
    faults += [f"{key} is given twice" for key in set(keys) if keys.count(key) > 1]
    faults += [f"the shortcuts window lacks {key}" for key in keys
               if key not in shown() and key not in ONLY_ACCEPTED]
    faults += [f"the shortcuts window shows {key}, which does nothing" for key in shown()
               if key not in keys and key not in ONLY_SHOWN]
    print(len(commands), "commands,", len(keys), "shortcuts", *faults, sep="\n")
    return 1 if faults or len(commands) < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
