/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One vitrine-net after another. What it says is parsed in net-report-parse.c (B9). Runs in
 * vitrine-vmm; never waits.
 */
#include "network-private.h"

#include "fds.h"
#include "net-report-parse.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>

#define CHILD_LINK_FD 3
#define PACKETS_MAX 64
#define CLOSED "it closed its link"
#define SOCKET_BUFFER (1 << 20)

void
network_mac (const char *uuid, guint8 mac[6])
{
  guint32 hash = 2166136261u; /* FNV-1a: the same for ever */

  for (const char *c = uuid; *c != '\0'; c++)
    hash = (hash ^ (guint8) *c) * 16777619u;
  mac[0] = 0x52; /* QEMU's range */
  mac[1] = 0x54;
  mac[2] = 0x00;
  mac[3] = hash >> 16;
  mac[4] = hash >> 8;
  mac[5] = hash;
}

guint
network_mtu (const GuestDefinition *definition)
{
  return definition->nic == GUEST_NIC_VIRTIO && definition->network != GUEST_NETWORK_BRIDGE
             ? NETWORK_MTU_VIRTIO
             : NETWORK_MTU;
}

/* --- the link --- */

void
network_send (Network *network, gconstpointer message, gsize size, int fd)
{
  /* A full socket is a process that does not read: the next ping finds it silent. */
  if (network->jail != NULL && fds_send (network->link, message, size, &fd, fd >= 0 ? 1 : 0) < 0)
    g_debug ("vitrine-net does not take messages: %s", g_strerror (errno));
}

void
network_send_value (Network *network, guint32 type, guint32 value)
{
  const NetMessage message = { type, value };

  network_send (network, &message, sizeof message, -1);
}

void
network_send_rates (Network *network)
{
  const NetRates rates = { .type = NET_RATES,
                           .in = (guint64) network->rate_in * 1000,
                           .out = (guint64) network->rate_out * 1000 };

  network_send (network, &rates, sizeof rates, -1);
}

void
network_send_forward (Network *network, const NetworkForward *forward)
{
  const NetForward message = { NET_FORWARD, forward->id, forward->spec->udp ? 1 : 0,
                               forward->spec->guest_port };

  network_send (network, &message, sizeof message, forward->fd);
}

void
network_send_resolvers (Network *network)
{
  NetResolvers resolvers;

  host_network_get_resolvers (network->dns, &resolvers);
  network_send (network, &resolvers, sizeof resolvers, -1);
}

/* FALSE: without them no policy can be kept, so there is no network. */
static gboolean
send_addresses (Network *network, GError **error)
{
  NetAddresses addresses;

  if (!host_network_get_addresses (&addresses, error))
    return FALSE;
  network_send (network, &addresses, sizeof addresses, -1);
  return TRUE;
}

static void
send_capture (Network *network)
{
  const NetCapture capture = { .type = NET_CAPTURE, .bytes_max = network->capture_max };

  if (network->capture >= 0)
    network_send (network, &capture, sizeof capture, network->capture);
}

static void
on_host_changed (gpointer data)
{
  Network *network = data;
  g_autoptr (GError) error = NULL;

  if (network->jail == NULL)
    return;
  network_send_resolvers (network);
  if (!send_addresses (network, &error))
    network_end (network, error->message);
}

static NetPolicyNumber
policy_number (const Network *network)
{
  switch (network->policy)
    {
    case GUEST_NETWORK_BRIDGE:
      return NET_POLICY_BRIDGE;
    case GUEST_NETWORK_LAN:
      return NET_POLICY_LAN;
    default:
      return NET_POLICY_INTERNET;
    }
}

static void
send_tap (Network *network)
{
  const NetMessage message = { NET_TAP, 0 };

  network_send (network, &message, sizeof message, network->tap);
}

/* Everything that a new process must know, the frames last: nothing flows before. */
static gboolean
brief (Network *network, GError **error)
{
  NetSetup setup = { .type = NET_SETUP, .mtu = network->mtu };

  if (!send_addresses (network, error))
    return FALSE;
  network_send_resolvers (network);
  network_send_rates (network);
  for (guint i = 0; i < network->forwards->len; i++)
    network_send_forward (network, network->forwards->pdata[i]);
  send_capture (network);
  network_send_value (network, NET_POLICY, policy_number (network));
  if (network->is_bridged)
    send_tap (network);
  memcpy (setup.mac, network->mac, sizeof setup.mac);
  network_send (network, &setup, sizeof setup, network->frames);
  return TRUE;
}

/* --- what it says --- */

static void
query_free (NetworkQuery *query)
{
  g_clear_handle_id (&query->deadline, g_source_remove);
  g_free (query);
}

