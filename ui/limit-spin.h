/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A spin button for a limit: a number with its unit, or a word for 0.
 */
#pragma once

#include <gtk/gtk.h>

typedef struct
{
  guint min; /* the least that is not 0; as the file counts */
  guint max;
  guint step;       /* an arrow */
  guint scale;      /* of the file's numbers in one of those shown: 1000 for MB/s */
  const char *unit; /* N_ (), behind the number: "MB/s"; or NULL */
  const char *none; /* N_ (): what 0 is called */
} LimitRange;

/* `range` must live as long as the program; `value` as in the file. */
GtkWidget *limit_spin_new (const LimitRange *range, const char *value);

/* As in the file, from what is written there now, which may be no number. Transfer full. */
char *limit_spin_get_value (GtkSpinButton *spin);
