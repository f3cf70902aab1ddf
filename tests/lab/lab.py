# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine with a real KVM, anywhere: an outer QEMU emulates a processor with AMD's virtualization,
boots Debian's kernel and runs a job on this machine's own file system, which it sees read-only
below an overlay in its memory. Nothing on this machine is changed, and neither root nor KVM is
needed here.

    status, output = Lab(svm=True).run(["/usr/bin/python3", ".../job.py"], environment, timeout)

What the job prints comes back; so does its exit status. A lab that dies, hangs or says nothing
is an error of its own (LabFailure), never a passed test. Everything in it is 10 times slower.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../guests"))

from linux_guest import CMDLINE, KERNEL, InitialRamDisk  # noqa: E402

MODULES = ("virtio_pci", "9pnet_virtio", "9p", "overlay", "irqbypass", "kvm", "ccp", "kvm_amd",
           "virtio_console")
MARK = "lab-exit-status="

INIT = """
exec 2>&1
cd /
mkdir -p /host /memory /all
labels=
if [ -e /policy ]; then
  mount -t selinuxfs selinux /sys/fs/selinux && dd if=/policy of=/sys/fs/selinux/load bs=16M 2>/dev/null
  # All that the host has is a library: to be read and executed. Jobs give other labels, in memory.
  labels=,context=system_u:object_r:lib_t:s0
fi
mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=512000,cache=loose$labels host /host
mount -t tmpfs -o size=75% memory /memory
mkdir /memory/upper /memory/work
mount -t overlay -o lowerdir=/host,upperdir=/memory/upper,workdir=/memory/work all /all
mount -t proc proc /all/proc
mount -t sysfs sysfs /all/sys
mount -t devtmpfs dev /all/dev
mkdir -p /all/dev/pts /all/dev/shm
mount -t devpts pts /all/dev/pts
for folder in tmp run dev/shm; do mount -t tmpfs -o mode=1777 fresh /all/$folder; done
mount -t securityfs security /all/sys/kernel/security
mount -t cgroup2 cgroup /all/sys/fs/cgroup
[ -e /policy ] && mount -t selinuxfs selinux /all/sys/fs/selinux
ln -sf /proc/self/fd /all/dev/fd
[ -e /all/dev/kvm ] && chmod 666 /all/dev/kvm
ip link set lo up
hostname lab
echo "lab is up after $(cut -d ' ' -f 1 /proc/uptime) s"
cp /first /job /all/tmp/
# Not chroot: the kernel refuses user namespaces to whoever has left the root of its mounts.
exec switch_root /all /bin/busybox sh /tmp/first
"""

JOB = """
/bin/sh /tmp/job </dev/null 2>&1
echo "{mark}$?"
/bin/busybox poweroff -f
"""

# With systemd the job is a service, once users can log in. What else a machine does as it starts has no use
# here, and takes minutes. No container is meant by the file that some leave.
SYSTEMD = """
cat >/etc/lab-job <<'END'
{job}
END
cat >/etc/systemd/system/lab-job.service <<'END'
[Unit]
DefaultDependencies=no
Wants=dbus.socket systemd-logind.service systemd-user-sessions.service
After=dbus.socket systemd-logind.service systemd-user-sessions.service
FailureAction=poweroff-force
[Service]
ExecStart=/bin/sh /etc/lab-job
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
END
cd /etc/systemd/system
for unit in tmp.mount modprobe@.service /lib/systemd/system/sysinit.target.wants/* sysinit.target.wants/*; do
  ln -sf /dev/null "$(basename "$unit")"
done
cd /
rm -f /.dockerenv
echo 0123456789abcdef0123456789abcdef >/etc/machine-id
exec /lib/systemd/systemd --unit=lab-job.service --show-status=no --log-level=warning
"""


class LabFailure(Exception):
    pass


class Lab:
    """`selinux`: the path of a binary policy, with which SELinux is in AppArmor's place, permissive at
    first. `systemd`: it is the first process, with a system bus and logind."""

    def __init__(self, svm=True, memory_mib=2048, arguments="", modules=(), selinux=None,
                 systemd=False):
        self.svm, self.memory_mib, self.modules, self.selinux = svm, memory_mib, modules, selinux
        self.systemd = systemd
        self.arguments = arguments + (" security=selinux selinux=1" if selinux else "")

    def command(self, ram_disk):
        cpu = "qemu64,+svm,+npt" if self.svm else "qemu64,-svm"
        return ["qemu-system-x86_64", "-M", "q35", "-accel", "tcg,thread=multi", "-cpu", cpu,
                "-smp", "1", "-m", str(self.memory_mib), "-nodefaults", "-display", "none",
                "-no-reboot", "-serial", "stdio", "-kernel", KERNEL, "-initrd", ram_disk,
                "-append", f"{CMDLINE} console=ttyS0 loglevel=3 panic=-1 {self.arguments}",
                "-fsdev", "local,id=host,path=/,security_model=none,readonly=on,multidevs=remap",
                "-device", "virtio-9p-pci,fsdev=host,mount_tag=host"]

    def run(self, command, environment=None, timeout=300):
        folder = tempfile.mkdtemp(prefix="vitrine-lab-")
        try:
            return self._run(folder, command, environment or {}, timeout)
        finally:
            shutil.rmtree(folder)

    def _run(self, folder, command, environment, timeout):
        ram = InitialRamDisk()
        ram.add_modules(*MODULES, *self.modules)
        lines = [f"export {name}={shlex.quote(value)}" for name, value in environment.items()]
        lines.append("exec " + shlex.join(command))
        ram.add_file("/job", ("\n".join(lines) + "\n").encode(), mode=0o755)
        first = (SYSTEMD if self.systemd else "{job}").replace("{job}", JOB)
        ram.add_file("/first", first.replace("{mark}", MARK).encode())
        if self.selinux is not None:
            ram.add_file("/policy", self.selinux)
        ram.set_init(INIT)
        ram_disk = ram.write(os.path.join(folder, "ram"))
        try:
            done = subprocess.run(self.command(ram_disk), stdin=subprocess.DEVNULL, text=True,
                                  errors="replace", stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=timeout, check=False)
        except subprocess.TimeoutExpired as late:
            said = (late.stdout or b"").decode(errors="replace")
            raise LabFailure(f"The lab was not done in {timeout} s. It said:\n{said}") from None
        output = done.stdout.replace("\r\n", "\n")
        if MARK not in output:
            raise LabFailure(f"The lab ended before its job did. It said:\n{output}")
        text, rest = output.rsplit(MARK, 1)
        return int(rest.split()[0]), text
