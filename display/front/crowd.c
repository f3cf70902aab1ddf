/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Fairness between sources. Runs in vitrine-display.
 */
#include "crowd.h"

#include <string.h>

static gboolean
is_same (const PenaltySource *one, const PenaltySource *other)
{
  return memcmp (one, other, sizeof *one) == 0;
}

static guint
count_of (const CrowdMember *members, guint n, const PenaltySource *source)
{
  guint count = 0;

  for (guint i = 0; i < n; i++)
    count += is_same (members[i].source, source);
  return count;
}

const CrowdMember *
crowd_pick (const CrowdMember *members, guint n, const PenaltySource *newcomer)
{
  const CrowdMember *found = NULL;
  guint most = count_of (members, n, newcomer) + 1;

  for (guint i = 0; i < n; i++)
    {
      guint count = count_of (members, n, members[i].source);

      if (count < most || (count == most && (found == NULL || members[i].since >= found->since)))
        continue;
      found = &members[i];
      most = count;
    }
  return found;
}

gboolean
crowd_thin (const CrowdMember *members, guint n, const PenaltySource *newcomer)
{
  const CrowdMember *found = crowd_pick (members, n, newcomer);

  if (found != NULL)
    found->send_away (found->who);
  return found != NULL;
}
