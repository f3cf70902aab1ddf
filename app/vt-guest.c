/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One guest: its properties, worked out from the definition on disk and from its vmm. Runs in the
 * front ends; never blocks but for reading one small file.
 */
#include "config.h"

#include "vt-guest-private.h"

#include "bounded-text.h"
#include "fds.h"
#include "paths.h"

G_DEFINE_FINAL_TYPE (VtGuest, vt_guest, G_TYPE_OBJECT)
G_DEFINE_QUARK (vt - guest - error - quark, vt_guest_error)

static GType
definition_get_type (void)
{
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_boxed_type_register_static (
                                  "GuestDefinition", (GBoxedCopyFunc) guest_definition_copy,
                                  (GBoxedFreeFunc) guest_definition_free));
  return type;
}

enum
{
  PROP_UUID = 1,
  PROP_NAME,
  PROP_STATE,
  PROP_STATE_REASON,
  PROP_REMEDY,
  PROP_ACCELERATOR,
  PROP_ACCELERATOR_REASON,
  PROP_BADGE,
  PROP_BADGE_REASON,
  PROP_VIEWERS,
  PROP_CLIPBOARD,
  PROP_DEFINITION,
  PROP_SHARED,
  PROP_NETWORK_POLICY,
  PROP_CAPTURING,
  PROP_COPY_PROGRESS,
  N_PROPS
};
static GParamSpec *props[N_PROPS];

guint vt_guest_signals[VT_GUEST_N_SIGNALS];

static void
set_text (VtGuest *self, char **at, char *taken, int prop)
{
  g_autofree char *text = taken;

  if (g_strcmp0 (*at, text) == 0)
    return;
  g_free (*at);
  *at = g_steal_pointer (&text);
  g_object_notify_by_pspec (G_OBJECT (self), props[prop]);
}

static void
set_number (VtGuest *self, guint *at, guint value, int prop)
{
  if (*at == value)
    return;
  *at = value;
  g_object_notify_by_pspec (G_OBJECT (self), props[prop]);
}

static gboolean
take_variant (GVariant **at, GVariant *value)
{
  if (*at == value || (*at != NULL && value != NULL && g_variant_equal (*at, value)))
    return FALSE;
  g_clear_pointer (at, g_variant_unref);
  *at = value != NULL ? g_variant_ref (value) : NULL;
  return TRUE;
}

static void
refresh_sharing (VtGuest *self)
{
  VtDBusGuest1 *proxy = self->proxy;
  GVariant *shares = proxy != NULL ? vt_dbus_guest1_get_shares (proxy) : NULL;
  GVariant *viewers = proxy != NULL ? vt_dbus_guest1_get_remote_viewers (proxy) : NULL;
  g_autoptr (GVariant) before = self->shares != NULL ? g_variant_ref (self->shares) : NULL;
  gboolean changed = take_variant (&self->shares, shares);
  gboolean shared = shares != NULL && g_variant_n_children (shares) > 0;

  if (changed || proxy == NULL)
    vt_guest_forget_passwords (self, before);
  changed = take_variant (&self->remote_viewers, viewers) || changed;
  if (self->shared != shared)
    {
      self->shared = shared;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SHARED]);
    }
  if (changed)
    g_signal_emit (self, vt_guest_signals[VT_GUEST_SHARING_CHANGED], 0);
}

/* Without a vmm to ask. */
static VtGuestState
state_of_rest (const VtGuest *self)
{
  if (self->starting || self->foreign_start)
    return VT_GUEST_STARTING;
  if (self->ending)
    return VT_GUEST_STOPPING;
  if (self->unanswered != NULL)
    return VT_GUEST_FAILED;
  return self->definition != NULL ? VT_GUEST_STOPPED : VT_GUEST_BROKEN;
}

static char *
reason_of_rest (const VtGuest *self)
{
  switch (state_of_rest (self))
    {
    case VT_GUEST_FAILED:
      return g_strdup (self->unanswered);
    case VT_GUEST_BROKEN:
      return g_strdup (self->broken);
    default:
      return g_strdup ("");
    }
}

/* What the vmm says, if it is a word that it may say; else what is defined. */
static const char *
network_policy_of (const VtGuest *self)
{
  static const char *const words[] = { "offline", "internet", "lan", "bridge" };
  const char *said = self->proxy != NULL ? vt_dbus_guest1_get_network_policy (self->proxy) : NULL;

  for (guint i = 0; said != NULL && i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (words[i], said))
      return words[i];
  if (said != NULL || self->definition == NULL || self->definition->nic == GUEST_NIC_NONE)
    return "none";
  return guest_network_word (self->definition->network);
}

