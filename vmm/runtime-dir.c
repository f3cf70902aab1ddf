/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's runtime folder and its sockets. Runs in vitrine-vmm.
 */
#include "runtime-dir.h"

#include "fds.h"
#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define LISTEN_BACKLOG 32

static int
fail (GError **error, const char *what, const char *path)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "Cannot %s %s: %s", what, path,
               g_strerror (errno));
  return -1;
}

/* Opens `name` in `parent`, made if need be, and checks that it is ours and private. */
static int
open_private_dir (int parent, const char *name, const char *path, GError **error)
{
  struct stat info;
  autofd fd = -1;

  if (mkdirat (parent, name, 0700) != 0 && errno != EEXIST)
    return fail (error, "make the folder", path);
  fd = openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || fstat (fd, &info) != 0)
    return fail (error, "open the folder", path);
  if (geteuid () != 0 && info.st_uid != geteuid ())
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                   "The folder %s belongs to another user", path);
      return -1;
    }
  if (fchmod (fd, 0700) != 0)
    return fail (error, "make private the folder", path);
  return fds_steal (&fd);
}

static int
listen_at (const char *uuid, const char *name, int type, GError **error)
{
  g_autofree char *path = paths_socket (uuid, name, error);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  autofd fd = -1;

  if (path == NULL)
    return -1;
  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  fd = socket (AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 || bind (fd, (struct sockaddr *) &address, sizeof address) != 0 ||
      chmod (path, 0600) != 0 || listen (fd, LISTEN_BACKLOG) != 0)
    return fail (error, "listen at", path);
  return fds_steal (&fd);
}

static void
unlink_sockets (const RuntimeDir *runtime)
{
  for (guint i = 0; paths_runtime_names[i] != NULL; i++)
    unlinkat (runtime->dir, paths_runtime_names[i], 0);
}

void
runtime_dir_unlink (const RuntimeDir *runtime)
{
  unlink_sockets (runtime);
  unlinkat (runtime->parent, runtime->name, AT_REMOVEDIR);
}

static gboolean
open_dirs (RuntimeDir *runtime, const char *uuid, GError **error)
{
  g_autofree char *path = paths_runtime_dir (uuid);
  g_autofree char *parent = g_path_get_dirname (path);
  g_autofree char *base = g_path_get_dirname (parent);
  autofd top = -1;

  if (g_mkdir_with_parents (base, 0700) != 0)
    return fail (error, "make the folder", base) == 0;
  top = open (base, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (top < 0)
    return fail (error, "open the folder", base) == 0;
  runtime->parent = open_private_dir (top, "vitrine", parent, error);
  if (runtime->parent < 0)
    return FALSE;
  runtime->dir = open_private_dir (runtime->parent, uuid, path, error);
  return runtime->dir >= 0;
}

RuntimeDir *
runtime_dir_make (const char *uuid, GError **error)
{
  g_autoptr (RuntimeDir) runtime = g_new0 (RuntimeDir, 1);

  runtime->parent = runtime->dir = runtime->control = runtime->display = -1;
  runtime->name = g_strdup (uuid);
  if (!open_dirs (runtime, uuid, error))
    return NULL;
  unlink_sockets (runtime);
  return g_steal_pointer (&runtime);
}

gboolean
runtime_dir_listen (RuntimeDir *runtime, uid_t owner, GError **error)
{
  runtime->control = listen_at (runtime->name, "control", SOCK_STREAM, error);
  if (runtime->control >= 0)
    runtime->display = listen_at (runtime->name, "display", SOCK_SEQPACKET, error);
  if (runtime->display < 0)
    return FALSE;
  if (geteuid () == 0 && fchown (runtime->dir, owner, -1) != 0)
    return fail (error, "give away the runtime folder of guest", runtime->name) == 0;
  return TRUE;
}

void
runtime_dir_free (RuntimeDir *runtime)
{
  fds_clear (&runtime->control);
  fds_clear (&runtime->display);
  fds_clear (&runtime->dir);
  fds_clear (&runtime->parent);
  g_free (runtime->name);
  g_free (runtime);
}
