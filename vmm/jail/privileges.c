/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Leaving root for good. Runs in vitrine-vmm before it starts anything.
 */
#include "privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Above the ranges of users, services and containers, below 2^31, where old programs fail. */
#define UID_FIRST 0x70000000u
#define UID_COUNT 0x07ff0000u
/* Where a container maps 65536 uids only: between systemd's ranges for users and for services. */
#define UID_SMALL_FIRST 60578u
#define UID_SMALL_COUNT 606u

/* Whether this user namespace knows the uid (or gid, by `map`). */
static gboolean
is_mapped (const char *map, guint64 id)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (map, &text, NULL, NULL))
    return TRUE; /* a kernel without user namespaces knows them all */
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      guint64 inside;
      guint64 outside;
      guint64 count;

      if (sscanf (lines[i], "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT,
                  &inside, &outside, &count) == 3 &&
          id >= inside && id - inside < count)
        return TRUE;
    }
  return FALSE;
}

uid_t
privileges_guest_uid (const char *uuid)
{
  guint32 hash = 2166136261u; /* FNV-1a: g_str_hash () may change with GLib */
  uid_t uid;

  for (const char *c = uuid; *c != '\0'; c++)
    hash = (hash ^ (guint8) *c) * 16777619u;
  uid = UID_FIRST + hash % UID_COUNT;
  if (is_mapped ("/proc/self/uid_map", uid) && is_mapped ("/proc/self/gid_map", uid))
    return uid;
  return UID_SMALL_FIRST + hash % UID_SMALL_COUNT;
}

static gboolean
fail (GError **error, const char *what)
{
  int code = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
               "Cannot stop being root: %s: %s. Start the guest as an ordinary user", what,
               g_strerror (code));
  return FALSE;
}

static gboolean
drop_bounding_set (GError **error)
{
  for (int cap = 0; prctl (PR_CAPBSET_READ, cap) >= 0; cap++)
    if (prctl (PR_CAPBSET_DROP, cap) != 0)
      return fail (error, "dropping a capability for good");
  return TRUE;
}

static gboolean
verify (uid_t uid, GError **error)
{
  struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
  struct __user_cap_data_struct data[2];
  uid_t uids[3];
  gid_t gids[3];

  errno = EPERM;
  if (syscall (SYS_capget, &header, data) != 0 ||
      (data[0].permitted | data[0].effective | data[0].inheritable) != 0 ||
      (data[1].permitted | data[1].effective | data[1].inheritable) != 0)
    return fail (error, "capabilities remain");
  if (getresuid (&uids[0], &uids[1], &uids[2]) != 0 || uids[0] != uid || uids[1] != uid ||
      uids[2] != uid || getresgid (&gids[0], &gids[1], &gids[2]) != 0 || gids[0] != uid ||
      gids[1] != uid || gids[2] != uid || getgroups (0, NULL) != 0)
    return fail (error, "the identity is not the new one");
  if (setresuid (0, 0, 0) == 0 || setuid (0) == 0 || setgid (0) == 0)
    return fail (error, "there is a way back");
  return TRUE;
}

gboolean
privileges_drop (uid_t uid, GError **error)
{
  struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
  struct __user_cap_data_struct none[2] = { 0 };

  if (geteuid () != 0 && getuid () != 0)
    return TRUE;
  if (uid == 0)
    {
      errno = EINVAL;
      return fail (error, "no other user was named");
    }
  if (setgroups (0, NULL) != 0)
    return fail (error, "clearing the groups");
  if (prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
    return fail (error, "clearing ambient capabilities");
  if (!drop_bounding_set (error))
    return FALSE;
  if (setresgid (uid, uid, uid) != 0 || setresuid (uid, uid, uid) != 0)
    return fail (error, "changing to the guest's own user");
  if (syscall (SYS_capset, &header, none) != 0)
    return fail (error, "dropping capabilities");
  return verify (uid, error);
}
