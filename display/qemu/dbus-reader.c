/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A D-Bus connection to QEMU, read a piece at a time (B4). Runs in vitrine-display on a listener's
 * thread, and waits there for nobody but QEMU, or on the main loop, and waits for nobody. Must
 * never take memory of a size that QEMU names.
 */
#include "dbus-reader.h"

#include "fds.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

void
dbus_reader_init (DbusReader *reader, int socket, gboolean waits, guint8 *buffer, gsize room)
{
  g_assert (room >= DBUS_READER_ROOM_MIN);
  *reader = (DbusReader) {
    .socket = socket, .waits = waits, .state = DBUS_READER_OPEN, .buffer = buffer, .room = room
  };
}

void
dbus_reader_clear (DbusReader *reader)
{
  for (guint i = 0; i < reader->n_fds; i++)
    close (reader->fds[i]);
  reader->n_fds = 0;
}

static gboolean
end (DbusReader *reader, DbusReaderState state)
{
  if (reader->state == DBUS_READER_OPEN)
    reader->state = state;
  return FALSE;
}

/* --- Reading --- */

static void
wait_readable (DbusReader *reader)
{
  struct pollfd ready = { .fd = reader->socket, .events = POLLIN };

  while (poll (&ready, 1, -1) < 0 && errno == EINTR)
    ;
}

/* What there is, into the buffer, with descriptors. */
static gboolean
fill (DbusReader *reader)
{
  gboolean nothing;
  gssize got;

  memmove (reader->buffer, reader->buffer + reader->at, reader->end - reader->at);
  reader->end -= reader->at;
  reader->at = 0;
  do
    {
      guint room = DBUS_READER_FDS_MAX - reader->n_fds;

      if (reader->waits)
        wait_readable (reader);
      got = fds_receive (reader->socket, reader->buffer + reader->end, reader->room - reader->end,
                         reader->fds + reader->n_fds, &room);
      reader->n_fds += got >= 0 ? room : 0;
      nothing = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    }
  while (nothing && reader->waits);
  if (nothing)
    return FALSE;
  if (got <= 0)
    return end (reader, got < 0 && errno == EMSGSIZE ? DBUS_READER_BROKEN : DBUS_READER_CLOSED);
  reader->end += got;
  return TRUE;
}

/* What was begun goes on when more has come. */
static gboolean
want_more (DbusReader *reader)
{
  return reader->waits && fill (reader);
}

gboolean
dbus_reader_receive (DbusReader *reader)
{
  return reader->state == DBUS_READER_OPEN && fill (reader);
}

/* Past the buffer. Descriptors do not come in the middle of a message; these the kernel closes. */
static gboolean
receive (DbusReader *reader, guint8 *out, gsize size)
{
  while (size > 0)
    {
      struct iovec vector = { out, size };
      struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
      gssize got = recvmsg (reader->socket, &message, MSG_WAITALL);

      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        return end (reader, DBUS_READER_CLOSED);
      out += got;
      size -= got;
    }
  return TRUE;
}

static gboolean
skip (DbusReader *reader, gsize size)
{
  while (size > 0)
    {
      gsize part;

      if (reader->at == reader->end && !fill (reader))
        return FALSE;
      part = MIN (size, reader->end - reader->at);
      reader->at += part;
      size -= part;
    }
  return TRUE;
}

gboolean
dbus_reader_take (DbusReader *reader, void *out, gsize size)
{
  gsize part = MIN (size, reader->end - reader->at);

  if (reader->state != DBUS_READER_OPEN)
    return FALSE;
  if (out == NULL)
    return skip (reader, size);
  memcpy (out, reader->buffer + reader->at, part);
  reader->at += part;
  return receive (reader, (guint8 *) out + part, size - part);
}

gboolean
dbus_reader_next (DbusReader *reader, DbusHead *ret_head)
{
  while (reader->state == DBUS_READER_OPEN)
    {
      gsize used;

      switch (
          dbus_parse_head (reader->buffer + reader->at, reader->end - reader->at, &used, ret_head))
        {
        case PARSE_OK:
          reader->at += used;
          return TRUE;
        case PARSE_NEED_MORE:
          if (!want_more (reader))
            return FALSE;
          break;
        default:
          end (reader, DBUS_READER_BROKEN);
        }
    }
  return FALSE;
}

