/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Finds a vitrine-net that hangs, without waking up while nothing flows: as long as frames pass or
 * sockets are in use it is asked once a tick, and what it answered is looked at with the next one;
 * once neither is so, only a frame of the guest, or a client of a forward, begins the ticks again.
 * Whatever hangs unnoticed in between keeps nobody waiting. Runs in vitrine-vmm.
 */
#include "network-private.h"

#include <glib-unix.h>
#include <string.h>

/* The last field of /proc/PID/stat that a process has a say in is its name, in brackets. */
static gboolean
is_running (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid);
  g_autofree char *text = NULL;
  const char *name;

  if (pid <= 0 || !g_file_get_contents (path, &text, NULL, NULL))
    return FALSE;
  name = strrchr (text, ')');
  return name != NULL && strncmp (name, ") R", 3) == 0;
}

static void
clear_wakers (Network *network)
{
  for (guint i = 0; i < network->wakers->len; i++)
    g_source_remove (g_array_index (network->wakers, guint, i));
  g_array_set_size (network->wakers, 0);
}

static gboolean
on_wake (int fd, GIOCondition condition, gpointer data)
{
  network_watch_begin (data); /* removes this source */
  return G_SOURCE_CONTINUE;
}

static void
add_waker (Network *network, int fd)
{
  guint source = g_unix_fd_add (fd, G_IO_IN, on_wake, network);

  g_array_append_val (network->wakers, source);
}

/* Nothing flows: what would have to be answered wakes us. */
static void
rest (Network *network)
{
  g_clear_handle_id (&network->tick, g_source_remove);
  add_waker (network, network->frames);
  for (guint i = 0; i < network->forwards->len; i++)
    add_waker (network, ((NetworkForward *) network->forwards->pdata[i])->fd);
}

/* Whether anything has passed since the last tick, or could. */
static gboolean
is_busy (Network *network)
{
  guint64 frames = network->stats.frames_in + network->stats.frames_out;
  gboolean busy = frames != network->frames_seen || network->stats.flows > 0;

  network->frames_seen = frames;
  return busy;
}

static void
ask (Network *network)
{
  network->answered = FALSE;
  network->packets = 0;
  network->asked = ++network->serial;
  network_send_value (network, NET_PING, network->asked);
}

/* A process that wants to run, and may not for want of a processor, does not hang. */
static gboolean
has_time_left (Network *network, gint64 late)
{
  return late > NETWORK_LATE_MS * 1000 ||
         (network->missed++ < NETWORK_RUNNING_TICKS && is_running (jail_get_pid (network->jail)));
}

static gboolean
on_tick (gpointer data)
{
  Network *network = data;
  gint64 now = g_get_monotonic_time ();
  gint64 late = now - network->tick_due;

  network->tick_due = now + NETWORK_TICK_MS * 1000;
  if (!network_read_all (network, NETWORK_CLOSED))
    return G_SOURCE_REMOVE; /* it has ended, and its tick with it */
  if (!network->answered && has_time_left (network, late))
    return G_SOURCE_CONTINUE;
  if (!network->answered)
    {
      network_end (network, "it stopped answering");
      return G_SOURCE_REMOVE;
    }
  network->missed = 0;
  if (is_busy (network))
    {
      ask (network);
      return G_SOURCE_CONTINUE;
    }
  network->tick = 0;
  rest (network);
  return G_SOURCE_REMOVE;
}

void
network_watch_begin (Network *network)
{
  clear_wakers (network);
  if (!network->is_ready || network->tick != 0)
    return;
  network->missed = 0;
  network->tick_due = g_get_monotonic_time () + NETWORK_TICK_MS * 1000;
  network->tick = g_timeout_add (NETWORK_TICK_MS, on_tick, network);
  ask (network);
}

void
network_watch_end (Network *network)
{
  clear_wakers (network);
  g_clear_handle_id (&network->tick, g_source_remove);
  network->frames_seen = 0;
}
