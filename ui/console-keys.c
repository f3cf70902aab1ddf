/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The console's key rules. Runs in `vitrine`; pure.
 */
#include "config.h"

#include "console-keys.h"

#include <string.h>

enum
{
  QNUM_CTRL_L = 0x1d,
  QNUM_CTRL_R = 0x9d,
  QNUM_ALT_L = 0x38, /* the right one is AltGr on many keyboards: it stays the guest's */
  QNUM_G = 0x22,
  QNUM_F11 = 0x57,
};

static gboolean
is_ctrl (guint qnum)
{
  return qnum == QNUM_CTRL_L || qnum == QNUM_CTRL_R;
}

static gboolean
chord_held (const ConsoleKeys *keys)
{
  return (keys->held[QNUM_CTRL_L] || keys->held[QNUM_CTRL_R]) && keys->held[QNUM_ALT_L];
}

static gboolean
anything_held (const ConsoleKeys *keys)
{
  for (guint i = 1; i <= GLASS_KEY_MAX; i++)
    if (keys->held[i])
      return TRUE;
  return FALSE;
}

ConsoleKeysAction
console_keys_press (ConsoleKeys *keys, guint qnum, gboolean grabbed)
{
  gboolean repeat;

  if (keys->ignored[qnum])
    return CONSOLE_KEYS_SWALLOW;
  if (qnum == QNUM_G && chord_held (keys) && !keys->held[qnum])
    {
      keys->ignored[qnum] = TRUE;
      keys->armed = FALSE;
      return CONSOLE_KEYS_TOGGLE_GRAB;
    }
  if (qnum == QNUM_F11 && !grabbed && !anything_held (keys))
    {
      keys->ignored[qnum] = TRUE;
      return CONSOLE_KEYS_FULLSCREEN;
    }
  repeat = keys->held[qnum];
  keys->held[qnum] = TRUE;
  if (is_ctrl (qnum) || qnum == QNUM_ALT_L)
    keys->armed = repeat ? keys->armed : chord_held (keys);
  else
    keys->armed = FALSE;
  return CONSOLE_KEYS_SEND;
}

ConsoleKeysAction
console_keys_release (ConsoleKeys *keys, guint qnum)
{
  if (keys->ignored[qnum])
    {
      keys->ignored[qnum] = FALSE;
      return CONSOLE_KEYS_SWALLOW;
    }
  /* The press went elsewhere (it gave us the focus): the guest must not see half a key. */
  if (!keys->held[qnum])
    return CONSOLE_KEYS_SWALLOW;
  keys->held[qnum] = FALSE;
  if (keys->armed && (is_ctrl (qnum) || qnum == QNUM_ALT_L))
    {
      keys->armed = FALSE;
      return CONSOLE_KEYS_LEAVE;
    }
  return CONSOLE_KEYS_SEND;
}

guint
console_keys_take_held (ConsoleKeys *keys)
{
  keys->armed = FALSE;
  memset (keys->ignored, 0, sizeof keys->ignored);
  for (guint i = 1; i <= GLASS_KEY_MAX; i++)
    {
      if (!keys->held[i])
        continue;
      keys->held[i] = FALSE;
      return i;
    }
  return 0;
}

void
console_keys_disarm (ConsoleKeys *keys)
{
  keys->armed = FALSE;
}
