/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's end of what the bench measures of the network: `meter PORT` serves TCP and UDP at
 * that port. A client of TCP says with its first byte what it wants:
 *
 *   s  to be sent zeros, as fast as it takes them
 *   r  to have counted what it sends
 *   d  to have datagrams sent to who says "to here" by UDP
 *   u  to have counted what comes by UDP
 *
 * For r, d and u it is told 20 times a second how many bytes it has been so far, a line each.
 * Static.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TELL_MS 50    /* more would show in what is measured: each is answered by a frame */
#define DATAGRAM 1400 /* one frame each */
#define BUFFER_BYTES                                                                               \
  (1 << 20) /* of a socket: datagrams that the guest loses say nothing of a limit */
#define TURN_BYTES (1u << 20) /* moved before the clock is looked at again */

static uint8_t buffer[1 << 17];
static uint64_t bytes;

static void
fail (const char *what)
{
  perror (what);
  exit (1);
}

static int64_t
now_ms (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C (1000) + now.tv_nsec / 1000000;
}

static void
tell (int client)
{
  char text[48];
  int size = snprintf (text, sizeof text, "%llu %lld\n", (unsigned long long) bytes,
                       (long long) now_ms ());

  if (send (client, text, size, MSG_NOSIGNAL) != size)
    exit (0);
}

static void
send_zeros (int client)
{
  while (send (client, buffer, sizeof buffer, MSG_NOSIGNAL) > 0)
    continue;
}

/* What there is of it, yet not for ever. FALSE (0): the other end is gone. */
static int
take (int from)
{
  for (uint64_t end = bytes + TURN_BYTES; bytes < end;)
    {
      ssize_t got = recv (from, buffer, sizeof buffer, MSG_DONTWAIT);

      if (got == 0 || (got < 0 && errno != EAGAIN))
        return 0;
      if (got < 0)
        return 1;
      bytes += got;
    }
  return 1;
}

static void
count (int client, int from)
{
  int64_t next = now_ms () + TELL_MS;

  for (;;)
    {
      struct pollfd fds[] = { { from, POLLIN, 0 }, { client, from == client ? 0 : POLLIN, 0 } };
      int64_t wait = next - now_ms ();

      poll (fds, 2, wait > 0 ? (int) wait : 0);
      if ((fds[0].revents != 0 && !take (from)) || fds[1].revents != 0)
        return;
      if (now_ms () < next)
        continue;
      next = now_ms () + TELL_MS;
      tell (client);
    }
}

/* The socket's own buffer makes it wait, as any program of the guest would. */
static void
send_datagrams (int client, int udp)
{
  struct sockaddr_in to;
  socklen_t size = sizeof to;
  int64_t next = 0;

  /* What was sent to be counted may still lie before it. */
  do
    if (recvfrom (udp, buffer, sizeof buffer, 0, (struct sockaddr *) &to, &size) < 0)
      fail ("recvfrom");
  while (memcmp (buffer, "to here", 7) != 0);
  memset (buffer, 0, DATAGRAM);
  for (;;)
    {
      ssize_t sent = sendto (udp, buffer, DATAGRAM, 0, (struct sockaddr *) &to, size);

      if (sent > 0)
        bytes += sent;
      if (now_ms () < next)
        continue;
      next = now_ms () + TELL_MS;
      tell (client);
    }
}

static void
serve (int client, int udp)
{
  char what;

  if (recv (client, &what, 1, 0) != 1)
    return;
  if (what == 's')
    send_zeros (client);
  else if (what == 'r')
    count (client, client);
  else if (what == 'd')
    send_datagrams (client, udp);
  else if (what == 'u')
    count (client, udp);
}

static int
open_socket (int type, uint16_t port)
{
  struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons (port) };
  int fd = socket (AF_INET, type, 0);
  int on = 1, size = BUFFER_BYTES;

  setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (type == SOCK_DGRAM && setsockopt (fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
    fail ("SO_RCVBUFFORCE");
  if (fd < 0 || bind (fd, (struct sockaddr *) &any, sizeof any) != 0)
    fail ("bind");
  return fd;
}

int
main (int argc, char **argv)
{
  uint16_t port = argc > 1 ? atoi (argv[1]) : 0;
  int listener = open_socket (SOCK_STREAM, port), udp = open_socket (SOCK_DGRAM, port);

  signal (SIGCHLD, SIG_IGN);
  if (listen (listener, 8) != 0)
    fail ("listen");
  for (;;)
    {
      int client = accept (listener, NULL, NULL);

      if (client >= 0 && fork () == 0)
        {
          serve (client, udp);
          _exit (0);
        }
      close (client);
    }
}
