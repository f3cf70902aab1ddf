/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Words that the front ends share.
 */
#pragma once

#include <glib-object.h>

typedef enum
{
  VT_GUEST_STOPPED,
  VT_GUEST_STARTING,
  VT_GUEST_RUNNING,
  VT_GUEST_PAUSED,
  VT_GUEST_STOPPING,
  VT_GUEST_FAILED, /* its vmm says so: QEMU died or cannot go on; reason in "state-reason" */
  VT_GUEST_BROKEN, /* guest.conf cannot be read: "state-reason" says file, line, key */
} VtGuestState;

typedef enum
{
  VT_BADGE_UNKNOWN, /* not running */
  VT_BADGE_GREEN,
  VT_BADGE_AMBER,
  VT_BADGE_RED,
} VtBadge;

/* What gets a guest on that is paused or has failed. */
typedef enum
{
  VT_REMEDY_RESUME,
  VT_REMEDY_RESET,
  VT_REMEDY_FORCE_OFF,
} VtRemedy;

#define VT_TYPE_GUEST_STATE (vt_guest_state_get_type ())
GType vt_guest_state_get_type (void);
#define VT_TYPE_BADGE (vt_badge_get_type ())
GType vt_badge_get_type (void);
#define VT_TYPE_REMEDY (vt_remedy_get_type ())
GType vt_remedy_get_type (void);

/* "running", "green": as in --json, in the control interface, and never translated. */
const char *vt_guest_state_word (VtGuestState state);
const char *vt_badge_word (VtBadge badge);

/* From the control interface (B1); an unknown word reads as failed, as no badge, or as resume:
 * QEMU refuses that where it must. */
VtGuestState vt_guest_state_from_word (const char *word);
VtBadge vt_badge_from_word (const char *word);
VtRemedy vt_remedy_from_word (const char *word);
