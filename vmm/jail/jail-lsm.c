/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Asks the kernel's security module for a profile of ours. Runs in vitrine-vmm and, between fork
 * and exec, in its children; reads attributes of this very process only.
 */
#include "jail-lsm.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define APPARMOR_EXEC "/proc/thread-self/attr/apparmor/exec"
#define APPARMOR_PROFILES "/sys/kernel/security/apparmor/policy/profiles"
#define SELINUX_ENFORCE "/sys/fs/selinux/enforce"
#define SELINUX_EXEC "/proc/thread-self/attr/exec"
#define SELINUX_CATEGORIES 1024u

/* The file is there in every kernel that knows AppArmor, and has something to say where that is in
 * force. */
static gboolean
has_apparmor (void)
{
  g_autofree char *own = NULL;

  return g_file_get_contents ("/proc/self/attr/apparmor/current", &own, NULL, NULL);
}

/* Of this process's one guest; equal until it is known. */
static guint categories[2];

void
jail_lsm_set_guest (const char *uuid)
{
  guint32 hash = 2166136261u; /* FNV-1a, as for the guest's user */

  for (const char *c = uuid; *c != '\0'; c++)
    hash = (hash ^ (guint8) *c) * 16777619u;
  categories[0] = hash % SELINUX_CATEGORIES;
  categories[1] = hash / SELINUX_CATEGORIES % (SELINUX_CATEGORIES - 1);
  if (categories[1] >= categories[0])
    categories[1]++;
}

/* This process's own context with the type of ours: user and role stay. */
static void
prepare_selinux (const char *type, JailLsm *lsm)
{
  g_autofree char *own = NULL;
  g_auto (GStrv) parts = NULL;

  if (access (SELINUX_ENFORCE, F_OK) != 0 ||
      !g_file_get_contents ("/proc/self/attr/current", &own, NULL, NULL))
    return;
  parts = g_strsplit (own, ":", 4);
  if (g_strv_length (parts) != 4)
    return;
  lsm->file = SELINUX_EXEC;
  g_snprintf (lsm->plain, sizeof lsm->plain, "%s:%s:%s:s0", parts[0], parts[1], type);
  if (categories[0] != categories[1])
    g_snprintf (lsm->text, sizeof lsm->text, "%s:c%u,c%u", lsm->plain,
                MIN (categories[0], categories[1]), MAX (categories[0], categories[1]));
}

void
jail_lsm_prepare (const char *kind, gboolean through_bwrap, JailLsm *ret_lsm)
{
  *ret_lsm = (JailLsm) { 0 };
  if (has_apparmor ())
    {
      ret_lsm->file = APPARMOR_EXEC;
      g_snprintf (ret_lsm->text, sizeof ret_lsm->text, "exec vitrine-%s%s", kind,
                  through_bwrap ? "-jail" : "");
    }
  else
    {
      g_autofree char *type =
          g_strdup_printf ("vitrine_%s%s_t", kind, through_bwrap ? "_jail" : "");

      prepare_selinux (g_strdelimit (type, "-", '_'), ret_lsm);
    }
}

static gboolean
put (int fd, const char *text)
{
  return *text != '\0' && write (fd, text, strlen (text)) > 0;
}

void
jail_lsm_enter (const JailLsm *lsm)
{
  int fd = lsm->file != NULL ? open (lsm->file, O_WRONLY | O_CLOEXEC) : -1;

  if (fd < 0)
    return;
  /* Refused where nothing of that name is loaded, or the user has no categories to give. */
  if (!put (fd, lsm->text) && !put (fd, lsm->plain))
    errno = 0;
  close (fd);
}

/* The kernel shows a folder NAME.NUMBER for each profile. Who may not look in is told yes: a copy
 * too many harms nothing. */
gboolean
jail_lsm_judges_paths (void)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (!has_apparmor ())
    return FALSE;
  dir = g_dir_open (APPARMOR_PROFILES, 0, NULL);
  if (dir == NULL)
    return TRUE;
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, "vitrine-qemu."))
      return TRUE;
  return FALSE;
}
