/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The channel of a guest's agent (spice-vdagent): a port on a virtio serial bus, behind which QEMU
 * listens for the one who speaks with the agent. QEMU itself understands nothing of what passes.
 * Every guest has the bus, which can do nothing alone; the port is there only from when the
 * clipboard's policy first lets something pass: at the start, or plugged in live. It then stays
 * until the machine ends, for spice-vdagentd (0.22) crashes when it is pulled out; with the policy
 * off again nobody is connected, and QEMU drops what the agent says.
 */
#pragma once

#include "machine/command-line.h"
#include "qmp/qmp-client.h"

/* The bus, and with `listening` (-1: none) the port, behind which QEMU listens there. */
void agent_add (CommandLine *line, int listening);

/* Adds the port to a running guest; the socket stays the caller's. `done` is called once, with an
 * error if QEMU refused. */
void agent_plug (QmpClient *qmp, int listening, QmpReply done, gpointer user_data);

/* QEMU's event VSERPORT_CHANGE: FALSE if it is about another port; *ret_is_open: a program of the
 * guest has the port open. Of several changes within a second QEMU tells the first, and the last.
 * Pure. */
gboolean agent_parse_change (JsonNode *event, gboolean *ret_is_open);
