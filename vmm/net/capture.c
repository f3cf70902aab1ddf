/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Writes captures. Runs in vitrine-net.
 */
#include "capture.h"

#include "fds.h"
#include "frame-parse.h"

#include <errno.h>
#include <sys/stat.h>

#define BUFFER_BYTES (256u * 1024)
#define MAGIC_NANOSECONDS 0xa1b23c4du
#define LINK_ETHERNET 1u
#define SECOND_NS G_GINT64_CONSTANT (1000000000)

typedef struct
{
  guint32 magic;
  guint16 major, minor;
  guint32 zone, accuracy;
  guint32 frame_max;
  guint32 link;
} FileHeader;

typedef struct
{
  guint32 seconds, nanoseconds;
  guint32 stored, size;
} FrameHeader;

struct _Capture
{
  int fd;
  guint64 bytes; /* in the file and in the buffer */
  guint64 bytes_max;
  gboolean is_full;
  gboolean is_broken;
  gsize used;
  guint8 buffer[BUFFER_BYTES];
};

static void
append (Capture *capture, const void *data, gsize size)
{
  memcpy (capture->buffer + capture->used, data, size);
  capture->used += size;
  capture->bytes += size;
}

static void
empty (Capture *capture)
{
  gsize done = 0;

  while (done < capture->used && !capture->is_broken)
    {
      gssize n = write (capture->fd, capture->buffer + done, capture->used - done);

      if (n < 0 && errno != EINTR)
        capture->is_broken = TRUE;
      else if (n > 0)
        done += n;
    }
  capture->used = 0;
}

Capture *
capture_new_take (int fd, guint64 bytes_max)
{
  const FileHeader header = { .magic = MAGIC_NANOSECONDS,
                              .major = 2,
                              .minor = 4,
                              .frame_max = FRAME_BYTES_MAX,
                              .link = LINK_ETHERNET };
  autofd file = fd;
  struct stat info;
  Capture *capture;

  if (fstat (file, &info) != 0 || !S_ISREG (info.st_mode) || lseek (file, 0, SEEK_END) < 0)
    return NULL;
  capture = g_new0 (Capture, 1);
  capture->fd = fds_steal (&file);
  capture->bytes = info.st_size;
  capture->bytes_max = bytes_max;
  if (info.st_size == 0)
    append (capture, &header, sizeof header);
  return capture;
}

void
capture_free (Capture *capture)
{
  if (capture == NULL)
    return;
  empty (capture);
  fds_clear (&capture->fd);
  g_free (capture);
}

void
capture_add (Capture *capture, gint64 time_ns, const guint8 *data, gsize size)
{
  const FrameHeader header = { .seconds = (guint32) (time_ns / SECOND_NS),
                               .nanoseconds = (guint32) (time_ns % SECOND_NS),
                               .stored = (guint32) MIN (size, FRAME_BYTES_MAX),
                               .size = (guint32) size };
  gsize needed = sizeof header + header.stored;

  if (capture->is_full || capture->is_broken)
    return;
  if (needed > capture->bytes_max || capture->bytes > capture->bytes_max - needed)
    {
      capture->is_full = TRUE;
      return;
    }
  if (needed > BUFFER_BYTES - capture->used)
    empty (capture);
  append (capture, &header, sizeof header);
  append (capture, data, header.stored);
}

gboolean
capture_flush (Capture *capture, NetCaptureEnd *ret_why)
{
  empty (capture);
  if (!capture->is_broken && !capture->is_full)
    return TRUE;
  *ret_why = capture->is_broken ? NET_CAPTURE_BROKEN : NET_CAPTURE_FULL;
  return FALSE;
}

guint64
capture_get_bytes (Capture *capture)
{
  return capture->bytes;
}
