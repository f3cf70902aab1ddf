/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Parser of a guest's network frames (B8). Runs in vitrine-net, before libslirp sees a byte; a
 * frame that contradicts itself is BAD and goes no further.
 */
#include "frame-parse.h"

#define TYPE_IPV4 0x0800u
#define TYPE_ARP 0x0806u
#define TYPE_IPV6 0x86ddu

#define IPV4_HEADER_MIN 20u
#define IPV6_HEADER 40u
#define TCP_HEADER_MIN 20u
#define UDP_HEADER 8u
#define ICMP_HEADER 8u
#define DHCP_FIXED 236u
#define DHCP_COOKIE 0x63825363u
#define DHCP_OPTION_TYPE 53u
#define DHCP_SERVER_PORT 67u
#define DHCP_CLIENT_PORT 68u
#define DHCP6_SERVER_PORT 547u

#define EXTENSION_HOP_BY_HOP 0u
#define EXTENSION_ROUTING 43u
#define EXTENSION_FRAGMENT 44u
#define EXTENSION_DESTINATION 60u

static const NetAddress v4_prefix = { { [10] = 0xff, [11] = 0xff } };

gboolean
net_address_is_v4 (const NetAddress *address)
{
  return memcmp (address->bytes, v4_prefix.bytes, 12) == 0;
}

guint32
net_address_get_v4 (const NetAddress *address)
{
  const guint8 *b = address->bytes + 12;

  if (!net_address_is_v4 (address))
    return 0;
  return (guint32) b[0] << 24 | (guint32) b[1] << 16 | (guint32) b[2] << 8 | b[3];
}

NetAddress
net_address_from_v4 (guint32 address)
{
  NetAddress out = v4_prefix;

  for (guint i = 0; i < 4; i++)
    out.bytes[12 + i] = address >> (24 - 8 * i);
  return out;
}

