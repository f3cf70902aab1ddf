/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Makes and fills a guest's control group. Runs in vitrine-vmm; every path is relative to a
 * descriptor of our own folder, since by the time limits change this process may no longer open it.
 */
#include "cgroup.h"

#include "fds.h"
#include "limits/cgroup-parse.h"
#include "limits/cgroup-scope.h"
#include "proc-parse.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define PERIOD_US 100000
/* What a guest may have in swap, which its ceiling does not count: as much again, so that this
 * computer can still move a guest's memory there, but not all that there is. */
#define SWAP_FILE "memory.swap.max"

struct _Cgroup
{
  CgroupRemains remains; /* owns its descriptor */
  CgroupKind kind;
  int ours; /* OURS/vitrine-UUID */
  int guest;
  int procs;
  gboolean can[CGROUP_N_LIMITS];
};

static const struct
{
  const char *controller;
  const char *file;
} kinds[CGROUP_N_LIMITS] = {
  [CGROUP_CPU] = { "cpu", "cpu.max" },
  [CGROUP_MEMORY] = { "memory", "memory.max" },
  [CGROUP_PROCESSES] = { "pids", "pids.max" },
};

static gboolean
fail (GError **error, const char *what)
{
  int saved = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "%s: %s", what,
               g_strerror (saved));
  return FALSE;
}

static gboolean
write_file (int folder, const char *name, const char *text)
{
  autofd fd = openat (folder, name, O_WRONLY | O_CLOEXEC);

  return fd >= 0 && write (fd, text, strlen (text)) == (gssize) strlen (text);
}

/* What a file of the kernel's holds; NULL with errno. */
static char *
read_file (int folder, const char *name)
{
  autofd fd = openat (folder, name, O_RDONLY | O_CLOEXEC);
  g_autofree char *text = g_malloc0 (4096);

  if (fd < 0 || read (fd, text, 4095) < 0)
    return NULL;
  return g_steal_pointer (&text);
}

