/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a VNC viewer sends (B5): bytes off the network to checked messages. Pure. Whether a message
 * is welcome now is the caller's question.
 */
#pragma once

#include "cursor.h"
#include "front/rfb-wire.h"

typedef struct
{
  guint8 type; /* RfbRequestType */
  guint8 kind; /* of RFB_REQUEST_QEMU: RFB_QEMU_KEY or RFB_QEMU_AUDIO */
  union
  {
    RfbPixelFormat format;
    struct
    {
      guint count;
      gint32 list[RFB_ENCODINGS_MAX];
    } encodings;
    struct
    {
      gboolean incremental;
      guint16 x, y, width, height; /* may lie outside the screen */
    } update;
    struct
    {
      gboolean down;
      guint32 keysym;
      guint32 key; /* QEMU key number, 1..255; 0: unknown */
    } key;         /* RFB_REQUEST_KEY and RFB_QEMU_KEY */
    struct
    {
      guint16 operation; /* RfbAudioRequest */
      guint8 sample;     /* with RFB_AUDIO_FORMAT, as what follows: PcmSample */
      guint8 channels;   /* 1 or 2 */
      guint32 frequency; /* PCM_FREQUENCY_MIN..PCM_FREQUENCY_MAX */
    } audio;             /* RFB_QEMU_AUDIO */
    struct
    {
      guint8 buttons; /* mask */
      guint16 x, y;
    } pointer;
    struct
    {
      guint32 size; /* bytes that follow the message; at most RFB_CUT_TEXT_MAX */
      gboolean extended; /* a message of the extended clipboard, not a text */
    } cut_text;
    struct
    {
      guint16 width, height; /* never 0 */
      gboolean one_screen;   /* that covers them, which is all that a head can be */
    } desktop;
  };
} RfbRequest;

/* The message at the front of the bytes; its length to *ret_used. */
ParseResult rfb_parse_request (const void *data,
                               gsize size,
                               RfbRequest *ret_request,
                               gsize *ret_used);

/* RFB_VERSION_BYTES: the minor version, 3, 7 or 8. */
ParseResult rfb_parse_version (const void *data, gsize size, guint *ret_minor);

/* Name and password of VeNCrypt's Plain; they point into `data`, without a NUL. */
typedef struct
{
  const guint8 *name;
  gsize name_size;
  const guint8 *password;
  gsize password_size;
} RfbPlain;
ParseResult rfb_parse_plain (const void *data, gsize size, RfbPlain *ret_plain, gsize *ret_used);
