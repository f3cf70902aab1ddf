/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Changes of a guest that take effect while it runs: one table says which keys can, and by which
 * call of its vmm. All calls are made or, when one is refused, taken back; then all is written to
 * the definition. Runs in the front ends; never blocks but for writing one small file.
 */
#include "config.h"

#include "vt-guest-private.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

/* In this order; the last one cannot always be taken back, for it cuts connections. */
typedef enum
{
  SAY_CLIPBOARD,
  SAY_LIMITS,
  SAY_NETWORK,
  N_SAYINGS
} Saying;

static const char *const methods[N_SAYINGS] = {
  [SAY_CLIPBOARD] = "SetClipboard",
  [SAY_LIMITS] = "SetLimits",
  [SAY_NETWORK] = "SetNetwork",
};

/* Its name after the dot is what vmm calls it. */
typedef struct
{
  const char *key;
  Saying saying;
  const char *type;
} LiveKey;

static const LiveKey live_keys[] = {
  { "clipboard.policy", SAY_CLIPBOARD, "s" }, { "limits.cpu", SAY_LIMITS, "u" },
  { "limits.memory", SAY_LIMITS, "u" },       { "limits.disk-rate", SAY_LIMITS, "u" },
  { "limits.disk-iops", SAY_LIMITS, "u" },    { "limits.processes", SAY_LIMITS, "u" },
  { "limits.descriptors", SAY_LIMITS, "u" },  { "network.policy", SAY_NETWORK, "s" },
  { "network.forward", SAY_NETWORK, "as" },   { "network.dns", SAY_NETWORK, "s" },
  { "network.rate-in", SAY_NETWORK, "u" },    { "network.rate-out", SAY_NETWORK, "u" },
};

#define N_LIVE_KEYS G_N_ELEMENTS (live_keys)

typedef struct
{
  GuestDefinition *before; /* what was changed from */
  GuestDefinition *wanted;
  gboolean is_asked[N_LIVE_KEYS];
  guint next; /* Saying */
  GError *refused;
} Change;

static void
change_free (gpointer data)
{
  Change *change = data;

  g_clear_pointer (&change->before, guest_definition_free);
  g_clear_pointer (&change->wanted, guest_definition_free);
  g_clear_error (&change->refused);
  g_free (change);
}

/* --- which keys --- */

