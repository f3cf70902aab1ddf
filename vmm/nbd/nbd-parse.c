/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The NBD protocol's messages (B10, B12). Runs in vitrine-nbd and in vitrine-vmm --copy-disk; must
 * never assert on what a peer sent.
 */
#include "nbd-parse.h"

/* --- of the server --- */

ParseResult
nbd_parse_greeting (const guint8 *data, gsize size, NbdGreeting *ret_greeting)
{
  static const guint8 magic[] = { 'N', 'B', 'D', 'M', 'A', 'G', 'I', 'C' };
  Cursor cursor = cursor_init (data, size);
  guint64 second;

  ret_greeting->kind = NBD_GREETING_WRONG;
  ret_greeting->flags = 0;
  /* Something else may be short, and then wait. */
  if (size > 0 && memcmp (data, magic, MIN (size, sizeof magic)) != 0)
    return PARSE_OK;
  if (size < NBD_GREETING_BYTES)
    return PARSE_NEED_MORE;
  cursor_u64_be (&cursor);
  second = cursor_u64_be (&cursor);
  if (second == NBD_MAGIC_OLD)
    ret_greeting->kind = NBD_GREETING_OLD;
  if (second != NBD_MAGIC_OPTION)
    return PARSE_OK;
  ret_greeting->flags = cursor_u16_be (&cursor);
  ret_greeting->kind =
      (ret_greeting->flags & NBD_FIXED_NEWSTYLE) != 0 ? NBD_GREETING_NEW : NBD_GREETING_OLD;
  return PARSE_OK;
}

ParseResult
nbd_parse_option_reply (const guint8 *data,
                        gsize size,
                        guint32 option,
                        NbdOptionReply *ret_reply,
                        gsize *ret_used)
{
  Cursor cursor = cursor_init (data, size);
  guint64 magic;

  if (size < NBD_OPTION_REPLY_BYTES)
    return PARSE_NEED_MORE;
  magic = cursor_u64_be (&cursor);
  ret_reply->option = cursor_u32_be (&cursor);
  ret_reply->type = cursor_u32_be (&cursor);
  ret_reply->size = cursor_u32_be (&cursor);
  if (magic != NBD_MAGIC_OPTION_REPLY || ret_reply->option != option ||
      ret_reply->size > NBD_OPTION_REPLY_DATA_MAX)
    return PARSE_BAD;
  if (cursor_left (&cursor) < ret_reply->size)
    return PARSE_NEED_MORE;
  ret_reply->data = data + cursor.offset;
  *ret_used = cursor.offset + ret_reply->size;
  return PARSE_OK;
}

static gboolean
is_power_of_two (guint32 number)
{
  return number != 0 && (number & (number - 1)) == 0;
}

ParseResult
nbd_parse_info (const guint8 *data, gsize size, NbdInfo *info)
{
  Cursor cursor = cursor_init (data, size);
  guint16 type = cursor_u16_be (&cursor);
  guint64 bytes;
  guint32 least, preferred, most;

  if (cursor.failed)
    return PARSE_BAD;
  if (type == NBD_INFO_EXPORT)
    {
      bytes = cursor_u64_be (&cursor);
      info->flags = cursor_u16_be (&cursor);
      if (!cursor_is_done (&cursor) || info->has_size)
        return PARSE_BAD;
      info->size = bytes;
      info->has_size = TRUE;
    }
  else if (type == NBD_INFO_BLOCK_SIZE)
    {
      least = cursor_u32_be (&cursor);
      preferred = cursor_u32_be (&cursor);
      most = cursor_u32_be (&cursor);
      if (!cursor_is_done (&cursor) || !is_power_of_two (least) || !is_power_of_two (preferred) ||
          preferred < least || most < preferred)
        return PARSE_BAD;
      info->block_least = least;
      info->block_preferred = preferred;
      info->payload_max = most;
    }
  return PARSE_OK;
}

ParseResult
nbd_parse_export (const guint8 *data, gsize size, NbdInfo *ret_info)
{
  Cursor cursor = cursor_init (data, size);

  if (size < NBD_OLD_EXPORT_BYTES)
    return PARSE_NEED_MORE;
  ret_info->size = cursor_u64_be (&cursor);
  ret_info->flags = cursor_u16_be (&cursor);
  ret_info->has_size = TRUE;
  return ret_info->size > 0 && ret_info->size <= NBD_SIZE_MAX ? PARSE_OK : PARSE_BAD;
}

ParseResult
nbd_parse_listed (const guint8 *data, gsize size, const guint8 **ret_name, guint32 *ret_size)
{
  Cursor cursor = cursor_init (data, size);
  guint32 length = cursor_u32_be (&cursor);

  if (cursor.failed || length > cursor_left (&cursor))
    return PARSE_BAD;
  *ret_name = data + cursor.offset;
  *ret_size = length;
  return PARSE_OK;
}

/* What an error says; those that the protocol does not know are the server's own trouble. */
static guint32
known_error (guint32 error)
{
  static const guint32 known[] = { 0,          NBD_EPERM,     NBD_EIO,      NBD_ENOMEM,   NBD_EINVAL,
                                   NBD_ENOSPC, NBD_EOVERFLOW, NBD_ENOTSUP, NBD_ESHUTDOWN };

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (known[i] == error)
      return error;
  return NBD_EIO;
}

ParseResult
nbd_parse_reply (const guint8 *data, gsize size, NbdReply *ret_reply)
{
  Cursor cursor = cursor_init (data, size);
  guint32 magic = cursor_u32_be (&cursor);

  if (size >= sizeof magic && magic != NBD_MAGIC_REPLY)
    return PARSE_BAD;
  if (size < NBD_REPLY_BYTES)
    return PARSE_NEED_MORE;
  ret_reply->error = known_error (cursor_u32_be (&cursor));
  ret_reply->cookie = cursor_u64_be (&cursor);
  return PARSE_OK;
}

