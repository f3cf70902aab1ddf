/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Opens a disk and what it rests on, node by node: look at the header (jailed qemu-img), decide on
 * the names in it (image-policy.c), open the next. Runs in vitrine-vmm before it drops root; never
 * guesses a format.
 */
#include "image-chain.h"

#include "fds.h"
#include "image-header.h"
#include "image-lock.h"
#include "image-policy.h"
#include "image-tool.h"
#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static void
image_node_free (ImageNode *node)
{
  fds_clear (&node->fd);
  g_free (node->path);
  g_free (node);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ImageNode, image_node_free)

void
image_chain_free (ImageChain *chain)
{
  g_ptr_array_unref (chain->nodes);
  g_clear_pointer (&chain->source, nbd_source_free);
  g_free (chain);
}

/* Opens the plain name `name` in the folder `folder`, following no link. */
static int
open_beneath (const char *folder, const char *name, int flags)
{
  autofd dir = open (folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  struct open_how how = { .flags = flags, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
  int fd;

  if (dir < 0)
    return -1;
  fd = syscall (SYS_openat2, dir, name, &how, sizeof how);
  if (fd < 0 && errno == ENOSYS && strchr (name, '/') == NULL && strcmp (name, "..") != 0)
    fd = openat (dir, name, flags | O_NOFOLLOW);
  return fd;
}

/* A sentence for an open that failed with errno. */
static void
set_open_error (GError **error, const char *what, const char *path, int flags)
{
  int code = errno;
  const char *hint = "";

  if (code == ENOENT)
    hint = ". Put it back or set another one";
  else if (code == ELOOP)
    hint = ". It is a symbolic link, which is not followed here";
  else if ((code == EACCES || code == EROFS) && (flags & O_ACCMODE) == O_RDWR)
    hint = ". Make it writable for you, or set the disk's read-only=true";
  else if (code == EACCES)
    hint = ". Make it readable for you";
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "Cannot open the %s %s: %s%s", what,
               path, g_strerror (code), hint);
}

/* Accepts what was opened if it is a file or block device; takes `fd` in any case. */
static int
accept_file (int fd, const char *what, const char *path, gboolean *ret_is_device, GError **error)
{
  autofd owned = fd;
  struct stat info;

  if (fstat (owned, &info) != 0 || (!S_ISREG (info.st_mode) && !S_ISBLK (info.st_mode)))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
                   "The %s %s is neither a file nor a block device", what, path);
      return -1;
    }
  *ret_is_device = S_ISBLK (info.st_mode);
  return fds_steal (&owned);
}

/* Never waits (a FIFO) and never becomes a terminal. */
#define OPEN_SAFELY (O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

int
image_open (const char *path, int flags, const char *what, gboolean *ret_is_device, GError **error)
{
  int fd = open (path, flags | OPEN_SAFELY);

  if (fd < 0)
    {
      set_open_error (error, what, path, flags);
      return -1;
    }
  return accept_file (fd, what, path, ret_is_device, error);
}

static int
image_open_beneath (const char *path,
                    int flags,
                    const char *what,
                    gboolean *ret_is_device,
                    GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  int fd = open_beneath (folder, name, flags | OPEN_SAFELY);

  if (fd < 0)
    {
      set_open_error (error, what, path, flags);
      return -1;
    }
  return accept_file (fd, what, path, ret_is_device, error);
}

/* Takes `path`. */
static ImageNode *
open_file (char *path, GuestDiskFormat format, gboolean writable, gboolean beneath, GError **error)
{
  g_autoptr (ImageNode) node = g_new0 (ImageNode, 1);
  int flags = writable ? O_RDWR : O_RDONLY;
  int status;

  node->path = path;
  node->format = format;
  node->writable = writable;
  node->fd = beneath ? image_open_beneath (path, flags, "disk image", &node->is_device, error)
                     : image_open (path, flags, "disk image", &node->is_device, error);
  if (node->fd < 0)
    return NULL;
  status = fcntl (node->fd, F_GETFL);
  if (status >= 0)
    fcntl (node->fd, F_SETFL, status & ~O_NONBLOCK);
  return g_steal_pointer (&node);
}

/* What the header of `node` says, read by the jailed qemu-img. */
static ImageInfo *
inspect (const ImageNode *node, const char *uuid, GError **error)
{
  g_autofree char *json = NULL;
  g_autoptr (ImageInfo) info = NULL;
  autofd header = image_header_copy (node->fd, error);

  if (header < 0)
    {
      g_prefix_error (error, "The disk image %s ", node->path);
      return NULL;
    }
  json = image_tool_run ("info", uuid, 0, header, -1, error);
  if (json == NULL)
    {
      g_prefix_error (error, "The disk image %s cannot be read: ", node->path);
      return NULL;
    }
  info = image_info_parse (json, strlen (json), error);
  if (info == NULL)
    g_prefix_error (error, "The disk image %s ", node->path);
  return g_steal_pointer (&info);
}

