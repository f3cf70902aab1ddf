/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The parsers of vitrine-display: QEMU's geometry (B4), viewers' requests, vmm's link messages.
 */
#include "link-parse.h"
#include "local/glass-parse.h"
#include "qemu/geometry-parse.h"

#define X8R8G8B8 0x20020888u
#define R5G6B5 0x10020565u
#define R8G8B8 0x18020888u

static void
test_scanout (void)
{
  static const struct
  {
    guint32 width, height, stride, pixman;
    gsize size;
    ParseResult result;
  } cases[] = {
    { 640, 480, 2560, X8R8G8B8, 640 * 480 * 4, PARSE_OK },
    { 1, 1, 4, X8R8G8B8, 4, PARSE_OK },
    { 640, 480, 1280, R5G6B5, 640 * 480 * 2, PARSE_OK },
    { 3, 2, 9, R8G8B8, 18, PARSE_OK },
    { 640, 480, 4096, X8R8G8B8, 479 * 4096 + 2560, PARSE_OK },  /* the last row unpadded */
    { 640, 480, 4096, X8R8G8B8, 479 * 4096 + 2559, PARSE_BAD }, /* one byte short */
    { 640, 480, 2560, X8R8G8B8, 0, PARSE_BAD },
    { 0, 480, 2560, X8R8G8B8, 1 << 24, PARSE_BAD },
    { 640, 0, 2560, X8R8G8B8, 1 << 24, PARSE_BAD },
    { 640, 480, 2559, X8R8G8B8, 1 << 24, PARSE_BAD }, /* rows overlap */
    { 640, 480, 0, X8R8G8B8, 1 << 24, PARSE_BAD },
    { 640, 480, G_MAXUINT32, X8R8G8B8, G_MAXSIZE, PARSE_BAD },
    { 16384, 4096, 65536, X8R8G8B8, G_MAXSIZE, PARSE_OK }, /* 256 MiB exactly */
    { 16384, 4097, 65536, X8R8G8B8, G_MAXSIZE, PARSE_BAD },
    { 16385, 1, 65540, X8R8G8B8, G_MAXSIZE, PARSE_BAD },
    { 0x40000001, 4, 4, X8R8G8B8, G_MAXSIZE, PARSE_BAD }, /* width * 4 wraps to 4 */
    { 65536, 65536, 0, X8R8G8B8, G_MAXSIZE, PARSE_BAD },  /* the product wraps to 0 */
    { G_MAXUINT32, G_MAXUINT32, G_MAXUINT32, X8R8G8B8, G_MAXSIZE, PARSE_BAD },
    { 640, 480, 2560, 0, 1 << 24, PARSE_BAD }, /* no such format */
    { 640, 480, 2560, 0x20020889, 1 << 24, PARSE_BAD },
    { 640, 480, 2560, G_MAXUINT32, 1 << 24, PARSE_BAD },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      PixelBlock block = { .stride = 77 };
      ParseResult result = geometry_parse_scanout (cases[i].width, cases[i].height, cases[i].stride,
                                                   cases[i].pixman, cases[i].size, &block);

      g_test_message ("case %zu", i);
      g_assert_cmpint (result, ==, cases[i].result);
      g_assert_cmpuint (block.stride, ==, result == PARSE_OK ? cases[i].stride : 77);
    }
}

static void
test_update (void)
{
  PixelBlock block;
  static const gint32 bad[][4] = {
    { -1, 0, 8, 8 },         { 0, -1, 8, 8 },         { 0, 0, -8, 8 },
    { 0, 0, 8, -8 },         { 0, 0, 0, 8 },          { G_MAXINT32, 0, 8, 8 },
    { 0, G_MAXINT32, 8, 8 }, { G_MININT32, 0, 8, 8 }, { 0, 0, G_MAXINT32, 8 },
    { 0, 0, 8, G_MAXINT32 }, { 16384, 0, 8, 8 },
  };

  g_assert_cmpint (geometry_parse_update (10, 20, 8, 8, 32, X8R8G8B8, 256, &block), ==, PARSE_OK);
  g_assert_cmpuint (block.rect.x, ==, 10);
  g_assert_cmpuint (block.rect.y, ==, 20);
  g_assert_cmpint (geometry_parse_update (10, 20, 8, 8, 32, X8R8G8B8, 255, &block), ==, PARSE_BAD);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_cmpint (geometry_parse_update (bad[i][0], bad[i][1], bad[i][2], bad[i][3], 32,
                                            X8R8G8B8, 1 << 20, &block),
                     ==, PARSE_BAD);
}

