/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Translated words for states and badges. Runs in `vitrine`; pure.
 */
#include "config.h"

#include "vt-text.h"

#include <glib/gi18n.h>

const char *
vt_text_state (VtGuestState state)
{
  switch (state)
    {
    case VT_GUEST_STOPPED:
      return _ ("Stopped");
    case VT_GUEST_STARTING:
      return _ ("Starting");
    case VT_GUEST_RUNNING:
      return _ ("Running");
    case VT_GUEST_PAUSED:
      return _ ("Paused");
    case VT_GUEST_STOPPING:
      return _ ("Stopping");
    case VT_GUEST_FAILED:
      return _ ("Failed");
    case VT_GUEST_BROKEN:
      return _ ("Unreadable definition");
    }
  return "";
}

const char *
vt_text_badge (VtBadge badge, const char *accelerator)
{
  if (badge != VT_BADGE_UNKNOWN && g_strcmp0 (accelerator, "tcg") == 0)
    return _ ("Software emulation: no isolation guarantee");
  switch (badge)
    {
    case VT_BADGE_GREEN:
      return _ ("Isolated");
    case VT_BADGE_AMBER:
      return _ ("Isolated in part");
    case VT_BADGE_RED:
      return _ ("Not isolated");
    case VT_BADGE_UNKNOWN:
      break;
    }
  return "";
}

const char *
vt_text_badge_icon (VtBadge badge)
{
  switch (badge)
    {
    case VT_BADGE_GREEN:
      return "security-high-symbolic";
    case VT_BADGE_AMBER:
      return "security-medium-symbolic";
    default:
      return "security-low-symbolic";
    }
}

const char *
vt_text_badge_class (VtBadge badge)
{
  switch (badge)
    {
    case VT_BADGE_GREEN:
      return "badge-green";
    case VT_BADGE_AMBER:
      return "badge-amber";
    default:
      return "badge-red";
    }
}

gboolean
vt_text_is_live (VtGuestState state)
{
  return state == VT_GUEST_RUNNING || state == VT_GUEST_PAUSED || state == VT_GUEST_STOPPING;
}

char *
vt_text_memory (guint mib)
{
  if (mib % 1024 == 0 && mib != 0)
    return g_strdup_printf (_ ("%u GiB"), mib / 1024);
  return g_strdup_printf (_ ("%u MiB"), mib);
}
