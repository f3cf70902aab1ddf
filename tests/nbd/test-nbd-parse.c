/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The NBD protocol's messages, byte by byte: what is taken, what is not, and what waits for more.
 */
#include "nbd/nbd-order-parse.h"
#include "nbd/nbd-parse.h"

#define BE16(n) (guint8) ((n) >> 8), (guint8) (n)
#define BE32(n) BE16 ((guint32) (n) >> 16), BE16 (n)
#define BE64(n) BE32 ((guint64) (n) >> 32), BE32 (n)

static void
test_greeting (void)
{
  static const guint8 good[] = { BE64 (NBD_MAGIC), BE64 (NBD_MAGIC_OPTION), BE16 (3) };
  static const guint8 old[] = { BE64 (NBD_MAGIC), BE64 (NBD_MAGIC_OLD), BE16 (0) };
  static const guint8 lax[] = { BE64 (NBD_MAGIC), BE64 (NBD_MAGIC_OPTION), BE16 (2) };
  static const guint8 odd[] = { BE64 (NBD_MAGIC), BE64 (1), BE16 (3) };
  NbdGreeting greeting;

  for (gsize size = 0; size < sizeof good; size++)
    g_assert_cmpint (nbd_parse_greeting (good, size, &greeting), ==, PARSE_NEED_MORE);
  g_assert_cmpint (nbd_parse_greeting (good, sizeof good, &greeting), ==, PARSE_OK);
  g_assert_cmpint (greeting.kind, ==, NBD_GREETING_NEW);
  g_assert_cmpuint (greeting.flags, ==, 3);
  nbd_parse_greeting (old, sizeof old, &greeting);
  g_assert_cmpint (greeting.kind, ==, NBD_GREETING_OLD);
  nbd_parse_greeting (lax, sizeof lax, &greeting);
  g_assert_cmpint (greeting.kind, ==, NBD_GREETING_OLD);
  nbd_parse_greeting (odd, sizeof odd, &greeting);
  g_assert_cmpint (greeting.kind, ==, NBD_GREETING_WRONG);
  /* Known to be wrong at the first byte that differs. */
  g_assert_cmpint (nbd_parse_greeting ((const guint8 *) "NBX", 3, &greeting), ==, PARSE_OK);
  g_assert_cmpint (greeting.kind, ==, NBD_GREETING_WRONG);
}

static void
test_option_reply (void)
{
  static const guint8 good[] = { BE64 (NBD_MAGIC_OPTION_REPLY), BE32 (NBD_OPT_GO),
                                 BE32 (NBD_REP_INFO), BE32 (3), 'a', 'b', 'c', 'x' };
  static const guint8 long_one[] = { BE64 (NBD_MAGIC_OPTION_REPLY), BE32 (NBD_OPT_GO),
                                     BE32 (NBD_REP_INFO), BE32 (NBD_OPTION_REPLY_DATA_MAX + 1) };
  static const guint8 magic[] = { BE64 (7), BE32 (NBD_OPT_GO), BE32 (NBD_REP_INFO), BE32 (0) };
  NbdOptionReply reply;
  gsize used = 0;

  for (gsize size = 0; size < sizeof good - 1; size++)
    g_assert_cmpint (nbd_parse_option_reply (good, size, NBD_OPT_GO, &reply, &used), ==,
                     PARSE_NEED_MORE);
  g_assert_cmpint (nbd_parse_option_reply (good, sizeof good, NBD_OPT_GO, &reply, &used), ==,
                   PARSE_OK);
  g_assert_cmpuint (used, ==, sizeof good - 1);
  g_assert_cmpmem (reply.data, reply.size, "abc", 3);
  g_assert_cmpint (nbd_parse_option_reply (good, sizeof good, NBD_OPT_LIST, &reply, &used), ==,
                   PARSE_BAD);
  g_assert_cmpint (nbd_parse_option_reply (long_one, sizeof long_one, NBD_OPT_GO, &reply, &used), ==,
                   PARSE_BAD);
  g_assert_cmpint (nbd_parse_option_reply (magic, sizeof magic, NBD_OPT_GO, &reply, &used), ==,
                   PARSE_BAD);
}