gboolean
dbus_reader_next_whole (DbusReader *reader, DbusHead *ret_head, const guint8 **ret_body)
{
  while (reader->state == DBUS_READER_OPEN)
    {
      const guint8 *data = reader->buffer + reader->at;
      gsize have = reader->end - reader->at;
      ParseResult result;
      gsize used;

      result = dbus_parse_head (data, have, &used, ret_head);
      if (result == PARSE_BAD || (result == PARSE_OK && ret_head->body_bytes > reader->room - used))
        return end (reader, DBUS_READER_BROKEN);
      if (result == PARSE_OK && ret_head->body_bytes <= have - used)
        {
          reader->at += used + ret_head->body_bytes;
          *ret_body = data + used;
          return TRUE;
        }
      if (!want_more (reader))
        return FALSE;
    }
  return FALSE;
}

gboolean
dbus_reader_take_fds (DbusReader *reader, guint n, int *out, guint room)
{
  if (n > reader->n_fds)
    return end (reader, DBUS_READER_BROKEN);
  for (guint i = 0; i < n; i++)
    if (i < room)
      out[i] = reader->fds[i];
    else
      close (reader->fds[i]);
  reader->n_fds -= n;
  memmove (reader->fds, reader->fds + n, reader->n_fds * sizeof *reader->fds);
  return TRUE;
}

/* --- Writing --- */

gboolean
dbus_reader_answer (DbusReader *reader, const void *data, gsize size)
{
  gssize sent;

  do
    sent = send (reader->socket, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  if (sent == (gssize) size)
    return TRUE;
  return end (reader, sent < 0 && errno == EPIPE ? DBUS_READER_CLOSED : DBUS_READER_DEAF);
}

/* --- Authentication --- */

static gboolean
say (DbusReader *reader, const char *line)
{
  return dbus_reader_answer (reader, line, strlen (line));
}

static gboolean
hear (DbusReader *reader, DbusLine wanted)
{
  while (reader->state == DBUS_READER_OPEN)
    {
      DbusLine line;
      gsize used;

      switch (dbus_parse_line (reader->buffer + reader->at, reader->end - reader->at, &used, &line))
        {
        case PARSE_OK:
          reader->at += used;
          return line == wanted ? TRUE : end (reader, DBUS_READER_BROKEN);
        case PARSE_NEED_MORE:
          if (!want_more (reader))
            return FALSE;
          break;
        default:
          end (reader, DBUS_READER_BROKEN);
        }
    }
  return FALSE;
}

/* The first byte carries who we are, for a QEMU that has not asked the kernel to say so. */
static gboolean
say_who (DbusReader *reader)
{
  const struct ucred who = { getpid (), getuid (), getgid () };
  union
  {
    struct cmsghdr header;
    char room[CMSG_SPACE (sizeof (struct ucred))];
  } control = { 0 };
  char nothing = '\0';
  struct iovec vector = { &nothing, 1 };
  struct msghdr message = {
    .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
  };
  struct cmsghdr *header = CMSG_FIRSTHDR (&message);

  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_CREDENTIALS;
  header->cmsg_len = CMSG_LEN (sizeof who);
  memcpy (CMSG_DATA (header), &who, sizeof who);
  if (sendmsg (reader->socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) != 1)
    return end (reader, DBUS_READER_CLOSED);
  return TRUE;
}

static gboolean
say_uid (DbusReader *reader)
{
  char uid[16];
  char line[64] = "AUTH EXTERNAL ";
  gsize at = strlen (line);

  snprintf (uid, sizeof uid, "%u", (guint) getuid ());
  for (gsize i = 0; uid[i] != '\0'; i++)
    at += snprintf (line + at, sizeof line - at, "%02x", (guint) uid[i]);
  snprintf (line + at, sizeof line - at, "\r\n");
  return say (reader, line);
}

gboolean
dbus_reader_authenticate (DbusReader *reader)
{
  static const struct
  {
    DbusLine heard;
    const char *said;
  } steps[] = {
    { DBUS_LINE_OK, "NEGOTIATE_UNIX_FD\r\n" },
    { DBUS_LINE_AGREE_FD, "BEGIN\r\n" },
  };

  if (reader->step == 0 && (!say_who (reader) || !say_uid (reader)))
    return FALSE;
  reader->step = MAX (reader->step, 1);
  for (; reader->step <= G_N_ELEMENTS (steps); reader->step++)
    if (!hear (reader, steps[reader->step - 1].heard) ||
        !say (reader, steps[reader->step - 1].said))
      return FALSE;
  return reader->state == DBUS_READER_OPEN;
}
