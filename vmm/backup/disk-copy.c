/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A client of the NBD protocol that only reads (NBD project, doc/proto.md), in one loop that waits:
 * it has nothing else to do. The other side is vitrine-nbd, taken for hostile: of what it says only
 * three heads of fixed size are understood, by the parsers of vmm/nbd/; the rest is the disk's.
 */
#include "disk-copy.h"

#include "copy-lock.h"
#include "ipc/copy-wire.h"
#include "jail/privileges.h"
#include "nbd/nbd-parse.h"
#include "qcow2-writer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE_BYTES (1u << 20) /* a request */
#define PIECES 8u              /* under way */

typedef struct
{
  guint64 offset;
  guint32 length;
  gboolean awaited;
  gboolean arrived;
  guint8 *data;
} Piece;

typedef struct
{
  int source;
  int progress;
  guint64 size;
  guint64 asked;   /* up to here */
  guint64 written; /* likewise */
  int told;        /* per cent; -1: nothing yet */
  Piece pieces[PIECES];
  Qcow2Writer *writer;
} Copy;

static gboolean
fail (GError **error, const char *text)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, text);
  return FALSE;
}

static gboolean
fail_protocol (GError **error)
{
  return fail (error, "What shows the guest's disk broke the protocol");
}

/* --- the socket --- */

static gboolean
receive (Copy *copy, void *into, gsize size, GError **error)
{
  guint8 *at = into;

  while (size > 0)
    {
      gssize got = recv (copy->source, at, size, 0);

      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        return fail (error, "The guest's disk is not shown any more");
      at += got;
      size -= got;
    }
  return TRUE;
}

static gboolean
send_all (Copy *copy, const void *data, gsize size, GError **error)
{
  const guint8 *from = data;

  while (size > 0)
    {
      gssize sent = send (copy->source, from, size, MSG_NOSIGNAL);

      if (sent < 0 && errno == EINTR)
        continue;
      if (sent <= 0)
        return fail (error, "The guest's disk is not shown any more");
      from += sent;
      size -= sent;
    }
  return TRUE;
}

/* The oldest way to agree is the shortest, and every server has it. */
static gboolean
agree (Copy *copy, GError **error)
{
  const struct
  {
    guint32 flags;
    guint64 magic;
    guint32 option;
    guint32 name_size;
  } __attribute__ ((packed))
  wish = { GUINT32_TO_BE (NBD_FIXED_NEWSTYLE | NBD_NO_ZEROES), GUINT64_TO_BE (NBD_MAGIC_OPTION),
           GUINT32_TO_BE (NBD_OPT_EXPORT_NAME), 0 };
  guint8 head[NBD_GREETING_BYTES];
  NbdGreeting greeting;
  NbdInfo info = { 0 };

  if (!receive (copy, head, NBD_GREETING_BYTES, error))
    return FALSE;
  if (nbd_parse_greeting (head, NBD_GREETING_BYTES, &greeting) != PARSE_OK ||
      greeting.kind != NBD_GREETING_NEW || (greeting.flags & NBD_NO_ZEROES) == 0)
    return fail_protocol (error);
  if (!send_all (copy, &wish, sizeof wish, error) ||
      !receive (copy, head, NBD_OLD_EXPORT_BYTES, error))
    return FALSE;
  if (nbd_parse_export (head, NBD_OLD_EXPORT_BYTES, &info) != PARSE_OK ||
      info.size > QCOW2_DISK_BYTES_MAX)
    return fail_protocol (error);
  copy->size = info.size;
  return TRUE;
}

/* The next piece, in the place `index`; nothing at the end. */
static gboolean
ask (Copy *copy, guint index, GError **error)
{
  Piece *piece = &copy->pieces[index];
  NbdWireRequest request = { .magic = GUINT32_TO_BE (NBD_MAGIC_REQUEST),
                             .type = GUINT16_TO_BE (NBD_CMD_READ) };

  piece->arrived = FALSE;
  if (copy->asked == copy->size)
    return TRUE;
  piece->offset = copy->asked;
  piece->length = (guint32) MIN (copy->size - copy->asked, PIECE_BYTES);
  piece->awaited = TRUE;
  copy->asked += piece->length;
  request.cookie = GUINT64_TO_BE (index);
  request.offset = GUINT64_TO_BE (piece->offset);
  request.length = GUINT32_TO_BE (piece->length);
  return send_all (copy, &request, sizeof request, error);
}

