/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Frames from and to QEMU. Runs in vitrine-net.
 */
#include "frame-port.h"

#include "fds.h"

#include <errno.h>
#include <sys/socket.h>

/* One byte more than a frame may have, so that a longer one shows. */
#define SLOT_BYTES (FRAME_BYTES_MAX + 1)

struct _FramePort
{
  int fd;
  guint8 *in; /* FRAME_PORT_BATCH slots */
  struct mmsghdr messages[FRAME_PORT_BATCH];
  struct iovec vectors[FRAME_PORT_BATCH];

  guint8 *out; /* FRAME_PORT_QUEUE_BYTES; filled from the front, begun anew once it is empty */
  gsize out_used;
  struct iovec queue[FRAME_PORT_QUEUE_FRAMES];
  guint head; /* the next to be sent */
  guint tail;
};

FramePort *
frame_port_new_take (int fd)
{
  FramePort *port = g_new0 (FramePort, 1);

  port->fd = fd;
  port->in = g_malloc ((gsize) FRAME_PORT_BATCH * SLOT_BYTES);
  port->out = g_malloc (FRAME_PORT_QUEUE_BYTES);
  return port;
}

void
frame_port_free (FramePort *port)
{
  if (port == NULL)
    return;
  fds_clear (&port->fd);
  g_free (port->in);
  g_free (port->out);
  g_free (port);
}

int
frame_port_get_fd (FramePort *port)
{
  return port->fd;
}

int
frame_port_read (FramePort *port)
{
  int got;

  for (guint i = 0; i < FRAME_PORT_BATCH; i++)
    {
      port->vectors[i] = (struct iovec) { port->in + (gsize) i * SLOT_BYTES, SLOT_BYTES };
      port->messages[i] =
          (struct mmsghdr) { .msg_hdr = { .msg_iov = &port->vectors[i], .msg_iovlen = 1 } };
    }
  do
    got = recvmmsg (port->fd, port->messages, FRAME_PORT_BATCH, MSG_DONTWAIT, NULL);
  while (got < 0 && errno == EINTR);
  if (got < 0)
    return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
  /* An empty packet is the end, or nothing that a card sends. */
  return got > 0 && port->messages[0].msg_len == 0 ? -1 : got;
}

const guint8 *
frame_port_get (FramePort *port, guint index, gsize *ret_size)
{
  *ret_size = port->messages[index].msg_len;
  return port->in + (gsize) index * SLOT_BYTES;
}

gboolean
frame_port_write (FramePort *port, const guint8 *data, gsize size)
{
  if (port->tail == FRAME_PORT_QUEUE_FRAMES || size > FRAME_PORT_QUEUE_BYTES - port->out_used)
    return FALSE;
  memcpy (port->out + port->out_used, data, size);
  port->queue[port->tail++] = (struct iovec) { port->out + port->out_used, size };
  port->out_used += size;
  return TRUE;
}

/* FALSE: QEMU takes no more for now. */
static gboolean
send_some (FramePort *port)
{
  struct mmsghdr messages[FRAME_PORT_BATCH] = { 0 };
  guint n = MIN (port->tail - port->head, FRAME_PORT_BATCH);
  int sent;

  for (guint i = 0; i < n; i++)
    messages[i].msg_hdr =
        (struct msghdr) { .msg_iov = &port->queue[port->head + i], .msg_iovlen = 1 };
  do
    sent = sendmmsg (port->fd, messages, n, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
    sent = 1; /* this one can never be sent: QEMU is gone, which reading tells */
  if (sent <= 0)
    return FALSE;
  port->head += sent;
  return TRUE;
}

void
frame_port_flush (FramePort *port)
{
  while (port->head < port->tail && send_some (port))
    continue;
  if (port->head == port->tail)
    {
      port->head = port->tail = 0;
      port->out_used = 0;
    }
}

gboolean
frame_port_is_behind (FramePort *port)
{
  return port->head < port->tail;
}
