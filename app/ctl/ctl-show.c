/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * `vitrinectl list` and `show`. Runs in vitrinectl; changes nothing.
 */
#include "config.h"

#include "ctl-display.h"
#include "ctl-guests.h"
#include "ctl-print.h"
#include "ctl-report.h"
#include "paths.h"

#include <glib/gi18n.h>

static void
add_string (JsonBuilder *builder, const char *key, const char *value)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_string_value (builder, value ? value : "");
}

/* "" where nothing runs that could have one. */
static const char *
badge_word (VtBadge badge)
{
  return badge == VT_BADGE_UNKNOWN ? "" : vt_badge_word (badge);
}

/* The keys that `list` and `show` have in common; stable. */
static void
add_state (JsonBuilder *builder, VtGuest *guest)
{
  add_string (builder, "uuid", vt_guest_get_uuid (guest));
  add_string (builder, "name", vt_guest_get_name (guest));
  add_string (builder, "state", vt_guest_state_word (vt_guest_get_state (guest)));
  add_string (builder, "state-reason", vt_guest_get_state_reason (guest));
  add_string (builder, "accelerator", vt_guest_get_accelerator (guest));
  add_string (builder, "accelerator-reason", vt_guest_get_accelerator_reason (guest));
  add_string (builder, "isolation", badge_word (vt_guest_get_badge (guest)));
  add_string (builder, "isolation-reason", vt_guest_get_badge_reason (guest));
  json_builder_set_member_name (builder, "viewers");
  json_builder_add_int_value (builder, vt_guest_get_viewers (guest));
}

static void
list_json (GListModel *guests)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_array (builder);
  for (guint i = 0; i < g_list_model_get_n_items (guests); i++)
    {
      g_autoptr (VtGuest) guest = g_list_model_get_item (guests, i);

      json_builder_begin_object (builder);
      add_state (builder, guest);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  ctl_print_json (json_builder_get_root (builder));
}

gboolean
ctl_list (const CtlCall *call, GError **error)
{
  VtLibrary *library = ctl_library (error);
  CtlTable *table;

  if (!library || !ctl_settle_all (library, error))
    return FALSE;
  if (ctl_call_has (call, "json"))
    {
      list_json (G_LIST_MODEL (library));
      return TRUE;
    }
  if (g_list_model_get_n_items (G_LIST_MODEL (library)) == 0)
    return TRUE;
  table = ctl_table_new (5);
  ctl_table_add (table, _ ("NAME"), _ ("STATE"), _ ("ACCELERATOR"), _ ("ISOLATION"), _ ("UUID"));
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (library)); i++)
    {
      g_autoptr (VtGuest) guest = g_list_model_get_item (G_LIST_MODEL (library), i);

      ctl_table_add (table, vt_guest_get_name (guest),
                     vt_guest_state_word (vt_guest_get_state (guest)),
                     vt_guest_get_accelerator (guest), badge_word (vt_guest_get_badge (guest)),
                     vt_guest_get_uuid (guest));
    }
  ctl_table_print_free (table);
  return TRUE;
}

/* Of a running guest with several displays: how many, and a mask of those that are on. 0 if it has
 * one, or does not tell. */
static guint
get_heads (const CtlCall *call, VtGuest *guest, guint32 *ret_lit)
{
  const GuestDefinition *definition = vt_guest_get_definition (guest);
  g_autoptr (CtlDisplay) display = NULL;

  if (!definition || definition->heads < 2 || !ctl_is_running (guest))
    return 0;
  display = ctl_display_open (guest, call, NULL);
  if (!display)
    return 0;
  *ret_lit = vt_glass_client_get_lit (ctl_display_client (display));
  return vt_glass_client_get_n_heads (ctl_display_client (display));
}

/* Stable; empty unless the guest runs and has several. */
static void
add_heads (JsonBuilder *builder, const CtlCall *call, VtGuest *guest)
{
  guint32 lit = 0;
  guint count = get_heads (call, guest, &lit);

  json_builder_set_member_name (builder, "displays");
  json_builder_begin_array (builder);
  for (guint i = 0; i < count; i++)
    {
      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "number");
      json_builder_add_int_value (builder, i + 1);
      json_builder_set_member_name (builder, "on");
      json_builder_add_boolean_value (builder, (lit >> i & 1) != 0);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

/* "1 on, 2 off", or NULL. */
static char *
describe_heads (const CtlCall *call, VtGuest *guest)
{
  guint32 lit = 0;
  guint count = get_heads (call, guest, &lit);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < count; i++)
    g_string_append_printf (text, "%s%u %s", i > 0 ? ", " : "", i + 1,
                            (lit >> i & 1) != 0 ? "on" : "off");
  return g_string_free (text, count == 0);
}

static void
show_json (const CtlCall *call, VtGuest *guest, const char *log)
{
  const GuestDefinition *definition = vt_guest_get_definition (guest);
  g_auto (GStrv) settings = definition ? guest_definition_list (definition) : NULL;
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  add_state (builder, guest);
  add_string (builder, "log", log);
  json_builder_set_member_name (builder, "processes");
  ctl_add_processes (builder, guest);
  add_heads (builder, call, guest);
  json_builder_set_member_name (builder, "definition");
  json_builder_begin_object (builder);
  for (guint i = 0; settings && settings[i]; i += 2)
    add_string (builder, settings[i], settings[i + 1]);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  ctl_print_json (json_builder_get_root (builder));
}

/* "running: it is why" */
static char *
with_reason (const char *word, const char *reason)
{
  return g_strjoin (reason && *reason != '\0' ? ": " : "", word, reason, NULL);
}

static void
show_plain (const CtlCall *call, VtGuest *guest, const char *log)
{
  const GuestDefinition *definition = vt_guest_get_definition (guest);
  g_auto (GStrv) settings = definition ? guest_definition_list (definition) : NULL;
  g_autofree char *state = with_reason (vt_guest_state_word (vt_guest_get_state (guest)),
                                        vt_guest_get_state_reason (guest));
  g_autofree char *accelerator =
      with_reason (vt_guest_get_accelerator (guest), vt_guest_get_accelerator_reason (guest));
  g_autofree char *isolation =
      with_reason (badge_word (vt_guest_get_badge (guest)), vt_guest_get_badge_reason (guest));
  g_autofree char *heads = describe_heads (call, guest);
  g_autofree char *viewers = g_strdup_printf ("%u", vt_guest_get_viewers (guest));
  CtlTable *table = ctl_table_new (2);

  ctl_table_add (table, "name", vt_guest_get_name (guest));
  ctl_table_add (table, "uuid", vt_guest_get_uuid (guest));
  ctl_table_add (table, "state", state);
  if (ctl_is_running (guest))
    {
      ctl_table_add (table, "accelerator", accelerator);
      ctl_table_add (table, "isolation", isolation);
      ctl_table_add (table, "viewers", viewers);
      if (heads)
        ctl_table_add (table, "displays", heads);
    }
  ctl_table_add (table, "log", log);
  for (guint i = 0; settings && settings[i]; i += 2)
    ctl_table_add (table, settings[i], settings[i + 1]);
  ctl_table_print_free (table);
}

gboolean
ctl_show (const CtlCall *call, GError **error)
{
  VtGuest *guest = ctl_guest (call, error);
  g_autofree char *log = guest ? paths_guest_file (vt_guest_get_uuid (guest), "log") : NULL;

  if (!guest)
    return FALSE;
  if (ctl_call_has (call, "json"))
    show_json (call, guest, log);
  else
    show_plain (call, guest, log);
  return TRUE;
}
