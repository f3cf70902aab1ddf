# SPDX-License-Identifier: GPL-2.0-or-later
"""What the bench measures: a line a group. A group is a function of a world (tests/process), the
table that it adds rows to, and whether to be quick about it."""

import figures
import isolation
import net
import rates
import rates_net
import sound
import spice
import vnc
import vnc_crowd

GROUPS = {
    "start": figures.starts,
    "escapes": isolation.escapes,
    "churn": isolation.churn,
    "latency": figures.latency,
    "frames": figures.frames,
    "idle": figures.idle,
    "window": figures.window,
    "sound": sound.sound,
    "spice-latency": spice.latency,
    "spice-frames": spice.frames,
    "vnc-latency": vnc.latency,
    "vnc-linux": vnc.linux,
    "vnc-frames": vnc.frames,
    "vnc-linux-frames": vnc.frames_linux,
    "vnc-viewers": vnc_crowd.viewers,
    "vnc-crowd": vnc_crowd.hostile,
    "vnc-typing": vnc.typing,
    "vnc-idle": vnc_crowd.idle,
    "rates-disk": rates.disks,
    # The last: they move the bench into a namespace.
    "rates-network": rates_net.network,
    "network": net.network,
}
