# SPDX-License-Identifier: GPL-2.0-or-later
"""What a security module has refused, by the kernel's log."""

import subprocess


def denials(mark):
    """The lines with this mark since the last call. Not what was refused to the drill's programs, with
    which vmm also proves its jails when it reports on them."""
    log = subprocess.run(["dmesg", "--read-clear"], stdout=subprocess.PIPE, check=True).stdout
    return [line for line in log.decode(errors="replace").splitlines()
            if mark in line and 'comm="vitrine-drill' not in line]
