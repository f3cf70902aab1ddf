/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What vitrine-vmm knows of the host's network and tells vitrine-net, which cannot look for itself:
 * the addresses of this machine, from the kernel, and its resolvers, from /etc/resolv.conf. Told
 * anew as soon as the kernel says that something changed (rtnetlink(7)).
 */
#pragma once

#include "ipc/net-wire.h"

#include <gio/gio.h>

typedef struct _HostNetwork HostNetwork;

/* `changed` is called from the main context when either may differ from before. */
HostNetwork *host_network_new (void (*changed) (gpointer user_data),
                               gpointer user_data,
                               GError **error);
void host_network_free (HostNetwork *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HostNetwork, host_network_free)

/* FALSE if there are more than can be told: then no policy could be kept. */
gboolean host_network_get_addresses (NetAddresses *ret_addresses, GError **error);

/* The resolvers, or `dns` (an address) alone if it is not NULL. */
void host_network_get_resolvers (const char *dns, NetResolvers *ret_resolvers);

/* Pure: the first resolver of each family in the text of a resolv.conf(5). */
void host_network_parse_resolvers (const char *text, NetResolvers *ret_resolvers);
