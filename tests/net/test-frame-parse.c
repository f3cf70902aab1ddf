/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The parser of a guest's frames: whole ones are understood, and each lie is found.
 */
#include "frames.h"

#define GUEST NET_V4_LEASE
#define WEB 0x01020304u

static Frame
good (const TestFrame *frame)
{
  Frame out = { 0 };

  g_assert_cmpint (frame_parse (frame->bytes, frame->size, &out), ==, PARSE_OK);
  return out;
}

static void
bad (const TestFrame *frame)
{
  Frame out;

  g_assert_cmpint (frame_parse (frame->bytes, frame->size, &out), ==, PARSE_BAD);
}

/* `frame` with `size` bytes at `at` set to `value` is BAD. */
static void
bad_with (TestFrame frame, gsize at, guint size, guint64 value)
{
  put (&frame, at, size, value);
  bad (&frame);
}

static void
test_ethernet (void)
{
  TestFrame frame = frame_ethernet (0x88f8, 0);

  g_assert_cmpint (good (&frame).kind, ==, FRAME_OTHER);
  for (frame.size = 0; frame.size < 14; frame.size++)
    bad (&frame);
  frame = frame_arp (GUEST, NET_V4_GATEWAY);
  bad_with (frame, 6, 1, 0x53); /* a sender that is a group */
}

static void
test_arp (void)
{
  TestFrame frame = frame_arp (GUEST, NET_V4_GATEWAY);
  Frame got = good (&frame);

  g_assert_cmpint (got.kind, ==, FRAME_ARP);
  g_assert_cmpuint (got.arp_operation, ==, 1);
  g_assert_cmpuint (net_address_get_v4 (&got.from), ==, GUEST);
  g_assert_cmpuint (net_address_get_v4 (&got.to), ==, NET_V4_GATEWAY);
  g_assert_cmpmem (got.link_address, 6, got.source, 6);
  bad_with (frame, 14, 2, 6);
  bad_with (frame, 16, 2, 0x86dd);
  bad_with (frame, 18, 1, 8);
  bad_with (frame, 19, 1, 16);
  frame.size--;
  bad (&frame);
}

static void
test_ipv4 (void)
{
  TestFrame frame = frame_udp4 (GUEST, WEB, 1000, 53, 10);
  Frame got = good (&frame);

  g_assert_cmpint (got.kind, ==, FRAME_IPV4);
  g_assert_cmpuint (got.protocol, ==, FRAME_UDP);
  g_assert_cmpuint (got.from_port, ==, 1000);
  g_assert_cmpuint (got.to_port, ==, 53);
  g_assert_cmpuint (got.payload_size, ==, 10);
  g_assert_cmpuint (got.flags, ==, 0);
  bad_with (frame, 14, 1, 0x65); /* version */
  bad_with (frame, 14, 1, 0x44); /* header shorter than a header */
  bad_with (frame, 14, 1, 0x4f); /* header longer than the packet */
  bad_with (frame, 16, 2, 19);
  bad_with (frame, 16, 2, 39); /* longer than the frame */
  bad_with (frame, 20, 2, 0x8000);
  frame.size += 18; /* padding of a short frame */
  g_assert_cmpuint (good (&frame).payload_size, ==, 10);
}

static void
test_options (void)
{
  TestFrame frame = frame_v4 (GUEST, WEB, FRAME_ICMP, 12);

  put (&frame, 14, 1, 0x46);
  put (&frame, 34, 4, 0x94040000); /* router alert */
  g_assert_cmpuint (good (&frame).flags, ==, 0);
  put (&frame, 34, 4, 0x83040000); /* loose source route */
  g_assert_cmpuint (good (&frame).flags, ==, FRAME_OPTIONS);
  bad_with (frame, 34, 4, 0x83010000);
  bad_with (frame, 34, 4, 0x83050000);
  bad_with (frame, 34, 4, 0x01010183);
}

static void
test_fragments (void)
{
  TestFrame frame = frame_udp4 (GUEST, WEB, 1000, 53, 16);

  put (&frame, 20, 2, 0x2000);
  g_assert_cmpuint (good (&frame).flags, ==, FRAME_FRAGMENT);
  put (&frame, 20, 2, 0x2001);
  g_assert_cmpuint (good (&frame).flags, ==, FRAME_FRAGMENT | FRAME_LATER_FRAGMENT);
  g_assert_cmpuint (good (&frame).to_port, ==, 0);
  bad_with (frame, 20, 2, 0x1fff); /* ends beyond the longest packet */
  frame = frame_udp4 (GUEST, WEB, 1000, 53, 13);
  bad_with (frame, 20, 2, 0x2000); /* not the last, and no multiple of eight */
  frame = frame_v4 (GUEST, WEB, FRAME_UDP, 0);
  bad_with (frame, 20, 2, 0x0001); /* an empty part */
  bad_with (frame, 20, 2, 0x2000); /* a first part without ports */
  frame = frame_tcp4 (GUEST, WEB, 1000, 80, 2);
  bad_with (frame, 20, 2, 0x0002);
}

