/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Parser of a VNC viewer's messages (B5: any machine on the network may have written them). Runs in
 * vitrine-display. Pure; must never assert on input.
 */
#include "rfb-parse.h"

#include "sound/pcm-convert.h"

static guint8
read_u8 (Cursor *cursor)
{
  guint8 value;
  cursor_read (cursor, &value, sizeof value);
  return value;
}

static void
skip (Cursor *cursor, gsize size)
{
  guint8 sink[16];

  g_return_if_fail (size <= sizeof sink);
  cursor_read (cursor, sink, size);
}

/* A channel's bits as a mask of the pixel of 8, 16 or 32 bits; 0 if it is not one run of bits
 * inside the pixel. */
static guint32
channel_mask (guint bits, guint16 max, guint8 shift)
{
  guint64 mask = (guint64) max;

  if (max == 0 || (max & (max + 1)) != 0 || shift >= bits)
    return 0;
  mask <<= shift;
  return mask >> bits == 0 ? (guint32) mask : 0;
}

static gboolean
check_format (const RfbPixelFormat *format)
{
  guint32 red, green, blue;

  if (format->bits != 8 && format->bits != 16 && format->bits != 32)
    return FALSE;
  if (format->depth < 1 || format->depth > format->bits)
    return FALSE;
  red = channel_mask (format->bits, format->red_max, format->red_shift);
  green = channel_mask (format->bits, format->green_max, format->green_shift);
  blue = channel_mask (format->bits, format->blue_max, format->blue_shift);
  return red != 0 && green != 0 && blue != 0 && (red & green) == 0 && (red & blue) == 0 &&
         (green & blue) == 0;
}

static gboolean
parse_format (Cursor *cursor, RfbRequest *request)
{
  RfbPixelFormat *format = &request->format;
  gboolean true_colour;

  skip (cursor, 3);
  format->bits = read_u8 (cursor);
  format->depth = read_u8 (cursor);
  format->big_endian = read_u8 (cursor) != 0;
  true_colour = read_u8 (cursor) != 0;
  format->red_max = cursor_u16_be (cursor);
  format->green_max = cursor_u16_be (cursor);
  format->blue_max = cursor_u16_be (cursor);
  format->red_shift = read_u8 (cursor);
  format->green_shift = read_u8 (cursor);
  format->blue_shift = read_u8 (cursor);
  skip (cursor, 3);
  /* Colour maps are not served: no viewer of this century asks for one. */
  return cursor->failed || (true_colour && check_format (format));
}

static gboolean
parse_encodings (Cursor *cursor, RfbRequest *request)
{
  skip (cursor, 1);
  request->encodings.count = cursor_u16_be (cursor);
  if (request->encodings.count > RFB_ENCODINGS_MAX)
    return FALSE;
  for (guint i = 0; i < request->encodings.count && !cursor->failed; i++)
    request->encodings.list[i] = (gint32) cursor_u32_be (cursor);
  return TRUE;
}

static gboolean
parse_update (Cursor *cursor, RfbRequest *request)
{
  request->update.incremental = read_u8 (cursor) != 0;
  request->update.x = cursor_u16_be (cursor);
  request->update.y = cursor_u16_be (cursor);
  request->update.width = cursor_u16_be (cursor);
  request->update.height = cursor_u16_be (cursor);
  return TRUE;
}

static gboolean
parse_key (Cursor *cursor, RfbRequest *request)
{
  request->key.down = read_u8 (cursor) != 0;
  skip (cursor, 2);
  request->key.keysym = cursor_u32_be (cursor);
  request->key.key = 0;
  return TRUE;
}

static gboolean
parse_pointer (Cursor *cursor, RfbRequest *request)
{
  request->pointer.buttons = read_u8 (cursor);
  request->pointer.x = cursor_u16_be (cursor);
  request->pointer.y = cursor_u16_be (cursor);
  return TRUE;
}

/* A negative length is that of a message of the extended clipboard, which begins with its flags. */
static gboolean
parse_cut_text (Cursor *cursor, RfbRequest *request)
{
  guint32 size;

  skip (cursor, 3);
  size = cursor_u32_be (cursor);
  request->cut_text.extended = size > G_MAXINT32;
  request->cut_text.size = request->cut_text.extended ? -size : size;
  if (request->cut_text.extended && request->cut_text.size < RFB_CUT_EXTENDED_MIN)
    return FALSE;
  return request->cut_text.size <= RFB_CUT_TEXT_MAX;
}

