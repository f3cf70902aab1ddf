/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One VNC session. Runs in vitrine-display on the main loop, on messages that rfb-parse.c has
 * checked. Must never wait for the viewer, nor make more for it than the piece it is to take next.
 */
#include "vnc-session.h"

#include "front/rfb-parse.h"
#include "vnc/vnc-cursor.h"
#include "vnc/vnc-input.h"

#define NAME "Vitrine"
#define RECTS_UNKNOWN 0xffffu
/* Small pieces leave together, so that an update is few packets and calls; large ones on their own,
 * so that they are not copied. */
#define BATCH_BYTES (32u * 1024)

/* What a viewer understands besides pixels. */
typedef enum
{
  CAN_RESIZE = 1 << 0,
  CAN_RESIZE_EXTENDED = 1 << 1,
  CAN_LAST_RECT = 1 << 2,
  CAN_CURSOR = 1 << 3,
  CAN_ALPHA_CURSOR = 1 << 4,
  CAN_POINTER_MODE = 1 << 5,
  CAN_QEMU_KEYS = 1 << 6,
  CAN_LEDS = 1 << 7,
} Can;

/* What is to be told with the next update. */
typedef enum
{
  TELL_SIZE = 1 << 0,
  TELL_RESIZE_ANSWER = 1 << 1,
  TELL_CURSOR = 1 << 2,
  TELL_POINTER_MODE = 1 << 3,
  TELL_QEMU_KEYS = 1 << 4,
  TELL_LEDS = 1 << 5,
} Tell;

struct _VncSession
{
  VncServer *server; /* borrowed */
  Stream *stream;    /* borrowed */
  gboolean view_only;
  void (*sent) (gpointer user_data);
  gpointer user_data;
  Encoder *encoder; /* owned; NULL: out of memory, shows nothing */
  VncInput input;

  Can can;
  Tell tell;
  guint resize_answer;
  gboolean pointer_mode_told;
  guint32 width; /* of the viewer's screen */
  guint32 height;
  gboolean asked; /* for an update */
  Tiles damage;   /* of the view, not yet sent */
  gsize skip;     /* bytes of a cut text still to come */

  /* Take effect with the next update: the present one was begun in the old way. */
  gboolean have_format;
  RfbPixelFormat format;
  gboolean have_wish;
  EncoderWish wish;

  PieceKey key; /* of the update under way; its rectangle is set for each piece */

  /* The update under way. */
  GArray *pieces; /* of GlassRect */
  guint next_piece;
  gboolean ends_with_marker;
  guint32 view_width; /* the view that its pieces belong to */
  guint32 view_height;
  guint turn_source;
  GByteArray *batch; /* owned; empty but in vnc_session_pump () */
};

/* --- Writing --- */

static void
put_u8 (GByteArray *out, guint8 value)
{
  g_byte_array_append (out, &value, 1);
}

static void
put_u16 (GByteArray *out, guint16 value)
{
  guint16 big = GUINT16_TO_BE (value);
  g_byte_array_append (out, (const guint8 *) &big, sizeof big);
}

static void
put_u32 (GByteArray *out, guint32 value)
{
  guint32 big = GUINT32_TO_BE (value);
  g_byte_array_append (out, (const guint8 *) &big, sizeof big);
}

static void
put_rect (GByteArray *out,
          guint16 x,
          guint16 y,
          guint16 width,
          guint16 height,
          RfbEncoding encoding)
{
  put_u16 (out, x);
  put_u16 (out, y);
  put_u16 (out, width);
  put_u16 (out, height);
  put_u32 (out, (guint32) encoding);
}

static void
flush (VncSession *session)
{
  if (session->batch->len == 0)
    return;
  stream_send (session->stream, session->batch->data, session->batch->len);
  g_byte_array_set_size (session->batch, 0);
  session->sent (session->user_data);
}

static void
send_bytes (VncSession *session, const void *data, gsize size)
{
  if (session->batch->len + size > BATCH_BYTES)
    flush (session);
  if (size <= BATCH_BYTES)
    {
      g_byte_array_append (session->batch, data, size);
      return;
    }
  stream_send (session->stream, data, size);
  session->sent (session->user_data);
}

