/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The agents' conversation with a SPICE viewer, as a device of the library's. Runs in
 * vitrine-display on the main loop.
 */
#include "spice-agent.h"

#include "agent/agent-talk.h"

struct _SpiceAgent
{
  SpiceCharDeviceInstance device;
  SpiceAgentHost host;
  AgentTalk *talk; /* owned */
  guint broken_source;
};

#define AGENT_OF(instance)                                                                         \
  ((SpiceAgent *) ((char *) (instance) -G_STRUCT_OFFSET (SpiceAgent, device)))

/* --- What the library asks of a device --- */

static void
on_state (SpiceCharDeviceInstance *device, int connected)
{
}

static gboolean
on_broken (gpointer user_data)
{
  SpiceAgent *agent = user_data;

  agent->broken_source = 0;
  agent->host.broken (agent->host.user_data);
  return G_SOURCE_REMOVE;
}

static int
on_write (SpiceCharDeviceInstance *device, const uint8_t *data, int size)
{
  SpiceAgent *agent = AGENT_OF (device);

  if (agent->broken_source != 0 || size <= 0)
    return size;
  /* Not from within: the end of the session is the end of the library. */
  if (!agent_talk_take (agent->talk, data, size))
    agent->broken_source = g_idle_add (on_broken, agent);
  return size;
}

static int
on_read (SpiceCharDeviceInstance *device, uint8_t *data, int size)
{
  SpiceAgent *agent = AGENT_OF (device);

  return agent->talk != NULL ? agent_talk_fill (agent->talk, data, MAX (size, 0)) : 0;
}

static const SpiceCharDeviceInterface device_interface = {
  .base = { SPICE_INTERFACE_CHAR_DEVICE, "agent", SPICE_INTERFACE_CHAR_DEVICE_MAJOR,
            SPICE_INTERFACE_CHAR_DEVICE_MINOR },
  .state = on_state,
  .write = on_write,
  .read = on_read,
};

/* --- What the conversation asks for --- */

static void
on_ready (gpointer user_data)
{
  SpiceAgent *agent = user_data;

  spice_server_char_device_wakeup (&agent->device);
}

static void
on_resize (guint32 width, guint32 height, gpointer user_data)
{
  SpiceAgent *agent = user_data;

  agent->host.resize (width, height, agent->host.user_data);
}

SpiceAgent *
spice_agent_new (SpiceServer *server,
                 Clipboard *clipboard,
                 ClipboardSide side,
                 const SpiceAgentHost *host)
{
  SpiceAgent *agent = g_new0 (SpiceAgent, 1);
  const AgentTalkHost talk_host = { on_ready, on_resize, NULL, NULL, agent };

  agent->host = *host;
  agent->device.base.sif = &device_interface.base;
  agent->device.subtype = "vdagent";
  spice_server_add_interface (server, &agent->device.base);
  agent->talk = agent_talk_new (clipboard, VDAGENT_SENDER_VIEWER, side, &talk_host);
  return agent;
}

void
spice_agent_free (SpiceAgent *agent)
{
  if (agent == NULL)
    return;
  g_clear_handle_id (&agent->broken_source, g_source_remove);
  agent_talk_free (agent->talk);
  g_free (agent);
}
