/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The remote framebuffer protocol as we speak it (RFC 6143 and the community's rfbproto.rst for
 * VeNCrypt and the pseudo-encodings): numbers and limits only. Fields are big-endian.
 */
#pragma once

#include <glib.h>

#define RFB_VERSION_TEXT "RFB 003.008\n"
#define RFB_VERSION_TEXT_OLD "RFB 003.003\n"
#define RFB_VERSION_BYTES 12u

typedef enum
{
  RFB_SECURITY_NONE = 1,
  RFB_SECURITY_VNC = 2,
  RFB_SECURITY_VENCRYPT = 19,
  RFB_SECURITY_PLAIN = 256,
  RFB_SECURITY_X509_NONE = 260,
  RFB_SECURITY_X509_VNC = 261,
  RFB_SECURITY_X509_PLAIN = 262,
} RfbSecurity;

#define RFB_CHALLENGE_BYTES 16u
#define RFB_PLAIN_NAME_MAX 255u
#define RFB_PLAIN_PASSWORD_MAX 255u

/* viewer -> us */
typedef enum
{
  RFB_REQUEST_PIXEL_FORMAT = 0,
  RFB_REQUEST_ENCODINGS = 2,
  RFB_REQUEST_UPDATE = 3,
  RFB_REQUEST_KEY = 4,
  RFB_REQUEST_POINTER = 5,
  RFB_REQUEST_CUT_TEXT = 6,
  RFB_REQUEST_DESKTOP_SIZE = 251,
  RFB_REQUEST_QEMU = 255,
} RfbRequestType;
/* QEMU's own, in both directions. */
#define RFB_QEMU 255u
#define RFB_QEMU_KEY 0u
#define RFB_QEMU_AUDIO 1u
typedef enum
{
  RFB_AUDIO_ENABLE = 0,
  RFB_AUDIO_DISABLE = 1,
  RFB_AUDIO_FORMAT = 2,
} RfbAudioRequest;
typedef enum
{
  RFB_AUDIO_END = 0,
  RFB_AUDIO_BEGIN = 1,
  RFB_AUDIO_DATA = 2,
} RfbAudioMessage;

/* us -> viewer */
#define RFB_UPDATE 0u
#define RFB_SERVER_CUT_TEXT 3u

#define RFB_ENCODINGS_MAX 256u
#define RFB_CUT_TEXT_MAX (1u << 20)
#define RFB_CUT_EXTENDED_MIN 4u
#define RFB_SCREENS_MAX 16u
/* The longest message; of a cut text only its head. */
#define RFB_REQUEST_BYTES_MAX (4u + RFB_ENCODINGS_MAX * 4u)

typedef enum
{
  RFB_ENCODING_RAW = 0,
  RFB_ENCODING_HEXTILE = 5,
  RFB_ENCODING_TIGHT = 7,
  RFB_ENCODING_ZRLE = 16,
  RFB_ENCODING_QUALITY_0 = -32, /* to -23 */
  RFB_ENCODING_QUALITY_9 = -23,
  RFB_ENCODING_DESKTOP_SIZE = -223,
  RFB_ENCODING_LAST_RECT = -224,
  RFB_ENCODING_CURSOR = -239,
  RFB_ENCODING_COMPRESSION_0 = -256, /* to -247 */
  RFB_ENCODING_COMPRESSION_9 = -247,
  RFB_ENCODING_POINTER_MODE = -257, /* QEMU: x is 1 for absolute */
  RFB_ENCODING_QEMU_KEYS = -258,
  RFB_ENCODING_QEMU_AUDIO = -259,
  RFB_ENCODING_QEMU_LEDS = -261,
  RFB_ENCODING_EXTENDED_DESKTOP_SIZE = -308,
  RFB_ENCODING_ALPHA_CURSOR = -314,
  RFB_ENCODING_EXTENDED_CLIPBOARD = -1063131698, /* 0xc0a1e5ce */
  RFB_ENCODING_VMWARE_LEDS = 0x574d5668,
} RfbEncoding;

/* With RFB_ENCODING_POINTER_MODE relative, a motion of 0 is this position. */
#define RFB_POINTER_CENTRE 0x7fff

#define RFB_RESIZE_BY_SERVER 0u
#define RFB_RESIZE_BY_VIEWER 1u
#define RFB_RESIZE_OK 0u
#define RFB_RESIZE_PROHIBITED 1u
#define RFB_RESIZE_INVALID 3u /* the layout of the screens */
#define RFB_RESIZE_FORWARDED 4u /* the guest decides */

typedef struct
{
  guint8 bits;  /* a pixel: 8, 16 or 32 */
  guint8 depth; /* 1..bits */
  gboolean big_endian;
  guint16 red_max; /* each a power of two, less one */
  guint16 green_max;
  guint16 blue_max;
  guint8 red_shift; /* inside the pixel */
  guint8 green_shift;
  guint8 blue_shift;
} RfbPixelFormat;
