/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the two parts of the display link share: display-link.c (one process after another) and
 * display-link-talk.c (what is said to one and by it). Not for anyone else.
 */
#pragma once

#include "display-link.h"
#include "guest-log.h"
#include "restart-budget.h"

/* One process. QEMU's answers may come after its end, hence the count of references. */
typedef struct
{
  DisplayLink *link; /* NULL once it has ended */
  Jail *jail;
  LogPipe *log;
  int socket;
  guint readable;
  guint deadline; /* until READY */
  guint ping;
  guint32 serial; /* of the last ping */
  gboolean answered;
  gboolean is_ready;
  guint packets; /* read since the last ping */
} DisplayIncarnation;

struct _DisplayLink
{
  DisplayLinkEvents events;
  gpointer user_data;
  char *binary;
  int glass;
  gboolean microphone;
  QmpClient *qmp;          /* NULL until it answers */
  DisplayIncarnation *now; /* NULL while none runs */
  guint restart;           /* the source that starts the next */
  gboolean was_ready;
  gboolean is_ending;
  gboolean is_attentive;
  guint start_failures;
  RestartBudget budget;
};

/* --- display-link.c --- */

/* Ends this process, whatever state it is in, and sees to the next. */
void display_link_end (DisplayIncarnation *incarnation, const char *why);
/* Of a reference to it. */
void display_link_release (DisplayIncarnation *incarnation);

/* --- display-link-talk.c --- */

/* Unless there are remote viewers, what a display says is read with each ping once it is ready: an
 * answer shall not wake this process. Its end is told by its jail. */
void display_link_heed (DisplayIncarnation *incarnation);
/* Both ends of QEMU's display. The display process has its own before QEMU asks anything of it. */
void display_link_hand_over (DisplayIncarnation *incarnation);
/* FALSE if the packet is something else. */
gboolean display_link_take_token_used (DisplayLink *link, const char *packet, gsize size);
