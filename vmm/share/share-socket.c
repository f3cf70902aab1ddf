/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Makes what a share needs of the kernel. Runs in vitrine-vmm, without privileges and in the host's
 * network; it listens, but never accepts or reads: that is the display process's, in its jail.
 */
#include "share-socket.h"

#include "fds.h"
#include "share-address.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define PEM_BEGIN "-----BEGIN CERTIFICATE-----"
#define PEM_END "-----END CERTIFICATE-----"

static const char *
explain (int number)
{
  switch (number)
    {
    case EADDRINUSE:
      return "another program listens there already; choose another port, or 0 for any free one";
    case EACCES:
      return "this port needs privileges that Vitrine has given up; choose one from 1024 on";
    case EADDRNOTAVAIL:
      return "this computer has no such address";
    case EINVAL:
      return "an address that is valid on one network card only (fe80::…) cannot be listened on; "
             "choose another one of this computer";
    default:
      return g_strerror (number);
    }
}

static int
fail (GError **error, const char *address, guint16 port)
{
  int number = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number),
               "The console cannot be shared on %s port %u: %s", address, port, explain (number));
  return -1;
}

static guint16
port_of (int fd)
{
  struct sockaddr_storage bound = { 0 };
  socklen_t size = sizeof bound;

  if (getsockname (fd, (struct sockaddr *) &bound, &size) != 0)
    return 0;
  return ntohs (bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *) &bound)->sin6_port
                                            : ((struct sockaddr_in *) &bound)->sin_port);
}

int
share_socket_listen (const char *text, guint16 port, guint16 *ret_port, GError **error)
{
  g_autoptr (GInetAddress) address = share_address_parse (text, error);
  g_autoptr (GSocketAddress) where = NULL;
  struct sockaddr_storage native;
  gssize size;
  const int on = 1;
  autofd fd = -1;

  if (address == NULL)
    return -1;
  where = g_inet_socket_address_new (address, port);
  size = g_socket_address_get_native_size (where);
  if (!g_socket_address_to_native (where, &native, sizeof native, error))
    return -1;
  fd = socket (native.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return fail (error, text, port);
  /* "::" means every address of IPv6; whoever wants both families shares twice. */
  if (setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      (native.ss_family == AF_INET6 &&
       setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) ||
      bind (fd, (struct sockaddr *) &native, size) != 0 || listen (fd, SHARE_BACKLOG) != 0)
    return fail (error, text, port);
  *ret_port = port_of (fd);
  return fds_steal (&fd);
}

void
share_socket_close (int *fd)
{
  /* Closing would leave the display process's copy listening. */
  if (*fd >= 0)
    shutdown (*fd, SHUT_RDWR);
  fds_clear (fd);
}

int
share_memory_new (const char *name, const char *text, GError **error)
{
  gsize size = strlen (text);
  void *map;
  int fd = fds_sealed_memory (name, size, &map, error);

  if (fd < 0)
    return -1;
  memcpy (map, text, size);
  munmap (map, size);
  return fd;
}

char *
share_fingerprint (const char *pem, GError **error)
{
  const char *begin = strstr (pem, PEM_BEGIN);
  const char *end = begin != NULL ? strstr (begin, PEM_END) : NULL;
  g_autofree char *base64 = NULL;
  g_autofree guchar *der = NULL;
  g_autofree char *sum = NULL;
  GString *out;
  gsize size = 0;

  if (end != NULL)
    {
      begin += strlen (PEM_BEGIN);
      base64 = g_strndup (begin, end - begin);
      der = g_base64_decode (base64, &size);
    }
  if (size == 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "The certificate is not in PEM form: there is no “%s” in it", PEM_BEGIN);
      return NULL;
    }
  sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, der, size);
  out = g_string_new (NULL);
  for (const char *at = sum; *at != '\0'; at++)
    {
      if (at != sum && (at - sum) % 2 == 0)
        g_string_append_c (out, ':');
      g_string_append_c (out, g_ascii_toupper (*at));
    }
  return g_string_free (out, FALSE);
}
