/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The rules for what an image's header names. Runs in vitrine-vmm over untrusted names, which it
 * compares and never opens.
 */
#include "image-policy.h"

#include <string.h>

void
image_backing_free (ImageBacking *backing)
{
  g_free (backing->path);
  g_free (backing);
}

static gboolean G_GNUC_PRINTF (2, 3) refuse (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, format, args);
  va_end (args);
  return FALSE;
}

/* As in QEMU (path_has_protocol): something like "nbd:" or "json:" before the first slash. */
static gboolean
has_protocol (const char *name)
{
  return name[strcspn (name, ":/")] == ':';
}

static gboolean
check_header (const ImageInfo *info, const char *path, GError **error)
{
  if (info->data_file != NULL)
    return refuse (error,
                   "The disk image %s keeps its data in another file (%s), which Vitrine does not "
                   "open. Convert it with qemu-img convert",
                   path, info->data_file);
  if (info->encrypted)
    return refuse (
        error,
        "The disk image %s is encrypted, which Vitrine does not support. Convert it with "
        "qemu-img convert",
        path);
  if (info->corrupt)
    return refuse (
        error,
        "The disk image %s is marked as corrupt. Repair it with qemu-img check -r all, or "
        "restore a copy",
        path);
  return TRUE;
}

static gboolean
read_format (const ImageInfo *info, const char *path, GuestDiskFormat *out, GError **error)
{
  if (info->backing_format == NULL)
    return refuse (error,
                   "The disk image %s does not state the format of its backing file %s. State it "
                   "with qemu-img rebase -u -F FORMAT -b FILE",
                   path, info->backing_name);
  if (strcmp (info->backing_format, "qcow2") == 0)
    *out = GUEST_DISK_QCOW2;
  else if (strcmp (info->backing_format, "raw") == 0)
    *out = GUEST_DISK_RAW;
  else
    return refuse (
        error,
        "The disk image %s has a backing file of the format “%s”; only qcow2 and raw are "
        "allowed",
        path, info->backing_format);
  return TRUE;
}

static gboolean
is_listed (const GuestDisk *disk, const char *path)
{
  for (guint i = 0; disk->allow_backing != NULL && disk->allow_backing[i] != NULL; i++)
    {
      g_autofree char *listed = g_canonicalize_filename (disk->allow_backing[i], "/");

      if (strcmp (listed, path) == 0)
        return TRUE;
    }
  return FALSE;
}

/* The command that would allow `path` beside what is allowed already. */
static char *
allow_command (const GuestDisk *disk, const char *guest, const char *path)
{
  g_autofree char *before =
      disk->allow_backing != NULL ? g_strjoinv (";", disk->allow_backing) : g_strdup ("");
  g_autofree char *setting = g_strdup_printf ("disk%u.allow-backing=%s%s%s", disk->index, before,
                                              *before != '\0' ? ";" : "", path);
  g_autofree char *quoted_guest = g_shell_quote (guest);
  g_autofree char *quoted_setting = g_shell_quote (setting);

  return g_strdup_printf ("vitrinectl set %s %s", quoted_guest, quoted_setting);
}

gboolean
image_policy_check (const ImageInfo *info,
                    const char *path,
                    const GuestDisk *disk,
                    const char *guest,
                    ImageBacking **ret_backing,
                    GError **error)
{
  g_autoptr (ImageBacking) backing = NULL;
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *backing_folder = NULL;
  g_autofree char *command = NULL;

  if (!check_header (info, path, error))
    return FALSE;
  if (info->backing_name == NULL)
    {
      *ret_backing = NULL;
      return TRUE;
    }
  if (has_protocol (info->backing_name))
    return refuse (error,
                   "The disk image %s has the backing file “%s”, which is not a plain file name. "
                   "Only files are allowed",
                   path, info->backing_name);
  backing = g_new0 (ImageBacking, 1);
  if (!read_format (info, path, &backing->format, error))
    return FALSE;
  backing->path = g_canonicalize_filename (info->backing_name, folder);
  backing_folder = g_path_get_dirname (backing->path);
  if (!is_listed (disk, backing->path))
    {
      backing->beneath =
          backing->format == GUEST_DISK_QCOW2 && strcmp (folder, backing_folder) == 0;
      command = allow_command (disk, guest, backing->path);
      if (!backing->beneath)
        return refuse (
            error,
            "The disk image %s wants to read the backing file %s, which %s. If you trust "
            "both, allow it: %s",
            path, backing->path,
            strcmp (folder, backing_folder) == 0 ? "is a raw file" : "lies in another folder",
            command);
    }
  *ret_backing = g_steal_pointer (&backing);
  return TRUE;
}

void
image_policy_refuse_new (const char *path,
                         const ImageBacking *backing,
                         const GuestDisk *disk,
                         const char *guest,
                         GError **error)
{
  g_autofree char *command = allow_command (disk, guest, backing->path);

  refuse (
      error,
      "The disk image %s wants to read the backing file %s, which it did not when this guest last "
      "ran. If it was you who changed that, allow it: %s",
      path, backing->path, command);
}