gboolean
net_address_equal (const NetAddress *a, const NetAddress *b)
{
  return memcmp (a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* --- numbers in network order --- */

static guint8
read_8 (Cursor *cursor)
{
  guint8 value;

  cursor_read (cursor, &value, sizeof value);
  return value;
}

static guint16
read_16 (Cursor *cursor)
{
  guint8 b[2];

  cursor_read (cursor, b, sizeof b);
  return (guint16) (b[0] << 8 | b[1]);
}

static guint32
read_32 (Cursor *cursor)
{
  guint32 high = read_16 (cursor);

  return high << 16 | read_16 (cursor);
}

static NetAddress
read_v4 (Cursor *cursor)
{
  return net_address_from_v4 (read_32 (cursor));
}

static NetAddress
read_v6 (Cursor *cursor)
{
  NetAddress address;

  cursor_read (cursor, address.bytes, sizeof address.bytes);
  return address;
}

static void
skip (Cursor *cursor, gsize n)
{
  if (cursor->failed || n > cursor_left (cursor))
    cursor->failed = TRUE;
  else
    cursor->offset += n;
}

/* The next n bytes as a cursor of their own. */
static Cursor
cut (Cursor *cursor, gsize n)
{
  const guint8 *at = cursor->data + cursor->offset;

  skip (cursor, n);
  return cursor->failed ? (Cursor) { .failed = TRUE } : cursor_init (at, n);
}

/* --- ARP --- */

static ParseResult
parse_arp (Cursor *cursor, Frame *frame)
{
  guint16 hardware = read_16 (cursor);
  guint16 protocol = read_16 (cursor);
  guint8 hardware_size = read_8 (cursor);
  guint8 protocol_size = read_8 (cursor);

  frame->arp_operation = read_16 (cursor);
  cursor_read (cursor, frame->link_address, FRAME_MAC_SIZE);
  frame->has_link_address = TRUE;
  frame->from = read_v4 (cursor);
  skip (cursor, FRAME_MAC_SIZE);
  frame->to = read_v4 (cursor);
  return !cursor->failed && hardware == 1 && protocol == TYPE_IPV4 &&
                 hardware_size == FRAME_MAC_SIZE && protocol_size == 4
             ? PARSE_OK
             : PARSE_BAD;
}

/* --- DHCP --- */

static gboolean
parse_dhcp_options (Cursor *cursor, Frame *frame)
{
  for (guint i = 0; i < FRAME_DHCP_OPTIONS_MAX && cursor_left (cursor) > 0;)
    {
      guint8 option = read_8 (cursor);
      Cursor value;

      if (option == 0) /* padding */
        continue;
      if (option == 255)
        return TRUE;
      value = cut (cursor, read_8 (cursor));
      if (cursor->failed)
        return FALSE;
      if (option == DHCP_OPTION_TYPE)
        {
          frame->dhcp_type = read_8 (&value);
          if (!cursor_is_done (&value))
            return FALSE;
        }
      i++;
    }
  /* Without an end, or with more options than anybody sends. BOOTP has none at all. */
  return cursor_left (cursor) == 0 && frame->dhcp_type == 0;
}

static ParseResult
parse_dhcp (Cursor cursor, Frame *frame)
{
  guint8 hardware;
  guint8 size;

  frame->dhcp_operation = read_8 (&cursor);
  hardware = read_8 (&cursor);
  size = read_8 (&cursor);
  skip (&cursor, 13); /* hops, transaction, seconds, flags, the client's own idea */
  frame->dhcp_yours = read_v4 (&cursor);
  skip (&cursor, 8); /* next server, relay */
  cursor_read (&cursor, frame->link_address, FRAME_MAC_SIZE);
  frame->has_link_address = TRUE;
  skip (&cursor, DHCP_FIXED - 28 - FRAME_MAC_SIZE);
  if (read_32 (&cursor) != DHCP_COOKIE || cursor.failed || hardware != 1 ||
      size != FRAME_MAC_SIZE || !parse_dhcp_options (&cursor, frame))
    return PARSE_BAD;
  frame->flags |= FRAME_DHCP;
  return PARSE_OK;
}

/* A message of four bytes or more, then options that fill it. */
static ParseResult
parse_dhcp6 (Cursor cursor, Frame *frame)
{
  skip (&cursor, 4);
  for (guint i = 0; i < FRAME_DHCP_OPTIONS_MAX && !cursor.failed && cursor_left (&cursor) > 0; i++)
    {
      skip (&cursor, 2);
      skip (&cursor, read_16 (&cursor));
    }
  return cursor_is_done (&cursor) ? PARSE_OK : PARSE_BAD;
}

/* --- what IP carries --- */

static ParseResult
parse_tcp (Cursor cursor, Frame *frame)
{
  gsize whole = cursor_left (&cursor);
  gsize header;
  guint32 ack;
  guint16 bits;

  frame->from_port = read_16 (&cursor);
  frame->to_port = read_16 (&cursor);
  skip (&cursor, 4);
  ack = (guint32) read_16 (&cursor) << 16;
  ack |= read_16 (&cursor);
  bits = read_16 (&cursor);
  skip (&cursor, TCP_HEADER_MIN - 14);
  header = (gsize) (bits >> 12) * 4;
  if (cursor.failed || header < TCP_HEADER_MIN || header > whole)
    return PARSE_BAD;
  if ((bits & 0x12) == 0x02) /* SYN without ACK */
    frame->flags |= FRAME_SYN;
  if ((bits & 0x16) == 0x10) /* ACK without SYN or RST */
    {
      frame->flags |= FRAME_ACK;
      frame->tcp_ack = ack;
    }
  frame->payload_size = whole - header;
  return PARSE_OK;
}

static ParseResult
parse_udp (Cursor cursor, Frame *frame)
{
  gboolean is_fragment = (frame->flags & FRAME_FRAGMENT) != 0;
  gsize whole = cursor_left (&cursor);
  guint16 size;
  Cursor payload;

  frame->from_port = read_16 (&cursor);
  frame->to_port = read_16 (&cursor);
  size = read_16 (&cursor);
  skip (&cursor, 2);
  if (cursor.failed || size < UDP_HEADER || (!is_fragment && size > whole))
    return PARSE_BAD;
  frame->payload_size = MIN (size, whole) - UDP_HEADER;
  payload = cut (&cursor, frame->payload_size);
  if (is_fragment)
    return PARSE_OK;
  if (frame->kind == FRAME_IPV4 &&
      (frame->to_port == DHCP_SERVER_PORT || frame->to_port == DHCP_CLIENT_PORT))
    return parse_dhcp (payload, frame);
  if (frame->kind == FRAME_IPV6 && frame->to_port == DHCP6_SERVER_PORT)
    return parse_dhcp6 (payload, frame);
  return PARSE_OK;
}

static ParseResult
parse_icmp (Cursor cursor, Frame *frame)
{
  frame->icmp_type = read_8 (&cursor);
  frame->icmp_code = read_8 (&cursor);
  skip (&cursor, ICMP_HEADER - 2);
  frame->payload_size = cursor_left (&cursor);
  return cursor.failed ? PARSE_BAD : PARSE_OK;
}

/* Where the options of a neighbour discovery message begin, behind its type, code and checksum. 0:
 * it is none. */
static gsize
nd_fixed_size (guint8 type)
{
  switch (type)
    {
    case 133: /* router solicitation */
      return 4;
    case 134: /* router advertisement */
      return 12;
    case 135: /* neighbour solicitation */
    case 136: /* neighbour advertisement */
      return 20;
    case 137: /* redirect */
      return 36;
    default:
      return 0;
    }
}

static ParseResult
parse_nd (Cursor cursor, Frame *frame)
{
  skip (&cursor, 4 + nd_fixed_size (frame->icmp_type));
  for (guint i = 0; cursor_left (&cursor) > 0 && !cursor.failed; i++)
    {
      guint8 type = read_8 (&cursor);
      guint8 units = read_8 (&cursor);
      Cursor value;

      if (units == 0 || i == FRAME_ND_OPTIONS_MAX)
        return PARSE_BAD;
      value = cut (&cursor, (gsize) units * 8 - 2);
      if (type != 1 && type != 2)
        continue;
      /* Of the source, or of an advertisement's target: both are the sender's own. */
      cursor_read (&value, frame->link_address, FRAME_MAC_SIZE);
      if (!cursor_is_done (&value))
        return PARSE_BAD;
      frame->has_link_address = TRUE;
    }
  if (cursor.failed)
    return PARSE_BAD;
  frame->flags |= FRAME_ND;
  return PARSE_OK;
}

static ParseResult
parse_carried (Cursor cursor, Frame *frame)
{
  /* A connection's parts are cut by its ends, never on the way; a part without ports would hide
   * them. */
  if ((frame->flags & FRAME_FRAGMENT) && frame->protocol == FRAME_TCP)
    return PARSE_BAD;
  if (frame->flags & FRAME_LATER_FRAGMENT)
    {
      frame->payload_size = cursor_left (&cursor);
      return PARSE_OK;
    }
  switch (frame->protocol)
    {
    case FRAME_TCP:
      return parse_tcp (cursor, frame);
    case FRAME_UDP:
      return parse_udp (cursor, frame);
    case FRAME_ICMP:
      return frame->kind == FRAME_IPV4 ? parse_icmp (cursor, frame) : PARSE_OK;
    case FRAME_ICMP6:
      if (frame->kind != FRAME_IPV6)
        return PARSE_OK;
      if (parse_icmp (cursor, frame) != PARSE_OK)
        return PARSE_BAD;
      return nd_fixed_size (frame->icmp_type) > 0 ? parse_nd (cursor, frame) : PARSE_OK;
    default:
      return PARSE_OK;
    }
}

/* --- IPv4 --- */

static gboolean
parse_options (Cursor options, Frame *frame)
{
  while (cursor_left (&options) > 0)
    {
      guint8 type = read_8 (&options);
      guint8 size;

      if (type == 0) /* the end; zeroes follow, or nothing that counts */
        return TRUE;
      if (type == 1)
        continue;
      size = read_8 (&options);
      if (size < 2)
        return FALSE;
      skip (&options, size - 2);
      if (options.failed)
        return FALSE;
      if (type != 148) /* router alert */
        frame->flags |= FRAME_OPTIONS;
    }
  return !options.failed;
}

static ParseResult
parse_ipv4 (Cursor *cursor, Frame *frame)
{
  Cursor packet = *cursor;
  guint8 first = read_8 (&packet);
  gsize header = (gsize) (first & 15) * 4;
  guint16 total;
  guint16 fragment;
  gsize offset;

  skip (&packet, 1);
  total = read_16 (&packet);
  skip (&packet, 2);
  fragment = read_16 (&packet);
  frame->hop_limit = read_8 (&packet);
  frame->protocol = read_8 (&packet);
  skip (&packet, 2);
  frame->from = read_v4 (&packet);
  frame->to = read_v4 (&packet);
  if (packet.failed || first >> 4 != 4 || header < IPV4_HEADER_MIN || total < header ||
      total > cursor_left (cursor) || (fragment & 0x8000) != 0)
    return PARSE_BAD;
  if (!parse_options (cut (&packet, header - IPV4_HEADER_MIN), frame))
    return PARSE_BAD;
  offset = (gsize) (fragment & 0x1fff) * 8;
  if (offset > 0 || (fragment & 0x2000) != 0)
    frame->flags |= FRAME_FRAGMENT | (offset > 0 ? FRAME_LATER_FRAGMENT : 0);
  /* All but the last end on eight bytes, and none beyond what a packet can be. */
  if (offset + total > 65535 || ((fragment & 0x2000) != 0 && (total - header) % 8 != 0) ||
      ((frame->flags & FRAME_LATER_FRAGMENT) && total == header))
    return PARSE_BAD;
  return parse_carried (cut (&packet, total - header), frame);
}

/* --- IPv6 --- */

/* Walks the extension headers; leaves the protocol behind them in `frame`. */
static gboolean
parse_extensions (Cursor *packet, Frame *frame)
{
  for (guint i = 0; i <= FRAME_EXTENSIONS_MAX; i++)
    {
      guint8 kind = frame->protocol;
      guint8 next;
      guint8 size;

      if (kind != EXTENSION_HOP_BY_HOP && kind != EXTENSION_ROUTING && kind != EXTENSION_FRAGMENT &&
          kind != EXTENSION_DESTINATION)
        return TRUE;
      if (kind == EXTENSION_HOP_BY_HOP && i > 0)
        return FALSE;
      frame->flags |= FRAME_EXTENSIONS;
      next = read_8 (packet);
      size = read_8 (packet);
      if (kind == EXTENSION_FRAGMENT)
        {
          guint16 bits = read_16 (packet);

          frame->flags |= FRAME_FRAGMENT | (bits >> 3 > 0 ? FRAME_LATER_FRAGMENT : 0);
          skip (packet, 4);
        }
      else
        skip (packet, 6 + (gsize) size * 8);
      if (packet->failed)
        return FALSE;
      frame->protocol = next;
      if (frame->flags & FRAME_LATER_FRAGMENT)
        return TRUE;
    }
  return FALSE;
}

static ParseResult
parse_ipv6 (Cursor *cursor, Frame *frame)
{
  Cursor header = *cursor;
  guint32 first = read_32 (&header);
  guint16 size = read_16 (&header);
  Cursor packet;

  frame->protocol = read_8 (&header);
  frame->hop_limit = read_8 (&header);
  frame->from = read_v6 (&header);
  frame->to = read_v6 (&header);
  packet = cut (&header, size);
  if (header.failed || first >> 28 != 6 || !parse_extensions (&packet, frame))
    return PARSE_BAD;
  return parse_carried (cut (&packet, cursor_left (&packet)), frame);
}

ParseResult
frame_parse (const void *data, gsize size, Frame *ret_frame)
{
  Cursor cursor = cursor_init (data, size);
  Frame frame = { .payload_at = FRAME_HEADER_SIZE };
  guint16 type;
  ParseResult result = PARSE_OK;

  cursor_read (&cursor, frame.destination, FRAME_MAC_SIZE);
  cursor_read (&cursor, frame.source, FRAME_MAC_SIZE);
  type = read_16 (&cursor);
  if (cursor.failed || size > FRAME_BYTES_MAX || (frame.source[0] & 1) != 0)
    return PARSE_BAD;
  if (type == TYPE_ARP)
    {
      frame.kind = FRAME_ARP;
      result = parse_arp (&cursor, &frame);
    }
  else if (type == TYPE_IPV4)
    {
      frame.kind = FRAME_IPV4;
      result = parse_ipv4 (&cursor, &frame);
    }
  else if (type == TYPE_IPV6)
    {
      frame.kind = FRAME_IPV6;
      result = parse_ipv6 (&cursor, &frame);
    }
  if (result == PARSE_OK)
    *ret_frame = frame;
  return result;
}
