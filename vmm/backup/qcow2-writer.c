/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The file grows by whole clusters, each used once: the header's, then data with the second table of
 * each 512 MiB behind the data, then the first table, the refcounts (all are 1) and their table.
 */
#include "qcow2-writer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define CLUSTER QCOW2_CLUSTER_BYTES
#define ENTRIES (CLUSTER / sizeof (guint64)) /* of a table in one cluster */
#define COUNTS (CLUSTER / sizeof (guint16))  /* of a cluster of refcounts */
#define USED_ONCE ((guint64) 1 << 63)        /* QCOW_OFLAG_COPIED */
#define SECTOR 512u

struct _Qcow2Writer
{
  int fd;
  guint64 bytes; /* of the disk */
  guint64 taken; /* of it */
  guint64 end;   /* clusters of the file */
  guint64 n_first;
  guint64 *first;          /* big-endian, as all that is written */
  guint64 second[ENTRIES]; /* of the 512 MiB that are being taken */
  gboolean second_used;
};

typedef struct
{
  guint32 magic;
  guint32 version;
  guint64 backing_offset;
  guint32 backing_size;
  guint32 cluster_bits;
  guint64 size;
  guint32 crypt_method;
  guint32 first_size;
  guint64 first_offset;
  guint64 counts_offset;
  guint32 counts_clusters;
  guint32 n_snapshots;
  guint64 snapshots_offset;
  guint64 incompatible;
  guint64 compatible;
  guint64 autoclear;
  guint32 refcount_order;
  guint32 header_bytes;
} __attribute__ ((packed)) Header;

G_STATIC_ASSERT (sizeof (Header) == 104);

Qcow2Writer *
qcow2_writer_new (int fd, guint64 bytes)
{
  Qcow2Writer *writer = g_new0 (Qcow2Writer, 1);

  writer->fd = fd;
  writer->bytes = bytes;
  writer->end = 1; /* the header */
  writer->n_first = (bytes - 1) / ((guint64) CLUSTER * ENTRIES) + 1;
  writer->first = g_new0 (guint64, writer->n_first);
  return writer;
}

void
qcow2_writer_free (Qcow2Writer *writer)
{
  g_free (writer->first);
  g_free (writer);
}

static gboolean
fail (GError **error)
{
  int code = errno;

  g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (code), g_strerror (code));
  return FALSE;
}

static gboolean
write_at (Qcow2Writer *writer, guint64 cluster, const void *data, gsize size, GError **error)
{
  const guint8 *from = data;
  off_t at = (off_t) (cluster * CLUSTER);

  while (size > 0)
    {
      gssize done = pwrite (writer->fd, from, size, at);

      if (done < 0 && errno == EINTR)
        continue;
      if (done <= 0)
        return fail (error);
      from += done;
      at += done;
      size -= done;
    }
  return TRUE;
}

/* --- data --- */

static gboolean
is_zero (const guint8 *data, gsize size)
{
  return data[0] == 0 && memcmp (data, data + 1, size - 1) == 0;
}

/* Behind its data, so that data lies in one piece. */
static gboolean
end_second (Qcow2Writer *writer, guint64 index, GError **error)
{
  if (!writer->second_used)
    return TRUE;
  if (!write_at (writer, writer->end, writer->second, CLUSTER, error))
    return FALSE;
  writer->first[index] = GUINT64_TO_BE (writer->end * CLUSTER | USED_ONCE);
  writer->end++;
  memset (writer->second, 0, sizeof writer->second);
  writer->second_used = FALSE;
  return TRUE;
}

/* `size` bytes that are wanted, none of them beyond these 512 MiB. */
static gboolean
put (Qcow2Writer *writer, guint64 cluster, const guint8 *data, gsize size, GError **error)
{
  guint64 n = (size + CLUSTER - 1) / CLUSTER;

  if (!write_at (writer, writer->end, data, size, error))
    return FALSE;
  for (guint64 i = 0; i < n; i++)
    writer->second[(cluster + i) % ENTRIES] =
        GUINT64_TO_BE ((writer->end + i) * CLUSTER | USED_ONCE);
  writer->second_used = TRUE;
  writer->end += n;
  return TRUE;
}