/* --- of the client --- */

ParseResult
nbd_parse_client_flags (const guint8 *data, gsize size, guint32 *ret_flags)
{
  Cursor cursor = cursor_init (data, size);

  if (size < NBD_CLIENT_FLAGS_BYTES)
    return PARSE_NEED_MORE;
  *ret_flags = cursor_u32_be (&cursor);
  return (*ret_flags & NBD_FIXED_NEWSTYLE) != 0 &&
                 (*ret_flags & ~(NBD_FIXED_NEWSTYLE | NBD_NO_ZEROES)) == 0
             ? PARSE_OK
             : PARSE_BAD;
}

ParseResult
nbd_parse_option (const guint8 *data, gsize size, NbdOption *ret_option, gsize *ret_used)
{
  Cursor cursor = cursor_init (data, size);
  guint64 magic;

  if (size < NBD_OPTION_BYTES)
    return PARSE_NEED_MORE;
  magic = cursor_u64_be (&cursor);
  ret_option->option = cursor_u32_be (&cursor);
  ret_option->size = cursor_u32_be (&cursor);
  if (magic != NBD_MAGIC_OPTION || ret_option->size > NBD_OPTION_DATA_MAX)
    return PARSE_BAD;
  if (cursor_left (&cursor) < ret_option->size)
    return PARSE_NEED_MORE;
  ret_option->data = data + cursor.offset;
  *ret_used = cursor.offset + ret_option->size;
  return PARSE_OK;
}

gboolean
nbd_parse_go (const guint8 *data, gsize size, gboolean *ret_wants_block_size)
{
  Cursor cursor = cursor_init (data, size);
  guint32 name = cursor_u32_be (&cursor);
  guint16 count;

  *ret_wants_block_size = FALSE;
  if (cursor.failed || name > cursor_left (&cursor))
    return FALSE;
  cursor.offset += name;
  count = cursor_u16_be (&cursor);
  for (guint i = 0; i < count && !cursor.failed; i++)
    if (cursor_u16_be (&cursor) == NBD_INFO_BLOCK_SIZE && !cursor.failed)
      *ret_wants_block_size = TRUE;
  return cursor_is_done (&cursor);
}

ParseResult
nbd_parse_request (const guint8 *data, gsize size, NbdRequest *ret_request)
{
  Cursor cursor = cursor_init (data, size);
  guint32 magic = cursor_u32_be (&cursor);

  if (size >= sizeof magic && magic != NBD_MAGIC_REQUEST)
    return PARSE_BAD;
  if (size < NBD_REQUEST_BYTES)
    return PARSE_NEED_MORE;
  ret_request->flags = cursor_u16_be (&cursor);
  ret_request->type = cursor_u16_be (&cursor);
  ret_request->cookie = cursor_u64_be (&cursor);
  ret_request->offset = cursor_u64_be (&cursor);
  ret_request->length = cursor_u32_be (&cursor);
  switch (ret_request->type)
    {
    case NBD_CMD_READ:
    case NBD_CMD_WRITE:
      return ret_request->length <= NBD_PAYLOAD_MAX ? PARSE_OK : PARSE_BAD;
    case NBD_CMD_DISC:
    case NBD_CMD_FLUSH:
    case NBD_CMD_TRIM:
    case NBD_CMD_WRITE_ZEROES:
      return PARSE_OK;
    default:
      return PARSE_BAD;
    }
}

guint32
nbd_judge_request (const NbdRequest *request, guint64 size, guint16 flags)
{
  /* What goes with each kind: command flags, and the transmission flag that it needs. */
  static const struct
  {
    guint16 flags, needs;
    gboolean writes, ranges;
  } kinds[] = {
    [NBD_CMD_READ] = { 0, 0, FALSE, TRUE },
    [NBD_CMD_WRITE] = { NBD_CMD_FLAG_FUA, 0, TRUE, TRUE },
    [NBD_CMD_FLUSH] = { 0, NBD_FLAG_FLUSH, FALSE, FALSE },
    [NBD_CMD_TRIM] = { NBD_CMD_FLAG_FUA, NBD_FLAG_TRIM, TRUE, TRUE },
    [NBD_CMD_WRITE_ZEROES] = { NBD_CMD_FLAG_FUA | NBD_CMD_FLAG_NO_HOLE | NBD_CMD_FLAG_FAST_ZERO,
                               NBD_FLAG_WRITE_ZEROES, TRUE, TRUE },
  };
  guint16 allowed;

  if (request->type >= G_N_ELEMENTS (kinds) || request->type == NBD_CMD_DISC)
    return NBD_EINVAL;
  allowed = kinds[request->type].flags;
  if ((flags & NBD_FLAG_FUA) == 0)
    allowed &= ~NBD_CMD_FLAG_FUA;
  if ((flags & NBD_FLAG_FAST_ZERO) == 0)
    allowed &= ~NBD_CMD_FLAG_FAST_ZERO;
  if ((request->flags & ~allowed) != 0 || (kinds[request->type].needs & ~flags) != 0)
    return NBD_EINVAL;
  if (kinds[request->type].writes && (flags & NBD_FLAG_READ_ONLY) != 0)
    return NBD_EPERM;
  if (!kinds[request->type].ranges)
    return request->offset == 0 && request->length == 0 ? 0 : NBD_EINVAL;
  if (request->length == 0 || request->offset > size || request->length > size - request->offset)
    return request->type == NBD_CMD_READ || request->length == 0 ? NBD_EINVAL : NBD_ENOSPC;
  return 0;
}