gboolean
vt_guest_key_is_live (const char *key)
{
  for (guint i = 0; i < N_LIVE_KEYS; i++)
    if (strcmp (live_keys[i].key, key) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
differs (const GuestDefinition *from, const GuestDefinition *to, const char *key)
{
  g_autofree char *before = guest_definition_get (from, key);
  g_autofree char *after = guest_definition_get (to, key);

  return g_strcmp0 (before, after) != 0;
}

/* Whether all that differs can change while the guest runs. */
static gboolean
is_live_change (const GuestDefinition *from, const GuestDefinition *to)
{
  g_autoptr (GuestDefinition) changed = guest_definition_copy (from);
  g_auto (GStrv) before = NULL;
  g_auto (GStrv) after = guest_definition_list (to);

  for (guint i = 0; i < N_LIVE_KEYS; i++)
    {
      g_autofree char *text = guest_definition_get (to, live_keys[i].key);

      guest_definition_set (changed, live_keys[i].key, text, NULL);
    }
  before = guest_definition_list (changed);
  return g_strv_equal ((const char *const *) before, (const char *const *) after);
}

/* --- saying them --- */

static GVariant *
value_of (const GuestDefinition *definition, const LiveKey *live)
{
  g_autofree char *text = guest_definition_get (definition, live->key);

  if (strcmp (live->type, "u") == 0)
    return g_variant_new_uint32 (strtoul (text, NULL, 10));
  if (strcmp (live->type, "as") == 0) /* there is one list */
    return g_variant_new_strv ((const char *const *) definition->forwards, -1);
  return g_variant_new_string (text);
}

static gboolean
is_due (const Change *change, Saying saying)
{
  for (guint i = 0; i < N_LIVE_KEYS; i++)
    if (live_keys[i].saying == saying && change->is_asked[i])
      return TRUE;
  return FALSE;
}

/* Those of the asked keys that belong together, with the values that they have in `from`. */
static GVariant *
arguments_of (const Change *change, Saying saying, const GuestDefinition *from)
{
  GVariantBuilder options;

  if (saying == SAY_CLIPBOARD)
    return g_variant_new ("(s)", clipboard_policy_word (from->clipboard));
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; i < N_LIVE_KEYS; i++)
    if (live_keys[i].saying == saying && change->is_asked[i])
      g_variant_builder_add (&options, "{sv}", strchr (live_keys[i].key, '.') + 1,
                             value_of (from, &live_keys[i]));
  return g_variant_new ("(a{sv})", &options);
}

static void
call (GTask *task, Saying saying, const GuestDefinition *from, GAsyncReadyCallback said)
{
  VtGuest *self = g_task_get_source_object (task);
  const Change *change = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  VtDBusGuest1 *proxy = vt_guest_require_proxy (self, &error);

  if (proxy == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  g_dbus_proxy_call (G_DBUS_PROXY (proxy), methods[saying], arguments_of (change, saying, from),
                     G_DBUS_CALL_FLAGS_NONE, -1, g_task_get_cancellable (task), said,
                     g_object_ref (task));
}

/* It is in force; now for the next start too. */
static void
save (GTask *task, gboolean is_running)
{
  VtGuest *self = g_task_get_source_object (task);
  const Change *change = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (!guest_store_update (self->store, change->wanted, &error))
    {
      if (is_running)
        g_prefix_error (&error, "%s", _ ("It is changed until the guest ends, but not kept: "));
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  vt_guest_reload (self);
  g_task_return_pointer (task, NULL, NULL);
}

static void take_back (GTask *task);

static void
on_taken_back (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GVariant) reply = g_dbus_proxy_call_finish (G_DBUS_PROXY (source), result, NULL);

  take_back (task);
}

/* What was said before the one that was refused. */
static void
take_back (GTask *task)
{
  Change *change = g_task_get_task_data (task);

  while (change->next > 0 && !is_due (change, change->next - 1))
    change->next--;
  if (change->next == 0)
    {
      vt_guest_return_remote_error (task, g_steal_pointer (&change->refused));
      return;
    }
  change->next--;
  call (task, change->next, change->before, on_taken_back);
}

static void say_next (GTask *task);

static void
on_said (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Change *change = g_task_get_task_data (task);
  g_autoptr (GVariant) reply =
      g_dbus_proxy_call_finish (G_DBUS_PROXY (source), result, &change->refused);

  if (reply != NULL)
    {
      change->next++;
      say_next (task);
    }
  else
    take_back (task);
}

static void
say_next (GTask *task)
{
  Change *change = g_task_get_task_data (task);

  while (change->next < N_SAYINGS && !is_due (change, change->next))
    change->next++;
  if (change->next == N_SAYINGS)
    save (task, TRUE);
  else
    call (task, change->next, change->wanted, on_said);
}

/* --- for the front ends --- */

static void
on_settled (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  VtGuest *self = VT_GUEST (source);
  const Change *change = g_task_get_task_data (task);

  if (!vt_guest_settle_finish (self, result, &error))
    g_task_return_error (task, g_steal_pointer (&error));
  else if (self->proxy == NULL && !guest_store_is_running (self->store, self->uuid))
    save (task, FALSE);
  else if (!is_live_change (change->before, change->wanted))
    g_task_return_new_error (task, VT_GUEST_ERROR, VT_GUEST_ERROR_STATE,
                             _ ("“%s” is running; stop it first"), self->name);
  else
    say_next (task);
}

/* What the caller had before it: changes that others have made since are not his to undo. */
static GuestDefinition *
before (VtGuest *self, const GuestDefinition *wanted)
{
  const char *text = wanted->original != NULL ? wanted->original : "";
  GuestDefinition *original = guest_definition_parse (text, strlen (text), "", NULL);

  if (original == NULL)
    original = guest_definition_copy (self->definition != NULL ? self->definition : wanted);
  return original;
}

void
vt_guest_change_async (VtGuest *self,
                       const GuestDefinition *wanted,
                       const char *const *keys,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer data)
{
  GTask *task = g_task_new (self, cancellable, callback, data);
  Change *change = g_new0 (Change, 1);

  change->wanted = guest_definition_copy (wanted);
  change->before = before (self, wanted);
  g_task_set_task_data (task, change, change_free);
  for (guint i = 0; i < N_LIVE_KEYS; i++)
    change->is_asked[i] = differs (change->before, wanted, live_keys[i].key) ||
                          (keys != NULL && g_strv_contains (keys, live_keys[i].key));
  vt_guest_settle_async (self, cancellable, on_settled, task);
}

gboolean
vt_guest_change_finish (VtGuest *self, GAsyncResult *result, GError **error)
{
  return vt_guest_verb_finish (self, result, error);
}

void
vt_guest_set_async (VtGuest *self,
                    const char *key,
                    const char *value,
                    GCancellable *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer data)
{
  const char *const keys[] = { key, NULL };
  const GuestDefinition *present = vt_guest_get_definition (self);
  g_autoptr (GuestDefinition) wanted = NULL;
  g_autoptr (GError) error = NULL;

  if (present == NULL)
    {
      g_task_report_new_error (self, callback, data, NULL, VT_GUEST_ERROR, VT_GUEST_ERROR_STATE,
                               "%s", vt_guest_get_state_reason (self));
      return;
    }
  wanted = guest_definition_copy (present);
  if (!guest_definition_set (wanted, key, value, &error))
    {
      g_task_report_error (self, callback, data, NULL, g_steal_pointer (&error));
      return;
    }
  vt_guest_change_async (self, wanted, keys, cancellable, callback, data);
}

gboolean
vt_guest_set_finish (VtGuest *self, GAsyncResult *result, GError **error)
{
  return vt_guest_change_finish (self, result, error);
}

GVariant *
vt_guest_dup_limits (VtGuest *self)
{
  GVariant *limits = self->proxy != NULL ? vt_dbus_guest1_get_limits (self->proxy) : NULL;

  return limits != NULL ? g_variant_ref (limits) : NULL;
}
