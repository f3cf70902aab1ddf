/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Labels of AppArmor and SELinux. Runs in vitrine-vmm. Whole names are compared: a profile whose
 * name merely begins like ours is somebody else's.
 */
#include "lsm-label.h"

#include <string.h>

/* A range may hold more of them; a name of AppArmor's may begin with one. */
static gboolean
is_selinux (const char *label)
{
  const char *role = *label != ':' ? strchr (label, ':') : NULL;

  return role != NULL && strchr (role + 1, ':') != NULL && strstr (label, "//") == NULL;
}

/* Cuts " (mode)" off `label` and returns the mode; "" if there is none. */
static const char *
cut_mode (char *label)
{
  char *mode = strrchr (label, '(');
  gsize size = mode != NULL ? strlen (mode) : 0;

  if (size < 2 || mode == label || mode[-1] != ' ' || mode[size - 1] != ')')
    return "";
  mode[size - 1] = '\0';
  mode[-1] = '\0';
  return mode + 1;
}

/* The module may have a more lenient mode of tomorrow: only what is known to refuse counts. */
static LsmState
by_mode (const char *mode)
{
  return g_str_equal (mode, "enforce") || g_str_equal (mode, "kill") ? LSM_ENFORCED : LSM_LENIENT;
}

LsmState
lsm_label_judge (const char *label, const char *role)
{
  g_autofree char *name = g_strdup (label);
  g_auto (GStrv) parts = NULL;
  g_autofree char *wanted = NULL;
  const char *mode;

  if (label == NULL || *label == '\0')
    return LSM_ABSENT;
  mode = cut_mode (name);
  if (is_selinux (name))
    {
      wanted = g_strdup_printf ("vitrine_%s_t", role);
      parts = g_strsplit (name, ":", 4);
      return g_str_equal (parts[2], g_strdelimit (wanted, "-", '_')) ? by_mode (mode)
                                                                     : LSM_SELINUX_OTHER;
    }
  if (g_str_equal (name, "unconfined"))
    return LSM_APPARMOR_IDLE;
  wanted = g_strdup_printf ("vitrine-%s", role);
  parts = g_strsplit (name, "//&", -1);
  return g_strv_contains ((const char *const *) parts, wanted) ? by_mode (mode)
                                                               : LSM_APPARMOR_OTHER;
}
