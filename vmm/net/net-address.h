/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What an IP address is for: the registries of special addresses (IANA; RFC 6890 and those it
 * names), with IPv4 addresses that hide inside IPv6 ones. Pure.
 */
#pragma once

#include "frame-parse.h"

typedef enum
{
  NET_SCOPE_PUBLIC,    /* anywhere in the internet */
  NET_SCOPE_PRIVATE,   /* of a site: RFC 1918, shared address space, unique local */
  NET_SCOPE_LINK,      /* link-local, where clouds keep their metadata services too */
  NET_SCOPE_LOOPBACK,  /* this machine, and what means "this machine" */
  NET_SCOPE_MULTICAST, /* and broadcast */
  NET_SCOPE_SPECIAL,   /* documentation, benchmarks, tunnels, not assigned for use */
} NetScope;

/* The scope of an address; of one that carries an IPv4 address inside (mapped, NAT64, 6to4, Teredo,
 * ISATAP) the narrower one of both. */
NetScope net_address_scope (const NetAddress *address);

/* The IPv4 address that a NAT64 (64:ff9b::/96), 6to4, Teredo or ISATAP address leads to. FALSE if
 * it is none of them. */
gboolean net_address_embedded (const NetAddress *address, NetAddress *ret_inner);

/* Whether the first `bits` are the same. */
gboolean net_address_in_prefix (const NetAddress *address, const NetAddress *prefix, guint bits);