static gboolean
parse_desktop (Cursor *cursor, RfbRequest *request)
{
  guint n_screens;

  skip (cursor, 1);
  request->desktop.width = cursor_u16_be (cursor);
  request->desktop.height = cursor_u16_be (cursor);
  n_screens = read_u8 (cursor);
  skip (cursor, 1);
  if (cursor->failed)
    return TRUE;
  if (n_screens < 1 || n_screens > RFB_SCREENS_MAX || request->desktop.width == 0 ||
      request->desktop.height == 0)
    return FALSE;
  request->desktop.one_screen = n_screens == 1;
  for (guint i = 0; i < n_screens; i++)
    {
      gboolean corner, size;

      skip (cursor, 4); /* its id */
      corner = cursor_u32_be (cursor) == 0;
      size = cursor_u16_be (cursor) == request->desktop.width;
      size = cursor_u16_be (cursor) == request->desktop.height && size;
      skip (cursor, 4); /* flags */
      request->desktop.one_screen = request->desktop.one_screen && corner && size;
    }
  return TRUE;
}

static gboolean
parse_audio (Cursor *cursor, RfbRequest *request)
{
  request->audio.operation = cursor_u16_be (cursor);
  if (cursor->failed)
    return TRUE;
  if (request->audio.operation > RFB_AUDIO_FORMAT)
    return FALSE;
  if (request->audio.operation != RFB_AUDIO_FORMAT)
    return TRUE;
  request->audio.sample = read_u8 (cursor);
  request->audio.channels = read_u8 (cursor);
  request->audio.frequency = cursor_u32_be (cursor);
  return cursor->failed ||
         (request->audio.sample <= PCM_LAST && request->audio.channels >= 1 &&
          request->audio.channels <= 2 && request->audio.frequency >= PCM_FREQUENCY_MIN &&
          request->audio.frequency <= PCM_FREQUENCY_MAX);
}

static gboolean
parse_qemu (Cursor *cursor, RfbRequest *request)
{
  guint32 key;

  request->kind = read_u8 (cursor);
  if (cursor->failed)
    return TRUE;
  if (request->kind == RFB_QEMU_AUDIO)
    return parse_audio (cursor, request);
  if (request->kind != RFB_QEMU_KEY)
    return FALSE;
  request->key.down = cursor_u16_be (cursor) != 0;
  request->key.keysym = cursor_u32_be (cursor);
  key = cursor_u32_be (cursor);
  request->key.key = key <= 255 ? key : 0;
  return TRUE;
}

/* Each reads what follows the type and returns FALSE if no continuation can make it valid. */
static const struct
{
  guint8 type;
  gboolean (*parse) (Cursor *cursor, RfbRequest *request);
} requests[] = {
  { RFB_REQUEST_PIXEL_FORMAT, parse_format },  { RFB_REQUEST_ENCODINGS, parse_encodings },
  { RFB_REQUEST_UPDATE, parse_update },        { RFB_REQUEST_KEY, parse_key },
  { RFB_REQUEST_POINTER, parse_pointer },      { RFB_REQUEST_CUT_TEXT, parse_cut_text },
  { RFB_REQUEST_DESKTOP_SIZE, parse_desktop }, { RFB_REQUEST_QEMU, parse_qemu },
};

ParseResult
rfb_parse_request (const void *data, gsize size, RfbRequest *ret_request, gsize *ret_used)
{
  Cursor cursor = cursor_init (data, size);

  if (size == 0)
    return PARSE_NEED_MORE;
  ret_request->type = read_u8 (&cursor);
  for (gsize i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      if (requests[i].type != ret_request->type)
        continue;
      if (!requests[i].parse (&cursor, ret_request))
        return PARSE_BAD;
      if (cursor.failed)
        return PARSE_NEED_MORE;
      *ret_used = cursor.offset;
      return PARSE_OK;
    }
  return PARSE_BAD;
}

ParseResult
rfb_parse_version (const void *data, gsize size, guint *ret_minor)
{
  static const guint minors[] = { 3, 7, 8 };
  char expected[RFB_VERSION_BYTES + 1];
  gsize n = MIN (size, RFB_VERSION_BYTES);

  for (gsize i = 0; i < G_N_ELEMENTS (minors); i++)
    {
      g_snprintf (expected, sizeof expected, "RFB 003.%03u\n", minors[i]);
      if (memcmp (data, expected, n) != 0)
        continue;
      if (n < RFB_VERSION_BYTES)
        return PARSE_NEED_MORE;
      *ret_minor = minors[i];
      return PARSE_OK;
    }
  return PARSE_BAD;
}

ParseResult
rfb_parse_plain (const void *data, gsize size, RfbPlain *ret_plain, gsize *ret_used)
{
  Cursor cursor = cursor_init (data, size);
  guint32 name_size = cursor_u32_be (&cursor);
  guint32 password_size = cursor_u32_be (&cursor);

  if (name_size > RFB_PLAIN_NAME_MAX || password_size > RFB_PLAIN_PASSWORD_MAX)
    return PARSE_BAD;
  if (cursor.failed || cursor_left (&cursor) < name_size + password_size)
    return PARSE_NEED_MORE;
  ret_plain->name = cursor.data + cursor.offset;
  ret_plain->name_size = name_size;
  ret_plain->password = ret_plain->name + name_size;
  ret_plain->password_size = password_size;
  *ret_used = cursor.offset + name_size + password_size;
  return PARSE_OK;
}
