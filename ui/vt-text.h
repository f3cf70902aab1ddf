/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Translated words for what app/ reports as numbers, with the icon and style class that go with
 * them, so that every page says the same.
 */
#pragma once

#include "vt-guest.h"

/* "Running", "Stopped"... Static. */
const char *vt_text_state (VtGuestState state);

/* A running guest's isolation in a few words; a guest in software emulation always says so. */
const char *vt_text_badge (VtBadge badge, const char *accelerator);
const char *vt_text_badge_icon (VtBadge badge);
const char *vt_text_badge_class (VtBadge badge);

/* Whether a vmm holds the guest, so that there is or soon will be a display. */
gboolean vt_text_is_live (VtGuestState state);

/* "2 GiB", "512 MiB". Transfer full. */
char *vt_text_memory (guint mib);

/* A name for a file that is made of a guest: its name and the time. Transfer full. */
char *vt_text_new_file (VtGuest *guest, const char *extension);

/* A disk by the name of its file, or of what a server calls it. Transfer full. */
char *vt_text_disk (const GuestDisk *disk);
