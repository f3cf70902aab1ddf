#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""One job in the lab: test-lab.py JOB [no-svm|MODULE.pp]. Passes if the job ran there and passed. With a
module of SELinux, that is in force there, with Debian's reference policy and the module."""

import os
import sys
import tempfile

from lab import Lab
from selinux_policy import link

BUILD, SOURCE = os.environ["VITRINE_BUILD"], os.environ["VITRINE_SOURCE"]
TIMEOUT = 1200  # seconds; the test runner's own is longer
SYSTEMD = {"scope"}  # jobs that want it as the first process
MODULES = {"faults": ("loop", "crc32c_generic", "ext4", "quota_v2", "veth")}


def main():
    job = os.path.join(os.path.dirname(os.path.abspath(__file__)), f"job-{sys.argv[1]}.py")
    environment = {"VITRINE_BUILD": BUILD, "VITRINE_SOURCE": SOURCE, "VITRINE_TEST_SLOWNESS": "10",
                   "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8", "HOME": "/tmp",
                   "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    with tempfile.TemporaryDirectory() as folder:
        modules = [argument for argument in sys.argv if argument.endswith(".pp")]
        lab = Lab(svm="no-svm" not in sys.argv, modules=MODULES.get(sys.argv[1], ()),
                  systemd=sys.argv[1] in SYSTEMD,
                  selinux=link(modules[0], folder) if modules else None)
        status, output = lab.run(["/usr/bin/python3", job], environment, TIMEOUT)
    print(output)
    # A job that ran no test has shown nothing.
    return status or ("Ran 0 tests" in output or "\nOK" not in output)


if __name__ == "__main__":
    sys.exit(main())
