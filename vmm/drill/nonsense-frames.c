/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Nonsense for vitrine-net, from the card of a QEMU that was taken over: frames that contradict
 * themselves, that are not this guest's, and that lead where none may. Runs jailed in
 * vitrine-drill, on a socket of packets; it ends when it has spoken.
 */
#include "nonsense.h"

#include <string.h>
#include <unistd.h>

#define FRAMES 64u
#define LARGEST 65549u /* a frame around the largest IP packet */

#define IPV4 0x0800u
#define ARP 0x0806u
#define TAGGED 0x8100u
#define IPV6 0x86ddu
#define TCP 6u
#define UDP 17u
#define ICMP6 58u
#define GUEST 0x0a00020fu /* 10.0.2.15 */
#define GATEWAY 0x0a000202u
#define LOOPBACK 0x7f000001u
#define PRIVATE 0xc0a80101u /* 192.168.1.1 */
#define ELSEWHERE 0x08080808u
#define AT_IP 14u /* in a frame */

typedef struct
{
  uint8_t bytes[2048];
  size_t size;
} Frame;

static void
put (Frame *frame, size_t at, unsigned size, uint64_t value)
{
  for (unsigned i = 0; i < size; i++)
    frame->bytes[at + i] = (uint8_t) (value >> (8 * (size - 1 - i)));
}

static Frame
ethernet (unsigned type, size_t size)
{
  /* The gateway's, and network_mac () of "drill". */
  static const uint8_t head[] = { 0x52, 0x55, 0x0a, 0x00, 0x02, 0x02,
                                  0x52, 0x54, 0x00, 0x78, 0xc4, 0x9e };
  Frame frame = { .size = AT_IP + size };

  memcpy (frame.bytes, head, sizeof head);
  put (&frame, 12, 2, type);
  return frame;
}

/* A packet of the guest's with `size` bytes behind its header. */
static Frame
ipv4 (uint32_t to, unsigned protocol, size_t size)
{
  Frame frame = ethernet (IPV4, 20 + size);

  put (&frame, AT_IP, 1, 0x45);
  put (&frame, AT_IP + 2, 2, 20 + size);
  put (&frame, AT_IP + 8, 1, 64);
  put (&frame, AT_IP + 9, 1, protocol);
  put (&frame, AT_IP + 12, 4, GUEST);
  put (&frame, AT_IP + 16, 4, to);
  return frame;
}

static Frame
udp (uint32_t to, unsigned from_port, unsigned to_port, size_t size)
{
  Frame frame = ipv4 (to, UDP, 8 + size);

  put (&frame, AT_IP + 20, 2, from_port);
  put (&frame, AT_IP + 22, 2, to_port);
  put (&frame, AT_IP + 24, 2, 8 + size);
  return frame;
}

static Frame
tcp (uint32_t to)
{
  Frame frame = ipv4 (to, TCP, 20);

  put (&frame, AT_IP + 20, 4, 40000u << 16 | 80);
  put (&frame, AT_IP + 32, 2, 0x5002); /* opens a connection */
  return frame;
}

/* Between link-local addresses, fe80::1234 and the gateway's. */
static Frame
ipv6 (unsigned protocol, size_t size)
{
  Frame frame = ethernet (IPV6, 40 + size);

  put (&frame, AT_IP, 1, 0x60);
  put (&frame, AT_IP + 4, 2, size);
  put (&frame, AT_IP + 6, 1, protocol);
  put (&frame, AT_IP + 7, 1, 255);
  put (&frame, AT_IP + 8, 2, 0xfe80);
  put (&frame, AT_IP + 22, 2, 0x1234);
  put (&frame, AT_IP + 24, 2, 0xfe80);
  put (&frame, AT_IP + 38, 2, 2);
  return frame;
}

static Frame
arp (void)
{
  Frame frame = ethernet (ARP, 28);

  put (&frame, AT_IP, 8, 0x0001080006040001);
  memcpy (frame.bytes + AT_IP + 8, frame.bytes + 6, 6);
  put (&frame, AT_IP + 14, 4, GUEST);
  put (&frame, AT_IP + 24, 4, GATEWAY);
  return frame;
}

static Frame
dhcp (unsigned operation)
{
  Frame frame = udp (0xffffffff, 68, 67, 236 + 4 + 4);

  put (&frame, AT_IP + 28, 3, operation << 16 | 0x0106);
  memcpy (frame.bytes + AT_IP + 28 + 28, frame.bytes + 6, 6);
  put (&frame, AT_IP + 28 + 236, 4, 0x63825363);
  put (&frame, AT_IP + 28 + 240, 4, 0x350101ff);
  return frame;
}

static void
say (int fd, const Frame *frame)
{
  for (unsigned i = 0; i < FRAMES; i++)
    nonsense_say (fd, frame->bytes, frame->size);
}

static _Noreturn void
say_and_end (int fd, const Frame *frame)
{
  say (fd, frame);
  _exit (0);
}

/* --- that contradict themselves --- */

static void
all_short (int fd)
{
  Frame frame = arp ();

  for (frame.size = 1; frame.size < AT_IP + 28; frame.size++)
    say (fd, &frame);
  _exit (0);
}

static void
too_long (int fd)
{
  static uint8_t bytes[LARGEST + 1000];
  Frame frame = udp (ELSEWHERE, 4000, 4000, 8);

  memcpy (bytes, frame.bytes, frame.size);
  for (unsigned i = 1; i <= FRAMES; i++)
    nonsense_say (fd, bytes, LARGEST + i * 15);
  _exit (0);
}

