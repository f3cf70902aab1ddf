/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Reads a D-Bus connection to QEMU, on a thread of its own, which waits for it, or on the main
 * loop, which does not. Not GDBus, which takes memory for a whole message, copies the message into
 * more memory, and so would move a frame four times that this moves twice: what is large is read
 * here a piece at a time. And GDBus's worker thread would be woken by each message, to wake
 * another.
 */
#pragma once

#include "qemu/dbus-parse.h"

/* Descriptors that messages still to come may name; with more QEMU has broken the protocol. */
#define DBUS_READER_FDS_MAX 8

typedef enum
{
  DBUS_READER_OPEN,
  DBUS_READER_CLOSED, /* by the other side, or by a shutdown of ours */
  DBUS_READER_BROKEN, /* what came is no D-Bus */
  DBUS_READER_DEAF,   /* it does not read what it is answered */
} DbusReaderState;

typedef struct
{
  int socket;     /* borrowed; an AF_UNIX SOCK_STREAM, blocking if ... */
  gboolean waits; /* the calls below wait for QEMU; else they return FALSE for what has not come */
  DbusReaderState state;
  guint step;     /* of the authentication */
  guint32 serial; /* of the last answer */
  gsize at;       /* of what is in `buffer` */
  gsize end;
  int fds[DBUS_READER_FDS_MAX]; /* owned; they came in this order */
  guint n_fds;
  guint8 *buffer; /* borrowed */
  gsize room;     /* in it */
} DbusReader;

/* The least room that there can be; a message that is taken whole needs as much more as its body.
 */
#define DBUS_READER_ROOM_MIN (DBUS_FIXED_BYTES + DBUS_FIELDS_BYTES_MAX + 8)

void dbus_reader_init (DbusReader *reader, int socket, gboolean waits, guint8 *buffer, gsize room);
void dbus_reader_clear (DbusReader *reader);

/* Everything below is FALSE with another `state` than OPEN. */

/* Takes in what has come, once: for a reader that does not wait, when its socket is readable. */
gboolean dbus_reader_receive (DbusReader *reader);
/* As the client, by our uid. One that does not wait is asked again when more has come. */
gboolean dbus_reader_authenticate (DbusReader *reader);
/* The next message's head. Its strings hold until the next call of these. */
gboolean dbus_reader_next (DbusReader *reader, DbusHead *ret_head);
/* The next message with all of its body, which holds as long. One that has no room is no D-Bus. */
gboolean dbus_reader_next_whole (DbusReader *reader, DbusHead *ret_head, const guint8 **ret_body);
/* Only of one that waits: the next `size` bytes, of a body; skipped if `out` is NULL. */
gboolean dbus_reader_take (DbusReader *reader, void *out, gsize size);
/* The first `n` descriptors that have come, which are the caller's; what has no room is closed. */
gboolean dbus_reader_take_fds (DbusReader *reader, guint n, int *out, guint room);
/* At once or never. */
gboolean dbus_reader_answer (DbusReader *reader, const void *data, gsize size);
