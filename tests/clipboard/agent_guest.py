# SPDX-License-Identifier: GPL-2.0-or-later
"""A Linux guest with a desktop's clipboard: X, spice-vdagent and xclip of this machine. The test types
on its text console, and reads what it writes to a disk."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../guests"))

from linux_guest import InitialRamDisk

PROGRAMS = ("/usr/bin/Xvfb", "/usr/bin/xkbcomp", "/usr/bin/xclip", "/usr/sbin/spice-vdagentd",
            "/usr/bin/spice-vdagent")
REPORT_BYTES = 16 << 20
HEAD_BYTES = 512

# `say NAME` writes its input to the disk: a head of one sector, "NAME SIZE serial", and the contents
# behind it, before the head.
TOOLS = {
    "/bin/say": """#!/bin/sh
cat > /tmp/said
cat /tmp/said | dd of=/dev/vda bs=4096 seek=1 conv=fsync 2>/dev/null
n=$(($(cat /tmp/count 2>/dev/null || echo 0) + 1)); echo $n > /tmp/count
printf '%s %s %s\\n' $1 $(wc -c < /tmp/said) $n | dd of=/dev/vda bs=512 conv=sync,fsync 2>/dev/null
""",
    # What is on the guest's clipboard now; nothing at all where nobody answers within 4 seconds,
    # or so many.
    "/bin/clip-get": """#!/bin/sh
timeout ${1:-4} xclip -selection clipboard -o 2>/tmp/complaint >/tmp/pasted || : > /tmp/pasted
say pasted < /tmp/pasted
""",
    "/bin/clip-put": """#!/bin/sh
printf '%b' "$1" | xclip -selection clipboard -i
echo done | say copied
""",
    # So many bytes of text.
    "/bin/clip-large": """#!/bin/sh
head -c $1 /dev/zero | tr '\\000' x | xclip -selection clipboard -i
echo done | say copied
""",
    # The same of a picture; and a picture of so many bytes, whose pixels nobody looks at.
    "/bin/clip-picture-get": """#!/bin/sh
timeout $1 xclip -selection clipboard -o -t image/png 2>/tmp/complaint >/tmp/pasted || : > /tmp/pasted
say picture < /tmp/pasted
""",
    "/bin/clip-picture": """#!/bin/sh
{ printf '\\211PNG\\r\\n\\032\\n'; head -c $(($1 - 8)) /dev/zero; } |
  xclip -selection clipboard -i -t image/png
echo done | say copied
""",
    # A program that pastes a picture, and whose end nobody waits for.
    "/bin/clip-hang": """#!/bin/sh
timeout 30 xclip -selection clipboard -o -t image/png >/dev/null 2>&1 &
echo done | say hanging
""",
    # A signal to both parts of the agent: the one in the session (0.22) does not notice that the other
    # is gone while it waits for what that was to bring.
    "/bin/signal": """#!/bin/sh
killall -$1 spice-vdagentd spice-vdagent
echo done | say done
""",
    # Writes a file to the port again and again, until told to stop; without an agent.
    "/bin/hostile": """#!/bin/sh
touch /tmp/hostile
killall -9 agents spice-vdagentd spice-vdagent
while [ -f /tmp/hostile ]; do cat $1 > /dev/virtio-ports/com.redhat.spice.0; done 2>/dev/null &
echo done | say hostile
""",
    "/bin/harmless": """#!/bin/sh
rm /tmp/hostile
killall -9 cat hostile
agents &
echo done | say harmless
""",
    "/bin/clip-types": """#!/bin/sh
timeout 4 xclip -selection clipboard -o -t TARGETS 2>/dev/null | tr '\\n' ' ' | say types
""",
    # As udev and systemd do on a real guest: the daemon runs while the port is there, and finds no
    # socket of one that was killed.
    "/bin/agents": """#!/bin/sh
while true; do
  for port in /sys/class/virtio-ports/vport*; do
    [ "$(cat $port/name 2>/dev/null)" = com.redhat.spice.0 ] || continue
    mkdir -p /dev/virtio-ports; ln -sf ../${port##*/} /dev/virtio-ports/com.redhat.spice.0
    rm -f /run/spice-vdagentd/spice-vdagent-sock
    spice-vdagentd -x -X -f -u /dev/null >>/tmp/daemon 2>&1
  done
  usleep 200000
done
""",
}

INIT = """
mkdir -p /run/spice-vdagentd /var /tmp/.X11-unix; ln -sf /run /var/run
chmod 1777 /tmp/.X11-unix
ifconfig lo 127.0.0.1 2>/dev/null
export DISPLAY=:0 HOME=/root LC_ALL=C.UTF-8 XDG_RUNTIME_DIR=/run PATH=/bin:/sbin:/usr/bin:/usr/sbin
Xvfb :0 -screen 0 64x64x24 -nolisten tcp -ac >/tmp/x 2>&1 &
while ! [ -S /tmp/.X11-unix/X0 ]; do usleep 50000; done
agents &
(while true; do
  [ -S /run/spice-vdagentd/spice-vdagent-sock ] && spice-vdagent -x -d >>/tmp/session 2>&1
  usleep 200000; done) &
echo up | say up
while true; do setsid sh -c 'exec sh </dev/tty1 >/dev/tty1 2>&1'; done
"""


def write_ram_disk(path, *modules, files=None):
    """With these modules and files besides."""
    ram = InitialRamDisk()
    ram.add_modules("virtio_pci", "virtio_blk", "virtio_console", *modules)
    for program in PROGRAMS:
        ram.add_program(program)
    ram.add_tree("/usr/share/X11/xkb")
    ram.add_file("/etc/machine-id", b"0" * 31 + b"1\n")
    for name, text in TOOLS.items():
        ram.add_file(name, text.encode(), mode=0o755)
    for name, data in (files or {}).items():
        ram.add_file(name, data)
    ram.set_init(INIT)
    return ram.write(path)
