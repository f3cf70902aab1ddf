/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Words for guests, their states and disks. Runs in `vitrine`; opens no file.
 */
#include "config.h"

#include "vt-text.h"

#include "nbd-address-parse.h"

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

char *
vt_text_new_file (VtGuest *guest, const char *extension)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *stamp = g_date_time_format (now, "%Y-%m-%d %H-%M-%S");
  g_autofree char *plain = g_strdelimit (g_strdup (vt_guest_get_name (guest)), "/", '-');

  return g_strdup_printf ("%s %s.%s", plain, stamp, extension);
}

char *
vt_text_disk (const GuestDisk *disk)
{
  const char *why;
  g_autoptr (NbdAddress) address =
      guest_disk_is_remote (disk) ? nbd_address_parse (disk->file, &why) : NULL;

  if (!address)
    return g_filename_display_basename (disk->file);
  return *address->name != '\0' ? g_strdup (address->name) : g_strdup (_ ("Network disk"));
}
