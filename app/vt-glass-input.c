/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a front end tells a guest as a keyboard, pointer, touch screen and monitor. Runs in `vitrine` and
 * `vitrinectl`; must never send a number that the display process would end the connection for.
 */
#include "vt-glass-client-private.h"

void
vt_glass_client_key (VtGlassClient *self, guint qnum, gboolean down)
{
  GlassRequest request = { .key = { GLASS_KEY, qnum, down != FALSE } };

  if (qnum >= 1 && qnum <= GLASS_KEY_MAX)
    vt_glass_client_send_take_fd (self, &request, -1);
}

void
vt_glass_client_locks (VtGlassClient *self, guint leds)
{
  GlassRequest request = { .locks = { GLASS_LOCKS, leds & GLASS_LEDS_ALL } };

  vt_glass_client_send_take_fd (self, &request, -1);
}

/* A place beyond the edge is at the edge. */
static guint32
clamp_place (guint value, guint32 size)
{
  return MIN (value, (size > 0 ? size : GLASS_DIMENSION_MAX) - 1);
}

void
vt_glass_client_pointer (VtGlassClient *self, guint x, guint y)
{
  const GlassState *state = vt_glass_client_get_state (self);
  GlassRequest request = { .absolute = { GLASS_POINTER_ABSOLUTE, clamp_place (x, state->width),
                                         clamp_place (y, state->height) } };

  vt_glass_client_send_take_fd (self, &request, -1);
}

void
vt_glass_client_pointer_relative (VtGlassClient *self, int dx, int dy)
{
  GlassRequest request = { .relative = { GLASS_POINTER_RELATIVE,
                                         CLAMP (dx, -GLASS_RELATIVE_MAX, GLASS_RELATIVE_MAX),
                                         CLAMP (dy, -GLASS_RELATIVE_MAX, GLASS_RELATIVE_MAX) } };

  vt_glass_client_send_take_fd (self, &request, -1);
}

void
vt_glass_client_button (VtGlassClient *self, GlassButtonNumber button, gboolean down)
{
  GlassRequest request = { .button = { GLASS_BUTTON, button, down != FALSE } };

  if (button <= GLASS_BUTTON_LAST)
    vt_glass_client_send_take_fd (self, &request, -1);
}

void
vt_glass_client_touch (VtGlassClient *self, guint kind, guint slot, guint x, guint y)
{
  const GlassState *state = vt_glass_client_get_state (self);
  GlassRequest request = { .touch = { GLASS_TOUCH, kind, slot, clamp_place (x, state->width),
                                      clamp_place (y, state->height) } };

  if (kind <= GLASS_TOUCH_KIND_LAST && slot < GLASS_TOUCH_SLOTS_MAX)
    vt_glass_client_send_take_fd (self, &request, -1);
}

void
vt_glass_client_resize (VtGlassClient *self,
                        guint width,
                        guint height,
                        guint width_mm,
                        guint height_mm)
{
  GlassRequest request = { .resize = { GLASS_RESIZE, MIN (width, GLASS_DIMENSION_MAX),
                                       MIN (height, GLASS_DIMENSION_MAX), width_mm, height_mm } };

  if (width > 0 && height > 0)
    vt_glass_client_send_take_fd (self, &request, -1);
}

void
vt_glass_client_head_off (VtGlassClient *self)
{
  const GlassState *state = vt_glass_client_get_state (self);
  GlassRequest request = { .head_off = { GLASS_HEAD_OFF } };

  if (state->console > 0)
    vt_glass_client_send_take_fd (self, &request, -1);
}
