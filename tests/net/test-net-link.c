/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Both directions of the link between vitrine-vmm and vitrine-net (B9), and refusals of frames.
 */
#include "frame-refuse.h"
#include "frames.h"
#include "net-report-parse.h"
#include "net-request-parse.h"

#define GOOD(message, n_fds)                                                                       \
  g_assert_cmpint (net_request_parse (&message, sizeof message, n_fds, &request), ==, PARSE_OK)
#define BAD(message, n_fds)                                                                        \
  g_assert_cmpint (net_request_parse (&message, sizeof message, n_fds, &request), ==, PARSE_BAD)
/* `message` with one field changed is BAD. */
#define REFUSES(message, n_fds, field, wrong)                                                      \
  {                                                                                                \
    __typeof__ (message) bad = message;                                                            \
    bad.field = wrong;                                                                             \
    BAD (bad, n_fds);                                                                              \
  }

static void
test_requests (void)
{
  NetSetup setup = { .type = NET_SETUP, .mtu = 1500, .mac = { GUEST_MAC } };
  NetResolvers resolvers = { .type = NET_RESOLVERS, .flags = NET_RESOLVER_V4 };
  NetRates rates = { .type = NET_RATES, .in = 1000, .out = NET_RATE_MAX };
  NetForward forward = { NET_FORWARD, 1, 0, 80 };
  NetCapture capture = { .type = NET_CAPTURE, .bytes_max = NET_CAPTURE_BYTES_MIN };
  NetMessage policy = { NET_POLICY, NET_POLICY_LAN };
  static NetAddresses addresses = { .type = NET_ADDRESSES, .count = NET_ADDRESSES_MAX };
  NetRequest request;

  GOOD (setup, 1);
  BAD (setup, 0);
  REFUSES (setup, 1, mtu, NET_MTU_MIN - 1);
  REFUSES (setup, 1, mtu, NET_MTU_MAX + 1);
  REFUSES (setup, 1, mac[0], 1);
  REFUSES (setup, 1, padding[1], 1);
  GOOD (resolvers, 0);
  BAD (resolvers, 1);
  REFUSES (resolvers, 0, flags, NET_RESOLVER_FLAGS_ALL + 1);
  GOOD (rates, 0);
  REFUSES (rates, 0, in, NET_RATE_MAX + 1);
  REFUSES (rates, 0, out, NET_RATE_MAX + 1);
  REFUSES (rates, 0, padding, 1);
  GOOD (forward, 1);
  BAD (forward, 0);
  REFUSES (forward, 1, id, 0);
  REFUSES (forward, 1, udp, 2);
  REFUSES (forward, 1, guest_port, 0);
  REFUSES (forward, 1, guest_port, 65536);
  GOOD (capture, 1);
  REFUSES (capture, 1, bytes_max, NET_CAPTURE_BYTES_MIN - 1);
  REFUSES (capture, 1, bytes_max, NET_CAPTURE_BYTES_MAX + 1);
  GOOD (policy, 0);
  REFUSES (policy, 0, value, NET_POLICY_LAST + 1);
  REFUSES (policy, 0, type, NET_READY);
  REFUSES (policy, 0, type, 0);
  {
    const NetMessage tap = { NET_TAP, 0 };

    g_assert_cmpint (net_request_parse (&tap, sizeof tap, 1, &request), ==, PARSE_OK);
    g_assert_cmpint (net_request_parse (&tap, sizeof tap, 0, &request), ==, PARSE_BAD);
  }
  GOOD (addresses, 0);
  REFUSES (addresses, 0, count, NET_ADDRESSES_MAX + 1);
  REFUSES (addresses, 0, bits[NET_ADDRESSES_MAX - 1], 129);
}

static ParseResult
parse_report (NetStats stats)
{
  NetReport report;

  return net_report_parse (&stats, sizeof stats, &report);
}

static ParseResult
parse_word (guint32 type, guint32 value)
{
  const NetMessage message = { type, value };
  NetReport report;

  return net_report_parse (&message, sizeof message, &report);
}

static void
test_reports (void)
{
  const NetStats good = { .type = NET_STATS, .serial = 7, .policy = NET_POLICY_INTERNET };
  NetStats bad = good;
  NetReport report;

  g_assert_cmpint (parse_report (good), ==, PARSE_OK);
  bad.policy = NET_POLICY_LAST + 1;
  g_assert_cmpint (parse_report (bad), ==, PARSE_BAD);
  bad = good;
  bad.drops[NET_DROP_NONE] = 1;
  g_assert_cmpint (parse_report (bad), ==, PARSE_BAD);
  bad = good;
  bad.padding = 1;
  g_assert_cmpint (parse_report (bad), ==, PARSE_BAD);
  bad = good;
  bad.type = NET_READY;
  g_assert_cmpint (parse_report (bad), ==, PARSE_BAD);
  for (gsize size = 0; size < sizeof good; size++)
    g_assert_cmpint (net_report_parse (&good, size, &report), ==, PARSE_BAD);
  g_assert_cmpint (parse_word (NET_READY, 0), ==, PARSE_OK);
  g_assert_cmpint (parse_word (NET_READY, 1), ==, PARSE_BAD);
  g_assert_cmpint (parse_word (NET_CAPTURE_END, NET_CAPTURE_END_LAST), ==, PARSE_OK);
  g_assert_cmpint (parse_word (NET_CAPTURE_END, NET_CAPTURE_END_LAST + 1), ==, PARSE_BAD);
  g_assert_cmpint (parse_word (NET_FAILED, 0), ==, PARSE_BAD);
  g_assert_cmpint (parse_word (NET_FAILED, NET_FAILURE_LAST), ==, PARSE_OK);
  g_assert_cmpint (parse_word (NET_FAILED, NET_FAILURE_LAST + 1), ==, PARSE_BAD);
  g_assert_cmpint (parse_word (NET_STATS, 0), ==, PARSE_BAD);
  g_assert_cmpint (parse_word (NET_PING, 0), ==, PARSE_BAD);
}

