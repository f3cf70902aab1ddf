/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The clipboard's policy as a table. Used by every process. Pure.
 */
#include "clipboard-policy.h"

static const char *const words[] = { "off", "to-guest", "from-guest", "both", "ask" };

G_STATIC_ASSERT (G_N_ELEMENTS (words) == CLIPBOARD_POLICY_LAST + 1);

/* By policy: to the guest, from the guest; for whoever sits at the guest's own machine. */
static const ClipboardVerdict verdicts[][2] = {
  [CLIPBOARD_POLICY_OFF] = { CLIPBOARD_REFUSE, CLIPBOARD_REFUSE },
  [CLIPBOARD_POLICY_TO_GUEST] = { CLIPBOARD_PASS, CLIPBOARD_REFUSE },
  [CLIPBOARD_POLICY_FROM_GUEST] = { CLIPBOARD_REFUSE, CLIPBOARD_PASS },
  [CLIPBOARD_POLICY_BOTH] = { CLIPBOARD_PASS, CLIPBOARD_PASS },
  [CLIPBOARD_POLICY_ASK] = { CLIPBOARD_ASK, CLIPBOARD_ASK },
};

G_STATIC_ASSERT (G_N_ELEMENTS (verdicts) == CLIPBOARD_POLICY_LAST + 1);

ClipboardVerdict
clipboard_policy_judge (ClipboardPolicy policy, ClipboardDirection direction, ClipboardSide side)
{
  ClipboardVerdict verdict;

  if ((guint) policy > CLIPBOARD_POLICY_LAST || (guint) direction > CLIPBOARD_FROM_GUEST)
    return CLIPBOARD_REFUSE;
  verdict = verdicts[policy][direction];
  if (side == CLIPBOARD_SIDE_LOCAL)
    return verdict;
  /* Whoever only looks at a guest must not read what is copied in it, let alone write. And a person
   * who is asked answers for the own clipboard, not for a stranger's. */
  return side == CLIPBOARD_SIDE_REMOTE && verdict == CLIPBOARD_PASS ? CLIPBOARD_PASS
                                                                    : CLIPBOARD_REFUSE;
}

const char *
clipboard_policy_word (guint policy)
{
  return policy <= CLIPBOARD_POLICY_LAST ? words[policy] : NULL;
}

gboolean
clipboard_policy_from_word (const char *word, ClipboardPolicy *ret_policy)
{
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_strcmp0 (word, words[i]) == 0)
      {
        *ret_policy = i;
        return TRUE;
      }
  return FALSE;
}
