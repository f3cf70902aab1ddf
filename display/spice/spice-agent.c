/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A viewer's agent. Runs in vitrine-display on the main loop. Must never keep more than one message
 * a direction, each within its type's limit.
 */
#include "spice-agent.h"

#include "spice/vdagent-parse.h"

#define REPLY_SUCCESS 1u
/* Contents that the viewer has asked for and that are on their way. */
#define FETCHES_MAX 4u
/* What the library has not taken yet; more, and the viewer is told that there is nothing. */
#define OUTPUT_BYTES_MAX (2 * VDAGENT_CLIPBOARD_BYTES_MAX)

struct _SpiceAgent
{
  SpiceCharDeviceInstance device;
  SpiceAgentHost host;
  GByteArray *chunks;  /* of the viewer, not whole yet */
  GByteArray *message; /* put together of them */
  GByteArray *output;  /* chunks for the viewer */
  gsize output_at;
  gboolean selections; /* clipboard messages name one */
  guint broken_source;

  ClipboardPeer *peer; /* owned */
  guint32 serial;      /* of the viewer's last offer */
  guint32 wanted;      /* number of the broker's question; 0: none is open */
  ClipboardKinds wanted_kind;
  guint n_fetches;
};

typedef struct
{
  SpiceAgent *agent;
  guint32 type;
} Fetch;

#define AGENT_OF(instance)                                                                         \
  ((SpiceAgent *) ((char *) (instance) -G_STRUCT_OFFSET (SpiceAgent, device)))

/* --- To the viewer --- */

static void
append_u32 (GByteArray *out, guint32 value)
{
  guint32 wire = GUINT32_TO_LE (value);

  g_byte_array_append (out, (const guint8 *) &wire, sizeof wire);
}

static void
send_message (SpiceAgent *agent, guint32 type, const GByteArray *body)
{
  g_autoptr (GByteArray) whole = g_byte_array_new ();

  append_u32 (whole, VDAGENT_PROTOCOL);
  append_u32 (whole, type);
  append_u32 (whole, 0); /* opaque, two words */
  append_u32 (whole, 0);
  append_u32 (whole, body->len);
  g_byte_array_append (whole, body->data, body->len);
  for (gsize at = 0; at < whole->len; at += VDAGENT_CHUNK_BYTES_MAX)
    {
      gsize size = MIN (VDAGENT_CHUNK_BYTES_MAX, whole->len - at);

      append_u32 (agent->output, VDAGENT_CLIENT_PORT);
      append_u32 (agent->output, size);
      g_byte_array_append (agent->output, whole->data + at, size);
    }
  spice_server_char_device_wakeup (&agent->device);
}

/* Of the clipboard, the only selection there is. */
static GByteArray *
new_body (SpiceAgent *agent)
{
  GByteArray *body = g_byte_array_new ();

  if (agent->selections)
    append_u32 (body, 0);
  return body;
}

static void
announce (SpiceAgent *agent)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();

  append_u32 (body, 0); /* no answer to this */
  append_u32 (body, VDAGENT_CAP_MONITORS_CONFIG | VDAGENT_CAP_REPLY |
                        VDAGENT_CAP_CLIPBOARD_BY_DEMAND | VDAGENT_CAP_CLIPBOARD_SELECTION |
                        VDAGENT_CAP_SPARSE_MONITORS);
  send_message (agent, VDAGENT_ANNOUNCE_CAPABILITIES, body);
}

/* --- The clipboard --- */

static const struct
{
  ClipboardKinds kind;
  guint32 type;
} kinds[] = {
  { CLIPBOARD_TEXT, VDAGENT_CLIPBOARD_UTF8 },
  { CLIPBOARD_PNG, VDAGENT_CLIPBOARD_PNG },
};

/* 0: not one of ours. */
static ClipboardKinds
kind_of (guint32 type)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (kinds[i].type == type)
      return kinds[i].kind;
  return 0;
}

static void
on_offered (guint32 serial, ClipboardKinds offered, gpointer user_data)
{
  SpiceAgent *agent = user_data;
  g_autoptr (GByteArray) body = new_body (agent);

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (offered & kinds[i].kind)
      append_u32 (body, kinds[i].type);
  send_message (agent, offered != 0 ? VDAGENT_CLIPBOARD_GRAB : VDAGENT_CLIPBOARD_RELEASE, body);
}

