/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A source that runs whenever its ready time has been set. Runs in vitrine-display.
 */
#include "main-wake.h"

static gboolean
dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  g_source_set_ready_time (source, -1);
  return callback (user_data);
}

GSource *
main_wake_new (const char *name, GSourceFunc woken, gpointer user_data)
{
  static GSourceFuncs funcs = { .dispatch = dispatch };
  GSource *wake = g_source_new (&funcs, sizeof (GSource));

  g_source_set_static_name (wake, name);
  g_source_set_callback (wake, woken, user_data, NULL);
  g_source_attach (wake, NULL);
  return wake;
}

void
main_wake (GSource *wake)
{
  g_source_set_ready_time (wake, 0);
}

void
main_wake_free (GSource *wake)
{
  g_source_destroy (wake);
  g_source_unref (wake);
}
