/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What makes an encoding: ours where it is much cheaper, else libvncserver as a library of
 * encoders. Runs in vitrine-display on the main loop. Its own server waits for slow viewers,
 * believes their numbers and listens on sockets, so none of that is used: each rfbClient is set up
 * here, writes to a memfd, which is always ready, and is never read from.
 */
#include <rfb/rfb.h>

/* libvncserver has truth values of its own. */
#undef TRUE
#undef FALSE
#define TRUE 1
#define FALSE 0

#include "encoder.h"
#include "fds.h"
#include "vnc/noise.h"
#include "vnc/solid.h"
#include "vnc/zrle.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>

/* More than any rectangle of ENCODER_PIXELS_MAX takes; only what is used takes memory. */
#define OUTPUT_BYTES_MAX (4u << 20)

struct _Encoders
{
  rfbScreenInfo *screen; /* owned; its picture is that of the call under way */
  int output;            /* owned memfd */
  guint8 *map;           /* of it */
  guint32 *part;         /* owned; ENCODER_PIXELS_MAX, what is being encoded */
  guint8 *translated;    /* owned; the same in a viewer's format */
  Zrle *zrle;            /* owned */
  GByteArray *made;      /* owned; a piece that is not libvncserver's */
};

struct _Encoder
{
  Encoders *encoders;
  rfbClientRec *client; /* owned */
  EncoderWish wish;
  RfbPixelFormat format;
  gboolean shareable;
};

static void
log_nothing (const char *format, ...)
{
}

