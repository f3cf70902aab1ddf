/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What holds a guest's limits on this host, as one sentence for people. Pure.
 */
#pragma once

#include <glib.h>

/* `now`: the limits of a running guest (Limits of the control interface). Transfer full. */
char *limits_text_running (GVariant *now);

/* Of a guest that is switched off, by the doctor's JSON; NULL if it says nothing of it. */
char *limits_text_stopped (const char *doctor);

/* Whether a limit ("cpu", "memory", "processes", or any other) holds in a running guest. */
gboolean limits_text_holds (GVariant *now, const char *limit);
