/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Which way a guest's clipboard may pass, as one pure table: the words of guest.conf, the numbers of
 * the link and the glass protocol, and the verdict that display/clipboard/ enforces and the window
 * shows.
 */
#pragma once

#include <glib.h>

/* The numbers travel (link-wire.h, glass-wire.h): never renumber. */
typedef enum
{
  CLIPBOARD_POLICY_OFF = 0,
  CLIPBOARD_POLICY_TO_GUEST = 1,
  CLIPBOARD_POLICY_FROM_GUEST = 2,
  CLIPBOARD_POLICY_BOTH = 3,
  CLIPBOARD_POLICY_ASK = 4, /* a person at the window allows each passage */
  CLIPBOARD_POLICY_LAST = CLIPBOARD_POLICY_ASK,
} ClipboardPolicy;

typedef enum
{
  CLIPBOARD_TO_GUEST = 0,
  CLIPBOARD_FROM_GUEST = 1,
} ClipboardDirection;

/* Who is at the other end. */
typedef enum
{
  CLIPBOARD_SIDE_LOCAL,     /* the window or vitrinectl: of the guest's owner */
  CLIPBOARD_SIDE_REMOTE,    /* a viewer elsewhere that may type */
  CLIPBOARD_SIDE_VIEW_ONLY, /* a viewer elsewhere that may only look */
} ClipboardSide;

typedef enum
{
  CLIPBOARD_REFUSE,
  CLIPBOARD_ASK, /* a person at the window decides about this one passage */
  CLIPBOARD_PASS,
} ClipboardVerdict;

ClipboardVerdict clipboard_policy_judge (ClipboardPolicy policy,
                                         ClipboardDirection direction,
                                         ClipboardSide side);

/* "off", "to-guest", "from-guest", "both", "ask"; NULL for another number. */
const char *clipboard_policy_word (guint policy);
/* FALSE if it is none of these words. */
gboolean clipboard_policy_from_word (const char *word, ClipboardPolicy *ret_policy);
