/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Frames as a guest could make them, for tests.
 */
#pragma once

#include "net-policy.h"

#include <gio/gio.h>

#define GUEST_MAC 0x52, 0x54, 0x00, 0x12, 0x34, 0x56

typedef struct
{
  guint8 bytes[2048];
  gsize size;
} TestFrame;

static inline void
put (TestFrame *frame, gsize at, guint size, guint64 value)
{
  for (guint i = 0; i < size; i++)
    frame->bytes[at + i] = (guint8) (value >> (8 * (size - 1 - i)));
}

static inline TestFrame
frame_ethernet (guint16 type, gsize size)
{
  static const guint8 head[12] = { 0x52, 0x55, 0x0a, 0x00, 0x02, 0x02, GUEST_MAC };
  TestFrame frame = { .size = 14 + size };

  memcpy (frame.bytes, head, sizeof head);
  put (&frame, 12, 2, type);
  return frame;
}

/* A packet with `size` bytes behind its IPv4 header. */
static inline TestFrame
frame_v4 (guint32 from, guint32 to, guint8 protocol, gsize size)
{
  TestFrame frame = frame_ethernet (0x0800, 20 + size);

  put (&frame, 14, 1, 0x45);
  put (&frame, 16, 2, 20 + size);
  put (&frame, 22, 1, 64);
  put (&frame, 23, 1, protocol);
  put (&frame, 26, 4, from);
  put (&frame, 30, 4, to);
  return frame;
}

static inline TestFrame
frame_udp4 (guint32 from, guint32 to, guint16 from_port, guint16 to_port, gsize payload)
{
  TestFrame frame = frame_v4 (from, to, FRAME_UDP, 8 + payload);

  put (&frame, 34, 2, from_port);
  put (&frame, 36, 2, to_port);
  put (&frame, 38, 2, 8 + payload);
  return frame;
}

static inline TestFrame
frame_tcp4 (guint32 from, guint32 to, guint16 from_port, guint16 to_port, guint8 flags)
{
  TestFrame frame = frame_v4 (from, to, FRAME_TCP, 20);

  put (&frame, 34, 2, from_port);
  put (&frame, 36, 2, to_port);
  put (&frame, 46, 1, 0x50);
  put (&frame, 47, 1, flags);
  return frame;
}

static inline TestFrame
frame_echo4 (guint32 from, guint32 to, guint8 type)
{
  TestFrame frame = frame_v4 (from, to, FRAME_ICMP, 16);

  put (&frame, 34, 1, type);
  return frame;
}

static inline NetAddress
address_of (const char *text)
{
  g_autoptr (GInetAddress) parsed = g_inet_address_new_from_string (text);
  NetAddress out;

  g_assert_nonnull (parsed);
  if (g_inet_address_get_family (parsed) == G_SOCKET_FAMILY_IPV6)
    memcpy (out.bytes, g_inet_address_to_bytes (parsed), 16);
  else
    {
      const guint8 *b = g_inet_address_to_bytes (parsed);

      out = net_address_from_v4 ((guint32) b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3]);
    }
  return out;
}

static inline TestFrame
frame_v6 (const char *from, const char *to, guint8 protocol, gsize size)
{
  TestFrame frame = frame_ethernet (0x86dd, 40 + size);
  NetAddress a = address_of (from);
  NetAddress b = address_of (to);

  put (&frame, 14, 1, 0x60);
  put (&frame, 18, 2, size);
  put (&frame, 20, 1, protocol);
  put (&frame, 21, 1, 255);
  memcpy (frame.bytes + 22, a.bytes, 16);
  memcpy (frame.bytes + 38, b.bytes, 16);
  return frame;
}

static inline TestFrame
frame_udp6 (const char *from, const char *to, guint16 from_port, guint16 to_port)
{
  TestFrame frame = frame_v6 (from, to, FRAME_UDP, 12);

  put (&frame, 54, 2, from_port);
  put (&frame, 56, 2, to_port);
  put (&frame, 58, 2, 12);
  return frame;
}

/* A message of neighbour discovery and, as its option, the source's link address. */
static inline TestFrame
frame_nd (const char *from, const char *to, guint8 type)
{
  static const guint8 option[8] = { 1, 1, GUEST_MAC };
  gsize fixed = type == 134 ? 16 : type == 137 ? 40 : 24;
  TestFrame frame = frame_v6 (from, to, FRAME_ICMP6, fixed + sizeof option);

  put (&frame, 54, 1, type);
  memcpy (frame.bytes + 54 + fixed, option, sizeof option);
  return frame;
}

static inline TestFrame
frame_arp (guint32 from, guint32 to)
{
  static const guint8 mac[6] = { GUEST_MAC };
  TestFrame frame = frame_ethernet (0x0806, 28);

  memset (frame.bytes, 0xff, 6);
  put (&frame, 14, 8, 0x0001080006040001);
  memcpy (frame.bytes + 22, mac, sizeof mac);
  put (&frame, 28, 4, from);
  put (&frame, 38, 4, to);
  return frame;
}

/* A DHCPDISCOVER. */
static inline TestFrame
frame_dhcp (guint32 from, guint32 to)
{
  static const guint8 mac[6] = { GUEST_MAC };
  TestFrame frame = frame_udp4 (from, to, 68, 67, 236 + 4 + 4);

  memset (frame.bytes, 0xff, 6);
  put (&frame, 42, 3, 0x010106);
  memcpy (frame.bytes + 42 + 28, mac, sizeof mac);
  put (&frame, 42 + 236, 4, 0x63825363);
  put (&frame, 42 + 240, 4, 0x350101ff);
  return frame;
}