/* What answers the option of old, which the process that copies a disk asks by. */
static void
test_export (void)
{
  static const guint8 good[] = { BE64 (1ull << 40), BE16 (NBD_FLAG_HAS_FLAGS | NBD_FLAG_READ_ONLY),
                                 BE64 (0) /* zeroes, unless agreed otherwise */ };
  static const guint64 sizes[] = { 1, 511, NBD_SIZE_MAX };
  static const guint64 bad[] = { 0, NBD_SIZE_MAX + 1, G_MAXUINT64 };
  NbdInfo info = { 0 };

  for (gsize size = 0; size < NBD_OLD_EXPORT_BYTES; size++)
    g_assert_cmpint (nbd_parse_export (good, size, &info), ==, PARSE_NEED_MORE);
  g_assert_false (info.has_size);
  for (gsize size = NBD_OLD_EXPORT_BYTES; size <= sizeof good; size++)
    g_assert_cmpint (nbd_parse_export (good, size, &info), ==, PARSE_OK);
  g_assert_true (info.has_size);
  g_assert_cmpuint (info.size, ==, 1ull << 40);
  g_assert_cmpuint (info.flags, ==, NBD_FLAG_HAS_FLAGS | NBD_FLAG_READ_ONLY);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      const guint8 data[] = { BE64 (sizes[i]), BE16 (0xffff) };

      g_assert_cmpint (nbd_parse_export (data, sizeof data, &info), ==, PARSE_OK);
      g_assert_cmpuint (info.size, ==, sizes[i]);
      g_assert_cmpuint (info.flags, ==, 0xffff);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      const guint8 data[] = { BE64 (bad[i]), BE16 (1) };

      g_assert_cmpint (nbd_parse_export (data, sizeof data, &info), ==, PARSE_BAD);
    }
}

static ParseResult
parse_blocks (guint32 least, guint32 preferred, guint32 most)
{
  const guint8 data[] = { BE16 (NBD_INFO_BLOCK_SIZE), BE32 (least), BE32 (preferred), BE32 (most) };
  NbdInfo info = { 0 };

  return nbd_parse_info (data, sizeof data, &info);
}

static void
test_info (void)
{
  static const guint8 size_info[] = { BE16 (NBD_INFO_EXPORT), BE64 (1ull << 40), BE16 (5), 0 };
  static const guint8 other[] = { BE16 (99), 1, 2, 3 };
  NbdInfo info = { 0 };

  g_assert_cmpint (nbd_parse_info (size_info, sizeof size_info, &info), ==, PARSE_BAD);
  for (gsize size = 0; size < sizeof size_info - 1; size++)
    g_assert_cmpint (nbd_parse_info (size_info, size, &info), ==, PARSE_BAD);
  g_assert_cmpint (nbd_parse_info (size_info, sizeof size_info - 1, &info), ==, PARSE_OK);
  g_assert_cmpuint (info.size, ==, 1ull << 40);
  g_assert_cmpuint (info.flags, ==, 5);
  g_assert_cmpint (nbd_parse_info (size_info, sizeof size_info - 1, &info), ==, PARSE_BAD);
  g_assert_cmpint (nbd_parse_info (other, sizeof other, &info), ==, PARSE_OK);
  g_assert_cmpint (parse_blocks (1, 4096, 1 << 25), ==, PARSE_OK);
  g_assert_cmpint (parse_blocks (0, 4096, 1 << 25), ==, PARSE_BAD);
  g_assert_cmpint (parse_blocks (3, 4096, 1 << 25), ==, PARSE_BAD);
  g_assert_cmpint (parse_blocks (512, 256, 1 << 25), ==, PARSE_BAD);
  g_assert_cmpint (parse_blocks (512, 4096, 2048), ==, PARSE_BAD);
}

