/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The network policy as tables: each destination and each sender, under each policy.
 */
#include "frames.h"

#include "net-address.h"

#define GUEST NET_V4_LEASE
#define GUEST6 "fd76:6974:7269:6e65::15"

static NetAddress own[5];
static const guint8 own_bits[] = { 120, 128, 64, 64, 96 + 24 };

static NetPolicy
policy (NetPolicyNumber mode)
{
  NetPolicy out = { .mac = { GUEST_MAC },
                    .mode = mode,
                    .own = own,
                    .own_bits = own_bits,
                    .n_own = G_N_ELEMENTS (own) };

  own[0] = address_of ("192.168.7.7");
  own[1] = address_of ("81.2.3.4");
  own[2] = address_of ("2a02:1234::7");
  own[3] = address_of ("fe80::7");
  own[4] = address_of ("89.1.2.200");
  out.forwards[3].used = TRUE;
  out.forwards[3].port = 80;
  out.forwards[4].used = out.forwards[4].udp = TRUE;
  out.forwards[4].port = 5000;
  return out;
}

static NetDrop
judge (NetPolicyNumber mode, const TestFrame *frame)
{
  NetPolicy rules = policy (mode);
  Frame parsed;

  g_assert_cmpint (frame_parse (frame->bytes, frame->size, &parsed), ==, PARSE_OK);
  return net_policy_judge (&rules, &parsed);
}

