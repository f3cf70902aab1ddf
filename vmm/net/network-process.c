/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One vitrine-net after another: started, given up, replaced. Runs in vitrine-vmm; never waits.
 */
#include "network-private.h"

#include "fds.h"

#include <string.h>
#include <sys/socket.h>

#define CHILD_LINK_FD 3

/* --- its end --- */

static void
add_up (NetStats *sum, const NetStats *part)
{
  sum->bytes_in += part->bytes_in;
  sum->bytes_out += part->bytes_out;
  sum->frames_in += part->frames_in;
  sum->frames_out += part->frames_out;
  for (guint i = 0; i < NET_DROP_REASONS; i++)
    sum->drops[i] += part->drops[i];
}

void
network_clear_process (Network *network)
{
  g_clear_handle_id (&network->readable, g_source_remove);
  g_clear_handle_id (&network->ready_deadline, g_source_remove);
  network_watch_end (network);
  if (network->jail != NULL)
    {
      jail_set_ended (network->jail, NULL, NULL);
      jail_kill (network->jail);
    }
  g_clear_pointer (&network->jail, jail_free);
  g_clear_pointer (&network->log, log_pipe_free);
  fds_clear (&network->link);
  add_up (&network->past, &network->stats);
  memset (&network->stats, 0, sizeof network->stats);
  network->is_ready = FALSE;
}

static void
on_process_ended (Jail *jail, int wait_status, const char *text, gpointer data)
{
  Network *network = data;
  g_autofree char *why = g_strdup_printf ("it %s", text);

  /* What it said last tells more. */
  network_read_all (network, why);
  if (network->jail == jail)
    network_end (network, why);
}

static gboolean
on_ready_deadline (gpointer data)
{
  Network *network = data;

  network->ready_deadline = 0;
  network_end (network, "it was not ready in time");
  return G_SOURCE_REMOVE;
}

/* --- its start --- */

static gboolean
spawn (Network *network, int socket, GError **error)
{
  const char *argv[] = { network->binary, "--link-fd", "3", network->is_bridged ? "--bridge" : NULL,
                         NULL };
  JailFd fds[] = { { socket, CHILD_LINK_FD } };
  autofd messages = -1;
  JailRequest request = { .kind = JAIL_NET,
                          .binary = network->binary,
                          .argv = argv,
                          .fds = fds,
                          .n_fds = G_N_ELEMENTS (fds),
                          .stdin_fd = -1,
                          .stdout_fd = -1 };

  network->log = log_pipe_new ("net", &messages, error);
  if (network->log == NULL)
    return FALSE;
  request.stderr_fd = messages;
  network->jail = jail_spawn (&request, error);
  return network->jail != NULL;
}

gboolean
network_start_process (Network *network, GError **error)
{
  autofd theirs = -1;
  int pair[2];

  if (!fds_socketpair (SOCK_SEQPACKET, pair, error))
    return FALSE;
  network->link = pair[0];
  theirs = pair[1];
  network->packets = 0;
  network->starts++;
  network->is_bridged = network->policy == GUEST_NETWORK_BRIDGE;
  if (!spawn (network, theirs, error) || !network_brief (network, error))
    {
      network_clear_process (network);
      return FALSE;
    }
  jail_set_ended (network->jail, on_process_ended, network);
  network_listen (network);
  network->ready_deadline = g_timeout_add (NETWORK_READY_MS, on_ready_deadline, network);
  return TRUE;
}

static gboolean
on_restart (gpointer data)
{
  Network *network = data;
  g_autoptr (GError) error = NULL;

  network->restart = 0;
  if (!network_start_process (network, &error))
    {
      guint delay = restart_budget_refused (&network->budget);

      guest_log ("vitrine-net cannot be started: %s; the next try is in %u seconds", error->message,
                 delay);
      network->restart = g_timeout_add_seconds (delay, on_restart, network);
    }
  network->events.changed (network->user_data);
  return G_SOURCE_REMOVE;
}

void
network_end (Network *network, const char *why)
{
  g_autofree char *text = NULL;
  guint delay;

  network_clear_process (network);
  network_answer_queries (network);
  if (network->is_ending)
    return;
  guest_log ("The network process ended: %s", why);
  network->events.changed (network->user_data);
  delay = restart_budget_spend (&network->budget, g_get_monotonic_time ());
  if (delay == 0)
    {
      network->restart = g_idle_add (on_restart, network);
      return;
    }
  text =
      g_strdup_printf ("The guest's network ended too often (%s). The guest runs on without one; "
                       "the next try is in %u seconds",
                       why, delay);
  network->events.warning (text, network->user_data);
  network->restart = g_timeout_add_seconds (delay, on_restart, network);
}
