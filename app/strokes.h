/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A text as the keys of a US keyboard. Pure.
 */
#pragma once

#include <glib.h>

/* What is pressed together for a character: its key (QEMU's qnum), and shift around it or not. */
typedef struct
{
  guint key;
  gboolean shift;
} Stroke;

/* All of the text, which is UTF-8, or nothing: NULL with the first character that has no key. A line's
 * end is Return, however it is written. */
GArray *strokes_from_text (const char *text, gunichar *ret_character);

/* As a person can read it: itself, or its number. */
char *strokes_show_character (gunichar character);
