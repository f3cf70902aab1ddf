/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Updates for a VNC viewer, planned as pieces that are encoded one by one. Runs in vitrine-display
 * on the main loop. Must never make more for a viewer than the piece that it is to take next.
 */
#include "vnc/vnc-put.h"
#include "vnc/vnc-state.h"
#include "vnc/zrle.h"

#define RECTS_UNKNOWN 0xffffu
#define MARKER_PIXELS_MIN 4096u

/* Cuts a rectangle into pieces that an encoder takes. */
static void
add_pieces (VncSession *session, const GlassRect *rect)
{
  for (guint32 x = 0; x < rect->width; x += ENCODER_WIDTH_MAX)
    {
      guint32 width = MIN (rect->width - x, ENCODER_WIDTH_MAX);
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

/* An end marker, and rectangles as tight likes to split them, pay for themselves in large updates.
 */
static void
use_marker (VncSession *session)
{
  gsize area = 0;

  for (guint i = 0; i < session->pieces->len; i++)
    {
      const GlassRect *piece = &g_array_index (session->pieces, GlassRect, i);

      area += (gsize) piece->width * piece->height;
    }
  session->ends_with_marker = session->wish.last_rect && area >= MARKER_PIXELS_MIN;
  session->key.wish.last_rect = session->ends_with_marker;
  encoder_set_wish (session->encoder, &session->key.wish);
}

gboolean
vnc_updates_begin (VncSession *session)
{
  g_autoptr (GByteArray) out = NULL;
  guint count;

  if (!session->asked || session->encoder == NULL)
    return FALSE;
  vnc_requests_mark (session);
  if (!session->damage.any && vnc_tell_get_pending (session) == 0)
    return FALSE;
  out = g_byte_array_new ();
  session->asked = FALSE;
  session->ends_with_marker = FALSE;
  take_wishes (session);
  vnc_put_u32 (out, 0); /* for the head */
  if (session->tell & VNC_TELL_SIZE)
    count = vnc_tell_put_size (session, out);
  else
    {
      count = vnc_tell_put_state (session, out);
      plan_pieces (session);
      count += session->pieces->len;
      use_marker (session);
    }
  if (session->ends_with_marker)
    count = RECTS_UNKNOWN;
  out->data[0] = RFB_UPDATE;
  out->data[2] = count >> 8;
  out->data[3] = count & 0xff;
  vnc_session_send (session, out->data, out->len);
  return TRUE;
}

/* What is left of an update of a picture that has gone meanwhile must still be sent: black, as is
 * no picture at all. */
static const guint8 *
get_pixels (VncSession *session, guint32 *ret_stride)
{
  static const guint32 black[GLASS_DIMENSION_MAX];
  const VncView *view = vnc_server_get_view (session->server);

  if (view->width != session->view_width || view->height != session->view_height ||
      view->pixels == NULL)
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
  data =
      encoder_encode (session->encoder, piece, pixels, stride,
                      stride > 0 ? vnc_server_get_view (session->server)->colours : NULL, ret_size);
  if (data != NULL && cache != NULL && encoder_is_shareable (session->encoder))
    piece_cache_put (cache, &session->key, data, *ret_size);
  return data;
}

/* As it is, from the frame to the socket. */
static void
send_raw (VncSession *session, const GlassRect *piece)
{
  g_autoptr (GByteArray) head = g_byte_array_sized_new (12);
  guint32 stride;
  const guint8 *pixels = get_pixels (session, &stride);
  gsize row = (gsize) piece->width * 4;
  gsize at;

  vnc_put_rect (head, piece->x, piece->y, piece->width, piece->height, RFB_ENCODING_RAW);
  vnc_session_send (session, head->data, head->len);
  at = (gsize) piece->y * stride + (gsize) piece->x * 4;
  pixels += at;
  if (row == stride)
    vnc_session_send_file (session, vnc_server_get_view (session->server)->file, at, pixels,
                           row * piece->height);
  else
    for (guint32 y = 0; y < piece->height; y++)
      vnc_session_send (session, pixels + (gsize) y * stride, row);
}

static void
send_encoded (VncSession *session, const guint8 *data, gsize size)
{
  g_autoptr (GByteArray) first = NULL;

  if (session->key.wish.encoding != RFB_ENCODING_ZRLE || session->zrle_begun)
    {
      vnc_session_send (session, data, size);
      return;
    }
  first = g_byte_array_sized_new (size + 16);
  zrle_put_first (first, data, size);
  session->zrle_begun = TRUE;
  vnc_session_send (session, first->data, first->len);
}

gboolean
vnc_updates_is_under_way (VncSession *session)
{
  return session->next_piece < session->pieces->len;
}

void
vnc_updates_send_piece (VncSession *session)
{
  const GlassRect *piece = &g_array_index (session->pieces, GlassRect, session->next_piece);
  gsize size = 0;
  const guint8 *data;

  session->next_piece++;
  if (session->key.wish.encoding == RFB_ENCODING_RAW && encoder_is_native (session->encoder))
    send_raw (session, piece);
  else if ((data = get_piece (session, piece, &size)) != NULL)
    send_encoded (session, data, size);
  if (session->next_piece == session->pieces->len && session->ends_with_marker)
    {
      g_autoptr (GByteArray) out = g_byte_array_new ();

      vnc_put_rect (out, 0, 0, 0, 0, RFB_ENCODING_LAST_RECT);
      vnc_session_send (session, out->data, out->len);
    }
}