static void
send_init (VncSession *session)
{
  static const guint8 format[16] = { 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0 };
  g_autoptr (GByteArray) out = g_byte_array_new ();

  put_u16 (out, session->width);
  put_u16 (out, session->height);
  g_byte_array_append (out, format, sizeof format);
  put_u32 (out, strlen (NAME));
  g_byte_array_append (out, (const guint8 *) NAME, strlen (NAME));
  send_bytes (session, out->data, out->len);
  flush (session);
}

/* --- Pseudo-rectangles --- */

static void
put_extended_size (VncSession *session, GByteArray *out, guint reason, guint status)
{
  put_rect (out, reason, status, session->width, session->height,
            RFB_ENCODING_EXTENDED_DESKTOP_SIZE);
  put_u32 (out, 1u << 24); /* one screen, padding */
  put_u32 (out, 0);        /* its id */
  put_u16 (out, 0);
  put_u16 (out, 0);
  put_u16 (out, session->width);
  put_u16 (out, session->height);
  put_u32 (out, 0);
}

/* Its contents are void then: nothing else goes along. Returns how many rectangles. */
static guint
put_size (VncSession *session, GByteArray *out)
{
  const VncView *view = vnc_server_get_view (session->server);

  session->tell &= ~TELL_SIZE;
  session->width = view->width;
  session->height = view->height;
  if (session->can & CAN_RESIZE_EXTENDED)
    put_extended_size (session, out, RFB_RESIZE_BY_SERVER, RFB_RESIZE_OK);
  else
    put_rect (out, 0, 0, session->width, session->height, RFB_ENCODING_DESKTOP_SIZE);
  return 1;
}

static guint
put_resize_answer (VncSession *session, GByteArray *out)
{
  put_extended_size (session, out, RFB_RESIZE_BY_VIEWER, session->resize_answer);
  return 1;
}

static guint
put_cursor (VncSession *session, GByteArray *out)
{
  VncCursor cursor;
  gboolean alpha = (session->can & CAN_ALPHA_CURSOR) != 0;

  if (!vnc_cursor_load (vnc_server_get_screen (session->server), &cursor))
    return 0;
  put_rect (out, cursor.shape.hot_x, cursor.shape.hot_y, cursor.shape.width, cursor.shape.height,
            alpha ? RFB_ENCODING_ALPHA_CURSOR : RFB_ENCODING_CURSOR);
  if (alpha)
    vnc_cursor_put_alpha (&cursor, out);
  else
    vnc_cursor_put_masked (&cursor, session->encoder, out);
  vnc_cursor_clear (&cursor);
  return 1;
}

static guint
put_pointer_mode (VncSession *session, GByteArray *out)
{
  session->pointer_mode_told = TRUE;
  put_rect (out, vnc_server_get_view (session->server)->absolute ? 1 : 0, 0, session->width,
            session->height, RFB_ENCODING_POINTER_MODE);
  return 1;
}

static guint
put_qemu_keys (VncSession *session, GByteArray *out)
{
  put_rect (out, 0, 0, session->width, session->height, RFB_ENCODING_QEMU_KEYS);
  return 1;
}

/* QEMU's bits and the protocol's are the same. */
static guint
put_leds (VncSession *session, GByteArray *out)
{
  put_rect (out, 0, 0, 1, 1, RFB_ENCODING_QEMU_LEDS);
  put_u8 (out, vnc_server_get_view (session->server)->leds);
  return 1;
}

static const struct
{
  Tell what;
  Can can; /* any of these */
  guint (*put) (VncSession *session, GByteArray *out);
} tellers[] = {
  { TELL_RESIZE_ANSWER, CAN_RESIZE_EXTENDED, put_resize_answer },
  { TELL_QEMU_KEYS, CAN_QEMU_KEYS, put_qemu_keys },
  { TELL_POINTER_MODE, CAN_POINTER_MODE, put_pointer_mode },
  { TELL_LEDS, CAN_LEDS, put_leds },
  { TELL_CURSOR, CAN_CURSOR | CAN_ALPHA_CURSOR, put_cursor },
};

