/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's agent as a SPICE viewer knows it, played by the display process: the viewer's wish
 * for another screen size goes to QEMU, its clipboard to the broker, which decides what may pass.
 * The conversation is that of agent/agent-talk.c. Main thread only.
 */
#pragma once

#include "clipboard/clipboard.h"

#include <spice.h>

typedef struct _SpiceAgent SpiceAgent;

typedef struct
{
  void (*resize) (guint32 width, guint32 height, gpointer user_data);
  /* The viewer broke the protocol; from the main loop. */
  void (*broken) (gpointer user_data);
  gpointer user_data;
} SpiceAgentHost;

SpiceAgent *spice_agent_new (SpiceServer *server,
                             Clipboard *clipboard,
                             ClipboardSide side,
                             const SpiceAgentHost *host);
/* After the library's end. */
void spice_agent_free (SpiceAgent *agent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SpiceAgent, spice_agent_free)
