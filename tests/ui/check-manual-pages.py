#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Manual pages format without a warning, and vitrine's names every option of vitrine --help."""
import os
import re
import subprocess
import sys
from pathlib import Path

SOURCE = Path(os.environ["VITRINE_SOURCE"])


def main():
    good = True
    for page in sorted((SOURCE / "data" / "man").glob("*.1")):
        result = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", str(page)],
                                capture_output=True, text=True)
        if result.returncode or result.stderr:
            print(page.name, result.stderr)
            good = False
    page = (SOURCE / "data" / "man" / "vitrine.1").read_text().replace("\\-", "-")
    source = (SOURCE / "ui" / "vt-application.c").read_text()
    for option in re.findall(r'\{ "([a-z-]+)", \'', source):
        if f"--{option}" not in page:
            print(f"vitrine.1 does not name --{option}")
            good = False
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
