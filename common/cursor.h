/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A bounded read cursor over bytes of a peer, with a sticky error: read all fields, then ask once
 * whether every one was there. The only way in which parsers read untrusted bytes. Pure.
 */
#pragma once

#include <glib.h>
#include <string.h>

typedef enum
{
  PARSE_OK,
  PARSE_NEED_MORE, /* the bytes so far are valid, the message is not complete */
  PARSE_BAD,       /* no continuation can make this valid: drop the peer */
} ParseResult;

typedef struct
{
  const guint8 *data;
  gsize size;
  gsize offset;
  gboolean failed; /* a read went past the end; every later read yields zero */
} Cursor;

static inline Cursor
cursor_init (const void *data, gsize size)
{
  return (Cursor){ .data = data, .size = size };
}

static inline gsize
cursor_left (const Cursor *cursor)
{
  return cursor->size - cursor->offset;
}

/* Copies n bytes out, or zeroes `out` and fails. */
static inline void
cursor_read (Cursor *cursor, void *out, gsize n)
{
  if (cursor->failed || n > cursor_left (cursor))
    {
      cursor->failed = TRUE;
      memset (out, 0, n);
      return;
    }
  memcpy (out, cursor->data + cursor->offset, n);
  cursor->offset += n;
}

/* Local sockets: host byte order. */
static inline guint32
cursor_u32 (Cursor *cursor)
{
  guint32 value;
  cursor_read (cursor, &value, sizeof value);
  return value;
}

static inline gint32
cursor_i32 (Cursor *cursor)
{
  return (gint32) cursor_u32 (cursor);
}

static inline guint64
cursor_u64 (Cursor *cursor)
{
  guint64 value;
  cursor_read (cursor, &value, sizeof value);
  return value;
}

/* The network's byte order. */
static inline guint16
cursor_u16_be (Cursor *cursor)
{
  guint16 value;
  cursor_read (cursor, &value, sizeof value);
  return GUINT16_FROM_BE (value);
}

static inline guint32
cursor_u32_be (Cursor *cursor)
{
  return GUINT32_FROM_BE (cursor_u32 (cursor));
}

static inline guint64
cursor_u64_be (Cursor *cursor)
{
  return GUINT64_FROM_BE (cursor_u64 (cursor));
}

/* Whether all reads succeeded and nothing is left over. */
static inline gboolean
cursor_is_done (const Cursor *cursor)
{
  return !cursor->failed && cursor_left (cursor) == 0;
}
