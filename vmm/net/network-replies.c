/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What vitrine-net says, parsed in net-report-parse.c (B9), and who waits for it. Runs in
 * vitrine-vmm; never waits.
 */
#include "network-private.h"

#include "fds.h"
#include "net-report-parse.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>

#define PACKETS_MAX 64

/* --- who waits --- */

static void
query_free (NetworkQuery *query)
{
  g_clear_handle_id (&query->deadline, g_source_remove);
  g_free (query);
}

void
network_answer_queries (Network *network)
{
  g_autofree char *json = network->queries->len > 0 ? network_describe (network) : NULL;

  while (network->queries->len > 0)
    {
      NetworkQuery *query = g_ptr_array_steal_index (network->queries, 0);

      query->answer (json, query->user_data);
      query_free (query);
    }
}

static gboolean
on_query_deadline (gpointer data)
{
  NetworkQuery *query = data;
  g_autofree char *json = network_describe (query->network);

  query->deadline = 0;
  g_ptr_array_remove (query->network->queries, query);
  query->answer (json, query->user_data);
  query_free (query);
  return G_SOURCE_REMOVE;
}

void
network_query (Network *network, NetworkAnswer answer, gpointer user_data)
{
  NetworkQuery *query = g_new0 (NetworkQuery, 1);

  *query = (NetworkQuery) { answer, user_data, 0, network };
  g_ptr_array_add (network->queries, query);
  if (!network->is_ready)
    {
      network_answer_queries (network);
      return;
    }
  query->deadline = g_timeout_add (NETWORK_QUERY_MS, on_query_deadline, query);
  network->packets = 0; /* what is asked for is not too much, however often */
  network_send_value (network, NET_PING, ++network->serial);
  network_listen (network);
}

/* --- what it says --- */

static void
on_capture_ended (Network *network, guint32 why)
{
  static const char *const texts[] = {
    [NET_CAPTURE_STOPPED] = "The capture of the guest's network was stopped.",
    [NET_CAPTURE_FULL] = "The capture of the guest's network is as long as it may be, and ended.",
    [NET_CAPTURE_BROKEN] = "The capture of the guest's network ended: its file cannot be written. "
                           "Is the disk full?",
  };

  if (network->capture < 0)
    return;
  fds_clear (&network->capture);
  if (why == NET_CAPTURE_STOPPED)
    guest_log ("%s", texts[why]);
  else
    network->events.warning (texts[why], network->user_data);
  network->events.changed (network->user_data);
}

static const char *
failure_text (guint32 failure)
{
  switch (failure)
    {
    case NET_FAILURE_LIBRARY:
      return "its library would pass by the network policy";
    case NET_FAILURE_TAP:
      return "the tap that was handed in is gone";
    case NET_FAILURE_FRAMES:
      return "QEMU closed its network card";
    default:
      return "its sandbox could not be completed";
    }
}

static void
become_ready (Network *network)
{
  if (network->is_ready)
    {
      network_end (network, "it broke the protocol of its link");
      return;
    }
  network->is_ready = TRUE;
  g_clear_handle_id (&network->ready_deadline, g_source_remove);
  network_watch_begin (network);
  network->events.changed (network->user_data);
}

/* Addresses that an earlier process has seen are the guest's until it uses others. */
static void
take_stats (Network *network, const NetStats *stats)
{
  static const guint8 none[16] = { 0 };

  network->stats = *stats;
  if (memcmp (stats->lease, none, sizeof stats->lease) != 0)
    memcpy (network->lease, stats->lease, sizeof network->lease);
  if (memcmp (stats->address6, none, sizeof stats->address6) != 0)
    memcpy (network->address6, stats->address6, sizeof network->address6);
}

static void
handle (Network *network, const NetReport *report)
{
  switch (report->type)
    {
    case NET_READY:
      become_ready (network);
      break;
    case NET_STATS:
      take_stats (network, &report->stats);
      if ((gint32) (report->stats.serial - network->asked) >= 0)
        network->answered = TRUE;
      if (report->stats.serial == network->serial)
        network_answer_queries (network);
      break;
    case NET_CAPTURE_END:
      on_capture_ended (network, report->message.value);
      break;
    default:
      network_end (network, failure_text (report->message.value));
      break;
    }
}

/* Handles one packet. FALSE if there is none for now, or the process is over: `closed` is why, if
 * its link is closed. */
static gboolean
read_packet (Network *network, const char *closed)
{
  char packet[sizeof (NetReport) + 1];
  NetReport report;
  guint n_fds = 0;
  gssize got = fds_receive (network->link, packet, sizeof packet, NULL, &n_fds);

  if (got < 0 && errno == EAGAIN)
    return FALSE;
  if (got <= 0)
    network_end (network, closed);
  else if (net_report_parse (packet, got, &report) != PARSE_OK || ++network->packets > PACKETS_MAX)
    network_end (network, "it broke the protocol of its link");
  else
    handle (network, &report);
  return network->jail != NULL;
}

gboolean
network_read_all (Network *network, const char *closed)
{
  while (read_packet (network, closed))
    continue;
  return network->jail != NULL;
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer data)
{
  if (read_packet (data, NETWORK_CLOSED))
    network_listen (data);
  return G_SOURCE_CONTINUE; /* whoever removed the source has destroyed it */
}

/* Answers to ticks wake nobody: the next tick reads them. */
void
network_listen (Network *network)
{
  gboolean wanted = !network->is_ready || network->queries->len > 0 || network->capture >= 0;

  if (network->jail == NULL || (network->readable != 0 && network->is_listening == wanted))
    return;
  g_clear_handle_id (&network->readable, g_source_remove);
  network->is_listening = wanted;
  network->readable = g_unix_fd_add (network->link, (wanted ? G_IO_IN : 0) | G_IO_HUP | G_IO_ERR,
                                     on_readable, network);
}
