/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The clock of what is to end at a time: it cannot be set, and goes on while the computer sleeps.
 * Used by vmm and display; the same in both.
 */
#pragma once

#include <glib.h>
#include <time.h>

/* Microseconds of CLOCK_BOOTTIME. */
static inline gint64
boot_clock_now (void)
{
  struct timespec now = { 0 };

  clock_gettime (CLOCK_BOOTTIME, &now);
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

/* What the clock on the wall shows at such an instant, in seconds since the epoch: as that clock is
 * set now, so never to be kept. */
static inline gint64
boot_clock_to_wall (gint64 instant)
{
  gint64 offset = g_get_real_time () - boot_clock_now ();

  return (instant + offset + G_USEC_PER_SEC / 2) / G_USEC_PER_SEC;
}
