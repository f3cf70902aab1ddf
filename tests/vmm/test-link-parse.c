/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Packets of the display process.
 */
#include "link-parse.h"

static ParseResult
parse (guint32 type, guint32 value)
{
  LinkMessage sent = { type, value };
  LinkMessage got;

  return link_parse (&sent, sizeof sent, &got);
}

static void
test_values (void)
{
  LinkMessage message = { LINK_VIEWERS, 3 };
  LinkMessage got;

  g_assert_cmpint (link_parse (&message, sizeof message, &got), ==, PARSE_OK);
  g_assert_cmpuint (got.type, ==, LINK_VIEWERS);
  g_assert_cmpuint (got.value, ==, 3);
  g_assert_cmpint (parse (LINK_READY, 0), ==, PARSE_OK);
  g_assert_cmpint (parse (LINK_READY, 1), ==, PARSE_BAD);
  g_assert_cmpint (parse (LINK_AGENT_OVER, 0), ==, PARSE_OK);
  g_assert_cmpint (parse (LINK_AGENT_OVER, G_MAXUINT32), ==, PARSE_OK);
  g_assert_cmpint (parse (LINK_PONG, G_MAXUINT32), ==, PARSE_OK);
  g_assert_cmpint (parse (LINK_VIEWERS, LINK_VIEWERS_MAX), ==, PARSE_OK);
  g_assert_cmpint (parse (LINK_VIEWERS, LINK_VIEWERS_MAX + 1), ==, PARSE_BAD);
  g_assert_cmpint (parse (LINK_FAILED, 0), ==, PARSE_BAD);
  g_assert_cmpint (parse (LINK_FAILED, LINK_FAILURE_LAST), ==, PARSE_OK);
  g_assert_cmpint (parse (LINK_FAILED, LINK_FAILURE_LAST + 1), ==, PARSE_BAD);
  /* What only vmm says. */
  g_assert_cmpint (parse (LINK_QEMU, 0), ==, PARSE_BAD);
  g_assert_cmpint (parse (LINK_PING, 0), ==, PARSE_BAD);
  g_assert_cmpint (parse (0, 0), ==, PARSE_BAD);
}

static void
test_sizes (void)
{
  guint32 words[3] = { LINK_READY, 0, 0 };
  LinkMessage got;

  for (gsize size = 0; size <= sizeof words; size++)
    g_assert_cmpint (link_parse (words, size, &got), ==,
                     size == sizeof (LinkMessage) ? PARSE_OK : PARSE_BAD);
}

static ParseResult
parse_viewer (LinkViewer viewer)
{
  LinkViewer got;

  return link_parse_viewer (&viewer, sizeof viewer, &got);
}

static void
test_viewers (void)
{
  const LinkViewer good = { LINK_VIEWER, 7, 2, LINK_VIEWER_CAME, 0, 0, 99, "2001:db8::1" };
  LinkViewer bad = good;
  LinkViewer got;

  g_assert_cmpint (link_parse_viewer (&good, sizeof good, &got), ==, PARSE_OK);
  g_assert_cmpmem (&got, sizeof got, &good, sizeof good);
  for (gsize size = 0; size < sizeof good; size++)
    g_assert_cmpint (link_parse_viewer (&good, size, &got), ==, PARSE_BAD);
#define REFUSES(field, wrong)                                                                      \
  bad = good;                                                                                      \
  bad.field = wrong;                                                                               \
  g_assert_cmpint (parse_viewer (bad), ==, PARSE_BAD)
  REFUSES (type, LINK_VIEWERS);
  REFUSES (viewer, 0);
  REFUSES (share, 0);
  REFUSES (event, 0);
  REFUSES (event, LINK_VIEWER_EVENT_LAST + 1);
  REFUSES (why, LINK_WHY_PASSWORD); /* of one that came */
  REFUSES (padding, 1);
  REFUSES (address[0], '\0');
  REFUSES (address[3], '\n');
  REFUSES (address[3], '\x1b');
  REFUSES (address[60], 'x'); /* behind its end */
  bad = good;
  memset (bad.address, '1', sizeof bad.address);
  g_assert_cmpint (parse_viewer (bad), ==, PARSE_BAD);
  bad = good;
  bad.event = LINK_VIEWER_ENDED;
  bad.why = LINK_WHY_LAST;
  g_assert_cmpint (parse_viewer (bad), ==, PARSE_OK);
  bad.why++;
  g_assert_cmpint (parse_viewer (bad), ==, PARSE_BAD);
}

static void
test_tokens (void)
{
  const LinkWebTokenUsed good = { LINK_WEB_TOKEN_USED, 3, "a digest" };
  LinkWebTokenUsed bad = good;
  LinkWebTokenUsed got;
  char longer[sizeof good + 1] = { 0 };

  g_assert_cmpint (link_parse_token_used (&good, sizeof good, &got), ==, PARSE_OK);
  g_assert_cmpmem (&got, sizeof got, &good, sizeof good);
  for (gsize size = 0; size < sizeof good; size++)
    g_assert_cmpint (link_parse_token_used (&good, size, &got), ==, PARSE_BAD);
  memcpy (longer, &good, sizeof good);
  g_assert_cmpint (link_parse_token_used (longer, sizeof longer, &got), ==, PARSE_BAD);
  bad.share = 0;
  g_assert_cmpint (link_parse_token_used (&bad, sizeof bad, &got), ==, PARSE_BAD);
  bad = good;
  bad.type = LINK_WEB_TOKEN;
  g_assert_cmpint (link_parse_token_used (&bad, sizeof bad, &got), ==, PARSE_BAD);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/link-parse/values", test_values);
  g_test_add_func ("/link-parse/sizes", test_sizes);
  g_test_add_func ("/link-parse/viewers", test_viewers);
  g_test_add_func ("/link-parse/tokens", test_tokens);
  return g_test_run ();
}