/* The root of the second hierarchy. */
static int
open_root (GError **error)
{
  static const char *const places[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      autofd fd = open (places[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      struct statfs info;

      if (fd >= 0 && fstatfs (fd, &info) == 0 && info.f_type == CGROUP2_SUPER_MAGIC)
        return fds_steal (&fd);
    }
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                       "there is no cgroup v2 mounted at /sys/fs/cgroup");
  return -1;
}

/* The group that we are in ourselves, which for a user must be one of this user's. */
static int
open_own (int root, GError **error)
{
  g_autofree char *text = NULL;
  g_autofree char *path = NULL;
  int fd;

  if (g_file_get_contents ("/proc/self/cgroup", &text, NULL, NULL))
    path = proc_parse_cgroup (text);
  fd = path != NULL
           ? openat (root, path[1] != '\0' ? path + 1 : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
           : -1;
  if (fd < 0)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                         "this process is in no group of cgroup v2");
  return fd;
}

static gboolean
is_ours (int folder)
{
  struct stat info;

  return folder >= 0 && fstat (folder, &info) == 0 && info.st_uid == geteuid ();
}

/* Where a folder beside our own may be made: processes and groups with limits cannot share one. */
static int
open_beside (int root)
{
  autofd own = open_own (root, NULL);
  autofd above = own >= 0 ? openat (own, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

  return is_ours (own) && is_ours (above) ? fds_steal (&above) : -1;
}

/* Where our folder goes. Root may have one below the root of the hierarchy. A user has what was
 * delegated: systemd's user manager gives it in a scope, which holds nobody but us; without such a
 * manager, the group that we were started in and the one above it may be this user's. */
static int
open_parent (pid_t janitor, CgroupKind *ret_kind, GError **error)
{
  autofd root = open_root (error);
  autofd beside = -1;
  g_autoptr (GError) no_scope = NULL;

  if (root < 0)
    return -1;
  *ret_kind = CGROUP_OF_ROOT;
  if (geteuid () == 0)
    return fds_steal (&root);
  *ret_kind = CGROUP_SCOPE;
  if (cgroup_scope_enter (janitor, &no_scope))
    return open_own (root, error);
  *ret_kind = CGROUP_DELEGATED;
  beside = open_beside (root);
  if (beside < 0)
    g_propagate_error (error, g_steal_pointer (&no_scope));
  return fds_steal (&beside);
}

static gboolean
move_here (int folder, pid_t pid)
{
  g_autofree char *text = g_strdup_printf ("%d", pid);

  return write_file (folder, "cgroup.procs", text);
}

/* Each controller by itself: not every one is handed down. */
static void
enable (int folder, gboolean *can)
{
  for (guint i = 0; i < CGROUP_N_LIMITS; i++)
    {
      g_autofree char *text = g_strconcat ("+", kinds[i].controller, NULL);
      gboolean enabled = write_file (folder, "cgroup.subtree_control", text);

      if (can != NULL)
        can[i] = enabled;
    }
}

static int
make_folder (int parent, const char *name)
{
  if (mkdirat (parent, name, 0755) != 0 && errno != EEXIST)
    return -1;
  return openat (parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* To the user that we are about to become: the folders, and what moves processes. */
static gboolean
hand_to (int folder, uid_t owner)
{
  static const char *const files[] = { "cgroup.procs", "cgroup.subtree_control",
                                       "cpu.max",      "memory.max",
                                       SWAP_FILE,      "pids.max" };

  if (fchown (folder, owner, owner) != 0)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    if (fchownat (folder, files[i], owner, owner, 0) != 0 && errno != ENOENT)
      return FALSE;
  return TRUE;
}

/* Fills in the folders. As a user's, the scope's own folder has to be left before controllers can
 * be handed down from it. */
static gboolean
make_folders (Cgroup *cgroup, uid_t owner, pid_t janitor)
{
  autofd supervisor = -1;

  cgroup->ours = make_folder (cgroup->remains.parent, cgroup->remains.name);
  if (cgroup->ours < 0)
    return FALSE;
  supervisor = make_folder (cgroup->ours, "supervisor");
  if (supervisor < 0 || !move_here (supervisor, 0) ||
      (cgroup->kind == CGROUP_SCOPE && janitor > 0 && !move_here (supervisor, janitor)))
    return FALSE;
  enable (cgroup->remains.parent, NULL);
  enable (cgroup->ours, cgroup->can);
  cgroup->guest = make_folder (cgroup->ours, "guest");
  if (cgroup->guest < 0)
    return FALSE;
  cgroup->procs = openat (cgroup->guest, "cgroup.procs", O_WRONLY | O_CLOEXEC);
  if (cgroup->procs < 0)
    return FALSE;
  return geteuid () != 0 || owner == 0 ||
         (hand_to (cgroup->ours, owner) && hand_to (supervisor, owner) &&
          hand_to (cgroup->guest, owner));
}

static void
set_name (CgroupRemains *remains, const char *uuid)
{
  g_snprintf (remains->name, sizeof remains->name, "vitrine-%s", uuid);
}

Cgroup *
cgroup_make (const char *uuid, uid_t owner, pid_t janitor, GError **error)
{
  g_autoptr (Cgroup) cgroup = g_new0 (Cgroup, 1);

  cgroup->ours = cgroup->guest = cgroup->procs = -1;
  cgroup->remains.parent = open_parent (janitor, &cgroup->kind, error);
  if (cgroup->remains.parent < 0)
    return NULL;
  set_name (&cgroup->remains, uuid);
  if (make_folders (cgroup, owner, janitor))
    return g_steal_pointer (&cgroup);
  fail (error, "the kernel does not let a control group be made");
  cgroup_remove (&cgroup->remains);
  return NULL;
}

/* The controllers that a group below `folder` may have. */
static void
read_controllers (int folder, gboolean *ret_can)
{
  g_autofree char *text = read_file (folder, "cgroup.controllers");
  g_auto (GStrv) words = g_strsplit_set (text != NULL ? text : "", " \n", -1);
  gboolean writable = faccessat (folder, "cgroup.subtree_control", W_OK, 0) == 0;

  for (guint i = 0; i < CGROUP_N_LIMITS; i++)
    ret_can[i] = writable && g_strv_contains ((const char *const *) words, kinds[i].controller);
}

gboolean
cgroup_try (CgroupKind *ret_kind, gboolean *ret_can, GError **error)
{
  autofd parent = open_parent (0, ret_kind, error);

  if (parent < 0)
    return FALSE;
  read_controllers (parent, ret_can);
  return TRUE;
}

void
cgroup_free (Cgroup *cgroup)
{
  fds_clear (&cgroup->procs);
  fds_clear (&cgroup->guest);
  fds_clear (&cgroup->ours);
  fds_clear (&cgroup->remains.parent);
  g_free (cgroup);
}

gboolean
cgroup_can_limit (const Cgroup *cgroup, CgroupLimit limit)
{
  return cgroup->can[limit];
}

const char *
cgroup_kind_word (const Cgroup *cgroup)
{
  static const char *const words[] = {
    [CGROUP_OF_ROOT] = "root", [CGROUP_SCOPE] = "scope", [CGROUP_DELEGATED] = "delegated"
  };

  return words[cgroup->kind];
}

/* A kernel that does not count swap by groups has no such file. */
static gboolean
limit_swap (const Cgroup *cgroup, const char *text)
{
  return write_file (cgroup->guest, SWAP_FILE, text) || errno == ENOENT;
}

gboolean
cgroup_set_limit (Cgroup *cgroup, CgroupLimit limit, guint64 value, GError **error)
{
  g_autofree char *text = NULL;

  if (limit == CGROUP_CPU && value > 0)
    text = g_strdup_printf ("%" G_GUINT64_FORMAT " %d", value * PERIOD_US / 100, PERIOD_US);
  else
    text = value > 0 ? g_strdup_printf ("%" G_GUINT64_FORMAT, value) : g_strdup ("max");
  if (write_file (cgroup->guest, kinds[limit].file, text) &&
      (limit != CGROUP_MEMORY || limit_swap (cgroup, text)))
    return TRUE;
  return fail (error, "The kernel does not take the limit");
}

int
cgroup_get_procs (const Cgroup *cgroup)
{
  return cgroup->procs;
}

guint64
cgroup_count_kills (const Cgroup *cgroup)
{
  g_autofree char *text = read_file (cgroup->guest, "memory.events");

  return text != NULL ? cgroup_parse_count (text, "oom_kill") : 0;
}

void
cgroup_find_remains (const char *uuid, CgroupRemains *ret_remains)
{
  autofd root = open_root (NULL);

  set_name (ret_remains, uuid);
  if (geteuid () == 0)
    ret_remains->parent = fds_steal (&root);
  else
    ret_remains->parent = root >= 0 ? open_beside (root) : -1;
}

void
cgroup_remove (const CgroupRemains *remains)
{
  int ours = remains->parent >= 0
                 ? openat (remains->parent, remains->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                 : -1;

  if (ours < 0)
    return;
  unlinkat (ours, "guest", AT_REMOVEDIR);
  unlinkat (ours, "supervisor", AT_REMOVEDIR);
  close (ours);
  unlinkat (remains->parent, remains->name, AT_REMOVEDIR);
}
