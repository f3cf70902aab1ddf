/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Frames from and to a tap. Runs in vitrine-net.
 */
#include "tap-port.h"

#include "fds.h"

#include <errno.h>

struct _TapPort
{
  int fd;
  guint8 frame[FRAME_BYTES_MAX + 1];
};

TapPort *
tap_port_new_take (int fd)
{
  TapPort *port = g_new0 (TapPort, 1);

  port->fd = fd;
  return port;
}

void
tap_port_free (TapPort *port)
{
  if (port == NULL)
    return;
  fds_clear (&port->fd);
  g_free (port);
}

int
tap_port_get_fd (TapPort *port)
{
  return port->fd;
}

TapPortResult
tap_port_read (TapPort *port, const guint8 **ret_data, gsize *ret_size)
{
  gssize got;

  do
    got = read (port->fd, port->frame, sizeof port->frame);
  while (got < 0 && errno == EINTR);
  if (got <= 0)
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? TAP_PORT_NOTHING : TAP_PORT_GONE;
  *ret_data = port->frame;
  *ret_size = got;
  return TAP_PORT_FRAME;
}

gboolean
tap_port_write (TapPort *port, const guint8 *data, gsize size)
{
  gssize sent;

  do
    sent = write (port->fd, data, size);
  while (sent < 0 && errno == EINTR);
  return sent == (gssize) size;
}