static void
test_destinations (void)
{
  static const struct
  {
    const char *address;
    NetDrop internet;
    NetDrop lan;
  } table[] = {
    { "1.2.3.4", NET_DROP_NONE, NET_DROP_NONE },
    { "8.8.8.8", NET_DROP_NONE, NET_DROP_NONE },
    { "9.255.255.255", NET_DROP_NONE, NET_DROP_NONE },
    { "10.0.0.1", NET_DROP_PRIVATE, NET_DROP_NONE },
    { "10.255.255.255", NET_DROP_PRIVATE, NET_DROP_NONE },
    { "11.0.0.0", NET_DROP_NONE, NET_DROP_NONE },
    { "172.15.255.255", NET_DROP_NONE, NET_DROP_NONE },
    { "172.16.0.1", NET_DROP_PRIVATE, NET_DROP_NONE },
    { "172.31.255.255", NET_DROP_PRIVATE, NET_DROP_NONE },
    { "172.32.0.0", NET_DROP_NONE, NET_DROP_NONE },
    { "192.168.1.1", NET_DROP_PRIVATE, NET_DROP_NONE },
    { "100.64.0.1", NET_DROP_PRIVATE, NET_DROP_NONE },
    { "100.127.255.255", NET_DROP_PRIVATE, NET_DROP_NONE },
    { "100.128.0.0", NET_DROP_NONE, NET_DROP_NONE },
    { "0.0.0.0", NET_DROP_HOST, NET_DROP_HOST },
    { "0.1.2.3", NET_DROP_HOST, NET_DROP_HOST },
    { "127.0.0.1", NET_DROP_HOST, NET_DROP_HOST },
    { "127.255.255.254", NET_DROP_HOST, NET_DROP_HOST },
    { "169.254.169.254", NET_DROP_LINK, NET_DROP_LINK },
    { "192.0.0.8", NET_DROP_SPECIAL, NET_DROP_SPECIAL },
    { "192.0.2.53", NET_DROP_SPECIAL, NET_DROP_SPECIAL },
    { "192.0.2.1", NET_DROP_SPECIAL, NET_DROP_SPECIAL },
    { "192.88.99.1", NET_DROP_SPECIAL, NET_DROP_SPECIAL },
    { "198.18.0.1", NET_DROP_SPECIAL, NET_DROP_SPECIAL },
    { "198.51.100.1", NET_DROP_SPECIAL, NET_DROP_SPECIAL },
    { "203.0.113.1", NET_DROP_SPECIAL, NET_DROP_SPECIAL },
    { "224.0.0.251", NET_DROP_MULTICAST, NET_DROP_MULTICAST },
    { "240.0.0.1", NET_DROP_SPECIAL, NET_DROP_SPECIAL },
    { "255.255.255.255", NET_DROP_MULTICAST, NET_DROP_MULTICAST },
    /* this machine's own, also where they are public */
    { "192.168.7.7", NET_DROP_HOST, NET_DROP_HOST },
    { "81.2.3.4", NET_DROP_HOST, NET_DROP_HOST },
    { "81.2.3.5", NET_DROP_NONE, NET_DROP_NONE },
    { "2a02:1234::7", NET_DROP_HOST, NET_DROP_HOST },
    /* its neighbours, where their addresses are public */
    { "2a02:1234::8", NET_DROP_PRIVATE, NET_DROP_NONE },
    { "2a02:1234::ffff:ffff:ffff:ffff", NET_DROP_PRIVATE, NET_DROP_NONE },
    { "2a02:1234:0:1::8", NET_DROP_NONE, NET_DROP_NONE },
    { "89.1.2.1", NET_DROP_PRIVATE, NET_DROP_NONE },
    { "89.1.2.200", NET_DROP_HOST, NET_DROP_HOST },
    { "89.1.3.1", NET_DROP_NONE, NET_DROP_NONE },
    { "64:ff9b::5901:201", NET_DROP_PRIVATE, NET_DROP_NONE }, /* 89.1.2.1 */
    { "2606:4700::1", NET_DROP_NONE, NET_DROP_NONE },
    { "::", NET_DROP_HOST, NET_DROP_HOST },
    { "::1", NET_DROP_HOST, NET_DROP_HOST },
    { "::7f00:1", NET_DROP_SPECIAL, NET_DROP_SPECIAL }, /* ::127.0.0.1 */
    { "fc00::1", NET_DROP_PRIVATE, NET_DROP_NONE },
    { "fd12:3456::1", NET_DROP_PRIVATE, NET_DROP_NONE },
    { "fec0::1", NET_DROP_PRIVATE, NET_DROP_NONE },
    { "fe80::1", NET_DROP_LINK, NET_DROP_LINK },
    { "ff02::1", NET_DROP_MULTICAST, NET_DROP_MULTICAST },
    { "2001:db8::53", NET_DROP_SPECIAL, NET_DROP_SPECIAL },
    { "3fff::1", NET_DROP_SPECIAL, NET_DROP_SPECIAL },
    { "2001:2::1", NET_DROP_SPECIAL, NET_DROP_SPECIAL },
    { "2001:20::1", NET_DROP_SPECIAL, NET_DROP_SPECIAL },
    { "100::1", NET_DROP_SPECIAL, NET_DROP_SPECIAL },
    { "4000::1", NET_DROP_SPECIAL, NET_DROP_SPECIAL },
    /* IPv4 inside IPv6: NAT64, 6to4, Teredo, ISATAP */
    { "64:ff9b::102:304", NET_DROP_NONE, NET_DROP_NONE },
    { "64:ff9b::7f00:1", NET_DROP_HOST, NET_DROP_HOST },
    { "64:ff9b::c0a8:101", NET_DROP_PRIVATE, NET_DROP_NONE },
    { "64:ff9b::5102:304", NET_DROP_HOST, NET_DROP_HOST }, /* our own 81.2.3.4 */
    { "64:ff9b:1::102:304", NET_DROP_SPECIAL, NET_DROP_SPECIAL },
    { "2002:102:304::1", NET_DROP_NONE, NET_DROP_NONE },
    { "2002:7f00:1::1", NET_DROP_HOST, NET_DROP_HOST },
    { "2002:a00:1::1", NET_DROP_PRIVATE, NET_DROP_NONE },
    { "2002:a9fe:a9fe::1", NET_DROP_LINK, NET_DROP_LINK },
    { "2001:0:102:304:0:1111:3f57:fefe", NET_DROP_PRIVATE, NET_DROP_NONE }, /* ~192.168.1.1 */
    { "2001:0:102:304:0:1111:80ff:fffe", NET_DROP_HOST, NET_DROP_HOST },    /* ~127.0.0.1 */
    { "2a02:9999::5efe:10.0.0.1", NET_DROP_PRIVATE, NET_DROP_NONE },
    { "2a02:9999::200:5efe:127.0.0.1", NET_DROP_HOST, NET_DROP_HOST },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      NetAddress to = address_of (table[i].address);
      NetPolicy internet = policy (NET_POLICY_INTERNET);
      NetPolicy lan = policy (NET_POLICY_LAN);
      NetPolicy offline = policy (NET_POLICY_OFFLINE);

      g_test_message ("%s", table[i].address);
      g_assert_cmpint (net_policy_judge_destination (&internet, &to), ==, table[i].internet);
      g_assert_cmpint (net_policy_judge_destination (&lan, &to), ==, table[i].lan);
      g_assert_cmpint (net_policy_judge_destination (&offline, &to), ==, NET_DROP_OFFLINE);
      /* The same in a frame, but for what is answered by the virtual network. */
      if (net_address_is_v4 (&to))
        {
          TestFrame frame = frame_tcp4 (GUEST, net_address_get_v4 (&to), 1000, 443, 2);

          g_assert_cmpint (judge (NET_POLICY_INTERNET, &frame), ==, table[i].internet);
          g_assert_cmpint (judge (NET_POLICY_LAN, &frame), ==, table[i].lan);
          g_assert_cmpint (judge (NET_POLICY_OFFLINE, &frame), ==, NET_DROP_OFFLINE);
        }
      else
        {
          TestFrame frame = frame_udp6 (GUEST6, table[i].address, 1000, 443);

          g_assert_cmpint (judge (NET_POLICY_INTERNET, &frame), ==, table[i].internet);
          g_assert_cmpint (judge (NET_POLICY_LAN, &frame), ==, table[i].lan);
        }
    }
}

