#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Translations are complete: POTFILES names every file with a translatable string, sorted, and no
language has a message that is missing, fuzzy or unknown to the sources."""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(os.environ["VITRINE_SOURCE"])
PO = SOURCE / "po"
C_STRING = re.compile(r'\b(?:C|N)?_ ?\(\s*"|\bn?gettext ?\(\s*"')


def translatable(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ui":
        return 'translatable="yes"' in text
    if path.suffix == ".in":
        return path.name.endswith((".desktop.in", ".metainfo.xml.in"))
    return bool(C_STRING.search(text))


def expected():
    paths = [p for d in ("app", "common", "ui", "data") for p in (SOURCE / d).rglob("*")
             if p.suffix in (".c", ".h", ".ui", ".in")]
    return sorted(str(p.relative_to(SOURCE)) for p in paths if translatable(p))


def lines(path):
    return [l for l in path.read_text().splitlines() if l and not l.startswith("#")]


def run(*command):
    return subprocess.run(command, cwd=SOURCE, env={**os.environ, "LC_ALL": "C"}, check=True,
                          capture_output=True, text=True)


def check_language(language, pot, folder):
    po = PO / f"{language}.po"
    merged = folder / f"{language}.po"
    run("msgmerge", "--quiet", "--no-fuzzy-matching", "-o", str(merged), str(po), str(pot))
    statistics = run("msgfmt", "--check", "--statistics", "-o", os.devnull, str(merged)).stderr
    print(language, statistics.strip())
    if "fuzzy" in statistics or "untranslated" in statistics:
        missing = run("msgattrib", "--untranslated", "--no-obsolete", str(merged)).stdout
        missing += run("msgattrib", "--only-fuzzy", "--no-obsolete", str(merged)).stdout
        print(missing)
        return False
    fuzzy = run("msgattrib", "--only-fuzzy", str(po)).stdout
    if fuzzy.strip():
        print(f"fuzzy in {po}:\n{fuzzy}")
        return False
    return True


def main():
    good = True
    listed = lines(PO / "POTFILES")
    if listed != expected():
        print("po/POTFILES should be, sorted:", *expected(), sep="\n  ")
        good = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pot = folder / "vitrine.pot"
        run("xgettext", "--from-code=UTF-8", "--keyword=_", "--keyword=N_", "--keyword=C_:1c,2",
            "--keyword=ngettext:1,2", "--add-comments=Translators", "-o", str(pot),
            f"--files-from={PO / 'POTFILES'}")
        for language in lines(PO / "LINGUAS"):
            good = check_language(language, pot, folder) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
