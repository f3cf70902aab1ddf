/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The table of failed logins. Runs in vitrine-display. Must never grow with the number of sources.
 */
#include "penalties.h"

#include <netinet/in.h>
#include <string.h>

typedef struct
{
  PenaltySource source;
  guint failures; /* 0: a free place */
  gint64 last;
  gint64 until;
} Entry;

struct _Penalties
{
  Entry entries[PENALTIES_SOURCES_MAX];
};

void
penalties_source (const struct sockaddr *address, PenaltySource *ret_source)
{
  static const guint8 mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

  memset (ret_source, 0, sizeof *ret_source);
  if (address->sa_family == AF_INET)
    {
      memcpy (ret_source->bytes, mapped, sizeof mapped);
      memcpy (ret_source->bytes + 12, &((const struct sockaddr_in *) address)->sin_addr, 4);
    }
  else if (address->sa_family == AF_INET6)
    {
      const guint8 *bytes = ((const struct sockaddr_in6 *) address)->sin6_addr.s6_addr;

      memcpy (ret_source->bytes, bytes, memcmp (bytes, mapped, sizeof mapped) == 0 ? 16 : 8);
    }
}

static Entry *
find (Penalties *penalties, const PenaltySource *source)
{
  for (guint i = 0; i < PENALTIES_SOURCES_MAX; i++)
    if (penalties->entries[i].failures > 0 &&
        memcmp (&penalties->entries[i].source, source, sizeof *source) == 0)
      return &penalties->entries[i];
  return NULL;
}

static Entry *
find_place (Penalties *penalties)
{
  Entry *oldest = &penalties->entries[0];

  for (guint i = 0; i < PENALTIES_SOURCES_MAX; i++)
    {
      Entry *entry = &penalties->entries[i];

      if (entry->failures == 0)
        return entry;
      if (entry->last < oldest->last)
        oldest = entry;
    }
  memset (oldest, 0, sizeof *oldest);
  return oldest;
}

guint
penalties_get_wait (Penalties *penalties, const PenaltySource *source, gint64 now)
{
  Entry *entry = find (penalties, source);

  if (entry == NULL)
    return 0;
  if (now - entry->last > PENALTIES_FORGIVEN_SECONDS * G_USEC_PER_SEC)
    entry->failures = 0;
  return now >= entry->until ? 0 : (entry->until - now + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC;
}

gboolean
penalties_allow (Penalties *penalties, const PenaltySource *source, gint64 now)
{
  return penalties_get_wait (penalties, source, now) == 0;
}

void
penalties_failed (Penalties *penalties, const PenaltySource *source, gint64 now)
{
  Entry *entry = find (penalties, source);
  guint seconds = 0;

  if (entry == NULL)
    {
      entry = find_place (penalties);
      entry->source = *source;
    }
  entry->failures++;
  entry->last = now;
  if (entry->failures >= PENALTIES_FREE)
    {
      guint doublings = MIN (entry->failures - PENALTIES_FREE, 16);

      seconds = MIN (PENALTIES_SECONDS_FIRST << doublings, PENALTIES_SECONDS_MAX);
    }
  entry->until = now + seconds * G_USEC_PER_SEC;
}

void
penalties_forgive (Penalties *penalties, const PenaltySource *source)
{
  Entry *entry = find (penalties, source);

  if (entry != NULL)
    entry->failures = 0;
}

Penalties *
penalties_new (void)
{
  return g_new0 (Penalties, 1);
}

void
penalties_free (Penalties *penalties)
{
  g_free (penalties);
}