static void
answer_queries (Network *network)
{
  g_autofree char *json = network->queries->len > 0 ? network_describe (network) : NULL;

  while (network->queries->len > 0)
    {
      NetworkQuery *query = g_ptr_array_steal_index (network->queries, 0);

      query->answer (json, query->user_data);
      query_free (query);
    }
}

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
        answer_queries (network);
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
network_read_all (Network *network)
{
  while (read_packet (network, CLOSED))
    continue;
  return network->jail != NULL;
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer data)
{
  if (read_packet (data, CLOSED))
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

static gboolean
on_ready_deadline (gpointer data)
{
  Network *network = data;

  network->ready_deadline = 0;
  network_end (network, "it was not ready in time");
  return G_SOURCE_REMOVE;
}

/* --- the process --- */

static void
on_process_ended (Jail *jail, int wait_status, const char *text, gpointer data)
{
  Network *network = data;
  g_autofree char *why = g_strdup_printf ("it %s", text);

  /* What it said last tells more. */
  while (read_packet (network, why))
    continue;
  if (network->jail == jail)
    network_end (network, why);
}

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

/* Forgets the present process. */
static void
clear_process (Network *network)
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

static gboolean
start (Network *network, GError **error)
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
  if (!spawn (network, theirs, error) || !brief (network, error))
    {
      clear_process (network);
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
  if (!start (network, &error))
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

  clear_process (network);
  answer_queries (network);
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

static void
set_carrier (Network *network, gboolean up)
{
  JsonObject *arguments;

  if (network->qmp == NULL || network->card < 0)
    return;
  arguments = json_object_new ();
  json_object_set_string_member (arguments, "name", "net0");
  json_object_set_boolean_member (arguments, "up", up);
  qmp_client_send (network->qmp, "set_link", arguments, -1, 0, NULL, NULL);
}

void
network_apply_policy (Network *network)
{
  gboolean online = network->policy != GUEST_NETWORK_OFFLINE && network->card >= 0;
  g_autoptr (GError) error = NULL;

  set_carrier (network, online);
  /* The one has a tap and no sockets, the other sockets and no tap. */
  if (network->jail != NULL && network->is_bridged != (network->policy == GUEST_NETWORK_BRIDGE))
    clear_process (network);
  if (!online)
    {
      g_clear_handle_id (&network->restart, g_source_remove);
      clear_process (network);
      answer_queries (network);
    }
  else if (network->jail == NULL && network->restart == 0)
    {
      if (!start (network, &error))
        network_end (network, error->message);
    }
  else if (network->jail != NULL)
    network_send_value (network, NET_POLICY, policy_number (network));
  network->events.changed (network->user_data);
}

static gboolean
make_card (Network *network, GError **error)
{
  const int size = SOCKET_BUFFER;
  int pair[2];

  if (!fds_socketpair (SOCK_SEQPACKET, pair, error))
    return FALSE;
  network->card = pair[0];
  network->frames = pair[1];
  /* As much room as the system allows, so that frames travel many at a time. */
  for (guint i = 0; i < 2; i++)
    setsockopt (pair[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  return TRUE;
}

Network *
network_new (const char *binary,
             const GuestDefinition *definition,
             int tap,
             const NetworkEvents *events,
             gpointer user_data,
             GError **error)
{
  g_autoptr (Network) network = g_new0 (Network, 1);

  network->events = *events;
  network->user_data = user_data;
  network->binary = g_strdup (binary);
  network->nic = definition->nic;
  network->policy = definition->network;
  network->tap = tap;
  network->mtu = network_mtu (definition);
  network->dns = g_strdup (definition->dns);
  network->rate_in = definition->rate_in;
  network->rate_out = definition->rate_out;
  network->card = network->frames = network->link = network->capture = -1;
  network->forwards = g_ptr_array_new ();
  network->queries = g_ptr_array_new ();
  network->wakers = g_array_new (FALSE, FALSE, sizeof (guint));
  network_mac (definition->uuid, network->mac);
  if (network->nic == GUEST_NIC_NONE)
    return g_steal_pointer (&network);
  network->host = host_network_new (on_host_changed, network, error);
  if (network->host == NULL || !make_card (network, error) ||
      !network_set_forwards (network, (const char *const *) definition->forwards, error))
    return NULL;
  return g_steal_pointer (&network);
}

gboolean
network_start (Network *network, GError **error)
{
  return network->policy == GUEST_NETWORK_OFFLINE || network->card < 0 || start (network, error);
}

void
network_free (Network *network)
{
  if (network == NULL)
    return;
  network->is_ending = TRUE;
  g_clear_handle_id (&network->restart, g_source_remove);
  clear_process (network);
  answer_queries (network);
  network_clear_forwards (network);
  g_clear_pointer (&network->host, host_network_free);
  fds_clear (&network->card);
  fds_clear (&network->frames);
  fds_clear (&network->capture);
  g_ptr_array_unref (network->forwards);
  g_ptr_array_unref (network->queries);
  g_array_unref (network->wakers);
  g_free (network->dns);
  g_free (network->binary);
  g_free (network);
}

int
network_get_card (Network *network)
{
  return network->card;
}

void
network_attach (Network *network, QmpClient *qmp)
{
  network->qmp = qmp;
  if (network->policy == GUEST_NETWORK_OFFLINE)
    set_carrier (network, FALSE);
}

void
network_expect_end (Network *network)
{
  network->is_ending = TRUE;
  network->qmp = NULL;
  g_clear_handle_id (&network->restart, g_source_remove);
}

gboolean
network_is_ready (const Network *network)
{
  return network->is_ready;
}

Jail *
network_get_jail (Network *network)
{
  return network->jail;
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
      answer_queries (network);
      return;
    }
  query->deadline = g_timeout_add (NETWORK_QUERY_MS, on_query_deadline, query);
  network->packets = 0; /* what is asked for is not too much, however often */
  network_send_value (network, NET_PING, ++network->serial);
  network_listen (network);
}

gboolean
network_is_bridged (Network *network)
{
  return network->jail != NULL && network->is_bridged;
}

char *
network_tap_path (Network *network)
{
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", network->tap);

  return network->tap >= 0 ? g_file_read_link (link, NULL) : NULL;
}
