/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Addresses and resolvers of the host. Runs in vitrine-vmm. It must never leave an address out.
 */
#include "host-network.h"

#include "fds.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib-unix.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#define RESOLV_CONF "/etc/resolv.conf"
#define RESOLV_CONF_BYTES_MAX (64 * 1024)
/* Changes come in groups. */
#define SETTLE_MS 50
/* What is wider is nobody's network, but half of the internet behind a tunnel. */
#define NETWORK_BITS_MIN_V4 8
#define NETWORK_BITS_MIN_V6 32

struct _HostNetwork
{
  int socket;
  guint watch;
  guint timer;
  void (*changed) (gpointer user_data);
  gpointer user_data;
};

static gboolean
on_settled (gpointer data)
{
  HostNetwork *host = data;

  host->timer = 0;
  host->changed (host->user_data);
  return G_SOURCE_REMOVE;
}

/* What the messages say is not looked at: all is asked anew. */
static gboolean
on_news (int fd, GIOCondition condition, gpointer data)
{
  HostNetwork *host = data;
  char buffer[8192];
  gssize got;

  do
    got = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT);
  while (got > 0 || (got < 0 && (errno == EINTR || errno == ENOBUFS)));
  if (host->timer == 0)
    host->timer = g_timeout_add (SETTLE_MS, on_settled, host);
  return G_SOURCE_CONTINUE;
}

HostNetwork *
host_network_new (void (*changed) (gpointer user_data), gpointer user_data, GError **error)
{
  const struct sockaddr_nl groups = { .nl_family = AF_NETLINK,
                                      .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
                                                   RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE };
  autofd fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  HostNetwork *host;

  if (fd < 0 || bind (fd, (const struct sockaddr *) &groups, sizeof groups) != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                   "The kernel does not tell of changes of this computer's addresses (%s), so the "
                   "guest could not be kept away from them",
                   g_strerror (errno));
      return NULL;
    }
  host = g_new0 (HostNetwork, 1);
  host->changed = changed;
  host->user_data = user_data;
  host->socket = fds_steal (&fd);
  host->watch = g_unix_fd_add (host->socket, G_IO_IN, on_news, host);
  return host;
}

void
host_network_free (HostNetwork *host)
{
  if (host == NULL)
    return;
  g_clear_handle_id (&host->watch, g_source_remove);
  g_clear_handle_id (&host->timer, g_source_remove);
  fds_clear (&host->socket);
  g_free (host);
}

static gboolean
get_bytes (const struct sockaddr *address, guint8 out[16])
{
  if (address == NULL)
    return FALSE;
  if (address->sa_family == AF_INET6)
    {
      memcpy (out, &((const struct sockaddr_in6 *) address)->sin6_addr, 16);
      return TRUE;
    }
  if (address->sa_family != AF_INET)
    return FALSE;
  memset (out, 0, 10);
  memset (out + 10, 0xff, 2);
  memcpy (out + 12, &((const struct sockaddr_in *) address)->sin_addr, 4);
  return TRUE;
}

/* How many bits of an address name its network; 128 if there is no more in it than the address, or
 * so much that it would be no neighbourhood. */
static guint8
count_network_bits (const struct sockaddr *mask)
{
  guint8 bytes[16];
  guint bits = 0;
  guint least;

  if (!get_bytes (mask, bytes))
    return 128;
  if (mask->sa_family == AF_INET)
    memset (bytes, 0xff, 12);
  for (guint i = 0; i < 128 && (bytes[i / 8] & (0x80u >> i % 8)) != 0; i++)
    bits++;
  least = mask->sa_family == AF_INET ? 96 + NETWORK_BITS_MIN_V4 : NETWORK_BITS_MIN_V6;
  return bits >= least ? bits : 128;
}

gboolean
host_network_get_addresses (NetAddresses *ret_addresses, GError **error)
{
  struct ifaddrs *list = NULL;
  guint n = 0;

  memset (ret_addresses, 0, sizeof *ret_addresses);
  ret_addresses->type = NET_ADDRESSES;
  if (getifaddrs (&list) != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                   "This computer's addresses cannot be read: %s", g_strerror (errno));
      return FALSE;
    }
  for (const struct ifaddrs *at = list; at != NULL; at = at->ifa_next)
    {
      guint8 bytes[16];

      if (!get_bytes (at->ifa_addr, bytes))
        continue;
      if (n < NET_ADDRESSES_MAX)
        {
          memcpy (ret_addresses->addresses[n], bytes, sizeof bytes);
          ret_addresses->bits[n] = count_network_bits (at->ifa_netmask);
        }
      n++;
    }
  freeifaddrs (list);
  ret_addresses->count = MIN (n, NET_ADDRESSES_MAX);
  if (n > NET_ADDRESSES_MAX)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 "This computer has %u addresses, more than the %u that the guest could be kept "
                 "away from",
                 n, NET_ADDRESSES_MAX);
  return n <= NET_ADDRESSES_MAX;
}

/* One address as text, perhaps with "%interface". */
static void
take_resolver (NetResolvers *resolvers, const char *text)
{
  g_autofree char *plain = g_strndup (text, strcspn (text, "%"));
  const char *interface = strchr (text, '%');

  if (!(resolvers->flags & NET_RESOLVER_V4) && inet_pton (AF_INET, plain, resolvers->v4) == 1)
    resolvers->flags |= NET_RESOLVER_V4;
  if (!(resolvers->flags & NET_RESOLVER_V6) && inet_pton (AF_INET6, plain, resolvers->v6) == 1)
    {
      resolvers->flags |= NET_RESOLVER_V6;
      resolvers->scope = interface != NULL ? if_nametoindex (interface + 1) : 0;
    }
}

void
host_network_parse_resolvers (const char *text, NetResolvers *ret_resolvers)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  memset (ret_resolvers, 0, sizeof *ret_resolvers);
  ret_resolvers->type = NET_RESOLVERS;
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) words = NULL;
      const char *at = lines[i];

      if (!g_str_has_prefix (at, "nameserver") || (at[10] != ' ' && at[10] != '\t'))
        continue;
      words = g_strsplit_set (g_strstrip (lines[i] + 10), " \t#;", 2);
      if (words[0] != NULL)
        take_resolver (ret_resolvers, words[0]);
    }
}

void
host_network_get_resolvers (const char *dns, NetResolvers *ret_resolvers)
{
  g_autofree char *text = NULL;
  gsize size = 0;

  if (dns != NULL)
    text = g_strdup_printf ("nameserver %s\n", dns);
  else if (!g_file_get_contents (RESOLV_CONF, &text, &size, NULL) || size > RESOLV_CONF_BYTES_MAX)
    g_clear_pointer (&text, g_free);
  host_network_parse_resolvers (text != NULL ? text : "", ret_resolvers);
  /* Without a file, programs of this computer ask it itself. */
  if (text == NULL)
    take_resolver (ret_resolvers, "127.0.0.1");
}
