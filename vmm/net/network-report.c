/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The state of a guest's network as JSON. Runs in vitrine-vmm.
 */
#include "network-private.h"

#include "net-policy.h"

#include <json-glib/json-glib.h>

static void
add_string (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

static void
add_number (JsonBuilder *builder, const char *name, guint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, (gint64) MIN (value, G_MAXINT64));
}

/* "" for an address of zeroes only. */
static void
add_address (JsonBuilder *builder, const char *name, GSocketFamily family, const guint8 *bytes)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_bytes (bytes, family);
  g_autofree char *text =
      g_inet_address_get_is_any (address) ? g_strdup ("") : g_inet_address_to_string (address);

  add_string (builder, name, text);
}

static void
add_v4 (JsonBuilder *builder, const char *name, guint32 address)
{
  const NetAddress mapped = net_address_from_v4 (address);

  add_address (builder, name, G_SOCKET_FAMILY_IPV4, mapped.bytes + 12);
}

static void
add_forwards (JsonBuilder *builder, Network *network)
{
  json_builder_set_member_name (builder, "forwards");
  json_builder_begin_array (builder);
  for (guint i = 0; i < network->forwards->len; i++)
    {
      const ForwardSpec *spec = ((NetworkForward *) network->forwards->pdata[i])->spec;

      json_builder_begin_object (builder);
      add_string (builder, "protocol", spec->udp ? "udp" : "tcp");
      add_string (builder, "address", spec->address);
      add_number (builder, "port", spec->port);
      add_number (builder, "guest-port", spec->guest_port);
      json_builder_set_member_name (builder, "open");
      json_builder_add_boolean_value (builder, forward_spec_is_open (spec));
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
add_resolvers (JsonBuilder *builder, Network *network)
{
  NetResolvers resolvers;

  host_network_get_resolvers (network->dns, &resolvers);
  json_builder_set_member_name (builder, "resolvers");
  json_builder_begin_array (builder);
  for (guint i = 0; i < 2; i++)
    if (resolvers.flags & (i == 0 ? NET_RESOLVER_V4 : NET_RESOLVER_V6))
      {
        g_autoptr (GInetAddress) address =
            g_inet_address_new_from_bytes (i == 0 ? resolvers.v4 : resolvers.v6,
                                           i == 0 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6);
        g_autofree char *text = g_inet_address_to_string (address);

        json_builder_add_string_value (builder, text);
      }
  json_builder_end_array (builder);
}

static void
add_drops (JsonBuilder *builder, Network *network)
{
  json_builder_set_member_name (builder, "drops");
  json_builder_begin_object (builder);
  for (guint i = NET_DROP_NONE + 1; i < NET_DROP_REASONS; i++)
    add_number (builder, net_drop_word (i), network->stats.drops[i] + network->past.drops[i]);
  json_builder_end_object (builder);
}

static const char *
get_state (Network *network)
{
  if (network->card < 0)
    return "none";
  if (network->policy == GUEST_NETWORK_OFFLINE)
    return "down";
  return network->is_ready ? "up" : "starting";
}

static void
add_card (JsonBuilder *builder, Network *network)
{
  const guint8 *mac = network->mac;
  g_autofree char *text = g_strdup_printf ("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
                                           mac[3], mac[4], mac[5]);

  add_string (builder, "policy", network_get_policy (network));
  add_string (builder, "state", get_state (network));
  add_string (builder, "device", guest_nic_word (network->nic));
  add_string (builder, "mac", text);
  add_address (builder, "lease", G_SOCKET_FAMILY_IPV4, network->lease);
  add_address (builder, "address6", G_SOCKET_FAMILY_IPV6, network->address6);
  add_v4 (builder, "gateway", NET_V4_GATEWAY);
  add_v4 (builder, "resolver", NET_V4_RESOLVER);
}

char *
network_describe (Network *network)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  const NetStats *now = &network->stats;
  const NetStats *past = &network->past;

  json_builder_begin_object (builder);
  add_number (builder, "version", 1);
  add_card (builder, network);
  add_resolvers (builder, network);
  add_forwards (builder, network);
  add_number (builder, "rate-in", network->rate_in);
  add_number (builder, "rate-out", network->rate_out);
  add_number (builder, "bytes-in", now->bytes_in + past->bytes_in);
  add_number (builder, "bytes-out", now->bytes_out + past->bytes_out);
  add_number (builder, "frames-in", now->frames_in + past->frames_in);
  add_number (builder, "frames-out", now->frames_out + past->frames_out);
  add_drops (builder, network);
  add_number (builder, "flows", now->flows);
  add_number (builder, "restarts", network->starts > 0 ? network->starts - 1 : 0);
  json_builder_set_member_name (builder, "capturing");
  json_builder_add_boolean_value (builder, network->capture >= 0);
  add_number (builder, "capture-bytes", now->capture_bytes);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}
