/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the two parts of a guest's shares have in common: share.c (shares) and share-display.c (what
 * the display process is told of them, and tells of their viewers). Not for anyone else.
 */
#pragma once

#include "clock-watch.h"
#include "share-audit.h"
#include "share-request.h"
#include "share-viewers.h"
#include "share-web.h"
#include "share.h"

typedef struct
{
  Shares *shares;
  guint id;
  ShareRequest request;
  ShareWeb web;
  guint16 port;
  char *fingerprint;
  gint64 expires; /* µs of CLOCK_BOOTTIME */
  int listener;
  int certificate;
  int key;
  int timer; /* counts while the computer sleeps, unlike GLib's */
  guint expiry;
} Share;

struct _Shares
{
  SharesEvents events;
  gpointer user_data;
  char *novnc;
  char *name; /* of the guest */
  guint n_heads;
  GPtrArray *living; /* of Share */
  ShareViewers *viewers;
  ClockWatch *clock;
  ShareAudit logins;   /* of those who have the password */
  ShareAudit refusals; /* of anybody: they cannot crowd out the former */
  guint last_id;
  gboolean browsers_leave; /* the display process tells them that the guest is off */
  guint publish;           /* the source that shows the lists anew */
  gboolean publishes_soon;
  guint unheeded; /* the source that looks for viewers which were not cut off */
};

/* --- share.c --- */

Share *shares_find (Shares *shares, guint id);
gboolean share_is_web (const Share *share);
/* The lists that front ends see are shown anew: viewers cannot make vmm busy by coming and going.
 */
void shares_publish_later (Shares *shares, gboolean soon);
void shares_publish_now (Shares *shares);

/* --- share-display.c --- */

void shares_tell (Shares *shares, LinkType type, guint32 value);
void shares_tell_share (Shares *shares, const Share *share);
/* The viewer is to go; if the display process does not see to it, that goes too. */
void shares_mark_dropped (Shares *shares, ShareViewer *viewer);
