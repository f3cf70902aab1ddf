/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The channel of a guest's agent (spice-vdagent), through which its clipboard reaches QEMU: a port on
 * a virtio serial bus. Every guest has the bus, which can do nothing alone; the port, behind which
 * QEMU parses what any program of the guest writes and allocates what that asks for, is there only
 * from when the clipboard's policy first lets something pass: at the start, or plugged in live. It
 * then stays until the machine ends, for spice-vdagentd (0.22) crashes when it is pulled out; with
 * the policy off again nobody in QEMU listens to what the agent says.
 */
#pragma once

#include "machine/command-line.h"
#include "qmp/qmp-client.h"

/* The bus, and with `port` the port. */
void agent_add (CommandLine *line, gboolean port);

/* Adds the port to a running guest. `done` is called once, with an error if QEMU refused. */
void agent_plug (QmpClient *qmp, QmpReply done, gpointer user_data);
