/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * GTypes of the words that the front ends share, for properties and bindings.
 */
#include "vt-types.h"

GType
vt_guest_state_get_type (void)
{
  static gsize type;
  static const GEnumValue values[] = {
    { VT_GUEST_STOPPED, "VT_GUEST_STOPPED", "stopped" },
    { VT_GUEST_STARTING, "VT_GUEST_STARTING", "starting" },
    { VT_GUEST_RUNNING, "VT_GUEST_RUNNING", "running" },
    { VT_GUEST_PAUSED, "VT_GUEST_PAUSED", "paused" },
    { VT_GUEST_STOPPING, "VT_GUEST_STOPPING", "stopping" },
    { VT_GUEST_FAILED, "VT_GUEST_FAILED", "failed" },
    { VT_GUEST_BROKEN, "VT_GUEST_BROKEN", "broken" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("VtGuestState", values));
  return type;
}

GType
vt_badge_get_type (void)
{
  static gsize type;
  static const GEnumValue values[] = {
    { VT_BADGE_UNKNOWN, "VT_BADGE_UNKNOWN", "unknown" },
    { VT_BADGE_GREEN, "VT_BADGE_GREEN", "green" },
    { VT_BADGE_AMBER, "VT_BADGE_AMBER", "amber" },
    { VT_BADGE_RED, "VT_BADGE_RED", "red" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("VtBadge", values));
  return type;
}

GType
vt_remedy_get_type (void)
{
  static gsize type;
  static const GEnumValue values[] = {
    { VT_REMEDY_RESUME, "VT_REMEDY_RESUME", "resume" },
    { VT_REMEDY_RESET, "VT_REMEDY_RESET", "reset" },
    { VT_REMEDY_FORCE_OFF, "VT_REMEDY_FORCE_OFF", "force-off" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("VtRemedy", values));
  return type;
}

static const char *
enum_word (GType type, int value)
{
  g_autoptr (GTypeClass) class = g_type_class_ref (type);
  const GEnumValue *found = g_enum_get_value (G_ENUM_CLASS (class), value);

  return found != NULL ? found->value_nick : "unknown";
}

const char *
vt_guest_state_word (VtGuestState state)
{
  return enum_word (VT_TYPE_GUEST_STATE, state);
}

const char *
vt_badge_word (VtBadge badge)
{
  return enum_word (VT_TYPE_BADGE, badge);
}

static gboolean
enum_from_word (GType type, const char *word, int *ret_value)
{
  g_autoptr (GTypeClass) class = g_type_class_ref (type);
  const GEnumValue *found = g_enum_get_value_by_nick (G_ENUM_CLASS (class), word);

  if (found == NULL)
    return FALSE;
  *ret_value = found->value;
  return TRUE;
}

VtGuestState
vt_guest_state_from_word (const char *word)
{
  int value;

  return word != NULL && enum_from_word (VT_TYPE_GUEST_STATE, word, &value) ? value
                                                                            : VT_GUEST_FAILED;
}

VtBadge
vt_badge_from_word (const char *word)
{
  int value;

  return word != NULL && enum_from_word (VT_TYPE_BADGE, word, &value) ? value : VT_BADGE_UNKNOWN;
}

VtRemedy
vt_remedy_from_word (const char *word)
{
  int value;

  return word != NULL && enum_from_word (VT_TYPE_REMEDY, word, &value) ? value : VT_REMEDY_RESUME;
}
