/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Nonsense for the links that vmm has with its jailed processes: QEMU's monitor, those of the
 * display, of vitrine-net and of vitrine-nbd. Runs jailed in vitrine-drill.
 */
#include "nonsense.h"

#include "ipc/link-wire.h"
#include "ipc/nbd-link-wire.h"
#include "ipc/net-wire.h"

#include <string.h>

#define GREETING                                                                                   \
  "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 2, \"minor\": 0, \"major\": 10}, "               \
  "\"package\": \"\"}, \"capabilities\": []}}\r\n"

/* --- the monitor --- */

static void
qmp_no_greeting (int fd)
{
  nonsense_say_text (fd, "{\"return\": {}, \"id\": 1}\r\n");
}

static void
qmp_cut (int fd)
{
  nonsense_say_text (fd, "{\"QMP\": {\"version\"\r\n");
}

static void
qmp_array (int fd)
{
  nonsense_say_text (fd, "[1, 2, 3]\r\n");
}

static void
qmp_deep (int fd)
{
  nonsense_say_text (fd, "{\"QMP\": ");
  nonsense_say_many (fd, "[", 100000);
  nonsense_say_text (fd, "\r\n");
}

static void
qmp_endless (int fd)
{
  nonsense_say_many (fd, "x", NONSENSE_ENDLESS_BYTES);
}

static void
qmp_twice (int fd)
{
  nonsense_say_many (fd, GREETING, 2);
}

/* --- links of packets --- */

static void
say_short (int fd)
{
  nonsense_say_zeros (fd, 3);
}

static void
say_long (int fd)
{
  nonsense_say_zeros (fd, 8192);
}

static void
say_message (int fd, guint32 type, guint32 value)
{
  const LinkMessage message = { type, value };

  nonsense_say (fd, &message, sizeof message);
}

static void
say_unknown (int fd)
{
  say_message (fd, 0x7fffffff, 0);
}

static void
link_order (int fd)
{
  say_message (fd, LINK_PING, 1);
}

static void
link_number (int fd)
{
  say_message (fd, LINK_VIEWERS, 0xffffffff);
}

static void
link_address (int fd)
{
  LinkViewer viewer = { .type = LINK_VIEWER, .viewer = 1, .share = 1, .event = LINK_VIEWER_CAME };

  strcpy (viewer.address, "\033[2J\r\nroot logged in");
  nonsense_say (fd, &viewer, sizeof viewer);
}

static void
net_order (int fd)
{
  say_message (fd, NET_PING, 1);
}

static void
net_policy (int fd)
{
  const NetStats stats = { .type = NET_STATS, .policy = NET_POLICY_LAST + 1 };

  nonsense_say (fd, &stats, sizeof stats);
}

/* --- vitrine-nbd's --- */

static void
nbd_type (int fd)
{
  const NbdReport report = { .type = NBD_REPORT_LOST + 1 };

  nonsense_say (fd, &report, sizeof report);
}

static void
nbd_order (int fd)
{
  const NbdSetup setup = { .type = NBD_ORDER_SETUP, .answer_ms = 1000, .name = "disk" };

  nonsense_say (fd, &setup, sizeof setup);
}

static void
nbd_why (int fd)
{
  const NbdReport report = { .type = NBD_REPORT_LOST, .why = NBD_WHY_COUNT };

  nonsense_say (fd, &report, sizeof report);
}

static void
nbd_size (int fd)
{
  const NbdReport report = { .type = NBD_REPORT_READY, .size = UINT64_MAX };

  nonsense_say (fd, &report, sizeof report);
}

static void
nbd_text (int fd)
{
  NbdReport report = { .type = NBD_REPORT_FAILED, .why = NBD_WHY_REFUSED };

  strcpy (report.text, "\033[2J\r\nThe disk is fine");
  nonsense_say (fd, &report, sizeof report);
}

static void
nbd_no_end (int fd)
{
  NbdReport report = { .type = NBD_REPORT_FAILED, .why = NBD_WHY_REFUSED };

  memset (report.text, 'x', sizeof report.text);
  nonsense_say (fd, &report, sizeof report);
}

const Nonsense nonsense_links[] = {
  { "qmp-no-greeting", qmp_no_greeting },
  { "qmp-binary", nonsense_say_binary },
  { "qmp-cut", qmp_cut },
  { "qmp-array", qmp_array },
  { "qmp-deep", qmp_deep },
  { "qmp-endless", qmp_endless },
  { "qmp-twice", qmp_twice },
  { "link-short", say_short },
  { "link-long", say_long },
  { "link-type", say_unknown },
  { "link-order", link_order },
  { "link-number", link_number },
  { "link-address", link_address },
  { "net-short", say_short },
  { "net-long", say_long },
  { "net-type", say_unknown },
  { "net-order", net_order },
  { "net-policy", net_policy },
  { "nbd-short", say_short },
  { "nbd-long", say_long },
  { "nbd-type", nbd_type },
  { "nbd-order", nbd_order },
  { "nbd-why", nbd_why },
  { "nbd-size", nbd_size },
  { "nbd-text", nbd_text },
  { "nbd-no-end", nbd_no_end },
  { 0 },
};
