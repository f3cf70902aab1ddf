/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Who is spoken nonsense to, and what they make of it: a judge for each kind of channel. What
 * drill-talk.c and the judges share; not for anyone else.
 */
#pragma once

#include "drill/drill-talk-list.h"
#include "drill/drill-talk.h"

typedef struct
{
  /* Makes the channel, whose other end *ret_speaker the stand-in is handed and the caller closes.
   */
  gboolean (*begin) (DrillTalk *talk, int *ret_speaker, GError **error);
  /* The stand-in has said all and gone, with nothing judged yet. NULL: so it was not refused. */
  void (*spoken) (DrillTalk *talk, int wait_status);
  /* Once. Frees talk->state, which may be NULL. */
  void (*end) (DrillTalk *talk);
} DrillJudge;

struct _DrillTalk
{
  const char *name; /* static */
  DrillChannel channel;
  const DrillJudge *judge;
  const char *role;
  const DrillPrograms *programs;
  gpointer state; /* the judge's */

  DrillTalkDone done;
  gpointer data;
  Jail *jail; /* of who speaks */
  guint deadline;
  guint over; /* the source that tells of the end */
  gboolean ended;
  gboolean judged;
  gboolean held;
};

extern const DrillJudge drill_judge_monitor;
extern const DrillJudge drill_judge_link;
extern const DrillJudge drill_judge_image;
extern const DrillJudge drill_judge_control;
extern const DrillJudge drill_judge_frames;
extern const DrillJudge drill_judge_glass;
extern const DrillJudge drill_judge_server;

/* The first judgement counts: `held` as in DrillTalkDone, `why` completes "it was refused: ". Not
 * from `begin`. */
void drill_talk_judge (DrillTalk *talk, gboolean held, const char *why);

/* Whether a process that was spoken to lives, and has never held as much memory as nonsense without
 * an end would fill. */
gboolean drill_talk_is_bounded (Jail *jail);
