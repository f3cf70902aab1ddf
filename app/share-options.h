/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What people write of a share: where, for how long. Pure, but for the password, which is random.
 */
#pragma once

#include "share-address.h"

/* All that VNC's own password check looks at, so that every viewer can use it: 40 bits, which are
 * enough where the display process makes those wait who guess wrong. */
#define SHARE_PASSWORD_CHARACTERS 8

/* "ADDRESS:PORT", "ADDRESS", ":PORT" or "PORT"; an IPv6 address with a port stands in brackets.
 * What is left out is loopback and 0. *ret_address is the caller's. */
gboolean share_options_parse_place (const char *text,
                                    char **ret_address,
                                    guint16 *ret_port,
                                    GError **error);

/* "90s", "45m", "1h", "2d" or together, "1h30m"; a plain number is minutes. */
gboolean share_options_parse_duration (const char *text, guint *ret_seconds, GError **error);

/* "ADDRESS:PORT" for people: an IPv6 address in brackets. Transfer full. */
char *share_options_place (const char *address, guint port);

/* Lower-case letters and digits that cannot be mistaken for each other: 5 bits each, of the
 * kernel's randomness. Transfer full. */
char *share_options_make_password (void);
