/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Disks as they are named on the command line. Runs in vitrinectl; must never let what an image
 * holds decide more than whether it is qcow2, and that once, at creation.
 */
#include "config.h"

#include "ctl-disk.h"

#include "ctl-parse.h"
#include "fds.h"
#include "nbd-address-parse.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <string.h>
#include <sys/stat.h>

static const char *const keys[] = { "format",   "bus",     "read-only", "tls-ca",
                                    "tls-cert", "tls-key", NULL };
static const char *const raw_suffixes[] = { ".img", ".raw", ".iso", ".bin" };

/* Takes ",key=value" off the end of the text if it is one of ours. */
static gboolean
take_setting (char *text, GPtrArray *settings)
{
  char *comma = strrchr (text, ',');
  char *equals = comma ? strchr (comma, '=') : NULL;
  g_autofree char *key = equals ? g_strndup (comma + 1, equals - comma - 1) : NULL;

  if (!key || comma == text || !g_strv_contains (keys, key))
    return FALSE;
  g_ptr_array_insert (settings, 0, g_strdup (equals + 1));
  g_ptr_array_insert (settings, 0, g_steal_pointer (&key));
  *comma = '\0';
  return TRUE;
}

CtlDisk *
ctl_disk_parse (const char *text)
{
  g_autoptr (CtlDisk) disk = g_new0 (CtlDisk, 1);

  disk->settings = g_ptr_array_new_with_free_func (g_free);
  disk->file = g_strdup (text);
  while (take_setting (disk->file, disk->settings))
    ;
  if (ctl_parse_size (disk->file, 0, &disk->bytes))
    g_clear_pointer (&disk->file, g_free);
  return g_steal_pointer (&disk);
}

void
ctl_disk_free (CtlDisk *disk)
{
  g_free (disk->file);
  g_ptr_array_unref (disk->settings);
  g_free (disk);
}

const char *
ctl_disk_setting (const CtlDisk *disk, const char *key)
{
  for (guint i = 0; i < disk->settings->len; i += 2)
    if (strcmp (g_ptr_array_index (disk->settings, i), key) == 0)
      return g_ptr_array_index (disk->settings, i + 1);
  return NULL;
}

static gboolean
fail (GError **error, const char *format, const char *file, const char *reason)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  g_autofree char *text = g_strdup_printf (format, file, reason);
#pragma GCC diagnostic pop

  g_set_error_literal (error, CTL_ERROR, CTL_ERROR_FAILED, text);
  return FALSE;
}

/* "20" or "20Q": perhaps a size was meant. */
static gboolean
resembles_size (const char *file)
{
  g_autofree char *base = g_path_get_basename (file);
  const char *digits = base + (*base == '-');
  gsize n = strspn (digits, "0123456789");

  return n > 0 && strlen (digits + n) <= 3;
}

gboolean
ctl_disk_check_file (const char *file, gboolean writable, GError **error)
{
  /* Non-blocking: a pipe without a writer would never open. */
  autofd fd = open (file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  struct stat status;

  if (fd < 0 && errno == ENOENT && resembles_size (file))
    return fail (error, _ ("There is no file %s, and the size of a new disk is written like 20G"),
                 file, NULL);
  if (fd < 0 && errno == ENOENT)
    return fail (error, _ ("There is no file %s"), file, NULL);
  if (fd < 0 || fstat (fd, &status) < 0)
    return fail (error, _ ("%s cannot be read: %s"), file, g_strerror (errno));
  if (!S_ISREG (status.st_mode) && !S_ISBLK (status.st_mode))
    return fail (error, _ ("%s is not a file that holds an image"), file, NULL);
  if (writable && faccessat (AT_FDCWD, file, W_OK, AT_EACCESS) < 0)
    return fail (error, _ ("%s cannot be written: %s; add ,read-only=true if the guest need not"),
                 file, g_strerror (errno));
  return TRUE;
}

static gboolean
has_qcow2_header (const char *file)
{
  static const char magic[] = { 'Q', 'F', 'I', '\xfb' };
  char start[sizeof magic];
  autofd fd = open (file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

  return fd >= 0 && pread (fd, start, sizeof start, 0) == sizeof start &&
         memcmp (start, magic, sizeof magic) == 0;
}

const char *
ctl_disk_format (const CtlDisk *disk, GError **error)
{
  const char *stated = ctl_disk_setting (disk, "format");
  g_autofree char *lower = g_ascii_strdown (disk->file, -1);

  if (stated)
    return stated;
  if (nbd_address_is_meant (disk->file))
    return "raw"; /* nothing that a server says is interpreted unless told to */
  if (has_qcow2_header (disk->file))
    return "qcow2";
  for (gsize i = 0; i < G_N_ELEMENTS (raw_suffixes); i++)
    if (g_str_has_suffix (lower, raw_suffixes[i]))
      return "raw";
  fail (error,
        _ ("The format of %s is not known for certain; say it: --disk %s,format=raw or "
           ",format=qcow2"),
        disk->file, disk->file);
  return NULL;
}
