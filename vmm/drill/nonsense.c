/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How nonsense is spoken. Runs jailed in vitrine-drill, which holds one end of a channel of the
 * kind and behaves as a program that was taken over.
 */
#include "nonsense.h"

#include "drill-attempts.h"

#include <poll.h>
#include <signal.h>
#include <string.h>

static const Nonsense *const tables[] = { nonsense_links, nonsense_image,   nonsense_frames,
                                          nonsense_glass, nonsense_control, nonsense_server };

void
nonsense_say (int fd, const void *data, size_t size)
{
  struct pollfd writable = { .fd = fd, .events = POLLOUT };
  const char *at = data;

  while (size > 0)
    {
      ssize_t said = write (fd, at, size);

      if (said < 0 && errno != EAGAIN)
        _exit (0);
      if (said < 0)
        poll (&writable, 1, -1);
      else
        {
          at += said;
          size -= (size_t) said;
        }
    }
}

void
nonsense_say_text (int fd, const char *text)
{
  nonsense_say (fd, text, strlen (text));
}

void
nonsense_say_many (int fd, const char *text, size_t times)
{
  static char block[65536];
  size_t each = strlen (text);
  size_t room = sizeof block / each;

  for (size_t i = 0; i < room; i++)
    memcpy (block + i * each, text, each);
  for (size_t now; times > 0; times -= now)
    {
      now = times < room ? times : room;
      nonsense_say (fd, block, now * each);
    }
}

void
nonsense_say_zeros (int fd, size_t size)
{
  static const char zeros[65536];

  nonsense_say (fd, zeros, size);
}

void
nonsense_say_binary (int fd)
{
  char bytes[512];

  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (char) (i * 7);
  bytes[sizeof bytes - 1] = '\n';
  nonsense_say (fd, bytes, sizeof bytes);
}

void
nonsense_hear (int fd, void *data, size_t size)
{
  struct pollfd readable = { .fd = fd, .events = POLLIN };
  char *at = data;

  while (size > 0)
    {
      ssize_t got = read (fd, at, size);

      if (got == 0 || (got < 0 && errno != EAGAIN))
        _exit (0);
      if (got < 0)
        poll (&readable, 1, -1);
      else
        {
          at += got;
          size -= (size_t) got;
        }
    }
}

int
drill_say (const char *name, int fd)
{
  signal (SIGPIPE, SIG_IGN);
  for (unsigned t = 0; t < sizeof tables / sizeof *tables; t++)
    for (const Nonsense *nonsense = tables[t]; nonsense->name != NULL; nonsense++)
      if (strcmp (nonsense->name, name) == 0)
        {
          nonsense->speak (fd);
          for (;;)
            poll (NULL, 0, -1);
        }
  return 2;
}