static void
refresh_network (VtGuest *self)
{
  const char *policy = network_policy_of (self);
  gboolean capturing = self->proxy != NULL && vt_dbus_guest1_get_capturing (self->proxy);

  if (g_strcmp0 (policy, self->network_policy) != 0)
    {
      self->network_policy = policy;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_NETWORK_POLICY]);
    }
  if (capturing != self->capturing)
    {
      self->capturing = capturing;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_CAPTURING]);
    }
}

/* As its vmm says; off if that is unknown. */
static ClipboardPolicy
clipboard_of (VtDBusGuest1 *proxy)
{
  ClipboardPolicy policy = CLIPBOARD_POLICY_OFF;

  if (proxy != NULL)
    clipboard_policy_from_word (vt_dbus_guest1_get_clipboard (proxy), &policy);
  return policy;
}

void
vt_guest_refresh (VtGuest *self)
{
  VtDBusGuest1 *proxy = self->proxy;
  const char *accelerator = proxy != NULL ? vt_dbus_guest1_get_accelerator (proxy) : NULL;
  guint state = proxy != NULL ? vt_guest_state_from_word (vt_dbus_guest1_get_state (proxy))
                              : state_of_rest (self);

  g_object_freeze_notify (G_OBJECT (self));
  if (self->definition != NULL)
    set_text (self, &self->name, g_strdup (self->definition->name), PROP_NAME);
  else if (self->name == NULL)
    set_text (self, &self->name, g_strdup (self->uuid), PROP_NAME);
  set_number (self, (guint *) &self->state, state, PROP_STATE);
  set_text (self, &self->state_reason,
            proxy != NULL ? bounded_text_line (vt_dbus_guest1_get_state_reason (proxy))
                          : reason_of_rest (self),
            PROP_STATE_REASON);
  set_number (self, (guint *) &self->remedy,
              vt_remedy_from_word (proxy != NULL ? vt_dbus_guest1_get_remedy (proxy) : NULL),
              PROP_REMEDY);
  set_text (self, &self->accelerator,
            g_strdup (g_strcmp0 (accelerator, "kvm") == 0   ? "kvm"
                      : g_strcmp0 (accelerator, "tcg") == 0 ? "tcg"
                                                            : ""),
            PROP_ACCELERATOR);
  set_text (self, &self->accelerator_reason,
            bounded_text_line (proxy != NULL ? vt_dbus_guest1_get_accelerator_reason (proxy) : ""),
            PROP_ACCELERATOR_REASON);
  set_number (self, (guint *) &self->badge,
              proxy != NULL ? vt_badge_from_word (vt_dbus_guest1_get_isolation (proxy))
                            : VT_BADGE_UNKNOWN,
              PROP_BADGE);
  set_text (self, &self->badge_reason,
            bounded_text_line (proxy != NULL ? vt_dbus_guest1_get_isolation_reason (proxy) : ""),
            PROP_BADGE_REASON);
  set_number (self, &self->viewers, proxy != NULL ? vt_dbus_guest1_get_viewers (proxy) : 0,
              PROP_VIEWERS);
  set_number (self, &self->clipboard, clipboard_of (proxy), PROP_CLIPBOARD);
  refresh_sharing (self);
  refresh_network (self);
  g_object_thaw_notify (G_OBJECT (self));
}

void
vt_guest_reload (VtGuest *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuestDefinition) fresh = guest_store_read (self->store, self->uuid, &error);
  const char *before = self->definition != NULL ? self->definition->original : NULL;

  if (fresh != NULL && g_strcmp0 (before, fresh->original) == 0)
    return;
  g_clear_pointer (&self->definition, guest_definition_free);
  g_clear_pointer (&self->broken, g_free);
  self->definition = g_steal_pointer (&fresh);
  if (error != NULL)
    self->broken = g_strdup (error->message);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_DEFINITION]);
  vt_guest_refresh (self);
}

static void
on_conf_changed (GFileMonitor *monitor,
                 GFile *file,
                 GFile *other,
                 GFileMonitorEvent event,
                 gpointer data)
{
  if (event != G_FILE_MONITOR_EVENT_DELETED && event != G_FILE_MONITOR_EVENT_CHANGED)
    vt_guest_reload (data);
}