Encoders *
encoders_new (GError **error)
{
  g_autoptr (Encoders) encoders = g_new0 (Encoders, 1);

  encoders->output = memfd_create ("vitrine-vnc", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (encoders->output < 0 || ftruncate (encoders->output, OUTPUT_BYTES_MAX) != 0 ||
      fcntl (encoders->output, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                   "Cannot allocate memory for VNC: %s", g_strerror (errno));
      return NULL;
    }
  encoders->map = mmap (NULL, OUTPUT_BYTES_MAX, PROT_READ, MAP_SHARED, encoders->output, 0);
  if (encoders->map == MAP_FAILED)
    {
      encoders->map = NULL;
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Cannot map memory for VNC");
      return NULL;
    }
  encoders->part = g_new (guint32, ENCODER_PIXELS_MAX);
  encoders->translated = g_malloc (ENCODER_PIXELS_MAX * 4);
  encoders->made = g_byte_array_new ();
  encoders->zrle = zrle_new ();
  if (encoders->zrle == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Cannot allocate memory for VNC");
      return NULL;
    }
  /* Its log would tell the time, for which it opens a file. */
  rfbLog = rfbErr = log_nothing;
  encoders->screen = rfbGetScreen (NULL, NULL, 64, 64, 8, 3, 4);
  encoders->screen->depth = 24;
  encoders->screen->serverFormat.depth = 24; /* as ServerInit says; tight leaves the rest out */
  encoders->screen->serverFormat.redShift = 16;
  encoders->screen->serverFormat.greenShift = 8;
  encoders->screen->serverFormat.blueShift = 0;
  encoders->screen->cursor = NULL;
  return g_steal_pointer (&encoders);
}

void
encoders_free (Encoders *encoders)
{
  if (encoders == NULL)
    return;
  if (encoders->screen != NULL)
    {
      encoders->screen->frameBuffer = NULL;
      rfbScreenCleanup (encoders->screen);
    }
  if (encoders->map != NULL)
    munmap (encoders->map, OUTPUT_BYTES_MAX);
  fds_clear (&encoders->output);
  g_free (encoders->part);
  g_free (encoders->translated);
  zrle_free (encoders->zrle);
  g_clear_pointer (&encoders->made, g_byte_array_unref);
  g_free (encoders);
}

/* rfbNewClient wants a socket, into which it writes a greeting; one that has already said who it is
 * is not waited for. */
static rfbClientRec *
make_client (rfbScreenInfo *screen)
{
  int pair[2];
  rfbClientRec *client = NULL;

  if (!fds_socketpair (SOCK_STREAM, pair, NULL))
    return NULL;
  if (pair[0] < FD_SETSIZE && send (pair[1], RFB_VERSION_TEXT, RFB_VERSION_BYTES, MSG_NOSIGNAL) > 0)
    client = rfbNewClient (screen, pair[0]);
  if (client != NULL)
    {
      FD_CLR (pair[0], &screen->allFds);
      client->sock = -1;
    }
  fds_clear (&pair[0]);
  fds_clear (&pair[1]);
  return client;
}

Encoder *
encoder_new (Encoders *encoders)
{
  g_autoptr (Encoder) encoder = g_new0 (Encoder, 1);
  const EncoderWish raw = { RFB_ENCODING_RAW, -1, -1, FALSE };

  encoder->encoders = encoders;
  encoder->format = (RfbPixelFormat) { 32, 24, FALSE, 255, 255, 255, 16, 8, 0 };
  encoder->client = make_client (encoders->screen);
  if (encoder->client == NULL)
    return NULL;
  encoder->client->sock = fcntl (encoders->output, F_DUPFD_CLOEXEC, 3);
  if (encoder->client->sock < 0)
    return NULL;
  encoder->client->state = RFB_NORMAL;
  encoder_set_wish (encoder, &raw);
  return g_steal_pointer (&encoder);
}

void
encoder_free (Encoder *encoder)
{
  if (encoder == NULL)
    return;
  if (encoder->client != NULL)
    rfbClientConnectionGone (encoder->client); /* closes its descriptor */
  g_free (encoder);
}

gboolean
encoder_set_format (Encoder *encoder, const RfbPixelFormat *format)
{
  rfbPixelFormat *out = &encoder->client->format;

  encoder->format = *format;
  *out = (rfbPixelFormat) { .bitsPerPixel = format->bits,
                            .depth = format->depth,
                            .bigEndian = format->big_endian,
                            .trueColour = 1,
                            .redMax = format->red_max,
                            .greenMax = format->green_max,
                            .blueMax = format->blue_max,
                            .redShift = format->red_shift,
                            .greenShift = format->green_shift,
                            .blueShift = format->blue_shift };
  return rfbSetTranslateFunction (encoder->client) != 0;
}

void
encoder_set_wish (Encoder *encoder, const EncoderWish *wish)
{
  /* JPEG's own quality and subsampling for each of the protocol's ten, as TurboVNC has them. */
  static const guint8 qualities[10] = { 15, 29, 41, 42, 62, 77, 79, 86, 92, 100 };
  static const guint8 subsampling[10] = { 1, 1, 1, 2, 2, 2, 0, 0, 0, 0 };
  rfbClientRec *client = encoder->client;
  gboolean jpeg = wish->quality >= 0 && wish->quality <= 9;

  encoder->wish = *wish;
  client->preferredEncoding = wish->encoding;
  client->enableLastRectEncoding = wish->last_rect;
  client->tightQualityLevel = jpeg ? wish->quality : -1;
  client->turboQualityLevel = jpeg ? qualities[wish->quality] : -1;
  client->turboSubsampLevel = jpeg ? subsampling[wish->quality] : 0;
  client->tightCompressLevel = wish->compression >= 0 ? MIN (wish->compression, 9) : 1;
  client->zlibCompressLevel = wish->compression >= 0 ? MIN (wish->compression, 9) : 1;
}

static rfbBool
encode (rfbClientRec *client, RfbEncoding encoding, const GlassRect *rect)
{
  switch (encoding)
    {
    case RFB_ENCODING_HEXTILE:
      return rfbSendRectEncodingHextile (client, rect->x, rect->y, rect->width, rect->height);
    case RFB_ENCODING_TIGHT:
      return rfbSendRectEncodingTight (client, rect->x, rect->y, rect->width, rect->height);
    default:
      return rfbSendRectEncodingRaw (client, rect->x, rect->y, rect->width, rect->height);
    }
}

/* A copy: the encoders look at a pixel more than once and must see the same each time. */
static void
show_part (Encoders *encoders, const GlassRect *rect, const guint8 *pixels, guint32 stride)
{
  rfbScreenInfo *screen = encoders->screen;
  guint32 row = rect->width * 4;

  for (guint32 y = 0; y < rect->height; y++)
    memcpy ((guint8 *) encoders->part + (gsize) y * row, pixels + (gsize) y * stride, row);
  /* They look at x, y of a picture, of which this is the only part that there is. */
  screen->frameBuffer =
      (char *) ((guintptr) encoders->part - (guintptr) rect->y * row - (guintptr) rect->x * 4);
  screen->paddedWidthInBytes = row;
  screen->width = rect->x + rect->width;
  screen->height = rect->y + rect->height;
}

/* How much has gone through tight's streams. */
static guint64
count_compressed (const rfbClientRec *client)
{
  guint64 total = 0;

  for (guint i = 0; i < G_N_ELEMENTS (client->zsStruct); i++)
    if (client->zsActive[i])
      total += client->zsStruct[i].total_in + 1;
  return total;
}

/* Full colours go through the first stream: a search that finds nothing is most of what they cost.
 */
static void
choose_strategy (Encoder *encoder, gboolean noisy)
{
  rfbClientRec *client = encoder->client;

  if (client->zsActive[0])
    deflateParams (&client->zsStruct[0], client->zsLevel[0],
                   noisy ? Z_HUFFMAN_ONLY : Z_DEFAULT_STRATEGY);
}

/* By libvncserver; NULL if it failed. */
static const guint8 *
encode_theirs (Encoder *encoder, const GlassRect *rect, gboolean noisy, gsize *ret_size)
{
  Encoders *encoders = encoder->encoders;
  rfbClientRec *client = encoder->client;
  guint64 compressed = count_compressed (client);
  off_t size;

  if (client->sock < 0 || lseek (encoders->output, 0, SEEK_SET) != 0)
    return NULL;
  if (encoder->wish.encoding == RFB_ENCODING_TIGHT)
    choose_strategy (encoder, noisy);
  client->ublen = 0;
  if (!encode (client, encoder->wish.encoding, rect) || !rfbSendUpdateBuf (client))
    return NULL;
  size = lseek (encoders->output, 0, SEEK_CUR);
  if (size <= 0 || size > OUTPUT_BYTES_MAX)
    return NULL;
  encoder->shareable = count_compressed (client) == compressed;
  *ret_size = size;
  return encoders->map;
}

/* The piece in the viewer's format. */
static const guint8 *
translate_part (Encoder *encoder, const GlassRect *rect)
{
  Encoders *encoders = encoder->encoders;

  if (encoder_is_native (encoder))
    return (const guint8 *) encoders->part;
  encoder_translate (encoder, encoders->part, rect->width * rect->height, encoders->translated);
  return encoders->translated;
}

/* What of it is ours is in `made` then. FALSE for what we leave to libvncserver. */
static gboolean
encode_solid (Encoder *encoder, const GlassRect *rect, guint32 colour)
{
  Encoders *encoders = encoder->encoders;
  ZrleWish wish = { encoder->format, encoder->client->zlibCompressLevel, FALSE, TRUE };
  guint8 translated[4];

  if (encoder->wish.encoding == RFB_ENCODING_ZRLE)
    {
      encoder_translate (encoder, &colour, 1, translated);
      return zrle_encode (encoders->zrle, &wish, rect, translated, encoders->made);
    }
  /* Tight's colours are three bytes for these. */
  return encoder_is_native (encoder) && encoder->format.depth == 24 &&
         solid_put (encoders->made, encoder->wish.encoding, rect, (const guint8 *) &colour);
}

/* Looks at the pixels, the first of which is at `pixels`, only if their tiles do not tell. */
static gboolean
find_colour (const GlassRect *rect,
             const guint8 *pixels,
             guint32 stride,
             const TileColours *colours,
             guint32 *ret_colour)
{
  TileColour known = { TILE_UNKNOWN, 0 };

  if (colours != NULL)
    known = tile_colours_find (colours, rect);
  *ret_colour = known.colour;
  if (known.kind != TILE_UNKNOWN)
    return known.kind == TILE_SOLID;
  memcpy (ret_colour, pixels, 4); /* once: it may change */
  return solid_is (pixels, stride, rect->width, rect->height);
}

/* A photograph whose pixels go out as they are: nothing is read twice, so nothing is copied. */
static gboolean
encode_direct (Encoder *encoder, const GlassRect *rect, const guint8 *pixels, guint32 stride)
{
  if (encoder->wish.encoding != RFB_ENCODING_HEXTILE || !encoder_is_native (encoder) ||
      !noise_is (pixels, stride, rect->width, rect->height))
    return FALSE;
  noise_put_hextile (encoder->encoders->made, rect, pixels, stride, 4);
  return TRUE;
}

static gboolean
encode_ours (Encoder *encoder, const GlassRect *rect, gboolean noisy)
{
  Encoders *encoders = encoder->encoders;
  ZrleWish wish = { encoder->format, encoder->client->zlibCompressLevel, noisy, FALSE };

  if (encoder->wish.encoding == RFB_ENCODING_ZRLE)
    return zrle_encode (encoders->zrle, &wish, rect, translate_part (encoder, rect),
                        encoders->made);
  if (encoder->wish.encoding != RFB_ENCODING_HEXTILE || !noisy)
    return FALSE;
  noise_put_hextile (encoders->made, rect, translate_part (encoder, rect),
                     (gsize) rect->width * encoder_get_pixel_bytes (encoder),
                     encoder_get_pixel_bytes (encoder));
  return TRUE;
}

const guint8 *
encoder_encode (Encoder *encoder,
                const GlassRect *rect,
                const guint8 *pixels,
                guint32 stride,
                const TileColours *colours,
                gsize *ret_size)
{
  Encoders *encoders = encoder->encoders;
  gboolean noisy, ours;
  guint32 colour;

  g_return_val_if_fail (
      rect->width <= ENCODER_WIDTH_MAX && rect->width * rect->height <= ENCODER_PIXELS_MAX, NULL);
  pixels += (gsize) rect->y * stride + (gsize) rect->x * 4;
  encoder->shareable = TRUE;
  if (find_colour (rect, pixels, stride, colours, &colour))
    ours = encode_solid (encoder, rect, colour);
  else
    ours = encode_direct (encoder, rect, pixels, stride);
  if (!ours)
    {
      show_part (encoders, rect, pixels, stride);
      noisy = noise_is ((const guint8 *) encoders->part, (gsize) rect->width * 4, rect->width,
                        rect->height);
      ours = encode_ours (encoder, rect, noisy);
    }
  if (ours)
    {
      *ret_size = encoders->made->len;
      return encoders->made->data;
    }
  if (encoder->wish.encoding == RFB_ENCODING_ZRLE) /* without memory; one stream, one maker */
    return NULL;
  return encode_theirs (encoder, rect, noisy, ret_size);
}

gboolean
encoder_is_shareable (Encoder *encoder)
{
  return encoder->shareable;
}

gboolean
encoder_is_native (Encoder *encoder)
{
  const rfbPixelFormat *ours = &encoder->encoders->screen->serverFormat;
  const rfbPixelFormat *format = &encoder->client->format;

  return format->bitsPerPixel == 32 && !format->bigEndian && format->redMax == ours->redMax &&
         format->greenMax == ours->greenMax && format->blueMax == ours->blueMax &&
         format->redShift == ours->redShift && format->greenShift == ours->greenShift &&
         format->blueShift == ours->blueShift;
}

guint
encoder_get_pixel_bytes (Encoder *encoder)
{
  return encoder->client->format.bitsPerPixel / 8;
}

void
encoder_translate (Encoder *encoder, const guint32 *pixels, guint count, guint8 *out)
{
  rfbClientRec *client = encoder->client;

  client->translateFn (client->translateLookupTable, &encoder->encoders->screen->serverFormat,
                       &client->format, (char *) pixels, (char *) out, count * 4, count, 1);
}