static guint
put_state (VncSession *session, GByteArray *out)
{
  guint count = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (tellers); i++)
    if ((session->tell & tellers[i].what) && (session->can & tellers[i].can))
      count += tellers[i].put (session, out);
  session->tell &= TELL_SIZE;
  return count;
}

/* --- Updates --- */

/* Cuts a rectangle into pieces that an encoder takes. */
static void
add_pieces (VncSession *session, const GlassRect *rect)
{
  guint32 width_max = session->wish.encoding == RFB_ENCODING_ZRLE ? 1024 : ENCODER_WIDTH_MAX;

  for (guint32 x = 0; x < rect->width; x += width_max)
    {
      guint32 width = MIN (rect->width - x, width_max);
      guint32 rows = ENCODER_PIXELS_MAX / width / 16 * 16; /* whole tiles */

      for (guint32 y = 0; y < rect->height; y += rows)
        {
          GlassRect piece = { rect->x + x, rect->y + y, width, MIN (rect->height - y, rows) };

          g_array_append_val (session->pieces, piece);
        }
    }
}

/* A viewer that cannot be resized sees what fits. */
static gboolean
clip (VncSession *session, GlassRect *rect)
{
  if (rect->x >= session->width || rect->y >= session->height)
    return FALSE;
  rect->width = MIN (rect->width, session->width - rect->x);
  rect->height = MIN (rect->height, session->height - rect->y);
  return TRUE;
}

static void
plan_pieces (VncSession *session)
{
  const VncView *view = vnc_server_get_view (session->server);
  GlassRect rects[GLASS_RECTS_MAX];
  guint n = session->damage.any ? tiles_to_rects (&session->damage, rects) : 0;

  g_array_set_size (session->pieces, 0);
  session->next_piece = 0;
  session->view_width = view->width;
  session->view_height = view->height;
  for (guint i = 0; i < n; i++)
    if (clip (session, &rects[i]))
      add_pieces (session, &rects[i]);
  tiles_clear (&session->damage);
}

static void
take_wishes (VncSession *session)
{
  if (session->have_format)
    encoder_set_format (session->encoder, &session->format);
  if (session->have_wish)
    encoder_set_wish (session->encoder, &session->wish);
  session->have_format = session->have_wish = FALSE;
  /* Field by field: what lies between them must stay 0, for keys are compared by their bytes. */
  session->key.wish.encoding = session->wish.encoding;
  session->key.wish.quality = session->wish.quality;
  session->key.wish.compression = session->wish.compression;
  session->key.wish.last_rect = session->wish.last_rect;
  session->key.format.bits = session->format.bits;
  session->key.format.depth = session->format.depth;
  session->key.format.big_endian = session->format.big_endian;
  session->key.format.red_max = session->format.red_max;
  session->key.format.green_max = session->format.green_max;
  session->key.format.blue_max = session->format.blue_max;
  session->key.format.red_shift = session->format.red_shift;
  session->key.format.green_shift = session->format.green_shift;
  session->key.format.blue_shift = session->format.blue_shift;
}

static Tell
get_tellable (VncSession *session)
{
  Tell tellable = session->tell & TELL_SIZE;

  for (gsize i = 0; i < G_N_ELEMENTS (tellers); i++)
    if (session->can & tellers[i].can)
      tellable |= session->tell & tellers[i].what;
  return tellable;
}

/* Sends the head of an update, if one was asked for and there is something to tell. */
static gboolean
begin_update (VncSession *session)
{
  g_autoptr (GByteArray) out = NULL;
  guint count;

  if (!session->asked || session->encoder == NULL ||
      (!session->damage.any && get_tellable (session) == 0))
    return FALSE;
  out = g_byte_array_new ();
  session->asked = FALSE;
  session->ends_with_marker = FALSE;
  take_wishes (session);
  put_u32 (out, 0); /* for the head */
  if (session->tell & TELL_SIZE)
    count = put_size (session, out);
  else
    {
      count = put_state (session, out);
      plan_pieces (session);
      count += session->pieces->len;
      session->ends_with_marker = session->wish.last_rect && session->pieces->len > 0;
    }
  if (session->ends_with_marker)
    count = RECTS_UNKNOWN;
  out->data[0] = RFB_UPDATE;
  out->data[2] = count >> 8;
  out->data[3] = count & 0xff;
  send_bytes (session, out->data, out->len);
  return TRUE;
}

