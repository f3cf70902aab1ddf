/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * B4, QEMU -> display: the frames of D-Bus messages on a listener's connection, and the lines that
 * come before them. Not what QEMU may say: that is qemu-listener.c's to know. Pure: no I/O, no
 * allocation, no logging. Numbers are in the host's byte order, as QEMU's are; others are refused.
 */
#pragma once

#include "cursor.h"
#include "qemu/dbus-wire.h"

/* What a server says while it authenticates us. */
typedef enum
{
  DBUS_LINE_OK,       /* it knows who we are */
  DBUS_LINE_AGREE_FD, /* it will pass descriptors */
  DBUS_LINE_REFUSED,  /* whatever else */
} DbusLine;

/* One line with its end. */
ParseResult dbus_parse_line (const guint8 *data, gsize size, gsize *ret_used, DbusLine *ret_line);

/* A message but for its body. The strings lie in the bytes that were parsed; "" stands for one that
 * is not there. */
typedef struct
{
  guint type; /* DbusType, or one that is unknown and to be ignored */
  gboolean wants_reply;
  guint32 serial; /* not 0 */
  guint32 body_bytes;
  guint32 n_fds;
  const char *interface;
  const char *member;
  const char *signature; /* of the body, without parentheses */
} DbusHead;

/* The head of a message, which takes *ret_used bytes. NEED_MORE only for less than
 * DBUS_FIXED_BYTES + DBUS_FIELDS_BYTES_MAX + 7. */
ParseResult dbus_parse_head (const guint8 *data, gsize size, gsize *ret_used, DbusHead *ret_head);

/* Past what lies between two values, up to a multiple of `to` (8 at most), counted from the
 * beginning of the message or of the body. */
void dbus_parse_align (Cursor *cursor, gsize to);

/* A body of `n` strings and nothing else. */
ParseResult dbus_parse_strings (const guint8 *body, gsize size, guint n, const char **ret_strings);
