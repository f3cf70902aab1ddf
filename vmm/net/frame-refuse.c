/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Refusals. Runs in vitrine-net. Pure.
 */
#include "frame-refuse.h"

#include "net-policy.h"

/* Of the refused packet, what tells its sender which one it was. */
#define QUOTE_V4 28u /* a header without options, and eight bytes */
#define QUOTE_V6 48u
#define TCP_HEADER 20u
#define TCP_RST 0x04

static guint32
add_up (guint32 sum, const guint8 *data, gsize size)
{
  for (gsize i = 0; i < size; i++)
    sum += (i & 1) != 0 ? data[i] : (guint32) data[i] << 8;
  return sum;
}

static void
put_16 (guint8 *at, guint32 value)
{
  at[0] = value >> 8;
  at[1] = value;
}

static void
put_sum (guint8 *at, guint32 sum)
{
  while (sum >> 16 != 0)
    sum = (sum & 0xffff) + (sum >> 16);
  put_16 (at, ~sum);
}

static void
put_32 (guint8 *at, guint32 value)
{
  put_16 (at, value >> 16);
  put_16 (at + 2, value);
}

static gboolean
is_due (const Frame *frame)
{
  if ((frame->destination[0] & 1) != 0 || (frame->flags & (FRAME_FRAGMENT | FRAME_EXTENSIONS)))
    return FALSE;
  switch (frame->protocol)
    {
    case FRAME_TCP:
      return (frame->flags & (FRAME_SYN | FRAME_ACK)) != 0;
    case FRAME_UDP:
      return TRUE;
    case FRAME_ICMP:
      return frame->kind == FRAME_IPV4 && frame->icmp_type == 8;
    case FRAME_ICMP6:
      return frame->kind == FRAME_IPV6 && frame->icmp_type == 128;
    default:
      return FALSE;
    }
}

static void
put_v4 (guint8 *answer, const NetAddress *from, const NetAddress *to, guint8 protocol, guint32 size)
{
  answer[0] = 0x45;
  put_16 (answer + 2, 20 + size);
  answer[8] = 64;
  answer[9] = protocol;
  memcpy (answer + 12, from->bytes + 12, 4);
  memcpy (answer + 16, to->bytes + 12, 4);
  put_sum (answer + 10, add_up (0, answer, 20));
}

static void
put_v6 (guint8 *answer, const NetAddress *from, const NetAddress *to, guint8 protocol, guint32 size)
{
  answer[0] = 0x60;
  put_16 (answer + 4, size);
  answer[6] = protocol;
  answer[7] = 255;
  memcpy (answer + 8, from->bytes, 16);
  memcpy (answer + 24, to->bytes, 16);
}

static gsize
refuse_v4 (const Frame *frame, const guint8 *packet, guint8 *answer)
{
  const NetAddress gateway = net_address_from_v4 (NET_V4_GATEWAY);
  guint8 *icmp = answer + 20;

  put_v4 (answer, &gateway, &frame->from, FRAME_ICMP, 8 + QUOTE_V4);
  icmp[0] = 3;
  icmp[1] = 13;
  memcpy (icmp + 8, packet, QUOTE_V4);
  put_sum (icmp + 2, add_up (0, icmp, 8 + QUOTE_V4));
  return 20 + 8 + QUOTE_V4;
}

static gsize
refuse_v6 (const Frame *frame, const guint8 *packet, guint8 *answer)
{
  guint8 *icmp = answer + 40;

  put_v6 (answer, &net_v6_gateway, &frame->from, FRAME_ICMP6, 8 + QUOTE_V6);
  icmp[0] = 1;
  icmp[1] = 1;
  memcpy (icmp + 8, packet, QUOTE_V6);
  put_sum (icmp + 2,
           add_up (8 + QUOTE_V6 + FRAME_ICMP6, answer + 8, 32) + add_up (0, icmp, 8 + QUOTE_V6));
  return 40 + 8 + QUOTE_V6;
}

static gsize
reset (const Frame *frame, guint8 *answer)
{
  gboolean is_v4 = frame->kind == FRAME_IPV4;
  guint8 *tcp = answer + (is_v4 ? 20 : 40);

  (is_v4 ? put_v4 : put_v6) (answer, &frame->to, &frame->from, FRAME_TCP, TCP_HEADER);
  put_16 (tcp, frame->to_port);
  put_16 (tcp + 2, frame->from_port);
  put_32 (tcp + 4, frame->tcp_ack);
  tcp[12] = TCP_HEADER / 4 << 4;
  tcp[13] = TCP_RST;
  put_sum (tcp + 16,
           add_up (TCP_HEADER + FRAME_TCP, is_v4 ? answer + 12 : answer + 8, is_v4 ? 8 : 32) +
               add_up (0, tcp, TCP_HEADER));
  return tcp + TCP_HEADER - answer;
}

gsize
frame_refuse (const Frame *frame, const guint8 *data, gsize size, guint8 answer[FRAME_REFUSAL_MAX])
{
  const guint8 *packet = data + FRAME_HEADER_SIZE;
  gboolean is_v4 = frame->kind == FRAME_IPV4;

  /* A header with options would not be quoted whole. */
  if (!is_due (frame) || (!is_v4 && frame->kind != FRAME_IPV6) ||
      size < FRAME_HEADER_SIZE + (is_v4 ? QUOTE_V4 : QUOTE_V6) || (is_v4 && packet[0] != 0x45))
    return 0;
  memset (answer, 0, FRAME_REFUSAL_MAX);
  memcpy (answer, frame->source, FRAME_MAC_SIZE);
  memcpy (answer + FRAME_MAC_SIZE, frame->destination, FRAME_MAC_SIZE);
  memcpy (answer + 12, data + 12, 2);
  if (frame->flags & FRAME_ACK)
    return FRAME_HEADER_SIZE + reset (frame, answer + FRAME_HEADER_SIZE);
  return FRAME_HEADER_SIZE + (is_v4 ? refuse_v4 (frame, packet, answer + FRAME_HEADER_SIZE)
                                    : refuse_v6 (frame, packet, answer + FRAME_HEADER_SIZE));
}
