/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One kind of nonsense (drill-talk-list.h), spoken by a stand-in in the jail whose process has such
 * a channel, to the very code that listens there. It must be refused, cost a line in the log, and
 * nothing else. Runs in vitrine-vmm; never waits.
 */
#pragma once

#include "drill/drill-run.h"

typedef struct _DrillTalk DrillTalk;

/* Who speaks, beside the guest's own processes: their stand-ins are in some jail for our own sake.
 */
#define DRILL_ROLE_SERVER "nbd-server"
#define DRILL_ROLE_USER "user"

/* Called once, from the main context. `held`: what was said was taken for nonsense, and who it was
 * said to lives. */
typedef void (*DrillTalkDone) (DrillTalk *talk, gboolean held, gpointer data);

/* Whether `role` is who speaks this nonsense. */
gboolean drill_talk_is_for (const char *role, const char *name);

/* NULL if it cannot begin. `programs` is borrowed. */
DrillTalk *drill_talk_new (const DrillPrograms *programs,
                           const DrillJail *jailed,
                           const char *name,
                           DrillTalkDone done,
                           gpointer data,
                           GError **error);
/* Ends who talks; `done` is not called any more. May be called from it. */
void drill_talk_free (DrillTalk *talk);
