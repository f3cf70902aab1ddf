/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Whom to send away when places are short: of those who have not logged in yet, the one that has
 * been there longest of the source that has most of them. So one address cannot keep the others
 * out, however often it comes. Pure.
 */
#pragma once

#include "front/penalties.h"

typedef struct
{
  const PenaltySource *source; /* borrowed */
  gint64 since;                /* monotonic */
  void (*send_away) (gpointer who);
  gpointer who;
} CrowdMember;

/* NULL if no source has more than the newcomer's would have then. */
const CrowdMember *crowd_pick (const CrowdMember *members, guint n, const PenaltySource *newcomer);
/* Sends that one away. FALSE: there is none. */
gboolean crowd_thin (const CrowdMember *members, guint n, const PenaltySource *newcomer);
