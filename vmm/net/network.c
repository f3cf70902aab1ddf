/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's card, the policy and what else a Network lasts longer than one process for. Runs in
 * vitrine-vmm; never waits.
 */
#include "network-private.h"

#include "fds.h"

#include <sys/socket.h>

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

static void
on_host_changed (gpointer data)
{
  Network *network = data;
  g_autoptr (GError) error = NULL;

  if (network->jail == NULL)
    return;
  network_send_resolvers (network);
  if (!network_send_addresses (network, &error))
    network_end (network, error->message);
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
    network_clear_process (network);
  if (!online)
    {
      g_clear_handle_id (&network->restart, g_source_remove);
      network_clear_process (network);
      network_answer_queries (network);
    }
  else if (network->jail == NULL && network->restart == 0)
    {
      if (!network_start_process (network, &error))
        network_end (network, error->message);
    }
  else if (network->jail != NULL)
    network_send_policy (network);
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
  return network->policy == GUEST_NETWORK_OFFLINE || network->card < 0 ||
         network_start_process (network, error);
}

void
network_free (Network *network)
{
  if (network == NULL)
    return;
  network->is_ending = TRUE;
  g_clear_handle_id (&network->restart, g_source_remove);
  network_clear_process (network);
  network_answer_queries (network);
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
