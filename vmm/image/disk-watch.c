/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * inotify on the files behind the descriptors, not on names; then fstat () and stat () tell what
 * has happened. Runs in vitrine-vmm. A descriptor keeps a deleted file alive, which is what the
 * person is told how to make use of.
 */
#include "disk-watch.h"

#include "fds.h"
#include "guest-log.h"
#include "image-chain.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/inotify.h>
#include <sys/stat.h>

/* Attributes: the number of names. Close: whoever has cut it off closes it then. Not IN_MODIFY,
 * which each write of the guest would cause. (A cut that the guest has written over to the old size
 * before we look, within milliseconds, is not seen.) */
#define EVENTS (IN_ATTRIB | IN_MOVE_SELF | IN_CLOSE_WRITE)

typedef struct
{
  const ImageNode *node;
  off_t size; /* the largest that was seen */
  DiskWatchState state;
} Watched;

struct _DiskWatch
{
  int inotify;
  guint source;
  GArray *files; /* of Watched */
  DiskWatchChanged changed;
  gpointer user_data;
};

static void
add_file (DiskWatch *watch, const ImageNode *node)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", node->fd);
  Watched file = { node, 0, DISK_WATCH_WELL };
  struct stat info;

  if (node->is_device || fstat (node->fd, &info) != 0)
    return;
  file.size = info.st_size;
  if (inotify_add_watch (watch->inotify, path, EVENTS) < 0)
    g_debug ("%s cannot be watched: %s", node->path, g_strerror (errno));
  g_array_append_val (watch->files, file);
}

DiskWatch *
disk_watch_new (GPtrArray *chains)
{
  DiskWatch *watch;
  int inotify = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);

  if (inotify < 0)
    return NULL;
  watch = g_new0 (DiskWatch, 1);
  watch->inotify = inotify;
  watch->files = g_array_new (FALSE, FALSE, sizeof (Watched));
  for (guint i = 0; i < chains->len; i++)
    {
      const ImageChain *chain = chains->pdata[i];

      for (guint depth = 0; depth < chain->nodes->len; depth++)
        add_file (watch, chain->nodes->pdata[depth]);
    }
  return watch;
}

void
disk_watch_free (DiskWatch *watch)
{
  g_clear_handle_id (&watch->source, g_source_remove);
  fds_clear (&watch->inotify);
  g_array_unref (watch->files);
  g_free (watch);
}

/* Where the name may not be looked at (root's folders, once vmm is root no more), the number of
 * names is all that is known. */
static DiskWatchState
state_of_name (const Watched *file, const struct stat *info)
{
  struct stat named;
  int result = stat (file->node->path, &named);
  gboolean is_other = result == 0 && (named.st_dev != info->st_dev || named.st_ino != info->st_ino);

  if (info->st_nlink == 0)
    return is_other ? DISK_WATCH_REPLACED : DISK_WATCH_DELETED;
  if (is_other || (result != 0 && errno == ENOENT))
    return DISK_WATCH_MOVED;
  return DISK_WATCH_WELL;
}

static DiskWatchState
look (Watched *file)
{
  struct stat info;

  if (fstat (file->node->fd, &info) != 0)
    return file->state;
  if (info.st_size < file->size)
    return DISK_WATCH_CUT;
  file->size = info.st_size;
  return state_of_name (file, &info);
}

/* How to get at the file as long as it is open. */
static char *
describe_rescue (const Watched *file)
{
  return g_strdup_printf ("It is whole until the guest ends: pause the guest, copy it with 'cp "
                          "--sparse=always /proc/%d/fd/%d NEWFILE', and only then end the guest",
                          (int) getpid (), file->node->fd);
}

static gboolean
is_readable_name (const char *path)
{
  struct stat info;

  return stat (path, &info) == 0 || errno != EACCES;
}

static char *
describe (const Watched *file)
{
  const char *path = file->node->path;
  g_autofree char *rescue = describe_rescue (file);

  switch (file->state)
    {
    case DISK_WATCH_DELETED:
      return g_strdup_printf ("The disk image %s was %s while the guest runs. %s", path,
                              is_readable_name (path) ? "deleted" : "deleted or replaced", rescue);
    case DISK_WATCH_REPLACED:
      return g_strdup_printf (
          "The disk image %s was replaced by another file while the guest runs, "
          "which still uses the old one; the next start will use the new one. "
          "%s",
          path, rescue);
    case DISK_WATCH_MOVED:
      return g_strdup_printf (
          "The disk image %s was moved or renamed while the guest runs. Nothing "
          "is lost; put it back, or set the disk to its new name, before the "
          "next start",
          path);
    case DISK_WATCH_CUT:
      return g_strdup_printf (
          "The disk image %s was made shorter by another program while the guest "
          "runs: what was there is lost, and the guest may damage the rest. "
          "Force it off and restore the image from a copy; resume it only to "
          "save what its memory holds",
          path);
    case DISK_WATCH_WELL:
    default:
      return g_strdup_printf ("The disk image %s is back in its place", path);
    }
}

static void
check_file (DiskWatch *watch, Watched *file)
{
  g_autofree char *sentence = NULL;
  DiskWatchState state = look (file);

  /* What is lost stays lost, even if the file grows again. */
  if (state == file->state || file->state == DISK_WATCH_CUT)
    return;
  file->state = state;
  sentence = describe (file);
  guest_log ("%s", sentence);
  if (watch->changed != NULL)
    watch->changed (state, sentence, watch->user_data);
}

void
disk_watch_check (DiskWatch *watch)
{
  for (guint i = 0; watch != NULL && i < watch->files->len; i++)
    check_file (watch, &g_array_index (watch->files, Watched, i));
}

static gboolean
on_events (int fd, GIOCondition condition, gpointer data)
{
  char events[4096] __attribute__ ((aligned (__alignof__(struct inotify_event))));

  /* What they are, the files themselves tell better. */
  while (read (fd, events, sizeof events) > 0)
    continue;
  disk_watch_check (data);
  return G_SOURCE_CONTINUE;
}

void
disk_watch_start (DiskWatch *watch, DiskWatchChanged changed, gpointer user_data)
{
  watch->changed = changed;
  watch->user_data = user_data;
  watch->source = g_unix_fd_add (watch->inotify, G_IO_IN, on_events, watch);
}