/* What the guest may say, whatever the policy allows of the world. */
static void
test_frames (void)
{
  struct
  {
    const char *what;
    TestFrame frame;
    NetDrop drop;
  } table[] = {
    { "DHCP", frame_dhcp (0, 0xffffffffu), NET_DROP_NONE },
    { "DHCP renewal", frame_dhcp (GUEST, NET_V4_GATEWAY), NET_DROP_NONE },
    { "DHCP elsewhere", frame_dhcp (0, 0x01020304), NET_DROP_MULTICAST },
    { "DHCP as another", frame_dhcp (0x01020304, NET_V4_GATEWAY), NET_DROP_SPOOFED },
    { "DNS", frame_udp4 (GUEST, NET_V4_RESOLVER, 1000, 53, 20), NET_DROP_NONE },
    { "DNS by TCP", frame_tcp4 (GUEST, NET_V4_RESOLVER, 1000, 53, 2), NET_DROP_NONE },
    { "resolver's shell", frame_tcp4 (GUEST, NET_V4_RESOLVER, 1000, 22, 2), NET_DROP_GATEWAY },
    { "TFTP", frame_udp4 (GUEST, NET_V4_GATEWAY, 1000, 69, 20), NET_DROP_GATEWAY },
    { "host by gateway", frame_tcp4 (GUEST, NET_V4_GATEWAY, 1000, 22, 2), NET_DROP_GATEWAY },
    { "from a forwarded port", frame_tcp4 (GUEST, NET_V4_GATEWAY, 80, 22, 2), NET_DROP_GATEWAY },
    { "answer of a forward", frame_tcp4 (GUEST, NET_V4_GATEWAY, 80, 40000, 0x12), NET_DROP_NONE },
    { "answer of none", frame_tcp4 (GUEST, NET_V4_GATEWAY, 81, 40000, 0x12), NET_DROP_GATEWAY },
    { "UDP answer of a forward", frame_udp4 (GUEST, NET_TOKEN_CLIENT_V4, 5000, 2000, 4),
      NET_DROP_NONE },
    { "UDP answer of none", frame_udp4 (GUEST, NET_TOKEN_CLIENT_V4, 5001, 2000, 4),
      NET_DROP_SPECIAL },
    { "gateway's echo", frame_echo4 (GUEST, NET_V4_GATEWAY, 8), NET_DROP_NONE },
    { "neighbour", frame_udp4 (GUEST, 0x0a000263, 1000, 53, 4), NET_DROP_GATEWAY },
    { "subnet's broadcast", frame_udp4 (GUEST, 0x0a0002ff, 1000, 53, 4), NET_DROP_MULTICAST },
    { "as the gateway", frame_udp4 (NET_V4_GATEWAY, 0x01020304, 1, 1, 4), NET_DROP_SPOOFED },
    { "as the resolver", frame_udp4 (NET_V4_RESOLVER, 0x01020304, 1, 1, 4), NET_DROP_SPOOFED },
    { "as a stranger", frame_udp4 (0x08080808, 0x01020304, 1, 1, 4), NET_DROP_SPOOFED },
    { "as nobody", frame_udp4 (0, 0x01020304, 1, 1, 4), NET_DROP_SPOOFED },
    { "as everybody", frame_udp4 (0x0a0002ff, 0x01020304, 1, 1, 4), NET_DROP_SPOOFED },
    { "static address", frame_udp4 (0x0a000220, 0x01020304, 1, 1, 4), NET_DROP_NONE },
    { "echo", frame_echo4 (GUEST, 0x01020304, 8), NET_DROP_NONE },
    { "echo reply", frame_echo4 (GUEST, 0x01020304, 0), NET_DROP_UNSUPPORTED },
    { "redirect", frame_echo4 (GUEST, 0x01020304, 5), NET_DROP_UNSUPPORTED },
    { "IGMP", frame_v4 (GUEST, 0x01020304, 2, 8), NET_DROP_UNSUPPORTED },
    { "GRE", frame_v4 (GUEST, 0x01020304, 47, 20), NET_DROP_UNSUPPORTED },
    { "IP in IP", frame_v4 (GUEST, 0x01020304, 4, 20), NET_DROP_UNSUPPORTED },
    { "6in4", frame_v4 (GUEST, 0x01020304, 41, 40), NET_DROP_UNSUPPORTED },
    { "port 0", frame_udp4 (GUEST, 0x01020304, 1000, 0, 4), NET_DROP_UNSUPPORTED },
    { "ARP", frame_arp (GUEST, NET_V4_GATEWAY), NET_DROP_NONE },
    { "ARP probe", frame_arp (0, GUEST), NET_DROP_NONE },
    { "ARP as the gateway", frame_arp (NET_V4_GATEWAY, GUEST), NET_DROP_SPOOFED },
    { "ARP for the world", frame_arp (GUEST, 0x01020304), NET_DROP_UNSUPPORTED },
    { "NC-SI", frame_ethernet (0x88f8, 40), NET_DROP_UNSUPPORTED },
    { "VLAN", frame_ethernet (0x8100, 40), NET_DROP_UNSUPPORTED },
    { "802.3", frame_ethernet (40, 40), NET_DROP_UNSUPPORTED },
    { "UDP 6", frame_udp6 (GUEST6, "2606:4700::1", 1, 1), NET_DROP_NONE },
    { "UDP 6, private address", frame_udp6 (GUEST6 "5", "2606:4700::1", 1, 1), NET_DROP_NONE },
    { "as the gateway 6", frame_udp6 ("fd76:6974:7269:6e65::2", "2606:4700::1", 1, 1),
      NET_DROP_SPOOFED },
    { "as the router", frame_udp6 ("fe80::2", "2606:4700::1", 1, 1), NET_DROP_SPOOFED },
    { "as a stranger 6", frame_udp6 ("2606:4700::2", "2606:4700::1", 1, 1), NET_DROP_SPOOFED },
    { "as mapped", frame_udp6 ("::ffff:169.254.1.1", "2606:4700::1", 1, 1), NET_DROP_SPOOFED },
    { "to mapped", frame_udp6 (GUEST6, "::ffff:1.2.3.4", 1, 1), NET_DROP_SPECIAL },
    { "to mapped loopback", frame_udp6 (GUEST6, "::ffff:127.0.0.1", 1, 1), NET_DROP_SPECIAL },
    { "DNS 6", frame_udp6 (GUEST6, "fd76:6974:7269:6e65::3", 1000, 53), NET_DROP_NONE },
    { "gateway 6", frame_udp6 (GUEST6, "fd76:6974:7269:6e65::2", 1000, 53), NET_DROP_GATEWAY },
    { "gateway's link", frame_udp6 (GUEST6, "fe80::2", 1000, 69), NET_DROP_GATEWAY },
    { "neighbour 6", frame_udp6 (GUEST6, "fd76:6974:7269:6e65::99", 1000, 53), NET_DROP_GATEWAY },
    { "mDNS 6", frame_udp6 (GUEST6, "ff02::fb", 5353, 5353), NET_DROP_MULTICAST },
    { "neighbour solicitation", frame_nd ("fe80::15", "ff02::1:ff00:2", 135), NET_DROP_NONE },
    { "is it free", frame_nd ("::", "ff02::1:ff00:15", 135), NET_DROP_NONE },
    { "router advertisement", frame_nd ("fe80::15", "ff02::1", 134), NET_DROP_SPOOFED },
    { "redirect 6", frame_nd ("fe80::15", "fe80::2", 137), NET_DROP_SPOOFED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_test_message ("%s", table[i].what);
      g_assert_cmpint (judge (NET_POLICY_INTERNET, &table[i].frame), ==, table[i].drop);
      g_assert_cmpint (judge (NET_POLICY_OFFLINE, &table[i].frame), ==, NET_DROP_OFFLINE);
      /* Any of them under another's hardware address. */
      table[i].frame.bytes[11] ^= 1;
      g_assert_cmpint (judge (NET_POLICY_INTERNET, &table[i].frame), ==, NET_DROP_SPOOFED);
    }
}

/* Addresses that stand inside a message are the guest's own too. */
static void
test_inner_addresses (void)
{
  TestFrame frame = frame_arp (GUEST, NET_V4_GATEWAY);

  frame.bytes[27] ^= 1;
  g_assert_cmpint (judge (NET_POLICY_INTERNET, &frame), ==, NET_DROP_SPOOFED);
  frame = frame_dhcp (0, 0xffffffffu);
  frame.bytes[42 + 33] ^= 1;
  g_assert_cmpint (judge (NET_POLICY_INTERNET, &frame), ==, NET_DROP_SPOOFED);
  frame = frame_nd ("fe80::15", "ff02::1:ff00:2", 135);
  frame.bytes[85] ^= 1;
  g_assert_cmpint (judge (NET_POLICY_INTERNET, &frame), ==, NET_DROP_SPOOFED);
  frame = frame_nd ("fe80::15", "ff02::1:ff00:2", 135);
  frame.bytes[21] = 64; /* it came through a router */
  g_assert_cmpint (judge (NET_POLICY_INTERNET, &frame), ==, NET_DROP_MALFORMED);
}

static void
test_hidden (void)
{
  TestFrame frame = frame_udp4 (GUEST, 0x01020304, 1000, 53, 16);

  put (&frame, 20, 2, 0x2000);
  g_assert_cmpint (judge (NET_POLICY_INTERNET, &frame), ==, NET_DROP_NONE);
  put (&frame, 30, 4, 0x7f000001);
  g_assert_cmpint (judge (NET_POLICY_INTERNET, &frame), ==, NET_DROP_HOST);
  put (&frame, 30, 4, NET_V4_RESOLVER); /* its port is in another part */
  g_assert_cmpint (judge (NET_POLICY_INTERNET, &frame), ==, NET_DROP_GATEWAY);
  put (&frame, 20, 2, 0x2001);
  g_assert_cmpint (judge (NET_POLICY_INTERNET, &frame), ==, NET_DROP_GATEWAY);
  frame = frame_v4 (GUEST, 0x01020304, FRAME_ICMP, 12);
  put (&frame, 14, 1, 0x46);
  put (&frame, 34, 4, 0x83040000); /* a source route */
  g_assert_cmpint (judge (NET_POLICY_INTERNET, &frame), ==, NET_DROP_UNSUPPORTED);
  frame = frame_v6 (GUEST6, "2606:4700::1", 43, 24);
  put (&frame, 54, 2, 0x1100); /* a routing header, then UDP */
  put (&frame, 62, 8, 0x0001000100080000);
  g_assert_cmpint (judge (NET_POLICY_INTERNET, &frame), ==, NET_DROP_UNSUPPORTED);
}

/* An offer as a DHCP server makes it, but from another port than a server's. */
static TestFrame
frame_offer (void)
{
  TestFrame frame = frame_dhcp (0xc0a80737, 0xffffffff);

  put (&frame, 34, 2, 1067);
  put (&frame, 36, 2, 68);
  put (&frame, 42, 1, 2);
  return frame;
}

/* Behind a tap the guest may be anybody's neighbour, and is nobody but itself. */
static void
test_bridged (void)
{
  const struct
  {
    TestFrame frame;
    NetDrop drop;
  } table[] = {
    { frame_dhcp (0, 0xffffffff), NET_DROP_NONE },
    { frame_tcp4 (0xc0a80737, 0x7f000001, 1000, 80, 2), NET_DROP_NONE },
    { frame_udp4 (0xc0a80737, 0xe00000fb, 5353, 5353, 4), NET_DROP_NONE },
    { frame_udp6 ("fd99::5", "fd99::6", 1000, 53), NET_DROP_NONE },
    { frame_echo4 (0xc0a80737, 0xc0a80707, 0), NET_DROP_NONE },
    { frame_arp (0xc0a80737, 0xc0a80707), NET_DROP_NONE },
    { frame_nd ("fe80::15", "ff02::1:ff00:2", 135), NET_DROP_NONE },
    { frame_nd ("fe80::15", "ff02::1", 134), NET_DROP_SPOOFED },
    { frame_nd ("fe80::15", "ff02::1", 137), NET_DROP_SPOOFED },
    { frame_udp4 (0xc0a80737, 0xffffffff, 67, 1000, 4), NET_DROP_SPOOFED },
    { frame_udp6 ("fe80::15", "fe80::7", 547, 546), NET_DROP_SPOOFED },
    { frame_udp6 ("fe80::15", "fe80::7", 1547, 546), NET_DROP_SPOOFED },
    { frame_offer (), NET_DROP_SPOOFED },
    { frame_echo4 (0xc0a80737, 0xc0a80707, 5), NET_DROP_SPOOFED },
    { frame_echo4 (0xc0a80737, 0xe0000001, 9), NET_DROP_SPOOFED },
    { frame_echo4 (0xc0a80737, 0xc0a80707, 3), NET_DROP_NONE },
    { frame_ethernet (0x8100, 60), NET_DROP_UNSUPPORTED },
    { frame_ethernet (0x88cc, 60), NET_DROP_UNSUPPORTED },
  };
  TestFrame frame = frame_arp (0xc0a80737, 0xc0a80707);

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_test_message ("frame %" G_GSIZE_FORMAT, i);
      g_assert_cmpint (judge (NET_POLICY_BRIDGE, &table[i].frame), ==, table[i].drop);
    }
  frame.bytes[11] ^= 1; /* the sender's hardware address */
  g_assert_cmpint (judge (NET_POLICY_BRIDGE, &frame), ==, NET_DROP_SPOOFED);
  frame = frame_arp (0xc0a80737, 0xc0a80707);
  frame.bytes[14 + 8 + 5] ^= 1; /* that inside ARP */
  g_assert_cmpint (judge (NET_POLICY_BRIDGE, &frame), ==, NET_DROP_SPOOFED);
  frame = frame_udp4 (0xc0a80737, 0xc0a80707, 1000, 53, 4);
  memcpy (frame.bytes, "\x01\x80\xc2\x00\x00\x03", 6);
  g_assert_cmpint (judge (NET_POLICY_BRIDGE, &frame), ==, NET_DROP_MULTICAST);
}