static ImageNode *
open_top (const GuestDefinition *definition, const GuestDisk *disk, GError **error)
{
  gboolean writable = !disk->read_only && disk->media == GUEST_MEDIA_DISK;
  gboolean is_own = guest_disk_is_own (disk);
  g_autofree char *folder = paths_guest_file (definition->uuid, "disks");
  char *path = is_own ? g_build_filename (folder, disk->file, NULL)
                      : g_canonicalize_filename (disk->file, "/");
  g_autoptr (ImageNode) node = open_file (path, disk->format, writable, is_own, error);

  if (node == NULL || !image_lock_take (node->fd, writable, node->path, error))
    return NULL;
  return g_steal_pointer (&node);
}

static gboolean
is_same_file (const ImageNode *a, const ImageNode *b)
{
  struct stat one;
  struct stat two;

  return fstat (a->fd, &one) == 0 && fstat (b->fd, &two) == 0 && one.st_dev == two.st_dev &&
         one.st_ino == two.st_ino;
}

/* Opens what the last node of the chain rests on. */
static ImageNode *
open_backing (const ImageChain *chain, ImageBacking *backing, GError **error)
{
  const ImageNode *last = chain->nodes->pdata[chain->nodes->len - 1];
  g_autoptr (ImageNode) node = NULL;

  if (chain->nodes->len > GUEST_BACKING_MAX)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "The disk image %s rests on more than %d backing files. Merge some with "
                   "qemu-img commit",
                   ((ImageNode *) chain->nodes->pdata[0])->path, GUEST_BACKING_MAX);
      return NULL;
    }
  node = open_file (g_strdup (backing->path), backing->format, FALSE, backing->beneath, error);
  for (guint i = 0; node != NULL && i < chain->nodes->len; i++)
    if (is_same_file (node, chain->nodes->pdata[i]))
      {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                     "it rests on itself. Restore it from a copy");
        g_clear_pointer (&node, image_node_free);
      }
  if (node == NULL || !image_lock_take (node->fd, FALSE, node->path, error))
    {
      g_prefix_error (error, "The disk image %s cannot be used: ", last->path);
      return NULL;
    }
  return g_steal_pointer (&node);
}

/* What the last node of the chain rests on, if it may be opened; NULL in *ret_backing: nothing. */
static gboolean
decide (const ImageChain *chain,
        const GuestDefinition *definition,
        BackingRecord *record,
        ImageBacking **ret_backing,
        GError **error)
{
  const ImageNode *top = chain->nodes->pdata[0];
  const ImageNode *last = chain->nodes->pdata[chain->nodes->len - 1];
  g_autoptr (ImageBacking) backing = NULL;
  g_autoptr (ImageInfo) info = NULL;

  *ret_backing = NULL;
  if (last->format == GUEST_DISK_RAW)
    return TRUE;
  info = inspect (last, definition->uuid, error);
  if (info == NULL ||
      !image_policy_check (info, last->path, chain->disk, definition->name, &backing, error))
    return FALSE;
  if (backing != NULL && backing->beneath &&
      !backing_record_allows (record, top->path, backing->path))
    {
      image_policy_refuse_new (last->path, backing, chain->disk, definition->name, error);
      return FALSE;
    }
  *ret_backing = g_steal_pointer (&backing);
  return TRUE;
}

static void
note (const ImageChain *chain, BackingRecord *record)
{
  const ImageNode *top = chain->nodes->pdata[0];
  g_autoptr (GPtrArray) backings = g_ptr_array_new ();

  for (guint i = 1; i < chain->nodes->len; i++)
    g_ptr_array_add (backings, ((ImageNode *) chain->nodes->pdata[i])->path);
  g_ptr_array_add (backings, NULL);
  backing_record_note (record, top->path, (const char *const *) backings->pdata);
}

/* Nothing of it is read here; what a qcow2 image there rests on is not followed. */
static gboolean
open_remote (ImageChain *chain, GError **error)
{
  ImageNode *node;

  chain->source = nbd_source_open (chain->disk, error);
  if (chain->source == NULL)
    return FALSE;
  node = g_new0 (ImageNode, 1);
  node->path = g_strdup (chain->disk->file);
  node->fd = -1;
  node->format = chain->disk->format;
  node->writable = !chain->disk->read_only && chain->disk->media == GUEST_MEDIA_DISK;
  g_ptr_array_add (chain->nodes, node);
  return TRUE;
}

ImageChain *
image_chain_open (const GuestDefinition *definition,
                  const GuestDisk *disk,
                  BackingRecord *record,
                  GError **error)
{
  g_autoptr (ImageChain) chain = g_new0 (ImageChain, 1);
  ImageNode *node;

  chain->disk = disk;
  chain->nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) image_node_free);
  if (guest_disk_is_remote (disk))
    return open_remote (chain, error) ? g_steal_pointer (&chain) : NULL;
  node = open_top (definition, disk, error);
  while (node != NULL)
    {
      g_autoptr (ImageBacking) backing = NULL;

      g_ptr_array_add (chain->nodes, node);
      if (!decide (chain, definition, record, &backing, error))
        return NULL;
      if (backing == NULL)
        {
          if (disk->format == GUEST_DISK_QCOW2)
            note (chain, record);
          return g_steal_pointer (&chain);
        }
      node = open_backing (chain, backing, error);
    }
  return NULL;
}