static gboolean
take_reply (Copy *copy, GError **error)
{
  guint8 head[NBD_REPLY_BYTES];
  NbdReply reply;
  Piece *piece;

  if (!receive (copy, head, sizeof head, error))
    return FALSE;
  if (nbd_parse_reply (head, sizeof head, &reply) != PARSE_OK || reply.cookie >= PIECES ||
      !copy->pieces[reply.cookie].awaited)
    return fail_protocol (error);
  if (reply.error != 0)
    return fail (error,
                 "The guest's disk could not be read on. Either it has a fault, or there was "
                 "no room left for what the guest overwrote meanwhile");
  piece = &copy->pieces[reply.cookie];
  piece->awaited = FALSE;
  piece->arrived = TRUE;
  return receive (copy, piece->data, piece->length, error);
}

/* --- the file --- */

static gboolean
tell (Copy *copy, GError **error)
{
  int done = (int) (copy->written / (copy->size / COPY_WHOLE + 1));
  guint8 byte;

  done = copy->written == copy->size ? COPY_WHOLE : MIN (done, COPY_WHOLE - 1);
  if (done == copy->told)
    return TRUE;
  copy->told = done;
  byte = (guint8) done;
  return write (copy->progress, &byte, 1) == 1 ? TRUE : fail (error, "Nobody waits for the copy");
}

/* In the disk's order: places are asked for, and so written, in turn. */
static gboolean
write_arrived (Copy *copy, guint *next, GError **error)
{
  Piece *piece = &copy->pieces[*next];

  for (; piece->arrived; piece = &copy->pieces[*next])
    {
      if (!qcow2_writer_add (copy->writer, piece->data, piece->length, error))
        return FALSE;
      copy->written += piece->length;
      if (!ask (copy, *next, error) || !tell (copy, error))
        return FALSE;
      *next = (*next + 1) % PIECES;
    }
  return TRUE;
}

static gboolean
run (Copy *copy, int file, GError **error)
{
  guint next = 0;

  if (!agree (copy, error))
    return FALSE;
  copy->writer = qcow2_writer_new (file, copy->size);
  for (guint i = 0; i < PIECES; i++)
    {
      copy->pieces[i].data = g_malloc (MIN (PIECE_BYTES, copy->size));
      if (!ask (copy, i, error))
        return FALSE;
    }
  while (copy->written < copy->size)
    if (!take_reply (copy, error) || !write_arrived (copy, &next, error))
      return FALSE;
  return qcow2_writer_finish (copy->writer, error);
}

int
disk_copy_run (int source, int file, int progress, int said)
{
  g_autoptr (GError) error = NULL;
  Copy copy = { .source = source, .progress = progress, .told = -1 };
  gboolean good = run (&copy, file, &error);

  for (guint i = 0; i < PIECES; i++)
    g_free (copy.pieces[i].data);
  g_clear_pointer (&copy.writer, qcow2_writer_free);
  if (!good)
    {
      g_autofree char *line = g_strdup_printf ("%s\n", error->message);

      /* Not by GLib, which would look for a locale. */
      if (write (said, line, strlen (line)) < 0)
        return 1;
    }
  return good ? 0 : 1;
}

/* vmm hands QEMU the other end, and QEMU speaks first. Nothing of it is read yet. */
static gboolean
await_greeting (GError **error)
{
  struct pollfd ready = { .fd = STDIN_FILENO, .events = POLLIN };
  const char *given = g_getenv (COPY_SECONDS_VARIABLE);
  guint64 seconds = given != NULL ? g_ascii_strtoull (given, NULL, 10) : COPY_SECONDS;
  gint64 end = g_get_monotonic_time () + (gint64) MIN (seconds, COPY_SECONDS) * G_USEC_PER_SEC;
  int result;

  do
    result = poll (&ready, 1, (int) MAX (0, (end - g_get_monotonic_time ()) / 1000));
  while (result < 0 && errno == EINTR);
  return result > 0 ? TRUE : fail (error, "vitrine-vmm does not answer, so nothing was copied");
}

static gboolean
prepare (const char *uuid, GError **error)
{
  int flags = fcntl (STDIN_FILENO, F_GETFL);

  if (flags < 0 || fcntl (STDIN_FILENO, F_SETFL, flags & ~O_NONBLOCK) != 0)
    return fail (error, "Standard input is not the socket of a backup");
  close_range (COPY_FILE_FD + 1, ~0u, 0);
  return privileges_drop (geteuid () == 0 ? privileges_guest_uid (uuid) : geteuid (), error) &&
         await_greeting (error) && copy_lock (error);
}

int
disk_copy_main (const char *uuid)
{
  g_autoptr (GError) error = NULL;

  if (!prepare (uuid, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  /* Nothing of libc's end, which may want more than the lock allows. */
  _exit (disk_copy_run (STDIN_FILENO, COPY_FILE_FD, STDOUT_FILENO, STDERR_FILENO));
}
