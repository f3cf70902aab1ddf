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
