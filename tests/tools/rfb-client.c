/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A VNC viewer that counts. Runs in rfb-load. Must never be what a measurement waits for: pixels
 * are passed over, not decoded.
 */
#include "rfb-client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <nettle/des.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What is left to pass over is discarded by the kernel from here on. */
#define DISCARD_MIN (16u * 1024)

#define TIGHT_FILL 8u
#define TIGHT_JPEG 9u
#define TIGHT_FILTER_PALETTE 1u
#define TIGHT_PLAIN_MAX 12u /* bytes that are not compressed */

/* --- Reading --- */

static gboolean
fill (RfbClient *client)
{
  gssize got = recv (client->socket, client->buffer, sizeof client->buffer, 0);

  if (got <= 0)
    return FALSE;
  client->at = 0;
  client->end = got;
  client->bytes += got;
  return TRUE;
}

static gboolean
take (RfbClient *client, void *out, gsize size)
{
  guint8 *to = out;

  while (size > 0)
    {
      gsize part = MIN (size, client->end - client->at);

      memcpy (to, client->buffer + client->at, part);
      client->at += part;
      to += part;
      size -= part;
      if (size > 0 && !fill (client))
        return FALSE;
    }
  return TRUE;
}

static gboolean
skip (RfbClient *client, gsize size)
{
  gsize part = MIN (size, client->end - client->at);

  client->at += part;
  size -= part;
  while (size > DISCARD_MIN)
    {
      gssize got = recv (client->socket, NULL, size, MSG_TRUNC); /* TCP's: away with them */

      if (got <= 0)
        return FALSE;
      client->bytes += got;
      size -= got;
    }
  while (size > 0)
    {
      if (!fill (client))
        return FALSE;
      part = MIN (size, client->end);
      client->at = part;
      size -= part;
    }
  return TRUE;
}

static gboolean
take_u8 (RfbClient *client, guint8 *value)
{
  return take (client, value, 1);
}

static gboolean
take_u16 (RfbClient *client, guint16 *value)
{
  if (!take (client, value, 2))
    return FALSE;
  *value = GUINT16_FROM_BE (*value);
  return TRUE;
}

static gboolean
take_u32 (RfbClient *client, guint32 *value)
{
  if (!take (client, value, 4))
    return FALSE;
  *value = GUINT32_FROM_BE (*value);
  return TRUE;
}

static gboolean
put (RfbClient *client, const void *data, gsize size)
{
  return send (client->socket, data, size, MSG_NOSIGNAL) == (gssize) size;
}

/* --- Rectangles --- */

typedef struct
{
  guint16 x, y, width, height;
  gint32 encoding;
} Rect;

static gboolean
skip_raw (RfbClient *client, const Rect *rect)
{
  gsize size = (gsize) rect->width * rect->height * 4;
  guint32 pixel;

  if (rect->x != 0 || rect->y != 0 || size == 0)
    return skip (client, size);
  if (!take (client, &pixel, 4))
    return FALSE;
  client->corner_news |= (pixel & 0xffffff) != client->corner;
  client->corner = pixel & 0xffffff;
  return skip (client, size - 4);
}

/* RFC 6143, 7.7.4 */
static gboolean
skip_hextile_tile (RfbClient *client, guint width, guint height)
{
  enum
  {
    RAW = 1,
    BACKGROUND = 2,
    FOREGROUND = 4,
    PARTS = 8,
    COLOURED = 16
  };
  guint8 kind, parts;

  if (!take_u8 (client, &kind))
    return FALSE;
  if (kind & RAW)
    return skip (client, (gsize) width * height * 4);
  if (!skip (client, (kind & BACKGROUND ? 4 : 0) + (kind & FOREGROUND ? 4 : 0)))
    return FALSE;
  if (!(kind & PARTS))
    return TRUE;
  return take_u8 (client, &parts) && skip (client, (gsize) parts * (kind & COLOURED ? 6 : 2));
}

static gboolean
skip_hextile (RfbClient *client, const Rect *rect)
{
  for (guint y = 0; y < rect->height; y += 16)
    for (guint x = 0; x < rect->width; x += 16)
      if (!skip_hextile_tile (client, MIN (16, rect->width - x), MIN (16, rect->height - y)))
        return FALSE;
  return TRUE;
}

static gboolean
skip_zrle (RfbClient *client)
{
  guint32 size;

  return take_u32 (client, &size) && skip (client, size);
}

