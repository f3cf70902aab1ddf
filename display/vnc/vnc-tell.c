/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * News for a VNC viewer besides pixels: size, pointer, keyboard. Runs in vitrine-display on the
 * main loop. Must tell a viewer only what it said it understands.
 */
#include "vnc/vnc-cursor.h"
#include "vnc/vnc-put.h"
#include "vnc/vnc-state.h"

static void
put_extended_size (VncSession *session, GByteArray *out, guint reason, guint status)
{
  vnc_put_rect (out, reason, status, session->width, session->height,
                RFB_ENCODING_EXTENDED_DESKTOP_SIZE);
  vnc_put_u32 (out, 1u << 24); /* one screen, padding */
  vnc_put_u32 (out, 0);        /* its id */
  vnc_put_u16 (out, 0);
  vnc_put_u16 (out, 0);
  vnc_put_u16 (out, session->width);
  vnc_put_u16 (out, session->height);
  vnc_put_u32 (out, 0);
}

/* What the viewer holds is void then. */
guint
vnc_tell_put_size (VncSession *session, GByteArray *out)
{
  const VncView *view = vnc_server_get_view (session->server);

  session->tell &= ~VNC_TELL_SIZE;
  session->width = view->width;
  session->height = view->height;
  if (session->can & VNC_CAN_RESIZE_EXTENDED)
    put_extended_size (session, out, RFB_RESIZE_BY_SERVER, RFB_RESIZE_OK);
  else
    vnc_put_rect (out, 0, 0, session->width, session->height, RFB_ENCODING_DESKTOP_SIZE);
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
  gboolean alpha = (session->can & VNC_CAN_ALPHA_CURSOR) != 0;

  if (!vnc_cursor_load (vnc_server_get_screen (session->server), &cursor))
    return 0;
  vnc_put_rect (out, cursor.shape.hot_x, cursor.shape.hot_y, cursor.shape.width,
                cursor.shape.height, alpha ? RFB_ENCODING_ALPHA_CURSOR : RFB_ENCODING_CURSOR);
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
  vnc_put_rect (out, vnc_server_get_view (session->server)->absolute ? 1 : 0, 0, session->width,
                session->height, RFB_ENCODING_POINTER_MODE);
  return 1;
}

static guint
put_qemu_keys (VncSession *session, GByteArray *out)
{
  vnc_put_rect (out, 0, 0, session->width, session->height, RFB_ENCODING_QEMU_KEYS);
  return 1;
}

/* QEMU's bits and both protocols' are the same; a viewer that knows both gets QEMU's. */
static guint
put_leds (VncSession *session, GByteArray *out)
{
  guint32 leds = vnc_server_get_view (session->server)->leds;
  gboolean vmware = !(session->can & VNC_CAN_LEDS);

  vnc_put_rect (out, 0, 0, 1, 1, vmware ? RFB_ENCODING_VMWARE_LEDS : RFB_ENCODING_QEMU_LEDS);
  if (vmware)
    vnc_put_u32 (out, leds);
  else
    vnc_put_u8 (out, leds);
  return 1;
}

static guint
put_audio (VncSession *session, GByteArray *out)
{
  vnc_put_rect (out, 0, 0, session->width, session->height, RFB_ENCODING_QEMU_AUDIO);
  return 1;
}

static const struct
{
  VncTell what;
  VncCan can; /* any of these */
  guint (*put) (VncSession *session, GByteArray *out);
} tellers[] = {
  { VNC_TELL_RESIZE_ANSWER, VNC_CAN_RESIZE_EXTENDED, put_resize_answer },
  { VNC_TELL_QEMU_KEYS, VNC_CAN_QEMU_KEYS, put_qemu_keys },
  { VNC_TELL_POINTER_MODE, VNC_CAN_POINTER_MODE, put_pointer_mode },
  { VNC_TELL_LEDS, VNC_CAN_LEDS | VNC_CAN_VMWARE_LEDS, put_leds },
  { VNC_TELL_AUDIO, VNC_CAN_AUDIO, put_audio },
  { VNC_TELL_CURSOR, VNC_CAN_CURSOR | VNC_CAN_ALPHA_CURSOR, put_cursor },
};

guint
vnc_tell_put_state (VncSession *session, GByteArray *out)
{
  guint count = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (tellers); i++)
    if ((session->tell & tellers[i].what) && (session->can & tellers[i].can))
      count += tellers[i].put (session, out);
  session->tell &= VNC_TELL_SIZE;
  return count;
}

VncTell
vnc_tell_get_pending (VncSession *session)
{
  VncTell tellable = session->tell & VNC_TELL_SIZE;

  for (gsize i = 0; i < G_N_ELEMENTS (tellers); i++)
    if (session->can & tellers[i].can)
      tellable |= session->tell & tellers[i].what;
  return tellable;
}
