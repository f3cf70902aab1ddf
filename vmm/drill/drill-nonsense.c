/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Nonsense for the channels that vmm has with its jailed processes: what one that was taken over
 * could say there. Runs jailed in vitrine-drill, which holds the other end of a channel of the
 * kind.
 */
#include "drill-attempts.h"

#include "ipc/link-wire.h"
#include "ipc/net-wire.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GREETING                                                                                   \
  "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 2, \"minor\": 0, \"major\": 10}, "               \
  "\"package\": \"\"}, \"capabilities\": []}}\r\n"
#define ENDLESS_BYTES (64u << 20)

static void
say (int fd, const void *data, size_t size)
{
  struct pollfd writable = { .fd = fd, .events = POLLOUT };
  const char *at = data;

  while (size > 0)
    {
      ssize_t sent = send (fd, at, size, MSG_NOSIGNAL);

      if (sent < 0 && errno != EAGAIN)
        _exit (3); /* it was closed: the other side has judged */
      if (sent < 0)
        poll (&writable, 1, -1);
      else
        {
          at += sent;
          size -= (size_t) sent;
        }
    }
}

static void
say_many (int fd, const char *text, size_t times)
{
  static char block[65536];
  size_t each = strlen (text);
  size_t room = sizeof block / each;

  for (size_t i = 0; i < room; i++)
    memcpy (block + i * each, text, each);
  for (size_t now; times > 0; times -= now)
    {
      now = times < room ? times : room;
      say (fd, block, now * each);
    }
}

static void
say_line (int fd, const char *text)
{
  say (fd, text, strlen (text));
}

static void
say_binary (int fd)
{
  char bytes[512];

  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (char) (i * 7);
  bytes[sizeof bytes - 1] = '\n';
  say (fd, bytes, sizeof bytes);
}

static void
say_message (int fd, guint32 type, guint32 value)
{
  const LinkMessage message = { type, value };

  say (fd, &message, sizeof message);
}

static void
say_zeros (int fd, size_t size)
{
  static const char zeros[8192];

  say (fd, zeros, size);
}

static void
say_address (int fd)
{
  LinkViewer viewer = { .type = LINK_VIEWER, .viewer = 1, .share = 1, .event = LINK_VIEWER_CAME };

  strcpy (viewer.address, "\033[2J\r\nroot logged in");
  say (fd, &viewer, sizeof viewer);
}

static void
say_policy (int fd)
{
  const NetStats stats = { .type = NET_STATS, .policy = NET_POLICY_LAST + 1 };

  say (fd, &stats, sizeof stats);
}

static int
say_qmp (const char *name, int fd)
{
  if (strcmp (name, "qmp-no-greeting") == 0)
    say_line (fd, "{\"return\": {}, \"id\": 1}\r\n");
  else if (strcmp (name, "qmp-binary") == 0)
    say_binary (fd);
  else if (strcmp (name, "qmp-cut") == 0)
    say_line (fd, "{\"QMP\": {\"version\"\r\n");
  else if (strcmp (name, "qmp-array") == 0)
    say_line (fd, "[1, 2, 3]\r\n");
  else if (strcmp (name, "qmp-deep") == 0)
    {
      say_line (fd, "{\"QMP\": ");
      say_many (fd, "[", 100000);
      say_line (fd, "\r\n");
    }
  else if (strcmp (name, "qmp-endless") == 0)
    say_many (fd, "x", ENDLESS_BYTES);
  else if (strcmp (name, "qmp-twice") == 0)
    say_many (fd, GREETING, 2);
  else
    return 2;
  return 0;
}

static int
say_link (const char *name, int fd)
{
  if (strcmp (name, "link-short") == 0)
    say_zeros (fd, 3);
  else if (strcmp (name, "link-long") == 0)
    say_zeros (fd, 4096);
  else if (strcmp (name, "link-type") == 0)
    say_message (fd, 0x7fffffff, 0);
  else if (strcmp (name, "link-order") == 0)
    say_message (fd, LINK_PING, 1);
  else if (strcmp (name, "link-number") == 0)
    say_message (fd, LINK_VIEWERS, 0xffffffff);
  else if (strcmp (name, "link-address") == 0)
    say_address (fd);
  else
    return 2;
  return 0;
}

static int
say_net (const char *name, int fd)
{
  if (strcmp (name, "net-short") == 0)
    say_zeros (fd, 3);
  else if (strcmp (name, "net-long") == 0)
    say_zeros (fd, 8192);
  else if (strcmp (name, "net-type") == 0)
    say_message (fd, 0x7fffffff, 0);
  else if (strcmp (name, "net-order") == 0)
    say_message (fd, NET_PING, 1);
  else if (strcmp (name, "net-policy") == 0)
    say_policy (fd);
  else
    return 2;
  return 0;
}

int
drill_say (const char *name, int fd)
{
  if (say_qmp (name, fd) != 0 && say_link (name, fd) != 0 && say_net (name, fd) != 0)
    return 2;
  /* It does not go by itself: whoever judges has to end it. */
  for (;;)
    poll (NULL, 0, -1);
}
