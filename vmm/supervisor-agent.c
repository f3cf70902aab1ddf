/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The way to the guest's agent: vmm connects to the socket where QEMU listens and hands the
 * connection to the display process, each time anew, because what passes there is a stream whose
 * messages nobody could find the beginnings of who comes in between. Runs in vitrine-vmm; never
 * reads what passes.
 *
 * Each end may leave in the middle of a message. When the agent has closed the port, its successor
 * must not get the rest: the display gets another connection, and QEMU throws away what was left of
 * the one before. When the display has left, QEMU closes the port towards the guest; only once the
 * agent has noticed, and opened the port anew, is there another connection: one that was stopped
 * meanwhile, with its guest or alone, would else take the beginning for the rest.
 *
 * QEMU tells of the port once a second at most, so an agent that was closed and its successor that
 * has opened may be one event. The display is told of each, for it knows whom it has spoken with.
 */
#include "supervisor-private.h"

#include "fds.h"
#include "machine/agent.h"

#include <errno.h>

/* For an agent that does not notice. */
#define PATIENCE_SECONDS 30
/* A guest, or a display that finds fault with what the guest says, can ask for no more. */
#define JOIN_MS 1000
/* Of connections that QEMU has not taken; all but the last are closed already. */
#define BACKLOG 4

gboolean
supervisor_open_agent (Supervisor *self, GError **error)
{
  return self->agent.listening >= 0 ||
         inner_socket_make (&self->agent, self->launch->runtime->dir, "agent", BACKLOG, error);
}

gboolean
supervisor_plug_agent (Supervisor *self, QmpReply done, gpointer data, GError **error)
{
  if (!supervisor_open_agent (self, error))
    return FALSE;
  self->has_agent = TRUE;
  agent_plug (self->qmp, self->agent.listening, done, data);
  return TRUE;
}

void
supervisor_join_agent (Supervisor *self)
{
  LinkMessage message = { LINK_AGENT, 0 };
  autofd fd = -1;

  g_clear_handle_id (&self->agent_timer, g_source_remove);
  if (!self->has_agent || self->agent_is_stale || self->clipboard == CLIPBOARD_POLICY_OFF ||
      self->display == NULL || !display_link_is_ready (self->display))
    return;
  self->agent_joined = g_get_monotonic_time ();
  fd = inner_socket_connect (&self->agent);
  if (fd >= 0)
    display_link_send (self->display, &message, sizeof message, &fd, 1);
  else
    guest_log ("The guest's agent cannot be reached: %s", g_strerror (errno));
}

static gboolean
on_agent_timer (gpointer data)
{
  Supervisor *self = data;

  self->agent_timer = 0;
  supervisor_join_agent (self);
  return G_SOURCE_REMOVE;
}

static void
join_again (Supervisor *self)
{
  gint64 since_ms = (g_get_monotonic_time () - self->agent_joined) / 1000;

  if (self->agent_timer != 0)
    return;
  if (self->agent_joined == 0 || since_ms >= JOIN_MS)
    supervisor_join_agent (self);
  else
    self->agent_timer = g_timeout_add (JOIN_MS - since_ms, on_agent_timer, self);
}

static void
become_fresh (Supervisor *self)
{
  self->agent_is_stale = FALSE;
  g_clear_handle_id (&self->agent_patience, g_source_remove);
}

/* Not to a display that is about to get another connection. */
static void
tell_opened (Supervisor *self)
{
  const LinkMessage message = { LINK_AGENT_OPENED, 0 };

  if (self->display != NULL && self->agent_timer == 0)
    display_link_send (self->display, &message, sizeof message, NULL, 0);
}

void
supervisor_agent_port_changed (Supervisor *self, JsonNode *event)
{
  gboolean was_stale = self->agent_is_stale;

  if (event == NULL || !agent_parse_change (event, &self->agent_is_there))
    return;
  self->agent_changed = g_get_monotonic_time ();
  become_fresh (self);
  if (was_stale || !self->agent_is_there)
    join_again (self);
  else
    tell_opened (self);
}

static gboolean
on_patience_over (gpointer data)
{
  Supervisor *self = data;

  self->agent_patience = 0;
  become_fresh (self);
  join_again (self);
  return G_SOURCE_REMOVE;
}

void
supervisor_agent_closed (Supervisor *self)
{
  if (!self->agent_is_there || self->agent_is_stale || self->agent_joined == 0)
    return;
  self->agent_is_stale = TRUE;
  self->agent_patience = g_timeout_add_seconds (PATIENCE_SECONDS, on_patience_over, self);
}

/* A time of the last half of the clock's 32 bits, or now if it is not of the past. */
static gint64
widen_ms (guint32 ms)
{
  gint64 now_ms = g_get_monotonic_time () / 1000;
  gint32 ago_ms = (gint32) ((guint32) now_ms - ms);

  return now_ms - MAX (ago_ms, 0);
}

void
supervisor_agent_is_over (Supervisor *self, guint32 closed_ms)
{
  gint64 at_ms = widen_ms (closed_ms);

  /* Read late: there is another connection already, or the agent has noticed. */
  if (at_ms < self->agent_joined / 1000)
    return;
  if (at_ms >= self->agent_changed / 1000)
    supervisor_agent_closed (self);
  join_again (self);
}

void
supervisor_close_agent (Supervisor *self)
{
  g_clear_handle_id (&self->agent_timer, g_source_remove);
  become_fresh (self);
  inner_socket_clear (&self->agent);
}
