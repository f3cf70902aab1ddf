#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""In each menu and on each page of a window no two labels have the same mnemonic, in English and in every
translation: Alt and a letter would stop at the first."""
import gettext
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
from pathlib import Path

SOURCE = Path(os.environ["VITRINE_SOURCE"])
# Only one of them is ever there.
NEVER_TOGETHER = [
    {"_Cancel", "_Close"},          # a copy that goes on, or is over
    {"_Cancel", "_Connect Again"},  # a start, or a display that is lost
]


def text_of(node):
    return node.text or ""


def labels_of_menu(menu):
    """Of its items and of its submenus' own names, not of what is in these."""
    found = []
    for child in menu:
        if child.tag == "section":
            found += labels_of_menu(child)
        elif child.tag in ("item", "submenu"):
            found += [text_of(a) for a in child if a.get("name") == "label"]
    return found


def labels_of_page(node):
    """Whatever has a mnemonic there; a menu is apart."""
    if node.tag == "menu":
        return []
    found = [text_of(p) for p in node if p.tag == "property"
             and p.get("name") in ("label", "title", "text")
             and any(q.get("name") == "use-underline" and q.text.lower() == "true" for q in node)]
    for child in node:
        found += labels_of_page(child)
    return found


def groups(path):
    tree = xml.parse(path).getroot()
    for menu in tree.iter():
        if menu.tag in ("menu", "submenu"):
            yield menu.get("id") or "submenu", labels_of_menu(menu)
    yield "page", labels_of_page(tree)


def mnemonic(label):
    at = label.find("_")
    return label[at + 1:at + 2].lower() if at >= 0 else ""


def clashes(labels, translate):
    seen = {}
    for label in labels:
        key = mnemonic(translate(label))
        if not key:
            continue
        other = seen.setdefault(key, label)
        if other != label and not any(other in each and label in each for each in NEVER_TOGETHER):
            yield key, translate(other), translate(label)


def catalog(language, folder):
    mo = Path(folder) / language
    subprocess.run(["msgfmt", "-o", str(mo), str(SOURCE / "po" / f"{language}.po")], check=True)
    with open(mo, "rb") as file:
        return gettext.GNUTranslations(file)


def main():
    languages = [line for line in (SOURCE / "po" / "LINGUAS").read_text().splitlines()
                 if line and not line.startswith("#")]
    faults, count = [], 0
    with tempfile.TemporaryDirectory() as folder:
        translations = {"en": lambda text: text}
        translations.update({each: catalog(each, folder).gettext for each in languages})
        for path in sorted((SOURCE / "ui").glob("*.ui")):
            for name, labels in groups(path):
                labels = [label for label in labels if label]
                count += len(labels)
                for language, translate in translations.items():
                    faults += [f"{path.name}, {name}, {language}: {key} is of {a!r} and {b!r}"
                               for key, a, b in clashes(labels, translate)]
    print(count, "labels", *faults, sep="\n")
    return 1 if faults or count < 60 else 0


if __name__ == "__main__":
    sys.exit(main())
