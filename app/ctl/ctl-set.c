/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * `vitrinectl set` and `delete`: changes to a guest, most of which take a stopped one.
 */
#include "config.h"

#include "ctl-guests.h"

#include <glib/gi18n.h>
#include <string.h>

#define MIB (G_GUINT64_CONSTANT (1) << 20)

/* "memory=2G" as in `create`; the file and plain numbers know MiB only. */
static char *
to_file_value (const char *key, const char *value)
{
  guint64 bytes;

  if ((strcmp (key, "memory") == 0 || strcmp (key, "guest.memory") == 0) &&
      ctl_parse_size (value, MIB, &bytes) && bytes >= MIB)
    return g_strdup_printf ("%" G_GUINT64_FORMAT, bytes / MIB);
  return g_strdup (value);
}

static gboolean
set_one (GuestDefinition *definition, const char *text, GStrvBuilder *keys, GError **error)
{
  const char *equals = strchr (text, '=');
  g_autofree char *key = equals ? g_strndup (text, equals - text) : NULL;
  g_autofree char *value = equals ? to_file_value (key, equals + 1) : NULL;

  if (!key || *key == '\0')
    {
      g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, _ ("set: '%s' is not KEY=VALUE"), text);
      return FALSE;
    }
  g_strv_builder_add (keys, key);
  return guest_definition_set (definition, key, value, error);
}

/* What can be changed in a running guest takes effect there at once; of all else it is said that
 * the guest must be stopped. */
static gboolean
change (VtGuest *guest, const GuestDefinition *wanted, GStrvBuilder *keys, GError **error)
{
  g_auto (CtlWait) wait = { NULL };
  g_auto (GStrv) list = g_strv_builder_end (keys);
  gboolean is_running = ctl_is_running (guest);

  vt_guest_change_async (guest, wanted, (const char *const *) list, ctl_interrupt (),
                         ctl_wait_done, &wait);
  if (!vt_guest_change_finish (guest, ctl_wait_result (&wait), error))
    return FALSE;
  if (is_running)
    g_print (_ ("The guest is running: the change is in force from now on.\n"));
  return TRUE;
}

gboolean
ctl_set (const CtlCall *call, GError **error)
{
  VtGuest *guest = ctl_guest (call, error);
  const GuestDefinition *present = guest ? vt_guest_get_definition (guest) : NULL;
  g_autoptr (GuestDefinition) definition = NULL;
  g_autoptr (GStrvBuilder) keys = g_strv_builder_new ();

  if (!guest)
    return FALSE;
  if (!present)
    {
      g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED, "%s", vt_guest_get_state_reason (guest));
      return FALSE;
    }
  definition = guest_definition_copy (present);
  for (guint i = 1; i < call->arguments->len; i++)
    if (!set_one (definition, ctl_call_argument (call, i), keys, error))
      return FALSE;
  return change (guest, definition, keys, error);
}

gboolean
ctl_delete (const CtlCall *call, GError **error)
{
  VtGuest *guest = ctl_guest (call, error);

  return guest && vt_guest_delete (guest, error);
}
