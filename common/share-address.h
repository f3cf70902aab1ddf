/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Addresses that a console is shared on: literal ones only, since a name could mean another machine
 * tomorrow. Used by the front ends and vitrine-vmm, which must agree on what loopback is. Pure.
 */
#pragma once

#include <gio/gio.h>

#define SHARE_ADDRESS_DEFAULT "127.0.0.1"
#define SHARE_PASSWORD_NETWORK_MIN 8 /* characters, beyond loopback */
#define SHARE_TICKET_MAX 60          /* bytes of a password that SPICE viewers can send */
#define SHARE_EXPIRE_DEFAULT 3600u   /* seconds */
#define SHARE_EXPIRE_MAX (31u * 24 * 3600)

/* An IPv4 or IPv6 address; NULL with a sentence for anything else. */
GInetAddress *share_address_parse (const char *text, GError **error);

/* Whether only this computer can connect to it. */
gboolean share_address_is_loopback (const char *text);
