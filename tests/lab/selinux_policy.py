# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's reference policy with Vitrine's module in it, as semodule would make it; nothing of this
machine's own policy is read or changed."""

import bz2
import os
import subprocess

PACKAGES = "/usr/share/selinux/default"
WITH = ("base", "unconfined", "unprivuser", "staff", "qemu", "virt")


def link(module, folder):
    """The path of a binary policy in the folder."""
    modules = []
    for name in WITH:
        modules.append(os.path.join(folder, name + ".pp"))
        with bz2.open(f"{PACKAGES}/{name}.pp.bz2") as packed, open(modules[-1], "wb") as plain:
            plain.write(packed.read())
    linked, policy = os.path.join(folder, "linked"), os.path.join(folder, "policy")
    for command, made in ((["semodule_link", "-o", linked, *modules, module], linked),
                          (["semodule_expand", linked, policy], policy)):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False, env={**os.environ, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
        if done.returncode != 0 or not os.path.exists(made):
            raise AssertionError(f"{command[0]}: {done.stdout}")
    return policy
