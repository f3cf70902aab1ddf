/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What vmm tells vitrine-net, and the briefing of a new one. Runs in vitrine-vmm; never waits.
 */
#include "network-private.h"

#include "fds.h"

#include <errno.h>
#include <string.h>

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

gboolean
network_send_addresses (Network *network, GError **error)
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

void
network_send_policy (Network *network)
{
  network_send_value (network, NET_POLICY, policy_number (network));
}

static void
send_tap (Network *network)
{
  const NetMessage message = { NET_TAP, 0 };

  network_send (network, &message, sizeof message, network->tap);
}

/* The frames last: nothing flows before. */
gboolean
network_brief (Network *network, GError **error)
{
  NetSetup setup = { .type = NET_SETUP, .mtu = network->mtu };

  if (!network_send_addresses (network, error))
    return FALSE;
  network_send_resolvers (network);
  network_send_rates (network);
  for (guint i = 0; i < network->forwards->len; i++)
    network_send_forward (network, network->forwards->pdata[i]);
  send_capture (network);
  network_send_policy (network);
  if (network->is_bridged)
    send_tap (network);
  memcpy (setup.mac, network->mac, sizeof setup.mac);
  network_send (network, &setup, sizeof setup, network->frames);
  return TRUE;
}