/* What is left of an update of a picture that has gone meanwhile must still be sent: black. */
static const guint8 *
get_pixels (VncSession *session, guint32 *ret_stride)
{
  static const guint32 black[GLASS_DIMENSION_MAX];
  const VncView *view = vnc_server_get_view (session->server);

  if (view->width != session->view_width || view->height != session->view_height)
    {
      *ret_stride = 0;
      return (const guint8 *) black;
    }
  *ret_stride = view->width * 4;
  return view->pixels;
}

/* One that another viewer was given, or a new one; NULL if it failed. */
static const guint8 *
get_piece (VncSession *session, const GlassRect *piece, gsize *ret_size)
{
  PieceCache *cache = vnc_server_get_cache (session->server);
  guint32 stride;
  const guint8 *pixels = get_pixels (session, &stride);
  const guint8 *data = NULL;

  if (stride == 0) /* a picture that is gone */
    cache = NULL;
  session->key.rect = *piece;
  if (cache != NULL)
    data = piece_cache_get (cache, &session->key, ret_size);
  if (data != NULL)
    return data;
  data = encoder_encode (session->encoder, piece, pixels, stride, ret_size);
  if (data != NULL && cache != NULL && encoder_is_shareable (session->encoder))
    piece_cache_put (cache, &session->key, data, *ret_size);
  return data;
}

static void
send_piece (VncSession *session)
{
  const GlassRect *piece = &g_array_index (session->pieces, GlassRect, session->next_piece);
  gsize size = 0;
  const guint8 *data = get_piece (session, piece, &size);

  session->next_piece++;
  if (data != NULL)
    send_bytes (session, data, size);
  if (session->next_piece == session->pieces->len && session->ends_with_marker)
    {
      g_autoptr (GByteArray) out = g_byte_array_new ();

      put_rect (out, 0, 0, 0, 0, RFB_ENCODING_LAST_RECT);
      send_bytes (session, out->data, out->len);
    }
}

static gboolean
on_turn (gpointer user_data)
{
  VncSession *session = user_data;

  session->turn_source = 0;
  vnc_session_pump (session);
  return G_SOURCE_REMOVE;
}

/* TRUE if there is more, but it is others' turn. */
static gboolean
take_turn (VncSession *session)
{
  gint64 end = 0;

  while (stream_is_drained (session->stream))
    {
      if (session->next_piece == session->pieces->len)
        {
          if (!begin_update (session))
            return FALSE;
          continue;
        }
      if (end == 0)
        end = g_get_monotonic_time () + VNC_TURN_MICROSECONDS;
      else if (g_get_monotonic_time () > end)
        return TRUE;
      send_piece (session);
    }
  return FALSE;
}

void
vnc_session_pump (VncSession *session)
{
  gboolean more = take_turn (session);

  flush (session);
  if (more && session->turn_source == 0)
    session->turn_source = g_idle_add_full (G_PRIORITY_DEFAULT, on_turn, session, NULL);
}

void
vnc_session_update (VncSession *session,
                    ScreenChanges changes,
                    gboolean replaced,
                    const Tiles *damage)
{
  const VncView *view = vnc_server_get_view (session->server);

  if (replaced)
    {
      tiles_reset (&session->damage, view->width, view->height);
      for (guint32 row = 0; row < session->damage.rows; row++)
        for (guint32 column = 0; column < session->damage.columns; column++)
          tiles_mark (&session->damage, column, row);
    }
  else if (damage != NULL)
    tiles_merge (&session->damage, damage);
  if ((view->width != session->width || view->height != session->height) &&
      (session->can & (CAN_RESIZE | CAN_RESIZE_EXTENDED)))
    session->tell |= TELL_SIZE;
  if (changes & SCREEN_CURSOR)
    session->tell |= TELL_CURSOR;
  if (changes & SCREEN_POINTER_MODE)
    session->tell |= TELL_POINTER_MODE;
  if (changes & SCREEN_LEDS)
    session->tell |= TELL_LEDS;
  vnc_session_pump (session);
}