static void
test_transport (void)
{
  TestFrame frame = frame_tcp4 (GUEST, WEB, 1000, 80, 0x02);

  g_assert_cmpuint (good (&frame).flags, ==, FRAME_SYN);
  g_assert_cmpuint (good (&frame).payload_size, ==, 0);
  bad_with (frame, 46, 1, 0x40);
  bad_with (frame, 46, 1, 0x60);
  put (&frame, 47, 1, 0x12);
  g_assert_cmpuint (good (&frame).flags, ==, 0);
  frame = frame_udp4 (GUEST, WEB, 1000, 53, 10);
  bad_with (frame, 38, 2, 7);
  bad_with (frame, 38, 2, 19);
  put (&frame, 38, 2, 12); /* shorter than the packet: allowed, the rest is not looked at */
  g_assert_cmpuint (good (&frame).payload_size, ==, 4);
  frame = frame_echo4 (GUEST, WEB, 8);
  g_assert_cmpuint (good (&frame).icmp_type, ==, 8);
  frame = frame_v4 (GUEST, WEB, FRAME_ICMP, 7);
  bad (&frame);
}

static void
test_dhcp (void)
{
  TestFrame frame = frame_dhcp (0, 0xffffffffu);
  Frame got = good (&frame);

  g_assert_cmpuint (got.flags, ==, FRAME_DHCP);
  g_assert_cmpuint (got.dhcp_operation, ==, 1);
  g_assert_cmpuint (got.dhcp_type, ==, 1);
  g_assert_cmpmem (got.link_address, 6, got.source, 6);
  bad_with (frame, 43, 1, 6);            /* another hardware */
  bad_with (frame, 44, 1, 16);           /* a long hardware address */
  bad_with (frame, 42 + 236, 4, 0);      /* no cookie */
  bad_with (frame, 42 + 240, 2, 0x35ff); /* an option beyond the end */
  bad_with (frame, 42 + 240, 2, 0x3502); /* a type of two bytes */
  bad_with (frame, 42 + 243, 1, 0);      /* no end */
  frame = frame_udp4 (0, 0xffffffffu, 68, 67, 200);
  bad (&frame);
}

static void
test_ipv6 (void)
{
  TestFrame frame = frame_udp6 ("fd76:6974:7269:6e65::15", "2606:4700::1", 1000, 53);
  Frame got = good (&frame);

  g_assert_cmpint (got.kind, ==, FRAME_IPV6);
  g_assert_cmpuint (got.to_port, ==, 53);
  bad_with (frame, 14, 1, 0x40);
  bad_with (frame, 18, 2, 13);
  frame = frame_v6 ("fe80::15", "ff02::16", 0, 16);
  put (&frame, 54, 2, 0x3a00); /* hop by hop, then ICMPv6 */
  put (&frame, 62, 1, 143);
  g_assert_cmpuint (good (&frame).flags, ==, FRAME_EXTENSIONS);
  g_assert_cmpuint (good (&frame).icmp_type, ==, 143);
  bad_with (frame, 54, 2, 0x3a02); /* longer than the packet */
  bad_with (frame, 54, 2, 0x0000); /* hop by hop is the first or nowhere */
  frame = frame_v6 ("fe80::15", "2606:4700::1", 44, 24);
  put (&frame, 54, 4, 0x11000001);
  put (&frame, 66, 2, 16);
  g_assert_cmpuint (good (&frame).flags, ==, FRAME_EXTENSIONS | FRAME_FRAGMENT);
}

static void
test_many_extensions (void)
{
  TestFrame frame = frame_v6 ("fe80::15", "2606:4700::1", 60, 8 * 10);

  for (guint i = 0; i < 10; i++)
    put (&frame, 54 + 8 * i, 2, i < 7 ? 0x3c00 : 0x1100);
  put (&frame, 54 + 64 + 4, 2, 8);
  g_assert_cmpuint (good (&frame).protocol, ==, FRAME_UDP);
  put (&frame, 54 + 56, 2, 0x3c00);
  put (&frame, 54 + 64, 2, 0x3c00);
  bad (&frame);
}

static void
test_nd (void)
{
  TestFrame frame = frame_nd ("fe80::15", "ff02::1:ff00:2", 135);

  g_assert_cmpuint (good (&frame).flags, ==, FRAME_ND);
  g_assert_true (good (&frame).has_link_address);
  bad_with (frame, 79, 1, 0); /* an option of no length: a parser without end */
  bad_with (frame, 79, 1, 2);
  frame.size -= 8;
  put (&frame, 18, 2, 24);
  g_assert_false (good (&frame).has_link_address);
  put (&frame, 18, 2, 20);
  bad (&frame);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/net/frame/ethernet", test_ethernet);
  g_test_add_func ("/net/frame/arp", test_arp);
  g_test_add_func ("/net/frame/ipv4", test_ipv4);
  g_test_add_func ("/net/frame/options", test_options);
  g_test_add_func ("/net/frame/fragments", test_fragments);
  g_test_add_func ("/net/frame/transport", test_transport);
  g_test_add_func ("/net/frame/dhcp", test_dhcp);
  g_test_add_func ("/net/frame/ipv6", test_ipv6);
  g_test_add_func ("/net/frame/many-extensions", test_many_extensions);
  g_test_add_func ("/net/frame/nd", test_nd);
  return g_test_run ();
}