static void
test_listed (void)
{
  static const guint8 good[] = { BE32 (2), 'a', 'b', 'm', 'o', 'r', 'e' };
  static const guint8 bad[] = { BE32 (3), 'a', 'b' };
  const guint8 *name;
  guint32 size;

  g_assert_cmpint (nbd_parse_listed (good, sizeof good, &name, &size), ==, PARSE_OK);
  g_assert_cmpmem (name, size, "ab", 2);
  g_assert_cmpint (nbd_parse_listed (bad, sizeof bad, &name, &size), ==, PARSE_BAD);
  g_assert_cmpint (nbd_parse_listed (bad, 2, &name, &size), ==, PARSE_BAD);
}

static void
test_reply (void)
{
  static const guint8 good[] = { BE32 (NBD_MAGIC_REPLY), BE32 (NBD_ENOSPC), BE64 (77) };
  static const guint8 odd[] = { BE32 (NBD_MAGIC_REPLY), BE32 (4711), BE64 (77) };
  static const guint8 structured[] = { BE32 (0x668e33ef) };
  NbdReply reply;

  for (gsize size = 0; size < sizeof good; size++)
    g_assert_cmpint (nbd_parse_reply (good, size, &reply), ==, PARSE_NEED_MORE);
  g_assert_cmpint (nbd_parse_reply (good, sizeof good, &reply), ==, PARSE_OK);
  g_assert_cmpuint (reply.error, ==, NBD_ENOSPC);
  g_assert_cmpuint (reply.cookie, ==, 77);
  g_assert_cmpint (nbd_parse_reply (odd, sizeof odd, &reply), ==, PARSE_OK);
  g_assert_cmpuint (reply.error, ==, NBD_EIO);
  g_assert_cmpint (nbd_parse_reply (structured, sizeof structured, &reply), ==, PARSE_BAD);
}

static void
test_client (void)
{
  static const guint8 flags[] = { BE32 (3) };
  static const guint8 no_flags[] = { BE32 (0) };
  static const guint8 more_flags[] = { BE32 (7) };
  static const guint8 option[] = { BE64 (NBD_MAGIC_OPTION), BE32 (NBD_OPT_GO), BE32 (2), 1, 2 };
  static const guint8 too_long[] = { BE64 (NBD_MAGIC_OPTION), BE32 (NBD_OPT_GO),
                                     BE32 (NBD_OPTION_DATA_MAX + 1) };
  static const guint8 go[] = { BE32 (1), 'x', BE16 (2), BE16 (0), BE16 (3) };
  NbdOption parsed;
  guint32 agreed;
  gsize used;
  gboolean blocks;

  g_assert_cmpint (nbd_parse_client_flags (flags, 3, &agreed), ==, PARSE_NEED_MORE);
  g_assert_cmpint (nbd_parse_client_flags (flags, 4, &agreed), ==, PARSE_OK);
  g_assert_cmpint (nbd_parse_client_flags (no_flags, 4, &agreed), ==, PARSE_BAD);
  g_assert_cmpint (nbd_parse_client_flags (more_flags, 4, &agreed), ==, PARSE_BAD);
  for (gsize size = 0; size < sizeof option; size++)
    g_assert_cmpint (nbd_parse_option (option, size, &parsed, &used), ==, PARSE_NEED_MORE);
  g_assert_cmpint (nbd_parse_option (option, sizeof option, &parsed, &used), ==, PARSE_OK);
  g_assert_cmpint (nbd_parse_option (too_long, sizeof too_long, &parsed, &used), ==, PARSE_BAD);
  g_assert_true (nbd_parse_go (go, sizeof go, &blocks));
  g_assert_true (blocks);
  for (gsize size = 0; size < sizeof go; size++)
    g_assert_false (nbd_parse_go (go, size, &blocks));
}

