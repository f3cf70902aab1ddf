/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Writes the corpus of frames into a folder; run by hand when frames.h changes.
 */
#include "frames.h"

static void
write_frame (const char *folder, const char *name, TestFrame frame)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_file_set_contents (path, (const char *) frame.bytes, frame.size, NULL);
}

int
main (int argc, char **argv)
{
  TestFrame fragment = frame_udp4 (NET_V4_LEASE, 0x01020304, 1000, 53, 16);
  TestFrame options = frame_v4 (NET_V4_LEASE, 0x01020304, FRAME_ICMP, 12);
  TestFrame hops = frame_v6 ("fe80::15", "ff02::16", 0, 16);

  put (&fragment, 20, 2, 0x2001);
  put (&options, 14, 1, 0x46);
  put (&options, 34, 4, 0x94040000);
  put (&hops, 54, 2, 0x3a00);
  put (&hops, 62, 1, 143);
  write_frame (argv[1], "arp", frame_arp (NET_V4_LEASE, NET_V4_GATEWAY));
  write_frame (argv[1], "dhcp", frame_dhcp (0, 0xffffffffu));
  write_frame (argv[1], "dns", frame_udp4 (NET_V4_LEASE, NET_V4_RESOLVER, 1000, 53, 20));
  write_frame (argv[1], "tcp", frame_tcp4 (NET_V4_LEASE, 0x01020304, 1000, 443, 2));
  write_frame (argv[1], "echo", frame_echo4 (NET_V4_LEASE, 0x01020304, 8));
  write_frame (argv[1], "udp6", frame_udp6 ("fd76:6974:7269:6e65::15", "2606:4700::1", 1000, 443));
  write_frame (argv[1], "solicitation", frame_nd ("fe80::15", "ff02::1:ff00:2", 135));
  write_frame (argv[1], "fragment", fragment);
  write_frame (argv[1], "options", options);
  write_frame (argv[1], "mld", hops);
  return 0;
}
