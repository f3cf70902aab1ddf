/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Heads of D-Bus messages and lines of its authentication, from QEMU (B4). Pure; runs in
 * vitrine-display on a listener's thread. Must never read past what it is given, nor believe a
 * length before it is compared with what is left.
 */
#include "dbus-parse.h"

#define OUR_ORDER (G_BYTE_ORDER == G_LITTLE_ENDIAN ? 'l' : 'B')

static gboolean
begins_with (const guint8 *data, gsize size, const char *word)
{
  gsize n = strlen (word);

  return size >= n && memcmp (data, word, n) == 0 && (size == n || data[n] == ' ');
}

ParseResult
dbus_parse_line (const guint8 *data, gsize size, gsize *ret_used, DbusLine *ret_line)
{
  const guint8 *end = NULL;
  gsize length;

  if (size > 0)
    end = memchr (data, '\n', MIN (size, DBUS_LINE_BYTES_MAX));
  if (end == NULL)
    return size < DBUS_LINE_BYTES_MAX ? PARSE_NEED_MORE : PARSE_BAD;
  length = end - data;
  if (length == 0 || data[length - 1] != '\r')
    return PARSE_BAD;
  *ret_used = length + 1;
  length--;
  if (begins_with (data, length, "OK"))
    *ret_line = DBUS_LINE_OK;
  else if (begins_with (data, length, "AGREE_UNIX_FD"))
    *ret_line = DBUS_LINE_AGREE_FD;
  else
    *ret_line = DBUS_LINE_REFUSED;
  return PARSE_OK;
}

void
dbus_parse_align (Cursor *cursor, gsize to)
{
  guint8 padding[8];
  gsize over = cursor->offset % to;

  if (over > 0)
    cursor_read (cursor, padding, to - over);
}

/* `length` bytes and a NUL, with none before it; "" and a failed cursor if that is not there. */
static const char *
read_text (Cursor *cursor, gsize length)
{
  const char *text = "";

  cursor->failed = cursor->failed || length >= cursor_left (cursor);
  if (!cursor->failed) /* without a byte there is nothing to point to */
    text = (const char *) cursor->data + cursor->offset;
  if (cursor->failed || text[length] != '\0' || memchr (text, '\0', length) != NULL)
    {
      cursor->failed = TRUE;
      return "";
    }
  cursor->offset += length + 1;
  return text;
}

static const char *
read_string (Cursor *cursor)
{
  dbus_parse_align (cursor, 4);
  return read_text (cursor, cursor_u32 (cursor));
}

static const char *
read_signature (Cursor *cursor)
{
  guint8 length;

  cursor_read (cursor, &length, 1);
  return read_text (cursor, length);
}

static guint32
read_u32 (Cursor *cursor)
{
  dbus_parse_align (cursor, 4);
  return cursor_u32 (cursor);
}

/* One field: its number, its type, its value. Those that nobody needs have the same few types. */
static void
read_field (Cursor *cursor, DbusHead *head, gboolean *has_path)
{
  guint8 code;
  const char *type;
  const char *text = NULL;
  guint32 number = 0;

  dbus_parse_align (cursor, 8);
  cursor_read (cursor, &code, 1);
  type = read_signature (cursor);
  if (g_str_equal (type, "s") || g_str_equal (type, "o"))
    text = read_string (cursor);
  else if (g_str_equal (type, "g"))
    text = read_signature (cursor);
  else if (g_str_equal (type, "u"))
    number = read_u32 (cursor);
  else
    cursor->failed = TRUE;
  if (code == DBUS_FIELD_UNIX_FDS && text == NULL)
    head->n_fds = number;
  else if (code == DBUS_FIELD_PATH && *type == 'o')
    *has_path = TRUE;
  else if (code == DBUS_FIELD_INTERFACE && *type == 's')
    head->interface = text;
  else if (code == DBUS_FIELD_MEMBER && *type == 's')
    head->member = text;
  else if (code == DBUS_FIELD_SIGNATURE && *type == 'g')
    head->signature = text;
  else if (code <= DBUS_FIELD_MEMBER || code == DBUS_FIELD_SIGNATURE || code == DBUS_FIELD_UNIX_FDS)
    cursor->failed = TRUE; /* of another type than it has; or no field at all */
}

static ParseResult
parse_fields (const guint8 *data, gsize end, DbusHead *head)
{
  Cursor cursor = cursor_init (data, end);
  gboolean has_path = FALSE;

  cursor.offset = DBUS_FIXED_BYTES;
  head->interface = head->member = head->signature = "";
  while (!cursor.failed && cursor_left (&cursor) > 0)
    read_field (&cursor, head, &has_path);
  if (cursor.failed)
    return PARSE_BAD;
  if (head->type == DBUS_TYPE_CALL && (!has_path || *head->member == '\0'))
    return PARSE_BAD;
  return PARSE_OK;
}

ParseResult
dbus_parse_head (const guint8 *data, gsize size, gsize *ret_used, DbusHead *ret_head)
{
  Cursor cursor = cursor_init (data, size);
  DbusHead head = { 0 };
  guint8 fixed[4]; /* byte order, type, flags, version */
  guint32 fields;
  gsize used;

  if (size < DBUS_FIXED_BYTES)
    return PARSE_NEED_MORE;
  cursor_read (&cursor, fixed, sizeof fixed);
  head.body_bytes = cursor_u32 (&cursor);
  head.serial = cursor_u32 (&cursor);
  fields = cursor_u32 (&cursor);
  head.type = fixed[1];
  head.wants_reply = head.type == DBUS_TYPE_CALL && !(fixed[2] & DBUS_FLAG_NO_REPLY);
  if (fixed[0] != OUR_ORDER || head.type == 0 || fixed[3] != DBUS_VERSION || head.serial == 0)
    return PARSE_BAD;
  if (head.body_bytes > DBUS_MESSAGE_BYTES_MAX || fields > DBUS_FIELDS_BYTES_MAX)
    return PARSE_BAD;
  used = DBUS_FIXED_BYTES + (fields + 7) / 8 * 8;
  if (size < used)
    return PARSE_NEED_MORE;
  if (parse_fields (data, DBUS_FIXED_BYTES + fields, &head) != PARSE_OK)
    return PARSE_BAD;
  *ret_used = used;
  *ret_head = head;
  return PARSE_OK;
}

ParseResult
dbus_parse_strings (const guint8 *body, gsize size, guint n, const char **ret_strings)
{
  Cursor cursor = cursor_init (body, size);

  for (guint i = 0; i < n; i++)
    ret_strings[i] = read_string (&cursor);
  return cursor_is_done (&cursor) ? PARSE_OK : PARSE_BAD;
}
