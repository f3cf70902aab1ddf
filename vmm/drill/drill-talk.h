/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One kind of nonsense (DRILL_TALK), spoken to vmm by a stand-in in the jail whose process has such
 * a channel: QEMU's monitor, the display's link, the network's. It is judged by the parser that
 * judges that process, and must cost the stand-in its life, a line in the log and nothing else.
 * Runs in vitrine-vmm; never waits.
 */
#pragma once

#include "drill/drill-run.h"

typedef struct _DrillTalk DrillTalk;

/* Called once, from the main context. `held`: what was said was taken for nonsense, and who said it
 * was ended. */
typedef void (*DrillTalkDone) (gboolean held, gpointer data);

/* Whether a process in such a jail has the channel of this nonsense. */
gboolean drill_talk_is_for (JailKind kind, const char *name);

/* NULL if it cannot begin. */
DrillTalk *drill_talk_new (const char *binary,
                           const DrillJail *jailed,
                           const char *name,
                           DrillTalkDone done,
                           gpointer data,
                           GError **error);
/* Ends who talks; `done` is not called any more. May be called from it. */
void drill_talk_free (DrillTalk *talk);