static void
on_wanted (guint32 number, ClipboardKinds kind, gpointer user_data)
{
  SpiceAgent *agent = user_data;
  g_autoptr (GByteArray) body = new_body (agent);

  agent->wanted = number;
  agent->wanted_kind = kind;
  append_u32 (body, kind == CLIPBOARD_PNG ? VDAGENT_CLIPBOARD_PNG : VDAGENT_CLIPBOARD_UTF8);
  send_message (agent, VDAGENT_CLIPBOARD_REQUEST, body);
}

static void
send_contents (SpiceAgent *agent, guint32 type, GBytes *data)
{
  g_autoptr (GByteArray) body = new_body (agent);
  gsize size = 0;
  const guint8 *bytes = data != NULL ? g_bytes_get_data (data, &size) : NULL;
  gboolean fits = agent->output->len - agent->output_at + size <= OUTPUT_BYTES_MAX;

  append_u32 (body, bytes != NULL && fits ? type : VDAGENT_CLIPBOARD_NONE);
  if (bytes != NULL && fits)
    g_byte_array_append (body, bytes, size);
  send_message (agent, VDAGENT_CLIPBOARD, body);
}

static void
on_answer (GBytes *data, gpointer user_data)
{
  g_autofree Fetch *fetch = user_data;

  fetch->agent->n_fetches--;
  send_contents (fetch->agent, fetch->type, data);
}

static void
take_request (SpiceAgent *agent, guint32 type)
{
  Fetch *fetch;

  if (kind_of (type) == 0 || agent->n_fetches >= FETCHES_MAX)
    {
      send_contents (agent, type, NULL);
      return;
    }
  agent->n_fetches++;
  fetch = g_new (Fetch, 1);
  *fetch = (Fetch) { agent, type };
  clipboard_peer_request (agent->peer, kind_of (type), on_answer, fetch);
}

/* An answer to on_wanted (). */
static void
take_contents (SpiceAgent *agent, const VdagentMessage *message)
{
  const guint8 *data = message->clipboard.data;
  gsize size = message->clipboard.size;
  g_autoptr (GBytes) bytes = NULL;

  if (agent->wanted == 0)
    return;
  /* Some viewers end a text as C does. */
  if (agent->wanted_kind == CLIPBOARD_TEXT && size > 0 && data[size - 1] == '\0')
    size--;
  if (kind_of (message->clipboard.type) == agent->wanted_kind)
    bytes = g_bytes_new (data, size);
  clipboard_peer_answer (agent->peer, agent->wanted, bytes);
  agent->wanted = 0;
}

static void
take_clipboard (SpiceAgent *agent, const VdagentMessage *message)
{
  ClipboardKinds offered = 0;

  if (message->clipboard.selection != 0)
    return;
  switch (message->type)
    {
    case VDAGENT_CLIPBOARD_GRAB:
      for (guint i = 0; i < message->clipboard.n_types; i++)
        offered |= kind_of (message->clipboard.types[i]);
      clipboard_peer_offer (agent->peer, ++agent->serial, offered);
      break;
    case VDAGENT_CLIPBOARD_RELEASE:
      clipboard_peer_offer (agent->peer, agent->serial, 0);
      break;
    case VDAGENT_CLIPBOARD_REQUEST:
      take_request (agent, message->clipboard.type);
      break;
    default:
      take_contents (agent, message);
      break;
    }
}

/* --- From the viewer --- */

static void
take_monitors (SpiceAgent *agent, const VdagentMessage *message)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();

  if (message->monitors.width > 0)
    agent->host.resize (message->monitors.width, message->monitors.height, agent->host.user_data);
  append_u32 (body, VDAGENT_MONITORS_CONFIG);
  append_u32 (body, REPLY_SUCCESS);
  send_message (agent, VDAGENT_REPLY, body);
}

static void
take_message (SpiceAgent *agent, const VdagentMessage *message)
{
  switch (message->type)
    {
    case VDAGENT_MONITORS_CONFIG:
      take_monitors (agent, message);
      break;
    case VDAGENT_ANNOUNCE_CAPABILITIES:
      agent->selections = (message->announce.caps & VDAGENT_CAP_CLIPBOARD_SELECTION) != 0;
      if (message->announce.wants_reply)
        announce (agent);
      break;
    case VDAGENT_CLIPBOARD:
    case VDAGENT_CLIPBOARD_GRAB:
    case VDAGENT_CLIPBOARD_REQUEST:
    case VDAGENT_CLIPBOARD_RELEASE:
      take_clipboard (agent, message);
      break;
    default:
      break;
    }
}