static void
test_map (void)
{
  PixelBlock map, part;

  g_assert_cmpint (geometry_parse_map (4096, 16, 4, 64, X8R8G8B8, 4096 + 256, &map), ==, PARSE_OK);
  g_assert_cmpuint (map.offset, ==, 4096);
  g_assert_cmpint (geometry_parse_map (4096, 16, 4, 64, X8R8G8B8, 4096 + 255, &part), ==,
                   PARSE_BAD);
  g_assert_cmpint (geometry_parse_map (4097, 16, 4, 64, X8R8G8B8, 4096, &part), ==, PARSE_BAD);
  g_assert_cmpint (geometry_parse_map (G_MAXUINT32, 16, 4, 64, X8R8G8B8, 4096, &part), ==,
                   PARSE_BAD);

  g_assert_cmpint (geometry_parse_update_map (&map, 2, 1, 14, 3, &part), ==, PARSE_OK);
  g_assert_cmpuint (part.offset, ==, 4096 + 64 + 8);
  g_assert_cmpuint (part.offset + geometry_block_bytes (&part), ==, 4096 + 256);
  g_assert_cmpint (geometry_parse_update_map (&map, 2, 1, 15, 3, &part), ==, PARSE_BAD);
  g_assert_cmpint (geometry_parse_update_map (&map, 2, 1, 14, 4, &part), ==, PARSE_BAD);
  g_assert_cmpint (geometry_parse_update_map (&map, 16, 0, 1, 1, &part), ==, PARSE_BAD);
  g_assert_cmpint (geometry_parse_update_map (&map, -1, 0, 1, 1, &part), ==, PARSE_BAD);
  g_assert_cmpint (geometry_parse_update_map (&map, 1, 0, -1, 1, &part), ==, PARSE_BAD);
  g_assert_cmpint (geometry_parse_update_map (&map, 0, 0, 0, 1, &part), ==, PARSE_BAD);
}

static void
test_cursor (void)
{
  GlassCursor cursor;

  g_assert_cmpint (geometry_parse_cursor (32, 32, 5, 6, 4096, &cursor), ==, PARSE_OK);
  g_assert_cmpuint (cursor.hot_x, ==, 5);
  g_assert_cmpuint (cursor.hot_y, ==, 6);
  g_assert_cmpint (geometry_parse_cursor (32, 32, 32, -1, 4096, &cursor), ==, PARSE_OK);
  g_assert_cmpuint (cursor.hot_x, ==, 31);
  g_assert_cmpuint (cursor.hot_y, ==, 0);
  g_assert_cmpint (geometry_parse_cursor (0, 32, 0, 0, 0, &cursor), ==, PARSE_OK);
  g_assert_cmpuint (cursor.width, ==, 0);
  g_assert_cmpuint (cursor.height, ==, 0);
  g_assert_cmpint (geometry_parse_cursor (32, 32, 0, 0, 4095, &cursor), ==, PARSE_BAD);
  g_assert_cmpint (geometry_parse_cursor (-1, 32, 0, 0, 4096, &cursor), ==, PARSE_BAD);
  g_assert_cmpint (geometry_parse_cursor (513, 1, 0, 0, 4096, &cursor), ==, PARSE_BAD);
  g_assert_cmpint (geometry_parse_cursor (G_MININT32, G_MININT32, 0, 0, G_MAXSIZE, &cursor), ==,
                   PARSE_BAD);
  g_assert_cmpint (geometry_clamp_position (G_MININT32), ==, -512);
  g_assert_cmpint (geometry_clamp_position (G_MAXINT32), ==, 16384);
}

