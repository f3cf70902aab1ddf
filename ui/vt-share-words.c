/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What is said of a share and of a viewer. Runs in `vitrine`; must never ask a name server.
 */
#include "config.h"

#include "vt-share-private.h"

#include "own-addresses.h"
#include "share-options.h"
#include "share-protocol.h"

#include <glib/gi18n.h>

/* Today's by the clock alone. */
static char *
clock_time (gint64 seconds)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (seconds);
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  gboolean today = time && now && g_date_time_get_year (time) == g_date_time_get_year (now) &&
                   g_date_time_get_day_of_year (time) == g_date_time_get_day_of_year (now);

  return time ? g_date_time_format (time, today ? "%R" : "%x %R") : g_strdup ("?");
}

/* Every address is no address to type: the computer's name is. */
char *
vt_share_words_place (const VtShare *share)
{
  gboolean everywhere =
      g_str_equal (share->address, "0.0.0.0") || g_str_equal (share->address, "::");

  return share_options_place (everywhere ? g_get_host_name () : share->address, share->port);
}

/* For another hour, or for less than a minute: a share ends by itself. */
static char *
describe_end (const VtShare *share)
{
  g_autofree char *until = clock_time (share->expires);
  gint64 minutes = (share->expires - g_get_real_time () / G_USEC_PER_SEC + 30) / 60;
  guint n;

  if (minutes >= 48 * 60)
    /* Translators: %s is a date and time. */
    return g_strdup_printf (_ ("Until %s."), until);
  if (minutes >= 120)
    {
      n = minutes / 60;
      /* Translators: a number of hours, a date and time. */
      return g_strdup_printf (
          ngettext ("For %u more hour, until %s.", "For %u more hours, until %s.", n), n, until);
    }
  n = MAX (minutes, 1);
  /* Translators: a number of minutes, a date and time. */
  return g_strdup_printf (
      ngettext ("For %u more minute, until %s.", "For %u more minutes, until %s.", n), n, until);
}

/* The computer's name, which is shown, may mean nothing to others: what it is known by does. */
static void
append_addresses (GString *text, const VtShare *share)
{
  g_autofree char *list = own_addresses_describe (share->address);

  if (list)
    {
      g_string_append_c (text, '\n');
      /* Translators: IP addresses. */
      g_string_append_printf (text, _ ("Addresses of this computer: %s"), list);
    }
}

char *
vt_share_words_share (VtShareDialog *self, const VtShare *share)
{
  g_autofree char *end = describe_end (share);
  const char *password = vt_guest_get_share_password (self->guest, share->id);
  GString *text = g_string_new (NULL);

  /* Translators: the number of one of the guest's displays. */
  if (vt_share_dialog_has_several_heads (self))
    g_string_append_printf (text, _ ("Display %u. "), share->head);
  g_string_append (text, end);
  g_string_append_printf (text, " %s",
                          share->view_only ? _ ("Viewers may look only.")
                                           : _ ("Viewers may look and type."));
  if (share->ask)
    g_string_append_printf (text, " %s", _ ("You are asked for each viewer."));
  if (password)
    {
      g_string_append_c (text, '\n');
      g_string_append_printf (text, _ ("Password: %s"), password);
    }
  else
    g_string_append_printf (text, "\n%s", _ ("Whoever shared it was told the password."));
  append_addresses (text, share);
  if (share->tls)
    {
      g_string_append_c (text, '\n');
      g_string_append_printf (text, _ ("Encrypted. The viewer must show this fingerprint: %s"),
                              share->fingerprint);
    }
  return g_string_free (text, FALSE);
}

/* A protocol's name; a vmm of a later version may know more of them. */
const char *
vt_share_words_title (const char *word)
{
  const ShareProtocol *protocol = share_protocol_find (word);

  return protocol ? protocol->title : word;
}

char *
vt_share_words_viewer (const VtViewer *viewer)
{
  g_autofree char *since = clock_time (viewer->since);
  g_autofree char *bytes = g_format_size (viewer->bytes);

  switch (viewer->state)
    {
    case VT_VIEWER_ASKS:
      /* Translators: a time. */
      return g_strdup_printf (_ ("Has logged in and waits to be let in, since %s"), since);
    case VT_VIEWER_LOGIN:
      return g_strdup_printf (_ ("Logging in, since %s"), since);
    default:
      /* Translators: a protocol, a time, an amount of data such as 3.4 MB. */
      return g_strdup_printf (_ ("Looks on by %s since %s, %s sent"),
                              vt_share_words_title (viewer->protocol), since, bytes);
    }
}

/* Which display a share serves, if there are several; else "". */
char *
vt_share_words_display (VtShareDialog *self, guint id)
{
  g_autoptr (GPtrArray) shares = vt_guest_get_shares (self->guest);

  for (guint i = 0; vt_share_dialog_has_several_heads (self) && i < shares->len; i++)
    {
      const VtShare *share = shares->pdata[i];

      if (share->id == id)
        return g_strdup_printf (_ ("Display %u. "), share->head);
    }
  return g_strdup ("");
}