static void
ip_length (int fd)
{
  Frame frame = udp (ELSEWHERE, 4000, 4000, 8);

  put (&frame, AT_IP + 2, 2, 0xffff);
  say (fd, &frame);
  put (&frame, AT_IP + 2, 2, 3);
  say_and_end (fd, &frame);
}

static void
ip_header (int fd)
{
  Frame frame = udp (ELSEWHERE, 4000, 4000, 8);

  put (&frame, AT_IP, 1, 0x4f);
  say (fd, &frame);
  put (&frame, AT_IP, 1, 0x40);
  say_and_end (fd, &frame);
}

static void
ip_version (int fd)
{
  Frame frame = udp (ELSEWHERE, 4000, 4000, 8);

  put (&frame, AT_IP, 1, 0x65);
  say_and_end (fd, &frame);
}

static void
tcp_offset (int fd)
{
  Frame frame = tcp (ELSEWHERE);

  put (&frame, AT_IP + 32, 1, 0xf0);
  say (fd, &frame);
  put (&frame, AT_IP + 32, 1, 0x10);
  say_and_end (fd, &frame);
}

static void
tcp_part (int fd)
{
  Frame frame = tcp (ELSEWHERE);

  put (&frame, AT_IP + 6, 2, 0x2000);
  say (fd, &frame);
  put (&frame, AT_IP + 6, 2, 1);
  say_and_end (fd, &frame);
}

static void
udp_length (int fd)
{
  Frame frame = udp (ELSEWHERE, 4000, 4000, 8);

  put (&frame, AT_IP + 24, 2, 0xffff);
  say (fd, &frame);
  put (&frame, AT_IP + 24, 2, 7);
  say_and_end (fd, &frame);
}

static void
extensions (int fd)
{
  Frame frame = ipv6 (60, 200 * 8); /* options for the destination, 200 times */

  for (unsigned i = 0; i < 200; i++)
    put (&frame, AT_IP + 40 + i * 8, 1, 60);
  say_and_end (fd, &frame);
}

static void
arp_sizes (int fd)
{
  Frame frame = arp ();

  put (&frame, AT_IP + 4, 2, 0xffff);
  say_and_end (fd, &frame);
}

static void
dhcp_option (int fd)
{
  Frame frame = dhcp (1);

  put (&frame, AT_IP + 28 + 241, 1, 0xff);
  say_and_end (fd, &frame);
}

static void
nd_option (int fd)
{
  Frame frame = ipv6 (ICMP6, 24 + 8);

  put (&frame, AT_IP + 40, 1, 135); /* its option has no length */
  say_and_end (fd, &frame);
}

/* Of the kinds that are looked into. */
static void
noise (int fd)
{
  static const unsigned types[] = { IPV4, ARP, IPV6 };
  uint32_t state = 1;

  for (unsigned i = 0; i < 10000; i++)
    {
      Frame frame = ethernet (types[i % 3], i % 600);

      for (size_t at = AT_IP; at < frame.size; at++)
        frame.bytes[at] = (uint8_t) ((state = state * 1664525u + 1013904223u) >> 24);
      nonsense_say (fd, frame.bytes, frame.size);
    }
  _exit (0);
}

/* --- that are not this guest's, or lead where none may --- */

static void
tagged (int fd)
{
  const Frame frame = ethernet (TAGGED, 100);

  say_and_end (fd, &frame);
}

static void
other_card (int fd)
{
  Frame frame = tcp (ELSEWHERE);

  put (&frame, 6, 6, 0x525400010203);
  say_and_end (fd, &frame);
}

static void
other_address (int fd)
{
  Frame frame = tcp (ELSEWHERE);

  put (&frame, AT_IP + 12, 4, GATEWAY);
  say (fd, &frame);
  put (&frame, AT_IP + 12, 4, PRIVATE);
  say_and_end (fd, &frame);
}

static void
source_route (int fd)
{
  Frame frame = ipv4 (ELSEWHERE, UDP, 8 + 8);

  put (&frame, AT_IP, 1, 0x47);
  put (&frame, AT_IP + 20, 8, 0x8307040a00000100);
  put (&frame, AT_IP + 28, 8, 0x0fa00fa000080000);
  say_and_end (fd, &frame);
}

static void
offer (int fd)
{
  Frame frame = dhcp (2);

  put (&frame, AT_IP + 20, 4, 67u << 16 | 68);
  say_and_end (fd, &frame);
}

static void
router (int fd)
{
  Frame frame = ipv6 (ICMP6, 16);

  put (&frame, AT_IP + 40, 1, 134);
  say_and_end (fd, &frame);
}

static void
loopback (int fd)
{
  const Frame frame = tcp (LOOPBACK);

  say_and_end (fd, &frame);
}

static void
private_network (int fd)
{
  const Frame frame = tcp (PRIVATE);

  say_and_end (fd, &frame);
}

const Nonsense nonsense_frames[] = {
  { "frame-short", all_short },
  { "frame-long", too_long },
  { "frame-ip-length", ip_length },
  { "frame-ip-header", ip_header },
  { "frame-ip-version", ip_version },
  { "frame-tcp-offset", tcp_offset },
  { "frame-tcp-part", tcp_part },
  { "frame-udp-length", udp_length },
  { "frame-extensions", extensions },
  { "frame-arp-sizes", arp_sizes },
  { "frame-dhcp-option", dhcp_option },
  { "frame-nd-option", nd_option },
  { "frame-noise", noise },
  { "frame-tagged", tagged },
  { "frame-other-card", other_card },
  { "frame-other-address", other_address },
  { "frame-source-route", source_route },
  { "frame-offer", offer },
  { "frame-router", router },
  { "frame-loopback", loopback },
  { "frame-private", private_network },
  { 0 },
};
