/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One display process after another. QEMU takes one display client and freezes while that does not
 * answer (facts: the D-Bus handshake and the listener's properties are synchronous there), so the
 * display gets its socket first and has deadlines; killing it frees QEMU at once. Runs in
 * vitrine-vmm; never waits.
 */
#include "display-link-private.h"

#include "fds.h"

#include <errno.h>
#include <sys/socket.h>

#define CHILD_LINK_FD 3
#define CHILD_GLASS_FD 4

static void
clear_incarnation (gpointer data)
{
  DisplayIncarnation *incarnation = data;

  g_clear_pointer (&incarnation->jail, jail_free);
  g_clear_pointer (&incarnation->log, log_pipe_free);
  fds_clear (&incarnation->socket);
}

void
display_link_release (DisplayIncarnation *incarnation)
{
  g_rc_box_release_full (incarnation, clear_incarnation);
}

static void
stop_sources (DisplayIncarnation *incarnation)
{
  g_clear_handle_id (&incarnation->readable, g_source_remove);
  g_clear_handle_id (&incarnation->deadline, g_source_remove);
  g_clear_handle_id (&incarnation->ping, g_source_remove);
}

static void
on_process_ended (Jail *jail, int wait_status, const char *text, gpointer data)
{
  g_autofree char *why = g_strdup_printf ("it %s", text);

  display_link_end (data, why);
}

static gboolean
spawn (DisplayIncarnation *incarnation, int socket, GError **error)
{
  DisplayLink *link = incarnation->link;
  const char *argv[] = { link->binary, "--link-fd", "3",
                         "--glass-fd", "4",         link->microphone ? "--microphone" : NULL,
                         NULL };
  JailFd fds[] = { { socket, CHILD_LINK_FD }, { link->glass, CHILD_GLASS_FD } };
  autofd messages = -1;
  JailRequest request = { .kind = JAIL_DISPLAY,
                          .binary = link->binary,
                          .argv = argv,
                          .fds = fds,
                          .n_fds = G_N_ELEMENTS (fds),
                          .stdin_fd = -1,
                          .stdout_fd = -1 };

  incarnation->log = log_pipe_new ("display", &messages, error);
  if (incarnation->log == NULL)
    return FALSE;
  request.stderr_fd = messages;
  incarnation->jail = jail_spawn (&request, error);
  return incarnation->jail != NULL;
}

static gboolean
start (DisplayLink *link, GError **error)
{
  DisplayIncarnation *incarnation = g_rc_box_new0 (DisplayIncarnation);
  int pair[2];

  incarnation->link = link;
  incarnation->socket = -1;
  if (!fds_socketpair (SOCK_SEQPACKET, pair, error))
    {
      display_link_release (incarnation);
      return FALSE;
    }
  incarnation->socket = pair[0];
  if (!spawn (incarnation, pair[1], error))
    {
      close (pair[1]);
      display_link_release (incarnation);
      return FALSE;
    }
  close (pair[1]);
  jail_set_ended (incarnation->jail, on_process_ended, incarnation);
  display_link_heed (incarnation);
  link->now = incarnation;
  if (link->qmp != NULL)
    display_link_hand_over (incarnation);
  return TRUE;
}

static gboolean
on_restart (gpointer data)
{
  DisplayLink *link = data;
  g_autoptr (GError) error = NULL;
  guint delay;

  link->restart = 0;
  if (start (link, &error))
    {
      link->events.replaced (link->user_data);
      return G_SOURCE_REMOVE;
    }
  delay = restart_budget_refused (&link->budget);
  guest_log ("The display process cannot be started: %s; the next try is in %u seconds",
             error->message, delay);
  link->restart = g_timeout_add_seconds (delay, on_restart, link);
  return G_SOURCE_REMOVE;
}

static void
schedule_next (DisplayLink *link, const char *why)
{
  guint delay = restart_budget_spend (&link->budget, g_get_monotonic_time ());
  g_autofree char *text = NULL;

  if (delay == 0)
    {
      link->restart = g_idle_add (on_restart, link);
      return;
    }
  text =
      g_strdup_printf ("The display ended too often (%s). The guest runs on without one; the next "
                       "try is in %u seconds",
                       why, delay);
  link->restart = g_timeout_add_seconds (delay, on_restart, link);
  link->events.warning (text, link->user_data);
}

/* A link whose use was reported before the end must not work again at the next process. Nothing
 * more can be sent to us from here on, so a link that is used yet is refused where it is. */
static void
read_last_words (DisplayIncarnation *incarnation, DisplayLink *link)
{
  char packet[sizeof (LinkViewer) + 1];

  shutdown (incarnation->socket, SHUT_RD);
  for (guint i = 0; i < DISPLAY_PACKETS_SHARED_MAX; i++)
    {
      guint n_fds = 0;
      gssize got = fds_receive (incarnation->socket, packet, sizeof packet, NULL, &n_fds);

      if (got <= 0)
        return;
      if (incarnation->is_ready && got == sizeof (LinkWebTokenUsed))
        display_link_take_token_used (link, packet, got);
    }
}

void
display_link_end (DisplayIncarnation *incarnation, const char *why)
{
  DisplayLink *link = incarnation->link;
  g_autofree char *reason = g_strdup (why);

  if (link == NULL)
    return;
  if (!link->is_ending)
    guest_log ("The display process is over: %s", reason);
  incarnation->link = NULL;
  link->now = NULL;
  stop_sources (incarnation);
  jail_set_ended (incarnation->jail, NULL, NULL);
  jail_kill (incarnation->jail);
  read_last_words (incarnation, link);
  fds_clear (&incarnation->socket);
  display_link_release (incarnation);
  link->events.gone (link->user_data);
  if (link->is_ending)
    return;
  if (!link->was_ready && ++link->start_failures >= DISPLAY_START_TRIES)
    link->events.failed (reason, link->user_data);
  else
    schedule_next (link, reason);
}

DisplayLink *
display_link_new (const char *binary,
                  int glass,
                  gboolean microphone,
                  const DisplayLinkEvents *events,
                  gpointer user_data,
                  GError **error)
{
  DisplayLink *link = g_new0 (DisplayLink, 1);

  link->events = *events;
  link->user_data = user_data;
  link->binary = g_strdup (binary);
  link->glass = glass;
  link->microphone = microphone;
  if (start (link, error))
    return link;
  display_link_free (link);
  return NULL;
}

void
display_link_free (DisplayLink *link)
{
  g_clear_handle_id (&link->restart, g_source_remove);
  if (link->now != NULL)
    {
      stop_sources (link->now);
      jail_set_ended (link->now->jail, NULL, NULL);
      link->now->link = NULL;
      jail_kill (link->now->jail);
      display_link_release (link->now);
    }
  g_free (link->binary);
  g_free (link);
}

void
display_link_attach (DisplayLink *link, QmpClient *qmp)
{
  link->qmp = qmp;
  if (link->now != NULL)
    display_link_hand_over (link->now);
}

void
display_link_expect_end (DisplayLink *link)
{
  link->is_ending = TRUE;
  g_clear_handle_id (&link->restart, g_source_remove);
}

gboolean
display_link_part (DisplayLink *link)
{
  DisplayIncarnation *now = link->now;

  if (now == NULL || !now->is_ready)
    return FALSE;
  g_clear_handle_id (&now->ping, g_source_remove);
  shutdown (now->socket, SHUT_WR);
  return TRUE;
}

gboolean
display_link_is_ready (DisplayLink *link)
{
  return link->now != NULL && link->now->is_ready;
}

void
display_link_send (DisplayLink *link, const void *packet, gsize size, const int *fds, guint n_fds)
{
  if (!display_link_is_ready (link))
    return;
  /* A full socket is a display that does not read: the next ping finds it silent. */
  if (fds_send (link->now->socket, packet, size, fds, n_fds) < 0)
    g_debug ("The display process does not take messages: %s", g_strerror (errno));
}

void
display_link_set_attentive (DisplayLink *link, gboolean attentive)
{
  link->is_attentive = attentive;
  if (link->now != NULL)
    display_link_heed (link->now);
}

void
display_link_replace (DisplayLink *link, const char *why)
{
  if (link->now != NULL)
    display_link_end (link->now, why);
}

Jail *
display_link_get_jail (DisplayLink *link)
{
  return link->now != NULL ? link->now->jail : NULL;
}
