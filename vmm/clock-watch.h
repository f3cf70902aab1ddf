/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Tells when the clock on the wall was set: by a person, by NTP, by a computer that wakes up. What
 * a guest's processes time goes by clocks that cannot be set; only what is shown to people changes.
 */
#pragma once

#include <glib.h>

typedef struct _ClockWatch ClockWatch;

/* `on_set` is called on the main context after each time. Where the kernel gives no timer the log
 * says so, and it is never called. */
ClockWatch *clock_watch_new (void (*on_set) (gpointer user_data), gpointer user_data);
void clock_watch_free (ClockWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClockWatch, clock_watch_free)