static gboolean
on_broken (gpointer user_data)
{
  SpiceAgent *agent = user_data;

  agent->broken_source = 0;
  agent->host.broken (agent->host.user_data);
  return G_SOURCE_REMOVE;
}

/* What is whole of the messages; FALSE if it is none. */
static gboolean
take_messages (SpiceAgent *agent)
{
  ParseResult result = PARSE_OK;
  gsize used;

  while (result == PARSE_OK)
    {
      VdagentMessage message;

      result = vdagent_parse_message (agent->message->data, agent->message->len, agent->selections,
                                      &used, &message);
      if (result != PARSE_OK)
        break;
      take_message (agent, &message);
      g_byte_array_remove_range (agent->message, 0, used);
    }
  return result != PARSE_BAD;
}

static gboolean
take_chunks (SpiceAgent *agent)
{
  ParseResult result;
  gsize used, size;

  while ((result = vdagent_parse_chunk (agent->chunks->data, agent->chunks->len, &used, &size)) ==
         PARSE_OK)
    {
      g_byte_array_append (agent->message, agent->chunks->data + VDAGENT_CHUNK_HEADER_BYTES, size);
      g_byte_array_remove_range (agent->chunks, 0, used);
      if (!take_messages (agent))
        return FALSE;
    }
  return result != PARSE_BAD;
}

/* --- What the library asks of a device --- */

static void
on_state (SpiceCharDeviceInstance *device, int connected)
{
}

static int
on_write (SpiceCharDeviceInstance *device, const uint8_t *data, int size)
{
  SpiceAgent *agent = AGENT_OF (device);

  if (agent->broken_source != 0 || size <= 0)
    return size;
  g_byte_array_append (agent->chunks, data, size);
  /* Not from within: the end of the session is the end of the library. */
  if (!take_chunks (agent))
    agent->broken_source = g_idle_add (on_broken, agent);
  return size;
}

static int
on_read (SpiceCharDeviceInstance *device, uint8_t *data, int size)
{
  SpiceAgent *agent = AGENT_OF (device);
  gsize n = MIN ((gsize) MAX (size, 0), agent->output->len - agent->output_at);

  if (n == 0) /* an empty array may have no memory */
    return 0;
  memcpy (data, agent->output->data + agent->output_at, n);
  agent->output_at += n;
  if (agent->output_at == agent->output->len)
    {
      g_byte_array_unref (agent->output); /* gives the memory back */
      agent->output = g_byte_array_new ();
      agent->output_at = 0;
    }
  return n;
}

static const SpiceCharDeviceInterface device_interface = {
  .base = { SPICE_INTERFACE_CHAR_DEVICE, "agent", SPICE_INTERFACE_CHAR_DEVICE_MAJOR,
            SPICE_INTERFACE_CHAR_DEVICE_MINOR },
  .state = on_state,
  .write = on_write,
  .read = on_read,
};

SpiceAgent *
spice_agent_new (SpiceServer *server,
                 Clipboard *clipboard,
                 ClipboardSide side,
                 const SpiceAgentHost *host)
{
  static const ClipboardPeerEvents events = { .offered = on_offered, .wanted = on_wanted };
  SpiceAgent *agent = g_new0 (SpiceAgent, 1);

  agent->host = *host;
  agent->chunks = g_byte_array_new ();
  agent->message = g_byte_array_new ();
  agent->output = g_byte_array_new ();
  agent->device.base.sif = &device_interface.base;
  agent->device.subtype = "vdagent";
  spice_server_add_interface (server, &agent->device.base);
  agent->peer = clipboard_join (clipboard, side, &events, agent);
  return agent;
}

void
spice_agent_free (SpiceAgent *agent)
{
  if (agent == NULL)
    return;
  g_clear_handle_id (&agent->broken_source, g_source_remove);
  clipboard_peer_free (agent->peer);
  g_byte_array_unref (agent->chunks);
  g_byte_array_unref (agent->message);
  g_byte_array_unref (agent->output);
  g_free (agent);
}
