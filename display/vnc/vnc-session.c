/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One VNC session: its life and its turns. Runs in vitrine-display on the main loop. Must never
 * wait for the viewer.
 */
#include "vnc-session.h"

#include "front/rfb-parse.h"
#include "vnc/vnc-put.h"
#include "vnc/vnc-state.h"

#define HEAD_WIDTH 1024
#define HEAD_HEIGHT 768
/* Small pieces leave together, so that an update is few packets and calls; large ones on their own,
 * so that they are not copied. */
#define BATCH_BYTES (32u * 1024)
/* Less than this is copied faster than the kernel looks its pages up. */
#define FILE_BYTES_MIN (32u * 1024)

/* --- Writing --- */

static void
flush (VncSession *session)
{
  if (session->batch->len == 0)
    return;
  stream_send (session->stream, session->batch->data, session->batch->len);
  g_byte_array_set_size (session->batch, 0);
  session->host->sent (session->user_data);
}

void
vnc_session_send (VncSession *session, const void *data, gsize size)
{
  gsize part = MIN (size, BATCH_BYTES - session->batch->len);

  /* What fits goes along with what waits already, so that no packet is a header only. */
  g_byte_array_append (session->batch, data, part);
  if (part == size)
    return;
  flush (session);
  data = (const guint8 *) data + part;
  size -= part;
  if (size <= BATCH_BYTES)
    g_byte_array_append (session->batch, data, size);
  else
    {
      stream_send (session->stream, data, size);
      session->host->sent (session->user_data);
    }
}

void
vnc_session_send_file (VncSession *session, int file, gsize at, const guint8 *same, gsize size)
{
  GByteArray *head = session->batch;

  if (size < FILE_BYTES_MIN || !stream_takes_files (session->stream) ||
      !stream_is_drained (session->stream))
    {
      vnc_session_send (session, same, size);
      return;
    }
  stream_send_file (session->stream, head->data, head->len, file, at, size);
  g_byte_array_set_size (head, 0);
  session->host->sent (session->user_data);
}

static void
send_init (VncSession *session, const char *name)
{
  static const guint8 format[16] = { 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0 };
  g_autoptr (GByteArray) out = g_byte_array_new ();

  vnc_put_u16 (out, session->width);
  vnc_put_u16 (out, session->height);
  g_byte_array_append (out, format, sizeof format);
  vnc_put_u32 (out, strlen (name));
  g_byte_array_append (out, (const guint8 *) name, strlen (name));
  vnc_session_send (session, out->data, out->len);
  flush (session);
}

/* --- Turns --- */

static gboolean
on_turn (gpointer user_data)
{
  VncSession *session = user_data;

  session->turn_source = 0;
  vnc_session_pump (session);
  return G_SOURCE_REMOVE;
}

static void
send_audio (VncSession *session)
{
  g_autoptr (GByteArray) out = NULL;

  if (session->audio == NULL)
    return;
  out = g_byte_array_new ();
  if (vnc_audio_put (session->audio, out))
    vnc_session_send (session, out->data, out->len);
}

static gboolean
on_rested (gpointer user_data)
{
  VncSession *session = user_data;

  session->rest_timer = 0;
  session->host->rested (session->user_data);
  return G_SOURCE_REMOVE;
}

/* The viewer's text has taken the time since `start`, which others had to wait. */
static void
rest_from_text (VncSession *session, gint64 start)
{
  gint64 cost = g_get_monotonic_time () - start;
  gint64 rest_ms = MIN (cost * VNC_TEXT_REST_TIMES / 1000, VNC_TEXT_REST_MS_MAX);

  if (cost > VNC_TEXT_FREE_MICROSECONDS && session->rest_timer == 0)
    session->rest_timer = g_timeout_add (rest_ms, on_rested, session);
}

static void
send_clipboard (VncSession *session)
{
  gint64 start = g_get_monotonic_time ();
  g_autoptr (GByteArray) out = NULL;

  if (session->clipboard == NULL)
    return;
  out = g_byte_array_new ();
  if (vnc_clipboard_put (session->clipboard, out))
    vnc_session_send (session, out->data, out->len);
  rest_from_text (session, start);
}

