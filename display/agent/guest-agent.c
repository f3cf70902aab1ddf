/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The connection to the guest's agent. Runs in vitrine-display on the main loop. Must never wait
 * for the guest, nor let it keep the main loop from its other work.
 */
#include "agent/guest-agent.h"

#include "agent/agent-talk.h"
#include "fds.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/socket.h>

#define WRITE_BYTES (16u << 10)

struct _GuestAgent
{
  int socket;      /* owned; -1 once the connection is over */
  AgentTalk *talk; /* owned; NULL then */
  void (*broken) (gpointer user_data);
  gpointer user_data;
  guint read_source;
  guint write_source;
  guint rest_source; /* until more is read */
  gint64 stretch_at; /* monotonic */
  gsize stretch_bytes;
  gint64 announced_at;   /* monotonic, when it last said what it can do; 0: not yet */
  gint64 moved_at;       /* monotonic, its last byte, or our question */
  gboolean has_spoken;   /* a byte came */
  gboolean is_awaited;   /* it has been asked what it can do */
  guint patience_source; /* while it owes us something */
  guint8 out[WRITE_BYTES];
  gsize n_out;
  gsize out_at;
};

static gboolean on_readable (int socket, GIOCondition condition, gpointer user_data);

/* The guest's peer leaves the broker, with what it has offered. */
static void
end (GuestAgent *agent)
{
  g_clear_handle_id (&agent->read_source, g_source_remove);
  g_clear_handle_id (&agent->write_source, g_source_remove);
  g_clear_handle_id (&agent->rest_source, g_source_remove);
  g_clear_handle_id (&agent->patience_source, g_source_remove);
  g_clear_pointer (&agent->talk, agent_talk_free);
  fds_clear (&agent->socket);
}

/* --- To the guest --- */

/* FALSE if there is nothing more, or no room for it. */
static gboolean
write_some (GuestAgent *agent)
{
  gssize n;

  if (agent->out_at == agent->n_out)
    {
      agent->out_at = 0;
      agent->n_out = agent_talk_fill (agent->talk, agent->out, sizeof agent->out);
      if (agent->n_out == 0)
        return FALSE;
    }
  n = send (agent->socket, agent->out + agent->out_at, agent->n_out - agent->out_at,
            MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n > 0)
    agent->out_at += n;
  /* Without room we are called again. A broken socket is noticed by reading. */
  return n > 0;
}

static gboolean
on_writable (int socket, GIOCondition condition, gpointer user_data)
{
  GuestAgent *agent = user_data;

  if (write_some (agent) || (agent->out_at < agent->n_out && errno == EAGAIN))
    return G_SOURCE_CONTINUE;
  agent->write_source = 0;
  return G_SOURCE_REMOVE;
}

static void
on_ready (gpointer user_data)
{
  GuestAgent *agent = user_data;

  if (agent->write_source == 0)
    agent->write_source = g_unix_fd_add (agent->socket, G_IO_OUT, on_writable, agent);
}

/* --- From the guest --- */

/* Of all connections together, or a guest could fill its log. */
static void
on_complaint (const char *text, gpointer user_data)
{
  static gint64 last;
  gint64 now = g_get_monotonic_time ();

  if (last != 0 && now - last < GUEST_AGENT_COMPLAINT_SECONDS * G_USEC_PER_SEC)
    return;
  last = now;
  g_printerr ("vitrine-display: %s\n", text);
}

static void
begin_anew (GuestAgent *agent)
{
  end (agent);
  agent->broken (agent->user_data);
}

/* Who has said nothing at all yet may take its time: nothing of another's is in its way. */
static gboolean
owes (GuestAgent *agent)
{
  return agent_talk_is_within (agent->talk) || (agent->is_awaited && agent->has_spoken);
}

static void wait_for_it (GuestAgent *agent);

static gboolean
on_patience (gpointer user_data)
{
  GuestAgent *agent = user_data;
  gint64 silent = g_get_monotonic_time () - agent->moved_at;

  agent->patience_source = 0;
  if (!owes (agent))
    return G_SOURCE_REMOVE;
  if (silent < GUEST_AGENT_PATIENCE_SECONDS * G_USEC_PER_SEC)
    {
      wait_for_it (agent);
      return G_SOURCE_REMOVE;
    }
  on_complaint ("The guest's agent does not say what it owes; it is to begin anew", agent);
  begin_anew (agent);
  return G_SOURCE_REMOVE;
}

