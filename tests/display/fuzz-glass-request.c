/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What local front ends send to vitrine-display.
 */
#include "local/glass-parse.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  GlassSoundFrame frames[GLASS_SOUND_FRAMES_MAX];
  GlassRequest request;
  guint n;

  if (glass_parse_recorded (data, size, frames, &n) == PARSE_OK)
    g_assert_true (n >= 1 && n <= GLASS_SOUND_FRAMES_MAX && size == 8 + n * 4);
  if (glass_parse_request (data, size, &request) != PARSE_OK)
    return 0;
  g_assert_cmpuint (size, <=, sizeof request);
  if (request.type == GLASS_KEY)
    g_assert_true (request.key.key >= 1 && request.key.key <= GLASS_KEY_MAX);
  if (request.type == GLASS_BUTTON)
    g_assert_cmpuint (request.button.button, <=, GLASS_BUTTON_LAST);
  if (request.type == GLASS_TOUCH)
    g_assert_cmpuint (request.touch.slot, <, GLASS_TOUCH_SLOTS_MAX);
  return 0;
}