static ParseResult
parse_request (guint16 type, guint32 length, NbdRequest *request)
{
  const guint8 data[] = { BE32 (NBD_MAGIC_REQUEST), BE16 (0), BE16 (type), BE64 (1), BE64 (512),
                          BE32 (length) };

  for (gsize size = 0; size < sizeof data; size++)
    g_assert_cmpint (nbd_parse_request (data, size, request), ==, PARSE_NEED_MORE);
  return nbd_parse_request (data, sizeof data, request);
}

static void
test_request (void)
{
  static const guint8 magic[] = { BE32 (1) };
  NbdRequest request;

  g_assert_cmpint (nbd_parse_request (magic, sizeof magic, &request), ==, PARSE_BAD);
  g_assert_cmpint (parse_request (NBD_CMD_READ, NBD_PAYLOAD_MAX, &request), ==, PARSE_OK);
  g_assert_cmpuint (request.offset, ==, 512);
  g_assert_cmpint (parse_request (NBD_CMD_READ, NBD_PAYLOAD_MAX + 1, &request), ==, PARSE_BAD);
  g_assert_cmpint (parse_request (NBD_CMD_WRITE, NBD_PAYLOAD_MAX + 1, &request), ==, PARSE_BAD);
  g_assert_cmpint (parse_request (NBD_CMD_TRIM, G_MAXUINT32, &request), ==, PARSE_OK);
  g_assert_cmpint (parse_request (5, 0, &request), ==, PARSE_BAD);
  g_assert_cmpint (parse_request (7, 0, &request), ==, PARSE_BAD);
}