static void
wait_for_it (GuestAgent *agent)
{
  gint64 until = agent->moved_at + GUEST_AGENT_PATIENCE_SECONDS * G_USEC_PER_SEC;
  gint64 left_ms = (until - g_get_monotonic_time ()) / 1000;

  if (agent->patience_source == 0 && owes (agent))
    agent->patience_source = g_timeout_add (MAX (left_ms, 0) + 1, on_patience, agent);
}

static void
on_announced (gpointer user_data)
{
  GuestAgent *agent = user_data;

  agent->is_awaited = FALSE;
  agent->announced_at = g_get_monotonic_time ();
}

static gboolean
on_rested (gpointer user_data)
{
  GuestAgent *agent = user_data;

  agent->rest_source = 0;
  agent->read_source = g_unix_fd_add (agent->socket, G_IO_IN, on_readable, agent);
  return G_SOURCE_REMOVE;
}

/* Whether enough has been read for now. */
static gboolean
is_tired (GuestAgent *agent, gsize size)
{
  gint64 now = g_get_monotonic_time ();

  if (now - agent->stretch_at > GUEST_AGENT_STRETCH_MS * 1000)
    {
      agent->stretch_at = now;
      agent->stretch_bytes = 0;
    }
  agent->stretch_bytes += size;
  return agent->stretch_bytes >= GUEST_AGENT_STRETCH_BYTES;
}

static gboolean
on_readable (int socket, GIOCondition condition, gpointer user_data)
{
  GuestAgent *agent = user_data;
  guint8 data[GUEST_AGENT_READ_BYTES];
  gssize n = recv (socket, data, sizeof data, MSG_DONTWAIT);

  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return G_SOURCE_CONTINUE;
  if (n > 0)
    agent->has_spoken = TRUE;
  if (n > 0 && agent_talk_take (agent->talk, data, n))
    {
      agent->moved_at = g_get_monotonic_time ();
      wait_for_it (agent);
      if (!is_tired (agent, n))
        return G_SOURCE_CONTINUE;
      agent->read_source = 0;
      agent->rest_source = g_timeout_add (GUEST_AGENT_STRETCH_MS, on_rested, agent);
      return G_SOURCE_REMOVE;
    }
  if (n > 0)
    on_complaint ("What the guest's agent says is not the agents' protocol; it is to begin anew",
                  agent);
  agent->read_source = 0;
  if (n > 0)
    begin_anew (agent);
  else
    end (agent);
  return G_SOURCE_REMOVE;
}

/* --- Life --- */

GuestAgent *
guest_agent_new (int socket,
                 Clipboard *clipboard,
                 void (*broken) (gpointer user_data),
                 gpointer user_data)
{
  GuestAgent *agent = g_new0 (GuestAgent, 1);
  const AgentTalkHost host = { on_ready, NULL, on_complaint, on_announced, agent };

  agent->socket = socket;
  agent->broken = broken;
  agent->user_data = user_data;
  agent->talk = agent_talk_new (clipboard, VDAGENT_SENDER_GUEST, CLIPBOARD_SIDE_LOCAL, &host);
  agent->read_source = g_unix_fd_add (socket, G_IO_IN, on_readable, agent);
  on_ready (agent); /* it is spoken to first */
  return agent;
}

static gboolean
has_just_announced (GuestAgent *agent)
{
  return agent->announced_at != 0 && g_get_monotonic_time () - agent->announced_at <=
                                         GUEST_AGENT_BEGINNING_SECONDS * G_USEC_PER_SEC;
}

void
guest_agent_opened (GuestAgent *agent)
{
  if (agent->talk == NULL)
    return;
  if (has_just_announced (agent))
    {
      agent_talk_tell (agent->talk);
      return;
    }
  if (agent->has_spoken)
    {
      begin_anew (agent);
      return;
    }
  /* What it was asked first may have gone to another, or with the port that it closed. */
  agent->is_awaited = TRUE;
  agent->moved_at = g_get_monotonic_time ();
  agent_talk_ask (agent->talk);
  wait_for_it (agent);
}

void
guest_agent_free (GuestAgent *agent)
{
  if (agent == NULL)
    return;
  end (agent);
  g_free (agent);
}
