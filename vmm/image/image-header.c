/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Copies the head of an image for inspection. Runs in vitrine-vmm. Of the bytes it understands only
 * the few fixed fields below (QEMU, docs/interop/qcow2.txt): counts of tables which the copy does
 * not hold are set to zero, so that qemu-img does not look for them.
 */
#include "image-header.h"

#include "fds.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define QCOW2_MAGIC 0x514649fbu
#define QCOW2_HEADER_V2_BYTES 72
#define QCOW2_OFFSET_VERSION 4
#define QCOW2_OFFSET_CRYPT_METHOD 32
#define QCOW2_OFFSET_SNAPSHOT_COUNT 60
#define QCOW2_OFFSET_AUTOCLEAR 88 /* version 3: of which bit 0 says that there are bitmaps */
#define QCOW2_HEADER_V3_BYTES 104

static guint32
read_be32 (const guint8 *at)
{
  guint32 value;

  memcpy (&value, at, sizeof value);
  return GUINT32_FROM_BE (value);
}

static gboolean
reduce (guint8 *head, gsize size, GError **error)
{
  if (size < QCOW2_HEADER_V2_BYTES || read_be32 (head) != QCOW2_MAGIC)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                           "is not in the qcow2 format that the guest's definition states");
      return FALSE;
    }
  if (read_be32 (head + QCOW2_OFFSET_CRYPT_METHOD) != 0)
    {
      g_set_error_literal (
          error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
          "is encrypted, which Vitrine does not support. Convert it with qemu-img");
      return FALSE;
    }
  memset (head + QCOW2_OFFSET_SNAPSHOT_COUNT, 0, 4);
  if (read_be32 (head + QCOW2_OFFSET_VERSION) >= 3 && size >= QCOW2_HEADER_V3_BYTES)
    memset (head + QCOW2_OFFSET_AUTOCLEAR, 0, 8);
  return TRUE;
}

static gssize
read_head (int fd, guint8 *head)
{
  gsize have = 0;

  while (have < IMAGE_HEADER_BYTES_MAX)
    {
      gssize got = pread (fd, head + have, IMAGE_HEADER_BYTES_MAX - have, have);

      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return -1;
      if (got == 0)
        break;
      have += got;
    }
  return have;
}

int
image_header_copy (int fd, GError **error)
{
  g_autofree guint8 *head = g_malloc (IMAGE_HEADER_BYTES_MAX);
  gssize size = read_head (fd, head);
  off_t length = lseek (fd, 0, SEEK_END);
  autofd copy = -1;

  if (size < 0 || length < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "cannot be read: %s",
                   g_strerror (errno));
      return -1;
    }
  if (!reduce (head, size, error))
    return -1;
  copy = memfd_create ("image-header", MFD_CLOEXEC);
  if (copy < 0 || pwrite (copy, head, size, 0) != size || ftruncate (copy, MAX (length, size)) != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "cannot be inspected: %s",
                   g_strerror (errno));
      return -1;
    }
  return fds_steal (&copy);
}