/* --- Requests --- */

/* The viewer asks for what it may have lost. */
static void
mark_requested (VncSession *session, const RfbRequest *request)
{
  Tiles *damage = &session->damage;
  guint32 right = MIN ((guint32) request->update.x + request->update.width, damage->width);
  guint32 bottom = MIN ((guint32) request->update.y + request->update.height, damage->height);

  for (guint32 y = request->update.y / TILE_HEIGHT; y * TILE_HEIGHT < bottom; y++)
    for (guint32 x = request->update.x / TILE_WIDTH; x * TILE_WIDTH < right; x++)
      tiles_mark (damage, x, y);
}

static void
take_update_request (VncSession *session, const RfbRequest *request)
{
  session->asked = TRUE;
  if (!request->update.incremental && request->update.width > 0 && request->update.height > 0)
    mark_requested (session, request);
}

static const struct
{
  gint32 encoding;
  Can can;
  Tell tell; /* when it is first heard of */
} abilities[] = {
  { RFB_ENCODING_DESKTOP_SIZE, CAN_RESIZE, 0 },
  { RFB_ENCODING_EXTENDED_DESKTOP_SIZE, CAN_RESIZE_EXTENDED, TELL_SIZE },
  { RFB_ENCODING_LAST_RECT, CAN_LAST_RECT, 0 },
  { RFB_ENCODING_CURSOR, CAN_CURSOR, TELL_CURSOR },
  { RFB_ENCODING_ALPHA_CURSOR, CAN_ALPHA_CURSOR, TELL_CURSOR },
  { RFB_ENCODING_POINTER_MODE, CAN_POINTER_MODE, TELL_POINTER_MODE },
  { RFB_ENCODING_QEMU_KEYS, CAN_QEMU_KEYS, TELL_QEMU_KEYS },
  { RFB_ENCODING_QEMU_LEDS, CAN_LEDS, TELL_LEDS },
};

static void
take_encoding (gint32 encoding, EncoderWish *wish, gboolean *have_pixels, Can *can)
{
  gboolean pixels = encoding == RFB_ENCODING_RAW || encoding == RFB_ENCODING_HEXTILE ||
                    encoding == RFB_ENCODING_TIGHT || encoding == RFB_ENCODING_ZRLE;

  if (pixels && !*have_pixels)
    {
      wish->encoding = encoding;
      *have_pixels = TRUE;
    }
  if (encoding >= RFB_ENCODING_QUALITY_0 && encoding <= RFB_ENCODING_QUALITY_9)
    wish->quality = encoding - RFB_ENCODING_QUALITY_0;
  if (encoding >= RFB_ENCODING_COMPRESSION_0 && encoding <= RFB_ENCODING_COMPRESSION_9)
    wish->compression = encoding - RFB_ENCODING_COMPRESSION_0;
  for (gsize i = 0; i < G_N_ELEMENTS (abilities); i++)
    if (abilities[i].encoding == encoding)
      *can |= abilities[i].can;
}

/* The viewer's list, best first. */
static void
take_encodings (VncSession *session, const RfbRequest *request)
{
  EncoderWish wish = { RFB_ENCODING_RAW, -1, -1, FALSE };
  gboolean have_pixels = FALSE;
  Can can = 0;

  for (guint i = 0; i < request->encodings.count; i++)
    take_encoding (request->encodings.list[i], &wish, &have_pixels, &can);
  /* vncsnapshot asks for the end marker and passes over it; it alone cannot be resized. */
  wish.last_rect = wish.encoding == RFB_ENCODING_TIGHT && (can & CAN_LAST_RECT) != 0 &&
                   (can & (CAN_RESIZE | CAN_RESIZE_EXTENDED)) != 0;
  for (gsize i = 0; i < G_N_ELEMENTS (abilities); i++)
    if (can & abilities[i].can & ~session->can)
      session->tell |= abilities[i].tell;
  session->can = can;
  session->wish = wish;
  session->have_wish = TRUE;
}

