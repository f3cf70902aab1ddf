/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Who may try a password now: failed logins by source address, and how long each source has to
 * wait. One table for every share. Of fixed size: the source that failed longest ago is forgotten
 * first. Pure; the caller tells the time.
 */
#pragma once

#include <glib.h>

#define PENALTIES_SOURCES_MAX 256u
/* Failures that cost nothing. */
#define PENALTIES_FREE 3u
#define PENALTIES_SECONDS_FIRST 2u /* doubled with each further failure */
#define PENALTIES_SECONDS_MAX 300u
/* A source is forgiven so long after its last failure. */
#define PENALTIES_FORGIVEN_SECONDS 900u

/* An IPv4 address mapped into IPv6, or the first 64 bits of an IPv6 address: whoever has one
 * address of such a network has them all. */
typedef struct
{
  guint8 bytes[16];
} PenaltySource;

struct sockaddr;
void penalties_source (const struct sockaddr *address, PenaltySource *ret_source);

typedef struct _Penalties Penalties;

Penalties *penalties_new (void);
void penalties_free (Penalties *penalties);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Penalties, penalties_free)

/* `now` is monotonic, microseconds. */
gboolean penalties_allow (Penalties *penalties, const PenaltySource *source, gint64 now);
/* Seconds until then, rounded up; 0: now. */
guint penalties_get_wait (Penalties *penalties, const PenaltySource *source, gint64 now);
void penalties_failed (Penalties *penalties, const PenaltySource *source, gint64 now);
void penalties_forgive (Penalties *penalties, const PenaltySource *source);
