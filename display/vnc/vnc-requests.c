/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a VNC viewer asks for. Runs in vitrine-display on the main loop, on messages that
 * rfb-parse.c has checked. Must never let one that only looks on act.
 */
#include "front/rfb-parse.h"
#include "vnc/vnc-state.h"

/* The viewer asks for what it may have lost. Only noted here, for it may ask ten thousand times before
 * it is its turn to be answered. */
static void
widen_lost (VncSession *session, const RfbRequest *request)
{
  VncArea *lost = &session->lost;
  guint32 right = (guint32) request->update.x + request->update.width;
  guint32 bottom = (guint32) request->update.y + request->update.height;

  if (lost->right == 0)
    *lost = (VncArea) { request->update.x, request->update.y, right, bottom };
  lost->left = MIN (lost->left, request->update.x);
  lost->top = MIN (lost->top, request->update.y);
  lost->right = MAX (lost->right, right);
  lost->bottom = MAX (lost->bottom, bottom);
}

void
vnc_requests_mark (VncSession *session)
{
  const VncArea *lost = &session->lost;
  Tiles *damage = &session->damage;
  guint32 right = MIN (lost->right, damage->width);
  guint32 bottom = MIN (lost->bottom, damage->height);

  for (guint32 y = lost->top / TILE_HEIGHT; y * TILE_HEIGHT < bottom; y++)
    for (guint32 x = lost->left / TILE_WIDTH; x * TILE_WIDTH < right; x++)
      tiles_mark (damage, x, y);
  session->lost = (VncArea) { 0 };
}

static void
take_update_request (VncSession *session, const RfbRequest *request)
{
  session->asked = TRUE;
  if (!request->update.incremental && request->update.width > 0 && request->update.height > 0)
    widen_lost (session, request);
}

static const struct
{
  gint32 encoding;
  VncCan can;
  VncTell tell; /* when it is first heard of */
} abilities[] = {
  { RFB_ENCODING_EXTENDED_CLIPBOARD, VNC_CAN_CLIPBOARD, 0 },
  { RFB_ENCODING_DESKTOP_SIZE, VNC_CAN_RESIZE, 0 },
  { RFB_ENCODING_EXTENDED_DESKTOP_SIZE, VNC_CAN_RESIZE_EXTENDED, VNC_TELL_SIZE },
  { RFB_ENCODING_LAST_RECT, VNC_CAN_LAST_RECT, 0 },
  { RFB_ENCODING_CURSOR, VNC_CAN_CURSOR, VNC_TELL_CURSOR },
  { RFB_ENCODING_ALPHA_CURSOR, VNC_CAN_ALPHA_CURSOR, VNC_TELL_CURSOR },
  { RFB_ENCODING_POINTER_MODE, VNC_CAN_POINTER_MODE, VNC_TELL_POINTER_MODE },
  { RFB_ENCODING_QEMU_KEYS, VNC_CAN_QEMU_KEYS, VNC_TELL_QEMU_KEYS },
  { RFB_ENCODING_QEMU_LEDS, VNC_CAN_LEDS, VNC_TELL_LEDS },
  { RFB_ENCODING_QEMU_AUDIO, VNC_CAN_AUDIO, VNC_TELL_AUDIO },
  { RFB_ENCODING_VMWARE_LEDS, VNC_CAN_VMWARE_LEDS, VNC_TELL_LEDS },
};

static void
take_encoding (gint32 encoding, EncoderWish *wish, gboolean *have_pixels, VncCan *can)
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
  VncCan can = 0;

  for (guint i = 0; i < request->encodings.count; i++)
    take_encoding (request->encodings.list[i], &wish, &have_pixels, &can);
  /* vncsnapshot asks for the end marker and passes over it; it alone cannot be resized. */
  wish.last_rect = wish.encoding == RFB_ENCODING_TIGHT && (can & VNC_CAN_LAST_RECT) != 0 &&
                   (can & (VNC_CAN_RESIZE | VNC_CAN_RESIZE_EXTENDED)) != 0;
  for (gsize i = 0; i < G_N_ELEMENTS (abilities); i++)
    if (can & abilities[i].can & ~session->can)
      session->tell |= abilities[i].tell;
  if (session->clipboard != NULL)
    vnc_clipboard_set_extended (session->clipboard, (can & VNC_CAN_CLIPBOARD) != 0);
  session->can = can;
  session->wish = wish;
  session->have_wish = TRUE;
}

static void
take_desktop_size (VncSession *session, QemuInput *qemu, const RfbRequest *request)
{
  session->tell |= VNC_TELL_RESIZE_ANSWER;
  session->resize_answer = RFB_RESIZE_FORWARDED;
  if (session->view_only || qemu == NULL)
    session->resize_answer = RFB_RESIZE_PROHIBITED;
  else if (!request->desktop.one_screen)
    session->resize_answer = RFB_RESIZE_INVALID;
  else if (request->desktop.width == session->width && request->desktop.height == session->height)
    session->resize_answer = RFB_RESIZE_OK;
  else if (!qemu_input_can_resize (qemu, vnc_server_get_head (session->server)))
    session->resize_answer = RFB_RESIZE_PROHIBITED;
  else
    vnc_input_resize (&session->input, qemu, request->desktop.width, request->desktop.height);
}

static void
take_pointer (VncSession *session, QemuInput *qemu, const RfbRequest *request)
{
  const VncView *view = vnc_server_get_view (session->server);
  VncPointerMode mode = { view->width, view->height, view->absolute,
                          session->pointer_mode_told && (session->can & VNC_CAN_POINTER_MODE) };

  vnc_input_pointer (&session->input, qemu, request, &mode);
}

static void
on_sound (gpointer user_data)
{
  vnc_session_pump (user_data);
}

/* To hear is to look on. */
static void
take_audio (VncSession *session, const RfbRequest *request)
{
  if (!(session->can & VNC_CAN_AUDIO))
    return;
  if (session->audio == NULL)
    session->audio = vnc_audio_new (vnc_server_get_sound (session->server), on_sound, session);
  vnc_audio_take (session->audio, request);
}

static void
take_key (VncSession *session, QemuInput *qemu, const RfbRequest *request)
{
  if (qemu != NULL && !session->view_only)
    vnc_input_key (&session->input, qemu, request,
                   !(session->can & (VNC_CAN_LEDS | VNC_CAN_VMWARE_LEDS)));
}

/* What nobody may have is passed over. */
static void
take_cut_text (VncSession *session, const RfbRequest *request)
{
  gsize size = request->cut_text.size;

  if (session->clipboard != NULL &&
      vnc_clipboard_begin (session->clipboard, size, request->cut_text.extended))
    session->cut = size;
  else
    session->skip = size;
}

void
vnc_requests_take (VncSession *session, const RfbRequest *request)
{
  QemuInput *qemu = vnc_server_get_input (session->server);

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
      take_key (session, qemu, request);
      break;
    case RFB_REQUEST_QEMU:
      if (request->kind == RFB_QEMU_AUDIO)
        take_audio (session, request);
      else
        take_key (session, qemu, request);
      break;
    case RFB_REQUEST_POINTER:
      if (qemu != NULL && !session->view_only)
        take_pointer (session, qemu, request);
      break;
    case RFB_REQUEST_CUT_TEXT:
      take_cut_text (session, request);
      break;
    case RFB_REQUEST_DESKTOP_SIZE:
      take_desktop_size (session, qemu, request);
      break;
    }
}