static void
take_desktop_size (VncSession *session, QemuInput *qemu, const RfbRequest *request)
{
  session->tell |= TELL_RESIZE_ANSWER;
  session->resize_answer = RFB_RESIZE_FORWARDED;
  if (session->view_only || qemu == NULL)
    session->resize_answer = RFB_RESIZE_PROHIBITED;
  else if (request->desktop.width == session->width && request->desktop.height == session->height)
    session->resize_answer = RFB_RESIZE_OK;
  else
    vnc_input_resize (&session->input, qemu, request->desktop.width, request->desktop.height);
}

static void
take_pointer (VncSession *session, QemuInput *qemu, const RfbRequest *request)
{
  const VncView *view = vnc_server_get_view (session->server);
  VncPointerMode mode = { view->width, view->height, view->absolute,
                          session->pointer_mode_told && (session->can & CAN_POINTER_MODE) };

  vnc_input_pointer (&session->input, qemu, request, &mode);
}

static void
take_request (VncSession *session, const RfbRequest *request)
{
  QemuInput *qemu = vnc_server_get_input (session->server);
  gboolean may_act = qemu != NULL && !session->view_only;

  switch (request->type)
    {
    case RFB_REQUEST_PIXEL_FORMAT:
      session->format = request->format;
      session->have_format = TRUE;
      break;
    case RFB_REQUEST_ENCODINGS:
      take_encodings (session, request);
      break;
    case RFB_REQUEST_UPDATE:
      take_update_request (session, request);
      break;
    case RFB_REQUEST_KEY:
    case RFB_REQUEST_QEMU:
      if (may_act)
        vnc_input_key (&session->input, qemu, request);
      break;
    case RFB_REQUEST_POINTER:
      if (may_act)
        take_pointer (session, qemu, request);
      break;
    case RFB_REQUEST_CUT_TEXT: /* no clipboard is shared: the text is passed over */
      session->skip = request->cut_text.size;
      break;
    case RFB_REQUEST_DESKTOP_SIZE:
      take_desktop_size (session, qemu, request);
      break;
    }
}

gboolean
vnc_session_is_busy (VncSession *session)
{
  QemuInput *qemu = vnc_server_get_input (session->server);

  return qemu != NULL && qemu_input_is_busy (qemu);
}

gboolean
vnc_session_take (VncSession *session, const guint8 *data, gsize size, gsize *ret_used)
{
  RfbRequest request;

  *ret_used = 0;
  if (session->skip > 0)
    {
      *ret_used = MIN (session->skip, size);
      session->skip -= *ret_used;
      return TRUE;
    }
  if (vnc_session_is_busy (session))
    return TRUE;
  switch (rfb_parse_request (data, size, &request, ret_used))
    {
    case PARSE_OK:
      take_request (session, &request);
      return TRUE;
    case PARSE_NEED_MORE:
      return TRUE;
    default:
      return FALSE;
    }
}

/* --- Life --- */

VncSession *
vnc_session_new (VncServer *server,
                 Stream *stream,
                 gboolean view_only,
                 void (*sent) (gpointer user_data),
                 gpointer user_data)
{
  VncSession *session = g_new0 (VncSession, 1);
  const VncView *view;

  session->server = server;
  session->stream = stream;
  session->view_only = view_only;
  session->sent = sent;
  session->user_data = user_data;
  session->pieces = g_array_new (FALSE, FALSE, sizeof (GlassRect));
  session->batch = g_byte_array_new ();
  session->wish = (EncoderWish) { RFB_ENCODING_RAW, -1, -1, FALSE };
  session->encoder = encoder_new (vnc_server_get_encoders (server));
  vnc_server_add (server, session);
  view = vnc_server_get_view (server);
  session->width = view->width;
  session->height = view->height;
  send_init (session);
  vnc_session_update (session, 0, TRUE, NULL);
  return session;
}

void
vnc_session_free (VncSession *session)
{
  g_clear_handle_id (&session->turn_source, g_source_remove);
  vnc_server_remove (session->server, session);
  vnc_input_clear (&session->input);
  encoder_free (session->encoder);
  tiles_free (&session->damage);
  g_array_unref (session->pieces);
  g_byte_array_unref (session->batch);
  g_free (session);
}