/* Every message, as words; the first is the type. */
static const struct
{
  guint32 words[6];
  guint n_words;
  ParseResult result;
} requests[] = {
  { { GLASS_HELLO, 1, 0 }, 3, PARSE_OK },
  { { GLASS_HELLO, 1, 3 }, 3, PARSE_OK },
  { { GLASS_HELLO, 1, 4 }, 3, PARSE_BAD },
  { { GLASS_HELLO, 1, 0xffffffff }, 3, PARSE_BAD },
  { { GLASS_HELLO, 2, 0 }, 3, PARSE_BAD },
  { { GLASS_HEAD_OFF }, 1, PARSE_OK },
  { { GLASS_LOCKS, 7 }, 2, PARSE_OK },
  { { GLASS_LOCKS, 8 }, 2, PARSE_BAD },
  { { GLASS_ACK, 0xffffffff }, 2, PARSE_OK },
  { { GLASS_KEY, 1, 1 }, 3, PARSE_OK },
  { { GLASS_KEY, 255, 0 }, 3, PARSE_OK },
  { { GLASS_KEY, 0, 1 }, 3, PARSE_BAD },
  { { GLASS_KEY, 256, 1 }, 3, PARSE_BAD },
  { { GLASS_KEY, 30, 2 }, 3, PARSE_BAD },
  { { GLASS_POINTER_ABSOLUTE, 0, 16383 }, 3, PARSE_OK },
  { { GLASS_POINTER_ABSOLUTE, 16384, 0 }, 3, PARSE_BAD },
  { { GLASS_POINTER_RELATIVE, (guint32) -10000, 10000 }, 3, PARSE_OK },
  { { GLASS_POINTER_RELATIVE, (guint32) -10001, 0 }, 3, PARSE_BAD },
  { { GLASS_POINTER_RELATIVE, 0, 0x80000000 }, 3, PARSE_BAD },
  { { GLASS_BUTTON, 6, 1 }, 3, PARSE_OK },
  { { GLASS_BUTTON, 7, 1 }, 3, PARSE_BAD },
  { { GLASS_BUTTON, 0, 3 }, 3, PARSE_BAD },
  { { GLASS_TOUCH, 3, 15, 0, 0 }, 5, PARSE_OK },
  { { GLASS_TOUCH, 4, 0, 0, 0 }, 5, PARSE_BAD },
  { { GLASS_TOUCH, 0, 16, 0, 0 }, 5, PARSE_BAD },
  { { GLASS_TOUCH, 0, 0, 16384, 0 }, 5, PARSE_BAD },
  { { GLASS_RESIZE, 1, 16384, 0, 0 }, 5, PARSE_OK },
  { { GLASS_RESIZE, 0, 480, 0, 0 }, 5, PARSE_BAD },
  { { GLASS_RESIZE, 640, 16385, 0, 0 }, 5, PARSE_BAD },
  { { GLASS_RESIZE, 640, 480, 0xffffffff, 0xffffffff }, 5, PARSE_OK },
  { { 0, 0 }, 2, PARSE_BAD },
  { { GLASS_WELCOME, 1, 0 }, 3, PARSE_BAD },
  { { 0xffffffff, 0, 0 }, 3, PARSE_BAD },
};

static void
test_glass (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      GlassRequest request;
      gsize size = requests[i].n_words * 4;

      g_test_message ("case %zu", i);
      g_assert_cmpint (glass_parse_request (requests[i].words, size, &request), ==,
                       requests[i].result);
      if (requests[i].result == PARSE_OK)
        g_assert_cmpmem (&request, size, requests[i].words, size);
      /* No other length will do. */
      for (gsize other = 0; other <= sizeof requests[i].words; other++)
        if (other != size)
          g_assert_cmpint (glass_parse_request (requests[i].words, other, &request), ==, PARSE_BAD);
    }
}

static void
test_link (void)
{
  const LinkMessage qemu = { LINK_QEMU, 0 };
  const LinkMessage ping = { LINK_PING, 7 };
  const LinkMessage ready = { LINK_READY, 0 };
  const LinkMessage drop = { LINK_VIEWER_DROP, 3 };
  const LinkMessage none = { LINK_VIEWER_DROP, 0 };
  const LinkMessage agent = { LINK_AGENT, 0 };
  const LinkMessage opened = { LINK_AGENT_OPENED, 0 };
  LinkRequest request;

  g_assert_cmpint (link_parse_request (&qemu, sizeof qemu, 1, &request), ==, PARSE_OK);
  g_assert_cmpint (link_parse_request (&ping, sizeof ping, 0, &request), ==, PARSE_OK);
  g_assert_cmpuint (request.message.value, ==, 7);
  g_assert_cmpint (link_parse_request (&drop, sizeof drop, 0, &request), ==, PARSE_OK);
  g_assert_cmpuint (request.message.value, ==, 3);
  g_assert_cmpint (link_parse_request (&none, sizeof none, 0, &request), ==, PARSE_BAD);
  g_assert_cmpint (link_parse_request (&drop, sizeof drop, 1, &request), ==, PARSE_BAD);
  g_assert_cmpint (link_parse_request (&qemu, sizeof qemu, 0, &request), ==, PARSE_BAD);
  g_assert_cmpint (link_parse_request (&ping, sizeof ping, 1, &request), ==, PARSE_BAD);
  g_assert_cmpint (link_parse_request (&ready, sizeof ready, 0, &request), ==, PARSE_BAD);
  g_assert_cmpint (link_parse_request (&agent, sizeof agent, 1, &request), ==, PARSE_OK);
  g_assert_cmpint (link_parse_request (&agent, sizeof agent, 0, &request), ==, PARSE_BAD);
  g_assert_cmpint (link_parse_request (&opened, sizeof opened, 0, &request), ==, PARSE_OK);
  g_assert_cmpint (link_parse_request (&opened, sizeof opened, 1, &request), ==, PARSE_BAD);
  for (gsize size = 0; size < sizeof ping; size++)
    g_assert_cmpint (link_parse_request (&ping, size, 0, &request), ==, PARSE_BAD);
}

