/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What vt-console.c (picture) and vt-console-input.c (keys, pointer, grab) share.
 */
#pragma once

#include "console-keys.h"
#include "console-view.h"
#include "vt-console.h"

struct _VtConsole
{
  GtkDrawingArea parent_instance;

  /* owned */
  VtGlassClient *client;  /* input goes here */
  VtGlassClient *picture; /* whose frame is shown: the one before, until client has a frame */
  guint follow_source;    /* resize hint to come */

  ConsoleView view;
  ConsoleKeys keys;
  gboolean fit;
  gboolean follow;
  gboolean grabbed;

  /* pointer */
  guint buttons; /* bit n: GlassButtonNumber n is down in the guest */
  double scroll; /* part of a wheel click not sent yet */
  double last_x; /* logical pixels, while grabbed and relative */
  double last_y;
  gboolean has_last;
  int cursor_x; /* guest pixels: where a relative guest draws its cursor */
  int cursor_y;
  gboolean cursor_shown;
};

/* vt-console-input.c */
void vt_console_input_class_init (GtkWidgetClass *klass);
void vt_console_input_init (VtConsole *self);
/* Releases every key and button that the guest believes to be held. */
void vt_console_input_release_all (VtConsole *self);
/* Shows the guest's cursor, or none, over the console. */
void vt_console_input_update_cursor (VtConsole *self);
void vt_console_input_ungrab (VtConsole *self);
gboolean vt_console_input_grab (VtConsole *self);

/* vt-console.c */
void vt_console_emit_leave (VtConsole *self);
void vt_console_emit_fullscreen (VtConsole *self);
/* Repaints the cursor that a relative guest draws. */
void vt_console_queue_cursor (VtConsole *self);
