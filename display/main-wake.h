/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A source of the main loop for other threads to wake it by: however often they do before it runs,
 * it runs once.
 */
#pragma once

#include <glib.h>

/* `woken` runs in the main context, and returns G_SOURCE_CONTINUE. `name` is a literal. Free with
 * main_wake_free (). */
GSource *main_wake_new (const char *name, GSourceFunc woken, gpointer user_data);
/* Any thread. */
void main_wake (GSource *wake);
/* Nobody wakes it any more. */
void main_wake_free (GSource *wake);
