/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Shares and their viewers as text and as JSON. Runs in vitrinectl.
 */
#include "config.h"

#include "ctl-share-print.h"

#include "connection-file.h"
#include "ctl-print.h"
#include "own-addresses.h"
#include "share-options.h"

#include <glib/gi18n.h>

static char *
format_time (gint64 seconds)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (seconds);

  return time ? g_date_time_format (time, "%F %T") : g_strdup ("?");
}

static const char *
access_word (const VtShare *share)
{
  return share->view_only ? "view-only" : "full";
}

/* The display that a viewer's share serves; 0 if that has just ended. */
static guint
head_of (const GPtrArray *shares, const VtViewer *viewer)
{
  for (guint i = 0; i < shares->len; i++)
    {
      const VtShare *share = shares->pdata[i];

      if (share->id == viewer->share)
        return share->head;
    }
  return 0;
}

/* --- JSON --- */

static void
add_string (JsonBuilder *builder, const char *key, const char *value)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_string_value (builder, value);
}

static void
add_int (JsonBuilder *builder, const char *key, gint64 value)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_int_value (builder, value);
}

static void
add_boolean (JsonBuilder *builder, const char *key, gboolean value)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_boolean_value (builder, value);
}

void
ctl_share_add_json (JsonBuilder *builder, const VtShare *share, const char *password)
{
  g_autofree char *uri = connection_file_uri (share);

  json_builder_begin_object (builder);
  add_int (builder, "id", share->id);
  add_string (builder, "protocol", share->protocol);
  add_string (builder, "address", share->address);
  add_int (builder, "port", share->port);
  add_boolean (builder, "tls", share->tls);
  add_string (builder, "fingerprint", share->fingerprint);
  add_int (builder, "head", share->head);
  add_boolean (builder, "view-only", share->view_only);
  add_boolean (builder, "ask", share->ask);
  add_int (builder, "expires", share->expires);
  if (share->url)
    add_string (builder, "url", share->url);
  if (share->link)
    add_string (builder, "link", share->link);
  if (uri)
    add_string (builder, "uri", uri);
  if (password)
    add_string (builder, "password", password);
  json_builder_end_object (builder);
}

void
ctl_share_print_json (const GPtrArray *shares, const GPtrArray *viewers)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "shares");
  json_builder_begin_array (builder);
  for (guint i = 0; i < shares->len; i++)
    ctl_share_add_json (builder, shares->pdata[i], NULL);
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "viewers");
  json_builder_begin_array (builder);
  for (guint i = 0; i < viewers->len; i++)
    {
      const VtViewer *viewer = viewers->pdata[i];

      json_builder_begin_object (builder);
      add_int (builder, "number", viewer->number);
      add_int (builder, "share", viewer->share);
      add_int (builder, "head", head_of (shares, viewer));
      add_string (builder, "address", viewer->address);
      add_string (builder, "protocol", viewer->protocol);
      add_string (builder, "state", vt_viewer_state_word (viewer->state));
      add_int (builder, "since", viewer->since);
      add_int (builder, "bytes", viewer->bytes);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  ctl_print_json (json_builder_get_root (builder));
}

/* --- Text --- */

void
ctl_share_print (const VtShare *share, gboolean several, const char *password)
{
  g_autofree char *head = g_strdup_printf ("%u", share->head);
  g_autofree char *place = share_options_place (share->address, share->port);
  g_autofree char *id = g_strdup_printf ("%u", share->id);
  g_autofree char *expires = format_time (share->expires);
  g_autofree char *uri = connection_file_uri (share);
  g_autofree char *own = own_addresses_describe (share->address);
  CtlTable *table = ctl_table_new (2);

  ctl_table_add (table, "id", id);
  ctl_table_add (table, share->protocol, place);
  if (own)
    ctl_table_add (table, "addresses", own);
  if (uri)
    ctl_table_add (table, "open", uri);
  ctl_table_add (table, "tls", share->tls ? "on" : "off");
  if (share->url)
    ctl_table_add (table, "url", share->url);
  if (share->link)
    ctl_table_add (table, "link", share->link);
  if (share->tls)
    ctl_table_add (table, "fingerprint", share->fingerprint);
  if (several)
    ctl_table_add (table, "display", head);
  ctl_table_add (table, "access", access_word (share));
  if (share->ask)
    ctl_table_add (table, "ask", "on");
  ctl_table_add (table, "expires", expires);
  if (password)
    ctl_table_add (table, "password", password);
  ctl_table_print_free (table);
  if (share->link)
    g_print ("%s\n", _ ("The link lets one viewer in without the password, once, within ten "
                        "minutes; all others type it at the url."));
}

void
ctl_share_print_all (const GPtrArray *shares)
{
  CtlTable *table = ctl_table_new (7);

  ctl_table_add (table, _ ("SHARE"), _ ("PROTOCOL"), _ ("WHERE"), _ ("DISPLAY"), _ ("TLS"),
                 _ ("ACCESS"), _ ("EXPIRES"));
  for (guint i = 0; i < shares->len; i++)
    {
      const VtShare *share = shares->pdata[i];
      g_autofree char *id = g_strdup_printf ("%u", share->id);
      g_autofree char *place = share_options_place (share->address, share->port);
      g_autofree char *head = g_strdup_printf ("%u", share->head);
      g_autofree char *expires = format_time (share->expires);

      ctl_table_add (table, id, share->protocol, place, head, share->tls ? "on" : "off",
                     access_word (share), expires);
    }
  ctl_table_print_free (table);
}

void
ctl_share_print_viewers (const GPtrArray *shares, const GPtrArray *viewers)
{
  CtlTable *table = ctl_table_new (8);

  ctl_table_add (table, _ ("VIEWER"), _ ("SHARE"), _ ("DISPLAY"), _ ("ADDRESS"), _ ("PROTOCOL"),
                 _ ("STATE"), _ ("SINCE"), _ ("BYTES"));
  for (guint i = 0; i < viewers->len; i++)
    {
      const VtViewer *viewer = viewers->pdata[i];
      g_autofree char *number = g_strdup_printf ("%u", viewer->number);
      g_autofree char *share = g_strdup_printf ("%u", viewer->share);
      g_autofree char *head = g_strdup_printf ("%u", head_of (shares, viewer));
      g_autofree char *since = format_time (viewer->since);
      g_autofree char *bytes = g_strdup_printf ("%" G_GUINT64_FORMAT, viewer->bytes);

      ctl_table_add (table, number, share, head, viewer->address, viewer->protocol,
                     vt_viewer_state_word (viewer->state), since, bytes);
    }
  ctl_table_print_free (table);
}