static ParseResult
parse_share (const LinkShare *share, guint n_fds)
{
  LinkRequest request = { 0 };
  ParseResult result = link_parse_request (share, sizeof *share, n_fds, &request);

  if (result == PARSE_OK)
    g_assert_cmpmem (&request.share, sizeof *share, share, sizeof *share);
  return result;
}

static void
test_link_share (void)
{
  const LinkShare good = { LINK_SHARE, 1, LINK_PROTOCOL_VNC, 0, "secret", { 0 }, 0, "Gast ü" };
  LinkShare share = good;
  LinkRequest request;

  g_assert_cmpint (parse_share (&good, 1), ==, PARSE_OK);
  g_assert_cmpint (parse_share (&good, 0), ==, PARSE_BAD);
  g_assert_cmpint (parse_share (&good, 3), ==, PARSE_BAD);
  for (gsize size = 0; size < sizeof good; size++)
    g_assert_cmpint (link_parse_request (&good, size, 1, &request), ==, PARSE_BAD);
  share.flags = LINK_SHARE_TLS;
  g_assert_cmpint (parse_share (&share, 3), ==, PARSE_OK);
  g_assert_cmpint (parse_share (&share, 1), ==, PARSE_BAD);
  g_assert_cmpint (parse_share (&share, 2), ==, PARSE_BAD);
  share = good;
  share.head = LINK_HEADS_MAX - 1;
  g_assert_cmpint (parse_share (&share, 1), ==, PARSE_OK);
  share.head = LINK_HEADS_MAX;
  g_assert_cmpint (parse_share (&share, 1), ==, PARSE_BAD);
  share = good;
  share.flags = LINK_SHARE_FLAGS_ALL + 1;
  g_assert_cmpint (parse_share (&share, 1), ==, PARSE_BAD);
  share = good;
  share.share = 0;
  g_assert_cmpint (parse_share (&share, 1), ==, PARSE_BAD);
  share = good;
  share.protocol = 0;
  g_assert_cmpint (parse_share (&share, 1), ==, PARSE_BAD);
  share.protocol = LINK_PROTOCOL_LAST + 1;
  g_assert_cmpint (parse_share (&share, 1), ==, PARSE_BAD);
  share = good;
  share.padding[2] = 1;
  g_assert_cmpint (parse_share (&share, 1), ==, PARSE_BAD);
  share = good;
  share.password[20] = 'x'; /* after the end */
  g_assert_cmpint (parse_share (&share, 1), ==, PARSE_BAD);
  share = good;
  share.password[0] = (char) 0xff; /* not UTF-8 */
  g_assert_cmpint (parse_share (&share, 1), ==, PARSE_BAD);
  share = good;
  share.name[0] = '\0';
  g_assert_cmpint (parse_share (&share, 1), ==, PARSE_BAD);
  memset (share.name, 'x', sizeof share.name); /* no end */
  g_assert_cmpint (parse_share (&share, 1), ==, PARSE_BAD);
  share.name[LINK_NAME_MAX] = '\0';
  g_assert_cmpint (parse_share (&share, 1), ==, PARSE_OK);
  share.name[3] = '\033';
  g_assert_cmpint (parse_share (&share, 1), ==, PARSE_BAD);
  share.name[3] = (char) 0xc3; /* not UTF-8 */
  g_assert_cmpint (parse_share (&share, 1), ==, PARSE_BAD);
  share = good;
  memset (share.password, 'x', sizeof share.password); /* no end */
  g_assert_cmpint (parse_share (&share, 1), ==, PARSE_BAD);
  share.password[LINK_PASSWORD_MAX] = '\0';
  g_assert_cmpint (parse_share (&share, 1), ==, PARSE_OK);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/display/geometry/scanout", test_scanout);
  g_test_add_func ("/display/geometry/update", test_update);
  g_test_add_func ("/display/geometry/map", test_map);
  g_test_add_func ("/display/geometry/cursor", test_cursor);
  g_test_add_func ("/display/glass-parse", test_glass);
  g_test_add_func ("/display/link-parse", test_link);
  g_test_add_func ("/display/link-parse/share", test_link_share);
  return g_test_run ();
}