/* rfbproto, "Tight Encoding": seven bits a byte, at most three bytes. */
static gboolean
skip_compact (RfbClient *client)
{
  gsize size = 0;

  for (guint shift = 0; shift <= 14; shift += 7)
    {
      guint8 byte;

      if (!take_u8 (client, &byte))
        return FALSE;
      size |= (gsize) (shift < 14 ? byte & 0x7f : byte) << shift;
      if (!(byte & 0x80))
        break;
    }
  return skip (client, size);
}

static gboolean
skip_tight_basic (RfbClient *client, const Rect *rect, gboolean filtered)
{
  gsize size = (gsize) rect->width * rect->height * 3;
  guint8 filter = 0;

  if (filtered && !take_u8 (client, &filter))
    return FALSE;
  if (filter == TIGHT_FILTER_PALETTE)
    {
      guint8 last;

      if (!take_u8 (client, &last) || !skip (client, (last + 1) * 3))
        return FALSE;
      size = (gsize) (last == 1 ? (rect->width + 7) / 8 : rect->width) * rect->height;
    }
  return size < TIGHT_PLAIN_MAX ? skip (client, size) : skip_compact (client);
}

static gboolean
skip_tight (RfbClient *client, const Rect *rect)
{
  guint8 control;

  if (!take_u8 (client, &control))
    return FALSE;
  if (control >> 4 == TIGHT_FILL)
    return skip (client, 3);
  if (control >> 4 == TIGHT_JPEG)
    return skip_compact (client);
  return skip_tight_basic (client, rect, (control & 0x40) != 0);
}

static gboolean
skip_pixels (RfbClient *client, const Rect *rect)
{
  client->pixels += (guint64) rect->width * rect->height;
  switch (rect->encoding)
    {
    case RFB_ENCODING_RAW:
      return skip_raw (client, rect);
    case RFB_ENCODING_HEXTILE:
      client->corner_news |= rect->x == 0 && rect->y == 0;
      return skip_hextile (client, rect);
    case RFB_ENCODING_TIGHT:
      client->corner_news |= rect->x == 0 && rect->y == 0;
      return skip_tight (client, rect);
    case RFB_ENCODING_ZRLE:
      client->corner_news |= rect->x == 0 && rect->y == 0;
      return skip_zrle (client);
    default:
      g_printerr ("rfb-load: the server sends encoding %d, which nobody asked for\n",
                  rect->encoding);
      return FALSE;
    }
}

/* --- Messages --- */

static gboolean
take_update (RfbClient *client)
{
  guint64 pixels = client->pixels;
  gboolean resized = FALSE;
  guint16 count;

  client->corner_news = FALSE;
  if (!skip (client, 1) || !take_u16 (client, &count) || !rfb_client_request (client, TRUE))
    return FALSE;
  for (guint i = 0; i < count; i++)
    {
      Rect rect;
      guint32 encoding;

      if (!take_u16 (client, &rect.x) || !take_u16 (client, &rect.y) ||
          !take_u16 (client, &rect.width) || !take_u16 (client, &rect.height) ||
          !take_u32 (client, &encoding))
        return FALSE;
      rect.encoding = encoding;
      if (rect.encoding == RFB_ENCODING_LAST_RECT)
        break;
      if (rect.encoding == RFB_ENCODING_DESKTOP_SIZE)
        {
          client->width = rect.width;
          client->height = rect.height;
          resized = TRUE;
        }
      else if (!skip_pixels (client, &rect))
        return FALSE;
    }
  client->updates += client->pixels > pixels;
  return !resized || rfb_client_request (client, FALSE);
}

gboolean
rfb_client_step (RfbClient *client)
{
  guint8 type;
  guint16 count;
  guint32 size;

  if (!take_u8 (client, &type))
    return FALSE;
  switch (type)
    {
    case RFB_UPDATE:
      return take_update (client);
    case 1: /* colours */
      return skip (client, 3) && take_u16 (client, &count) && skip (client, (gsize) count * 6);
    case 2: /* bell */
      return TRUE;
    case 3: /* cut text */
      return skip (client, 3) && take_u32 (client, &size) && skip (client, size);
    default:
      g_printerr ("rfb-load: the server sends a message %u\n", type);
      return FALSE;
    }
}

