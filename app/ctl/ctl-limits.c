/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * `vitrinectl limits`: what a guest may use at most, shown and changed, also while it runs.
 */
#include "config.h"

#include "ctl-guests.h"
#include "ctl-print.h"
#include "limits-text.h"

#include <glib/gi18n.h>
#include <string.h>

#define KB 1000u
#define MIB (G_GUINT64_CONSTANT (1) << 20)

typedef struct
{
  const char *name;
  const char *unit;  /* N_() */
  guint64 plain;     /* bytes that a size given with a letter is counted in; 0: a plain number */
  const char *holds; /* of vmm's Limits: whether it is in force; NULL: it always is */
  const char *help;  /* N_() */
} Limit;

static const Limit limits[] = {
  { "cpu", N_ ("per cent of a processor"), 0, "holds-cpu", N_ ("processor time") },
  { "memory", N_ ("MiB"), MIB, "holds-memory", N_ ("memory of all its processes") },
  { "disk-rate", N_ ("kB/s"), KB, NULL, N_ ("bytes from and to its disks") },
  { "disk-iops", N_ ("requests/s"), 0, NULL, N_ ("requests to its disks") },
  { "processes", "", 0, "holds-processes", N_ ("processes and threads") },
  { "descriptors", "", 0, NULL, N_ ("descriptors of QEMU") },
};

static char *
setting_of (const GuestDefinition *definition, const char *name)
{
  g_autofree char *key = g_strconcat ("limits.", name, NULL);

  return guest_definition_get (definition, key);
}

static gboolean
no_amount (const char *name, const char *text, GError **error)
{
  g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
               _ ("limits: %s: “%s” is no amount such as 20M or 2G, nor 0 for no limit"), name,
               text);
  return FALSE;
}

/* "10M" is counted in the limit's own unit; what is less than one of these is one: 0 is no limit.
 */
static gboolean
set_one (GuestDefinition *definition, const char *text, GStrvBuilder *keys, GError **error)
{
  const char *equals = strchr (text, '=');
  g_autofree char *name = equals ? g_strndup (text, equals - text) : NULL;
  g_autofree char *key = NULL;
  g_autofree char *value = NULL;
  guint64 bytes;

  for (gsize i = 0; name && i < G_N_ELEMENTS (limits); i++)
    if (strcmp (limits[i].name, name) == 0)
      {
        key = g_strconcat ("limits.", name, NULL);
        if (limits[i].plain > 0 && ctl_parse_size (equals + 1, limits[i].plain, &bytes))
          value = g_strdup_printf ("%" G_GUINT64_FORMAT,
                                   MAX (bytes / limits[i].plain, bytes > 0 ? 1 : 0));
        else if (limits[i].plain > 0 && strspn (equals + 1, "0123456789") < strlen (equals + 1))
          return no_amount (name, equals + 1, error);
        g_strv_builder_add (keys, key);
        return guest_definition_set (definition, key, value ? value : equals + 1, error);
      }
  g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
               _ ("limits: “%s” is not LIMIT=VALUE with one of: cpu, memory, disk-rate, disk-iops, "
                  "processes, descriptors"),
               text);
  return FALSE;
}

static gboolean
change (VtGuest *guest, const CtlCall *call, GError **error)
{
  g_autoptr (GuestDefinition) wanted = guest_definition_copy (vt_guest_get_definition (guest));
  g_autoptr (GStrvBuilder) keys = g_strv_builder_new ();
  g_auto (GStrv) list = NULL;
  g_auto (CtlWait) wait = { NULL };

  for (guint i = 1; i < call->arguments->len; i++)
    if (!set_one (wanted, ctl_call_argument (call, i), keys, error))
      return FALSE;
  list = g_strv_builder_end (keys);
  vt_guest_change_async (guest, wanted, (const char *const *) list, ctl_interrupt (), ctl_wait_done,
                         &wait);
  return vt_guest_change_finish (guest, ctl_wait_result (&wait), error);
}

/* Whether the running guest is held to it; a stopped one will be, as far as the host can. */
static const char *
in_force (GVariant *now, const Limit *limit)
{
  gboolean holds;

  if (!now)
    return "";
  if (limit->holds && (!g_variant_lookup (now, limit->holds, "b", &holds) || !holds))
    return _ ("not on this host");
  return _ ("in force");
}

static void
print (VtGuest *guest, GVariant *now)
{
  CtlTable *table = ctl_table_new (5);
  g_autofree char *text = NULL;

  ctl_table_add (table, _ ("LIMIT"), _ ("VALUE"), _ ("UNIT"), _ ("OF"), _ ("STATE"));
  for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      g_autofree char *value = setting_of (vt_guest_get_definition (guest), limits[i].name);
      gboolean none = strcmp (value, "0") == 0;

      ctl_table_add (table, limits[i].name, none ? _ ("none") : value,
                     none || !*limits[i].unit ? "" : _ (limits[i].unit), _ (limits[i].help),
                     none ? "" : in_force (now, &limits[i]));
    }
  ctl_table_print_free (table);
  text = now ? limits_text_running (now) : NULL;
  if (text)
    g_print ("%s\n", text);
}

static gboolean
print_json (VtGuest *guest, GVariant *now)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  json_builder_begin_object (builder);
  for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      g_autofree char *value = setting_of (vt_guest_get_definition (guest), limits[i].name);
      gboolean holds = now != NULL;

      json_builder_set_member_name (builder, limits[i].name);
      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "value");
      json_builder_add_int_value (builder, g_ascii_strtoll (value, NULL, 10));
      if (now && limits[i].holds)
        g_variant_lookup (now, limits[i].holds, "b", &holds);
      json_builder_set_member_name (builder, "enforced");
      json_builder_add_boolean_value (builder, holds);
      json_builder_end_object (builder);
    }
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, TRUE);
  g_print ("%s\n", text);
  return TRUE;
}

gboolean
ctl_limits (const CtlCall *call, GError **error)
{
  VtGuest *guest = ctl_guest (call, error);
  g_autoptr (GVariant) now = NULL;

  if (!guest)
    return FALSE;
  if (!vt_guest_get_definition (guest))
    {
      g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED, "%s", vt_guest_get_state_reason (guest));
      return FALSE;
    }
  if (call->arguments->len > 1)
    return change (guest, call, error);
  now = ctl_is_running (guest) ? vt_guest_dup_limits (guest) : NULL;
  if (ctl_call_has (call, "json"))
    return print_json (guest, now);
  print (guest, now);
  return TRUE;
}