/* How much of the front of `data` is alike: zeroes, or to be written. */
static gsize
measure (guint64 cluster, const guint8 *data, gsize size, gboolean *ret_zero)
{
  gsize most = MIN (size, (ENTRIES - cluster % ENTRIES) * CLUSTER);
  gsize length = MIN (most, CLUSTER);

  *ret_zero = is_zero (data, length);
  while (length < most &&
         is_zero (data + length, MIN (most - length, CLUSTER)) == *ret_zero)
    length += MIN (most - length, CLUSTER);
  return length;
}

gboolean
qcow2_writer_add (Qcow2Writer *writer, const guint8 *data, gsize size, GError **error)
{
  g_return_val_if_fail (size <= writer->bytes - writer->taken, FALSE);
  g_return_val_if_fail (size % CLUSTER == 0 || size == writer->bytes - writer->taken, FALSE);
  while (size > 0)
    {
      guint64 cluster = writer->taken / CLUSTER;
      gboolean zero;
      gsize length = measure (cluster, data, size, &zero);

      if (!zero && !put (writer, cluster, data, length, error))
        return FALSE;
      writer->taken += length;
      data += length;
      size -= length;
      if ((writer->taken % ((guint64) CLUSTER * ENTRIES) == 0 || writer->taken == writer->bytes) &&
          !end_second (writer, cluster / ENTRIES, error))
        return FALSE;
    }
  return TRUE;
}

/* --- tables --- */

static gboolean
write_counts (Qcow2Writer *writer, guint64 used, guint64 n_counts, GError **error)
{
  g_autofree guint16 *counts = g_new (guint16, COUNTS);

  for (guint64 i = 0; i < n_counts; i++)
    {
      for (guint64 k = 0; k < COUNTS; k++)
        counts[k] = i * COUNTS + k < used ? GUINT16_TO_BE (1) : 0;
      if (!write_at (writer, writer->end++, counts, CLUSTER, error))
        return FALSE;
    }
  return TRUE;
}

/* The refcounts count themselves and their table too. */
static gboolean
write_refcounts (Qcow2Writer *writer, guint64 *ret_table, guint64 *ret_n, GError **error)
{
  guint64 base = writer->end, n_counts = 0, n_table = 0, needed;
  g_autofree guint64 *table = NULL;

  while ((needed = (base + n_counts + n_table + COUNTS - 1) / COUNTS) > n_counts)
    {
      n_counts = needed;
      n_table = (n_counts + ENTRIES - 1) / ENTRIES;
    }
  if (!write_counts (writer, base + n_counts + n_table, n_counts, error))
    return FALSE;
  table = g_new0 (guint64, n_table * ENTRIES);
  for (guint64 i = 0; i < n_counts; i++)
    table[i] = GUINT64_TO_BE ((base + i) * CLUSTER);
  *ret_table = writer->end;
  *ret_n = n_table;
  writer->end += n_table;
  return write_at (writer, *ret_table, table, n_table * CLUSTER, error);
}

gboolean
qcow2_writer_finish (Qcow2Writer *writer, GError **error)
{
  gsize first_bytes = writer->n_first * sizeof (guint64);
  guint64 first = writer->end, table = 0, n_table = 0;
  guint64 size = (writer->bytes + SECTOR - 1) / SECTOR * SECTOR;
  Header header = {
    .magic = GUINT32_TO_BE (0x514649fbu),
    .version = GUINT32_TO_BE (3),
    .cluster_bits = GUINT32_TO_BE (16),
    .size = GUINT64_TO_BE (size),
    .first_size = GUINT32_TO_BE ((guint32) writer->n_first),
    .first_offset = GUINT64_TO_BE (first * CLUSTER),
    .refcount_order = GUINT32_TO_BE (4),
    .header_bytes = GUINT32_TO_BE (sizeof header),
  };

  g_return_val_if_fail (writer->taken == writer->bytes, FALSE);
  if (!write_at (writer, first, writer->first, first_bytes, error))
    return FALSE;
  writer->end += (first_bytes + CLUSTER - 1) / CLUSTER;
  if (!write_refcounts (writer, &table, &n_table, error))
    return FALSE;
  header.counts_offset = GUINT64_TO_BE (table * CLUSTER);
  header.counts_clusters = GUINT32_TO_BE ((guint32) n_table);
  if (!write_at (writer, 0, &header, sizeof header, error))
    return FALSE;
  return fsync (writer->fd) == 0 ? TRUE : fail (error);
}