static gsize
refuse (const TestFrame *frame, guint8 *answer)
{
  Frame parsed;

  g_assert_cmpint (frame_parse (frame->bytes, frame->size, &parsed), ==, PARSE_OK);
  return frame_refuse (&parsed, frame->bytes, frame->size, answer);
}

/* Answers come for what waits for one, and never for an answer. */
static void
test_refusals (void)
{
  TestFrame frame = frame_udp4 (NET_V4_LEASE, 0x0a090909, 1000, 53, 4);
  guint8 answer[FRAME_REFUSAL_MAX];
  Frame parsed;

  g_assert_cmpuint (refuse (&frame, answer), ==, 14 + 20 + 8 + 28);
  g_assert_cmpint (frame_parse (answer, 70, &parsed), ==, PARSE_OK);
  g_assert_cmpuint (parsed.icmp_type, ==, 3);
  g_assert_cmpuint (net_address_get_v4 (&parsed.to), ==, NET_V4_LEASE);
  g_assert_cmpmem (answer, 6, frame.bytes + 6, 6);
  frame = frame_tcp4 (NET_V4_LEASE, 0x0a090909, 1000, 80, 0x14);
  g_assert_cmpuint (refuse (&frame, answer), ==, 0);
  frame = frame_tcp4 (NET_V4_LEASE, 0x0a090909, 1000, 80, 0x02);
  g_assert_cmpuint (refuse (&frame, answer), >, 0);
  frame = frame_echo4 (NET_V4_LEASE, 0x0a090909, 3);
  g_assert_cmpuint (refuse (&frame, answer), ==, 0);
  frame = frame_udp6 ("fe80::15", "fd99::1", 1000, 53);
  g_assert_cmpuint (refuse (&frame, answer), ==, 14 + 40 + 8 + 48);
  frame = frame_nd ("fe80::15", "ff02::1:ff00:2", 135);
  g_assert_cmpuint (refuse (&frame, answer), ==, 0);
  frame = frame_arp (NET_V4_LEASE, 0x01020304);
  g_assert_cmpuint (refuse (&frame, answer), ==, 0);
}

static guint16
sum_of (const guint8 *bytes, gsize size, guint32 sum)
{
  for (gsize i = 0; i < size; i += 2)
    sum += (guint32) bytes[i] << 8 | bytes[i + 1];
  while (sum >> 16 != 0)
    sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

/* A connection that is open already is ended, as by its other end. */
static void
test_resets (void)
{
  TestFrame frame = frame_tcp4 (NET_V4_LEASE, 0x0a090909, 1000, 80, 0x18);
  guint8 answer[FRAME_REFUSAL_MAX];
  const guint8 *tcp = answer + 14 + 20;
  Frame parsed;

  put (&frame, 34 + 8, 4, 0x87654321);
  g_assert_cmpuint (refuse (&frame, answer), ==, 14 + 20 + 20);
  g_assert_cmpint (frame_parse (answer, 54, &parsed), ==, PARSE_OK);
  g_assert_cmpuint (net_address_get_v4 (&parsed.from), ==, 0x0a090909);
  g_assert_cmpuint (net_address_get_v4 (&parsed.to), ==, NET_V4_LEASE);
  g_assert_cmpuint (parsed.from_port, ==, 80);
  g_assert_cmpuint (parsed.to_port, ==, 1000);
  g_assert_cmpmem (tcp + 4, 4, "\x87\x65\x43\x21", 4);
  g_assert_cmphex (tcp[13], ==, 0x04);
  g_assert_cmphex (sum_of (answer + 14, 20, 0), ==, 0xffff);
  g_assert_cmphex (sum_of (answer + 14 + 12, 8 + 20, 20 + FRAME_TCP), ==, 0xffff);
  /* Never for a reset. */
  g_assert_cmpuint (frame_refuse (&parsed, answer, 54, answer), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/net/link/requests", test_requests);
  g_test_add_func ("/net/link/resets", test_resets);
  g_test_add_func ("/net/link/reports", test_reports);
  g_test_add_func ("/net/refusals", test_refusals);
  return g_test_run ();
}