static void
test_judge (void)
{
  static const struct
  {
    guint16 type, flags;
    guint64 offset;
    guint32 length;
    guint16 export_flags;
    guint32 error;
  } table[] = {
    { NBD_CMD_READ, 0, 0, 1000, NBD_FLAG_HAS_FLAGS, 0 },
    { NBD_CMD_READ, 0, 999, 1, NBD_FLAG_HAS_FLAGS, 0 },
    { NBD_CMD_READ, 0, 999, 2, NBD_FLAG_HAS_FLAGS, NBD_EINVAL },
    { NBD_CMD_READ, 0, G_MAXUINT64, 2, NBD_FLAG_HAS_FLAGS, NBD_EINVAL },
    { NBD_CMD_READ, 0, 5, 0, NBD_FLAG_HAS_FLAGS, NBD_EINVAL },
    { NBD_CMD_READ, NBD_CMD_FLAG_FUA, 0, 1, NBD_FLAG_HAS_FLAGS | NBD_FLAG_FUA, NBD_EINVAL },
    { NBD_CMD_WRITE, 0, 1000, 1, NBD_FLAG_HAS_FLAGS, NBD_ENOSPC },
    { NBD_CMD_WRITE, 0, 0, 1, NBD_FLAG_HAS_FLAGS | NBD_FLAG_READ_ONLY, NBD_EPERM },
    { NBD_CMD_WRITE, NBD_CMD_FLAG_FUA, 0, 1, NBD_FLAG_HAS_FLAGS, NBD_EINVAL },
    { NBD_CMD_WRITE, NBD_CMD_FLAG_FUA, 0, 1, NBD_FLAG_HAS_FLAGS | NBD_FLAG_FUA, 0 },
    { NBD_CMD_FLUSH, 0, 0, 0, NBD_FLAG_HAS_FLAGS, NBD_EINVAL },
    { NBD_CMD_FLUSH, 0, 0, 0, NBD_FLAG_HAS_FLAGS | NBD_FLAG_FLUSH, 0 },
    { NBD_CMD_FLUSH, 0, 1, 0, NBD_FLAG_HAS_FLAGS | NBD_FLAG_FLUSH, NBD_EINVAL },
    { NBD_CMD_TRIM, 0, 0, 1, NBD_FLAG_HAS_FLAGS, NBD_EINVAL },
    { NBD_CMD_TRIM, 0, 0, 1, NBD_FLAG_HAS_FLAGS | NBD_FLAG_TRIM, 0 },
    { NBD_CMD_WRITE_ZEROES, NBD_CMD_FLAG_NO_HOLE, 0, 1,
      NBD_FLAG_HAS_FLAGS | NBD_FLAG_WRITE_ZEROES, 0 },
    { NBD_CMD_WRITE_ZEROES, NBD_CMD_FLAG_FAST_ZERO, 0, 1,
      NBD_FLAG_HAS_FLAGS | NBD_FLAG_WRITE_ZEROES, NBD_EINVAL },
    { NBD_CMD_DISC, 0, 0, 0, NBD_FLAG_HAS_FLAGS, NBD_EINVAL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      NbdRequest request = { .type = table[i].type,
                             .flags = table[i].flags,
                             .offset = table[i].offset,
                             .length = table[i].length };

      g_test_message ("%u", i);
      g_assert_cmpuint (nbd_judge_request (&request, 1000, table[i].export_flags), ==,
                        table[i].error);
    }
}

static void
test_link (void)
{
  NbdSetup setup = { .type = NBD_ORDER_SETUP, .answer_ms = 5, .name = "disk", .host = "nas" };
  NbdOrder order = { .type = NBD_ORDER_CONNECT };
  NbdReport report = { .type = NBD_REPORT_FAILED, .why = NBD_WHY_UNTRUSTED, .text = "“한”" };
  NbdReport got;
  NbdLinkOrder parsed;

  g_assert_cmpint (nbd_order_parse (&setup, sizeof setup, &parsed), ==, PARSE_OK);
  g_assert_cmpint (nbd_order_parse (&setup, sizeof setup - 1, &parsed), ==, PARSE_BAD);
  setup.flags = NBD_SETUP_ALL + 1;
  g_assert_cmpint (nbd_order_parse (&setup, sizeof setup, &parsed), ==, PARSE_BAD);
  setup.flags = 0;
  memset (setup.name, 'x', sizeof setup.name);
  g_assert_cmpint (nbd_order_parse (&setup, sizeof setup, &parsed), ==, PARSE_BAD);
  g_assert_cmpint (nbd_order_parse (&order, sizeof order, &parsed), ==, PARSE_OK);
  order.type = 99;
  g_assert_cmpint (nbd_order_parse (&order, sizeof order, &parsed), ==, PARSE_BAD);
  g_assert_cmpint (nbd_report_parse (&report, sizeof report, &got), ==, PARSE_OK);
  g_assert_cmpstr (got.text, ==, "“한”");
  report.text[0] = '\033';
  g_assert_cmpint (nbd_report_parse (&report, sizeof report, &got), ==, PARSE_BAD);
  report.text[0] = '\0';
  report.why = NBD_WHY_COUNT;
  g_assert_cmpint (nbd_report_parse (&report, sizeof report, &got), ==, PARSE_BAD);
  report.why = 0;
  report.size = NBD_SIZE_MAX + 1;
  g_assert_cmpint (nbd_report_parse (&report, sizeof report, &got), ==, PARSE_BAD);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nbd/greeting", test_greeting);
  g_test_add_func ("/nbd/option-reply", test_option_reply);
  g_test_add_func ("/nbd/info", test_info);
  g_test_add_func ("/nbd/export", test_export);
  g_test_add_func ("/nbd/listed", test_listed);
  g_test_add_func ("/nbd/reply", test_reply);
  g_test_add_func ("/nbd/client", test_client);
  g_test_add_func ("/nbd/request", test_request);
  g_test_add_func ("/nbd/judge", test_judge);
  g_test_add_func ("/nbd/link", test_link);
  return g_test_run ();
}
