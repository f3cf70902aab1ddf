/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Scopes of addresses. Runs in vitrine-net and in vitrine-vmm. What is not known to be public is
 * not public.
 */
#include "net-address.h"

typedef struct
{
  guint32 address;
  guint bits;
  NetScope scope;
} Range4;

#define V4(a, b, c, d) ((guint32) (a) << 24 | (b) << 16 | (c) << 8 | (d))

static const Range4 ranges4[] = {
  { V4 (0, 0, 0, 0), 8, NET_SCOPE_LOOPBACK }, /* "this host": Linux connects it to loopback */
  { V4 (10, 0, 0, 0), 8, NET_SCOPE_PRIVATE },
  { V4 (100, 64, 0, 0), 10, NET_SCOPE_PRIVATE }, /* shared by carriers and by overlay networks */
  { V4 (127, 0, 0, 0), 8, NET_SCOPE_LOOPBACK },
  { V4 (169, 254, 0, 0), 16, NET_SCOPE_LINK },
  { V4 (172, 16, 0, 0), 12, NET_SCOPE_PRIVATE },
  { V4 (192, 0, 0, 0), 24, NET_SCOPE_SPECIAL },   /* protocol assignments */
  { V4 (192, 0, 2, 0), 24, NET_SCOPE_SPECIAL },   /* documentation */
  { V4 (192, 88, 99, 0), 24, NET_SCOPE_SPECIAL }, /* relays of 6to4 */
  { V4 (192, 168, 0, 0), 16, NET_SCOPE_PRIVATE },
  { V4 (198, 18, 0, 0), 15, NET_SCOPE_SPECIAL },   /* benchmarks */
  { V4 (198, 51, 100, 0), 24, NET_SCOPE_SPECIAL }, /* documentation */
  { V4 (203, 0, 113, 0), 24, NET_SCOPE_SPECIAL },  /* documentation */
  { V4 (224, 0, 0, 0), 4, NET_SCOPE_MULTICAST },
  { V4 (255, 255, 255, 255), 32, NET_SCOPE_MULTICAST },
  { V4 (240, 0, 0, 0), 4, NET_SCOPE_SPECIAL },
};

typedef struct
{
  guint8 prefix[8]; /* the rest is zero */
  guint bits;
  NetScope scope;
} Range6;

/* Before the rule that only 2000::/3 is public. */
static const Range6 ranges6[] = {
  { { 0xfc }, 7, NET_SCOPE_PRIVATE },
  { { 0xfe, 0x80 }, 10, NET_SCOPE_LINK },
  { { 0xfe, 0xc0 }, 10, NET_SCOPE_PRIVATE },
  { { 0xff }, 8, NET_SCOPE_MULTICAST },
  { { 0x20, 0x01, 0x00, 0x02, 0x00, 0x00 }, 48, NET_SCOPE_SPECIAL }, /* benchmarks */
  { { 0x20, 0x01, 0x00, 0x10 }, 28, NET_SCOPE_SPECIAL },             /* identifiers, no places */
  { { 0x20, 0x01, 0x00, 0x20 }, 28, NET_SCOPE_SPECIAL },
  { { 0x20, 0x01, 0x0d, 0xb8 }, 32, NET_SCOPE_SPECIAL }, /* documentation */
  { { 0x3f, 0xff, 0x00 }, 20, NET_SCOPE_SPECIAL },       /* documentation */
};

static const NetAddress nat64 = { { 0x00, 0x64, 0xff, 0x9b } };
static const NetAddress sixtofour = { { 0x20, 0x02 } };
static const NetAddress teredo = { { 0x20, 0x01, 0x00, 0x00 } };
static const NetAddress loopback6 = { { [15] = 1 } };
static const NetAddress zero = { { 0 } };

gboolean
net_address_in_prefix (const NetAddress *address, const NetAddress *prefix, guint bits)
{
  guint whole = bits / 8;
  guint8 mask = (guint8) (0xff00 >> (bits % 8));

  return memcmp (address->bytes, prefix->bytes, whole) == 0 &&
         (bits % 8 == 0 || ((address->bytes[whole] ^ prefix->bytes[whole]) & mask) == 0);
}

static NetAddress
v4_from (const guint8 *bytes, guint8 flip)
{
  return net_address_from_v4 (
      V4 (bytes[0] ^ flip, bytes[1] ^ flip, bytes[2] ^ flip, bytes[3] ^ flip));
}

gboolean
net_address_embedded (const NetAddress *address, NetAddress *ret_inner)
{
  const guint8 *bytes = address->bytes;

  if (net_address_in_prefix (address, &nat64, 96))
    *ret_inner = v4_from (bytes + 12, 0);
  else if (net_address_in_prefix (address, &sixtofour, 16))
    *ret_inner = v4_from (bytes + 2, 0);
  else if (net_address_in_prefix (address, &teredo, 32))
    *ret_inner = v4_from (bytes + 12, 0xff);
  else if ((bytes[8] & 0xfd) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe)
    *ret_inner = v4_from (bytes + 12, 0);
  else
    return FALSE;
  return TRUE;
}

static NetScope
scope4 (guint32 address)
{
  for (guint i = 0; i < G_N_ELEMENTS (ranges4); i++)
    if ((address ^ ranges4[i].address) >> (32 - ranges4[i].bits) == 0)
      return ranges4[i].scope;
  return NET_SCOPE_PUBLIC;
}

static NetScope
scope6 (const NetAddress *address)
{
  if (net_address_equal (address, &zero) || net_address_equal (address, &loopback6))
    return NET_SCOPE_LOOPBACK;
  for (guint i = 0; i < G_N_ELEMENTS (ranges6); i++)
    {
      NetAddress prefix = { { 0 } };

      memcpy (prefix.bytes, ranges6[i].prefix, sizeof ranges6[i].prefix);
      if (net_address_in_prefix (address, &prefix, ranges6[i].bits))
        return ranges6[i].scope;
    }
  if (net_address_in_prefix (address, &nat64, 96))
    return NET_SCOPE_PUBLIC; /* as its IPv4 address, which is looked at too */
  return (address->bytes[0] & 0xe0) == 0x20 ? NET_SCOPE_PUBLIC : NET_SCOPE_SPECIAL;
}

NetScope
net_address_scope (const NetAddress *address)
{
  NetScope scope;
  NetAddress inner;

  if (net_address_is_v4 (address))
    return scope4 (net_address_get_v4 (address));
  scope = scope6 (address);
  if (!net_address_embedded (address, &inner))
    return scope;
  return MAX (scope, scope4 (net_address_get_v4 (&inner)));
}
