/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The clipboard's policy, all of it, as a table written down a second time.
 */
#include "clipboard-policy.h"

#include <string.h>

/* Three letters a side: local, remote, view-only; R refuse, A ask, P pass. */
static const struct
{
  ClipboardPolicy policy;
  const char *word;
  const char *to_guest;
  const char *from_guest;
} table[] = {
  { CLIPBOARD_POLICY_OFF, "off", "RRR", "RRR" },
  { CLIPBOARD_POLICY_TO_GUEST, "to-guest", "PPR", "RRR" },
  { CLIPBOARD_POLICY_FROM_GUEST, "from-guest", "RRR", "PPR" },
  { CLIPBOARD_POLICY_BOTH, "both", "PPR", "PPR" },
  { CLIPBOARD_POLICY_ASK, "ask", "ARR", "ARR" },
};

static char
letter (ClipboardPolicy policy, ClipboardDirection direction, ClipboardSide side)
{
  return "RAP"[clipboard_policy_judge (policy, direction, side)];
}

static void
test_table (void)
{
  g_assert_cmpuint (G_N_ELEMENTS (table), ==, CLIPBOARD_POLICY_LAST + 1);
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    for (guint side = 0; side <= CLIPBOARD_SIDE_VIEW_ONLY; side++)
      {
        ClipboardPolicy policy = table[i].policy;

        g_assert_cmpint (letter (policy, CLIPBOARD_TO_GUEST, side), ==, table[i].to_guest[side]);
        g_assert_cmpint (letter (policy, CLIPBOARD_FROM_GUEST, side), ==,
                         table[i].from_guest[side]);
      }
}

static void
test_words (void)
{
  ClipboardPolicy policy;

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_assert_cmpstr (clipboard_policy_word (table[i].policy), ==, table[i].word);
      g_assert_true (clipboard_policy_from_word (table[i].word, &policy));
      g_assert_cmpint (policy, ==, table[i].policy);
    }
  g_assert_null (clipboard_policy_word (CLIPBOARD_POLICY_LAST + 1));
  g_assert_false (clipboard_policy_from_word ("Both", &policy));
  g_assert_false (clipboard_policy_from_word ("", &policy));
  g_assert_false (clipboard_policy_from_word (NULL, &policy));
}

/* A number that nobody has defined lets nothing pass. */
static void
test_unknown (void)
{
  for (guint side = 0; side <= CLIPBOARD_SIDE_VIEW_ONLY + 1; side++)
    {
      g_assert_cmpint (letter (CLIPBOARD_POLICY_LAST + 1, CLIPBOARD_TO_GUEST, side), ==, 'R');
      g_assert_cmpint (letter (-1, CLIPBOARD_FROM_GUEST, side), ==, 'R');
      g_assert_cmpint (letter (CLIPBOARD_POLICY_BOTH, 2, side), ==, 'R');
    }
  g_assert_cmpint (letter (CLIPBOARD_POLICY_BOTH, CLIPBOARD_TO_GUEST, 3), ==, 'R');
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clipboard-policy/table", test_table);
  g_test_add_func ("/clipboard-policy/words", test_words);
  g_test_add_func ("/clipboard-policy/unknown", test_unknown);
  return g_test_run ();
}