/* It has no sockets, so none leads anywhere. */
static void
test_bridged_sockets (void)
{
  NetPolicy rules = policy (NET_POLICY_BRIDGE);
  const NetAddress to = address_of ("1.2.3.4");

  g_assert_cmpint (net_policy_judge_destination (&rules, &to), ==, NET_DROP_OFFLINE);
}

static guint32
cost (const TestFrame *frame)
{
  Frame parsed;

  g_assert_cmpint (frame_parse (frame->bytes, frame->size, &parsed), ==, PARSE_OK);
  return net_policy_cost (&parsed, frame->size);
}

/* A rate counts what a frame carries, and nothing leaves by a tap that does not count. */
static void
test_cost (void)
{
  TestFrame frame = frame_udp4 (GUEST, 0x01020304, 1000, 53, 1472);

  g_assert_cmpuint (cost (&frame), ==, 1472);
  put (&frame, 38, 2, 8); /* by its own length UDP carries nothing */
  g_assert_cmpuint (cost (&frame), >=, 1350);
  put (&frame, 16, 2, 28); /* nor does IP */
  g_assert_cmpuint (cost (&frame), >=, 1350);
  frame = frame_v4 (GUEST, 0x01020304, 47, 1480); /* a protocol that is not looked into */
  g_assert_cmpuint (cost (&frame), >=, 1350);
  frame = frame_arp (GUEST, NET_V4_GATEWAY);
  g_assert_cmpuint (cost (&frame), ==, NET_FRAME_COST_MIN);
  frame.size = 1514;
  g_assert_cmpuint (cost (&frame), >=, 1350);
  frame = frame_tcp4 (GUEST, 0x01020304, 1000, 80, 0x10);
  g_assert_cmpuint (cost (&frame), ==, NET_FRAME_COST_MIN);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/net/policy/destinations", test_destinations);
  g_test_add_func ("/net/policy/frames", test_frames);
  g_test_add_func ("/net/policy/inner-addresses", test_inner_addresses);
  g_test_add_func ("/net/policy/hidden", test_hidden);
  g_test_add_func ("/net/policy/bridged", test_bridged);
  g_test_add_func ("/net/policy/bridged-sockets", test_bridged_sockets);
  g_test_add_func ("/net/policy/cost", test_cost);
  return g_test_run ();
}