/* TRUE if there is more, but it is others' turn. */
static gboolean
take_turn (VncSession *session)
{
  gint64 end = 0;

  while (stream_is_drained (session->stream))
    {
      if (!vnc_updates_is_under_way (session))
        {
          /* Between two updates: where messages of other kinds have their place, too. */
          send_audio (session);
          send_clipboard (session);
          if (!vnc_updates_begin (session))
            return FALSE;
          continue;
        }
      if (end == 0)
        end = g_get_monotonic_time () + VNC_TURN_MICROSECONDS;
      else if (g_get_monotonic_time () > end)
        return TRUE;
      vnc_updates_send_piece (session);
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
      (session->can & (VNC_CAN_RESIZE | VNC_CAN_RESIZE_EXTENDED)))
    session->tell |= VNC_TELL_SIZE;
  if (changes & SCREEN_CURSOR)
    session->tell |= VNC_TELL_CURSOR;
  if (changes & SCREEN_POINTER_MODE)
    session->tell |= VNC_TELL_POINTER_MODE;
  if (changes & SCREEN_LEDS)
    session->tell |= VNC_TELL_LEDS;
  vnc_session_pump (session);
}

static void
on_clipboard (gpointer user_data)
{
  vnc_session_pump (user_data);
}

/* --- Requests --- */

gboolean
vnc_session_is_busy (VncSession *session)
{
  InputSource *source = session->input.source;

  return session->rest_timer != 0 || (source != NULL && input_source_is_busy (source));
}

/* Part of a text for the clipboard. */
static gboolean
take_cut (VncSession *session, const guint8 *data, gsize size, gsize *ret_used)
{
  gint64 start = g_get_monotonic_time ();
  gboolean good;

  *ret_used = MIN (session->cut, size);
  session->cut -= *ret_used;
  good = vnc_clipboard_feed (session->clipboard, data, *ret_used);
  rest_from_text (session, start);
  return good;
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
  if (session->cut > 0)
    return take_cut (session, data, size, ret_used);
  if (vnc_session_is_busy (session))
    return TRUE;
  switch (rfb_parse_request (data, size, &request, ret_used))
    {
    case PARSE_OK:
      vnc_requests_take (session, &request);
      return TRUE;
    case PARSE_NEED_MORE:
      return TRUE;
    default:
      return FALSE;
    }
}

/* --- Life --- */

/* One that comes to use a further head which is off plugs a monitor in, as opening its window does.
 */
static void
light_head (VncSession *session)
{
  QemuInput *qemu = vnc_server_get_input (session->server);

  if (session->input.head > 0 && !vnc_server_get_view (session->server)->lit && qemu != NULL &&
      !session->view_only)
    vnc_input_resize (&session->input, qemu, HEAD_WIDTH, HEAD_HEIGHT);
}

VncSession *
vnc_session_new (VncServer *server,
                 Stream *stream,
                 const char *name,
                 gboolean view_only,
                 const VncSessionHost *host,
                 gpointer user_data)
{
  VncSession *session = g_new0 (VncSession, 1);
  const VncView *view;

  session->server = server;
  session->stream = stream;
  session->view_only = view_only;
  session->host = host;
  session->user_data = user_data;
  session->pieces = g_array_new (FALSE, FALSE, sizeof (GlassRect));
  session->batch = g_byte_array_new ();
  session->wish = (EncoderWish) { RFB_ENCODING_RAW, -1, -1, FALSE };
  session->input.head = vnc_server_get_head (server);
  session->encoder = encoder_new (vnc_server_get_encoders (server));
  if (!view_only)
    session->clipboard =
        vnc_clipboard_new (vnc_server_get_clipboard (server), on_clipboard, session);
  vnc_server_add (server, session);
  view = vnc_server_get_view (server);
  session->width = view->width;
  session->height = view->height;
  send_init (session, name);
  light_head (session);
  vnc_session_update (session, 0, TRUE, NULL);
  return session;
}

void
vnc_session_free (VncSession *session)
{
  g_clear_handle_id (&session->turn_source, g_source_remove);
  g_clear_handle_id (&session->rest_timer, g_source_remove);
  vnc_server_remove (session->server, session);
  vnc_input_clear (&session->input);
  vnc_audio_free (session->audio);
  vnc_clipboard_free (session->clipboard);
  encoder_free (session->encoder);
  tiles_free (&session->damage);
  g_array_unref (session->pieces);
  g_byte_array_unref (session->batch);
  g_free (session);
}
