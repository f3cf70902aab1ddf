/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Spin buttons of limits. Runs in `vitrine`; knows nothing of guests.
 */
#include "config.h"

#include "limit-spin.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdlib.h>

#define RANGE_KEY "vitrine-limit-range"
#define DIGITS 3
#define WIDTH_CHARS 16

static const LimitRange *
get_range (GtkSpinButton *spin)
{
  return g_object_get_data (G_OBJECT (spin), RANGE_KEY);
}

/* "1.5", with no more digits than it takes. */
static char *
format_number (double number)
{
  g_autofree char *text = g_strdup_printf ("%.*f", DIGITS, number);
  gsize end = strlen (text);

  while (end > 0 && text[end - 1] == '0')
    end--;
  if (end > 0 && !g_ascii_isdigit (text[end - 1]))
    end--; /* the decimal sign of the locale */
  return g_strndup (text, end);
}

static char *
with_unit (const LimitRange *range, const char *number)
{
  return range->unit ? g_strdup_printf ("%s %s", number, _ (range->unit)) : g_strdup (number);
}

static gboolean
on_output (GtkSpinButton *spin)
{
  const LimitRange *range = get_range (spin);
  double value = gtk_adjustment_get_value (gtk_spin_button_get_adjustment (spin));
  g_autofree char *number = format_number (value);
  g_autofree char *text = value > 0 ? with_unit (range, number) : g_strdup (_ (range->none));

  if (g_strcmp0 (gtk_entry_get_text (GTK_ENTRY (spin)), text) != 0)
    gtk_entry_set_text (GTK_ENTRY (spin), text);
  return TRUE;
}

/* A number with or without the unit, or the word for 0. */
static gboolean
parse (GtkSpinButton *spin, double *ret_value)
{
  const char *text = gtk_entry_get_text (GTK_ENTRY (spin));
  char *end;
  double value = strtod (text, &end);

  if (g_strcmp0 (text, _ (get_range (spin)->none)) == 0)
    value = 0;
  else if (end == text || !isfinite (value) || value < 0)
    return FALSE;
  *ret_value = value;
  return TRUE;
}

static gint
on_input (GtkSpinButton *spin, double *value)
{
  return parse (spin, value) ? TRUE : GTK_INPUT_ERROR;
}

/* Between none and the least there is nothing: whoever comes from below gets the least. */
static void
on_value (GtkSpinButton *spin)
{
  const LimitRange *range = get_range (spin);
  double least = (double) range->min / range->scale;
  double value = gtk_spin_button_get_value (spin);

  if (value > 0 && value < least)
    gtk_spin_button_set_value (spin, least);
}

/* The wheel is for the page. */
static gboolean
on_scroll (GtkWidget *widget)
{
  g_signal_stop_emission_by_name (widget, "scroll-event");
  return GDK_EVENT_PROPAGATE;
}

GtkWidget *
limit_spin_new (const LimitRange *range, const char *value)
{
  GtkAdjustment *adjustment = gtk_adjustment_new (
      0, 0, (double) range->max / range->scale, (double) range->step / range->scale,
      10.0 * range->step / range->scale, 0);
  GtkSpinButton *spin = GTK_SPIN_BUTTON (gtk_spin_button_new (adjustment, 0, DIGITS));

  g_object_set_data (G_OBJECT (spin), RANGE_KEY, (gpointer) range);
  gtk_spin_button_set_update_policy (spin, GTK_UPDATE_ALWAYS);
  gtk_entry_set_width_chars (GTK_ENTRY (spin), WIDTH_CHARS);
  gtk_entry_set_alignment (GTK_ENTRY (spin), 1);
  g_signal_connect (spin, "output", G_CALLBACK (on_output), NULL);
  g_signal_connect (spin, "input", G_CALLBACK (on_input), NULL);
  g_signal_connect (spin, "value-changed", G_CALLBACK (on_value), NULL);
  g_signal_connect (spin, "scroll-event", G_CALLBACK (on_scroll), NULL);
  gtk_spin_button_set_value (spin, g_ascii_strtod (value, NULL) / range->scale);
  gtk_spin_button_update (spin);
  return GTK_WIDGET (spin);
}

char *
limit_spin_get_value (GtkSpinButton *spin)
{
  double value;

  if (!parse (spin, &value))
    return g_strdup (gtk_entry_get_text (GTK_ENTRY (spin)));
  return g_strdup_printf ("%.0f", round (value * get_range (spin)->scale));
}
