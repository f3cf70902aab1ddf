/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Fuzzes a guest's frames and what is decided on them (B8).
 */
#include "net-address.h"
#include "net-policy.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const NetPolicy lan = { .mac = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 },
                                 .mode = NET_POLICY_LAN };
  NetPolicy internet = lan;
  Frame frame;

  internet.mode = NET_POLICY_INTERNET;
  if (frame_parse (data, size, &frame) != PARSE_OK)
    return 0;
  g_assert_cmpuint (frame.payload_size, <=, size);
  net_policy_is_chatter (&frame);
  if (net_policy_judge (&internet, &frame) != NET_DROP_NONE)
    return 0;
  /* What passes there passes here, is the guest's, and leads nowhere near. */
  g_assert_cmpint (net_policy_judge (&lan, &frame), ==, NET_DROP_NONE);
  g_assert_cmpmem (frame.source, FRAME_MAC_SIZE, lan.mac, FRAME_MAC_SIZE);
  if (frame.kind == FRAME_IPV4)
    g_assert_cmpint (net_address_scope (&frame.to), !=, NET_SCOPE_LOOPBACK);
  return 0;
}