void
vt_guest_watch (VtGuest *self)
{
  g_autofree char *path = paths_guest_file (self->uuid, "guest.conf");
  g_autoptr (GFile) file = g_file_new_for_path (path);

  if (self->conf_monitor != NULL)
    return;
  self->conf_monitor = g_file_monitor_file (file, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
  if (self->conf_monitor != NULL)
    g_signal_connect_object (self->conf_monitor, "changed", G_CALLBACK (on_conf_changed), self, 0);
  vt_guest_reload (self);
}

static void
vt_guest_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  VtGuest *self = VT_GUEST (object);

  switch (id)
    {
    case PROP_UUID:
      g_value_set_string (value, self->uuid);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_STATE:
      g_value_set_enum (value, self->state);
      break;
    case PROP_STATE_REASON:
      g_value_set_string (value, self->state_reason);
      break;
    case PROP_REMEDY:
      g_value_set_enum (value, self->remedy);
      break;
    case PROP_ACCELERATOR:
      g_value_set_string (value, self->accelerator);
      break;
    case PROP_ACCELERATOR_REASON:
      g_value_set_string (value, self->accelerator_reason);
      break;
    case PROP_BADGE:
      g_value_set_enum (value, self->badge);
      break;
    case PROP_BADGE_REASON:
      g_value_set_string (value, self->badge_reason);
      break;
    case PROP_VIEWERS:
      g_value_set_uint (value, self->viewers);
      break;
    case PROP_CLIPBOARD:
      g_value_set_uint (value, self->clipboard);
      break;
    case PROP_DEFINITION:
      g_value_set_boxed (value, self->definition);
      break;
    case PROP_SHARED:
      g_value_set_boolean (value, self->shared);
      break;
    case PROP_NETWORK_POLICY:
      g_value_set_string (value, self->network_policy);
      break;
    case PROP_CAPTURING:
      g_value_set_boolean (value, self->capturing);
      break;
    case PROP_COPY_PROGRESS:
      g_value_set_int (value, self->copy_progress);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
vt_guest_dispose (GObject *object)
{
  VtGuest *self = VT_GUEST (object);

  g_clear_handle_id (&self->retry, g_source_remove);
  g_clear_handle_id (&self->look_again, g_source_remove);
  if (self->connecting != NULL)
    g_cancellable_cancel (self->connecting);
  g_clear_object (&self->connecting);
  g_clear_object (&self->conf_monitor);
  g_clear_object (&self->socket_monitor);
  g_clear_object (&self->proxy);
  G_OBJECT_CLASS (vt_guest_parent_class)->dispose (object);
}

static void
vt_guest_finalize (GObject *object)
{
  VtGuest *self = VT_GUEST (object);

  fds_clear (&self->tap);
  guest_store_unref (self->store);
  guest_definition_free (self->definition);
  g_ptr_array_unref (self->settling);
  g_free (self->uuid);
  g_free (self->broken);
  g_free (self->unanswered);
  g_free (self->ended_reason);
  g_free (self->name);
  g_free (self->state_reason);
  g_free (self->accelerator);
  g_free (self->accelerator_reason);
  g_free (self->badge_reason);
  g_clear_pointer (&self->shares, g_variant_unref);
  g_clear_pointer (&self->share_passwords, g_hash_table_unref);
  g_clear_pointer (&self->remote_viewers, g_variant_unref);
  G_OBJECT_CLASS (vt_guest_parent_class)->finalize (object);
}

static void
add_signals (GType type)
{
  vt_guest_signals[VT_GUEST_WARNING] = g_signal_new ("warning", type, G_SIGNAL_RUN_LAST, 0, NULL,
                                                     NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  vt_guest_signals[VT_GUEST_ENDED] = g_signal_new ("ended", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                                   NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  vt_guest_signals[VT_GUEST_START_STEP] = g_signal_new (
      "start-step", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  vt_guest_signals[VT_GUEST_SHARING_CHANGED] = g_signal_new (
      "sharing-changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  vt_guest_signals[VT_GUEST_REMOVED] =
      g_signal_new ("removed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static GParamSpec *
text_prop (const char *name)
{
  return g_param_spec_string (name, NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
vt_guest_class_init (VtGuestClass *class)
{
  GObjectClass *object = G_OBJECT_CLASS (class);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object->get_property = vt_guest_get_property;
  object->dispose = vt_guest_dispose;
  object->finalize = vt_guest_finalize;
  props[PROP_UUID] = text_prop ("uuid");
  props[PROP_NAME] = text_prop ("name");
  props[PROP_STATE] =
      g_param_spec_enum ("state", NULL, NULL, VT_TYPE_GUEST_STATE, VT_GUEST_STOPPED, flags);
  props[PROP_STATE_REASON] = text_prop ("state-reason");
  props[PROP_REMEDY] =
      g_param_spec_enum ("remedy", NULL, NULL, VT_TYPE_REMEDY, VT_REMEDY_RESUME, flags);
  props[PROP_ACCELERATOR] = text_prop ("accelerator");
  props[PROP_ACCELERATOR_REASON] = text_prop ("accelerator-reason");
  props[PROP_BADGE] =
      g_param_spec_enum ("badge", NULL, NULL, VT_TYPE_BADGE, VT_BADGE_UNKNOWN, flags);
  props[PROP_BADGE_REASON] = text_prop ("badge-reason");
  props[PROP_VIEWERS] = g_param_spec_uint ("viewers", NULL, NULL, 0, G_MAXUINT, 0, flags);
  props[PROP_CLIPBOARD] = g_param_spec_uint ("clipboard", NULL, NULL, 0, CLIPBOARD_POLICY_LAST,
                                             CLIPBOARD_POLICY_OFF, flags);
  props[PROP_DEFINITION] =
      g_param_spec_boxed ("definition", NULL, NULL, definition_get_type (), flags);
  props[PROP_SHARED] = g_param_spec_boolean ("shared", NULL, NULL, FALSE, flags);
  props[PROP_NETWORK_POLICY] = text_prop ("network-policy");
  props[PROP_CAPTURING] = g_param_spec_boolean ("capturing", NULL, NULL, FALSE, flags);
  props[PROP_COPY_PROGRESS] = g_param_spec_int ("copy-progress", NULL, NULL, -1, 100, -1, flags);
  g_object_class_install_properties (object, N_PROPS, props);
  add_signals (G_OBJECT_CLASS_TYPE (class));
}

static void
vt_guest_init (VtGuest *self)
{
  self->tap = -1;
  self->copy_progress = -1;
  self->settling = g_ptr_array_new_with_free_func (g_object_unref);
}

VtGuest *
vt_guest_new (GuestStore *store, const char *uuid)
{
  VtGuest *self = g_object_new (VT_TYPE_GUEST, NULL);
  g_autoptr (GError) error = NULL;

  self->store = guest_store_ref (store);
  self->uuid = g_strdup (uuid);
  self->definition = guest_store_read (store, uuid, &error);
  if (self->definition == NULL)
    self->broken = g_strdup (error->message);
  vt_guest_refresh (self);
  return self;
}

const char *
vt_guest_get_uuid (VtGuest *self)
{
  return self->uuid;
}

const char *
vt_guest_get_name (VtGuest *self)
{
  return self->name;
}

VtGuestState
vt_guest_get_state (VtGuest *self)
{
  return self->state;
}

const char *
vt_guest_get_state_reason (VtGuest *self)
{
  return self->state_reason;
}

VtRemedy
vt_guest_get_remedy (VtGuest *self)
{
  return self->remedy;
}

const char *
vt_guest_get_accelerator (VtGuest *self)
{
  return self->accelerator;
}

const char *
vt_guest_get_accelerator_reason (VtGuest *self)
{
  return self->accelerator_reason;
}

VtBadge
vt_guest_get_badge (VtGuest *self)
{
  return self->badge;
}

const char *
vt_guest_get_badge_reason (VtGuest *self)
{
  return self->badge_reason;
}

ClipboardPolicy
vt_guest_get_clipboard (VtGuest *self)
{
  return self->clipboard;
}

guint
vt_guest_get_viewers (VtGuest *self)
{
  return self->viewers;
}

gboolean
vt_guest_get_shared (VtGuest *self)
{
  return self->shared;
}

const GuestDefinition *
vt_guest_get_definition (VtGuest *self)
{
  return self->definition;
}

char *
vt_guest_get_thumbnail_path (VtGuest *self)
{
  return paths_guest_file (self->uuid, "thumbnail.png");
}