gboolean
rfb_client_request (RfbClient *client, gboolean incremental)
{
  guint8 message[10] = {
    RFB_REQUEST_UPDATE,  incremental,   0, 0, 0, 0, client->width >> 8, client->width,
    client->height >> 8, client->height
  };

  return put (client, message, sizeof message);
}

gboolean
rfb_client_key (RfbClient *client, guint32 keysym, gboolean down)
{
  guint8 message[8] = {
    RFB_REQUEST_KEY, down, 0, 0, keysym >> 24, keysym >> 16, keysym >> 8, keysym
  };

  return put (client, message, sizeof message);
}

/* --- Login --- */

static gboolean
answer_challenge (RfbClient *client, const char *password)
{
  guint8 key[DES_KEY_SIZE] = { 0 };
  guint8 challenge[RFB_CHALLENGE_BYTES], answer[RFB_CHALLENGE_BYTES];
  struct des_ctx des;

  if (!take (client, challenge, sizeof challenge))
    return FALSE;
  for (gsize i = 0; i < sizeof key && password[i] != '\0'; i++)
    for (guint bit = 0; bit < 8; bit++) /* VNC turns each byte round */
      if (password[i] & (1 << bit))
        key[i] |= 0x80 >> bit;
  des_set_key (&des, key);
  des_encrypt (&des, sizeof answer, answer, challenge);
  return put (client, answer, sizeof answer);
}

static gboolean
choose_security (RfbClient *client)
{
  guint8 want = client->wanted->password != NULL ? RFB_SECURITY_VNC : RFB_SECURITY_NONE;
  guint8 count;
  guint8 kinds[255];
  guint32 result;

  if (!take_u8 (client, &count) || !take (client, kinds, count) ||
      memchr (kinds, want, count) == NULL || !put (client, &want, 1))
    return FALSE;
  if (want == RFB_SECURITY_VNC && !answer_challenge (client, client->wanted->password))
    return FALSE;
  return take_u32 (client, &result) && result == 0;
}

static gboolean
say_wishes (RfbClient *client)
{
  static const guint8 format[20] = {
    RFB_REQUEST_PIXEL_FORMAT, 0, 0, 0, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0
  };
  const RfbWanted *wanted = client->wanted;
  gint32 list[8];
  guint32 message[9];
  guint n = 0;

  list[n++] = wanted->encoding;
  list[n++] = RFB_ENCODING_DESKTOP_SIZE;
  list[n++] = RFB_ENCODING_LAST_RECT;
  if (wanted->quality >= 0)
    list[n++] = RFB_ENCODING_QUALITY_0 + wanted->quality;
  if (wanted->compression >= 0)
    list[n++] = RFB_ENCODING_COMPRESSION_0 + wanted->compression;
  message[0] = GUINT32_TO_BE ((guint32) RFB_REQUEST_ENCODINGS << 24 | n);
  for (guint i = 0; i < n; i++)
    message[i + 1] = GUINT32_TO_BE ((guint32) list[i]);
  return put (client, format, sizeof format) && put (client, message, 4 + n * 4);
}

gboolean
rfb_client_login (RfbClient *client, int socket, const RfbWanted *wanted)
{
  char version[RFB_VERSION_BYTES];
  guint16 width, height;
  guint32 name_size;

  client->socket = socket;
  client->wanted = wanted;
  client->at = client->end = 0;
  if (!take (client, version, sizeof version) || !put (client, RFB_VERSION_TEXT, sizeof version) ||
      !choose_security (client) || !put (client, "\1", 1))
    return FALSE;
  if (!take_u16 (client, &width) || !take_u16 (client, &height) || !skip (client, 16) ||
      !take_u32 (client, &name_size) || !skip (client, name_size))
    return FALSE;
  client->width = width;
  client->height = height;
  return say_wishes (client) && rfb_client_request (client, FALSE);
}

int
rfb_client_connect (const RfbWanted *wanted, int receive_buffer)
{
  struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons (wanted->port) };
  int on = 1;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (fd < 0)
    return -1;
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (receive_buffer > 0)
    setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  if (inet_pton (AF_INET, wanted->address, &to.sin_addr) == 1 &&
      connect (fd, (struct sockaddr *) &to, sizeof to) == 0)
    return fd;
  close (fd);
  return -1;
}

void
rfb_client_close (RfbClient *client)
{
  if (client->socket >= 0)
    close (client->socket);
  client->socket = -1;
}
