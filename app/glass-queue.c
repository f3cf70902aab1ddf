/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The outgoing half of a glass connection. Runs in the front ends, on the main loop; must never
 * wait for the display process nor grow without bound because that does not read.
 */
#include "glass-queue.h"

#include "fds.h"

#include <errno.h>

void
glass_queue_init (GlassQueue *queue)
{
  g_queue_init (&queue->packets);
}

static void
packet_free (gpointer data)
{
  GlassPacket *packet = data;

  fds_clear (&packet->fd);
  g_free (packet);
}

void
glass_queue_clear (GlassQueue *queue)
{
  g_queue_clear_full (&queue->packets, packet_free);
}

static gsize
get_size (guint32 type)
{
  static const gsize sizes[] = {
    [GLASS_HELLO] = sizeof (GlassHello),
    [GLASS_ACK] = sizeof (GlassAck),
    [GLASS_KEY] = sizeof (GlassKey),
    [GLASS_POINTER_ABSOLUTE] = sizeof (GlassPointerAbsolute),
    [GLASS_POINTER_RELATIVE] = sizeof (GlassPointerRelative),
    [GLASS_BUTTON] = sizeof (GlassButton),
    [GLASS_TOUCH] = sizeof (GlassTouch),
    [GLASS_RESIZE] = sizeof (GlassResize),
    [GLASS_HEAD_OFF] = sizeof (GlassHeadOff),
    [GLASS_LOCKS] = sizeof (GlassLocks),
    [GLASS_SOUND_WISH] = sizeof (GlassSoundWish),
    [GLASS_CLIPBOARD_GIVE] = sizeof (GlassClipboardOffer),
    [GLASS_CLIPBOARD_FETCH] = sizeof (GlassClipboardWant),
    [GLASS_CLIPBOARD_SEND] = sizeof (GlassClipboardData),
    [GLASS_CLIPBOARD_DECIDE] = sizeof (GlassClipboardDecision),
  };

  return sizes[type];
}

/* Adds a step to the waiting one, unless the sum is more than one message can say. */
static gboolean
merge_relative (GlassPointerRelative *waiting, const GlassPointerRelative *step)
{
  gint32 dx = waiting->dx + step->dx;
  gint32 dy = waiting->dy + step->dy;

  if (ABS (dx) > GLASS_RELATIVE_MAX || ABS (dy) > GLASS_RELATIVE_MAX)
    return FALSE;
  waiting->dx = dx;
  waiting->dy = dy;
  return TRUE;
}

/* Whether `request` could be merged into the last waiting packet. Only into the last: a click must
 * stay where the pointer was. */
static gboolean
merge_last (GlassRequest *last, const GlassRequest *request)
{
  if (last->type != request->type)
    return FALSE;
  switch (request->type)
    {
    case GLASS_POINTER_ABSOLUTE:
      *last = *request;
      return TRUE;
    case GLASS_POINTER_RELATIVE:
      return merge_relative (&last->relative, &request->relative);
    case GLASS_TOUCH:
      if (last->touch.kind != GLASS_TOUCH_UPDATE || request->touch.kind != GLASS_TOUCH_UPDATE ||
          last->touch.slot != request->touch.slot)
        return FALSE;
      *last = *request;
      return TRUE;
    default:
      return FALSE;
    }
}

/* A head's size; off is one too. */
static gboolean
is_size (const GlassRequest *request)
{
  return request->type == GLASS_RESIZE || request->type == GLASS_HEAD_OFF;
}

/* Of these only the newest matters, wherever the older stands. */
static gboolean
replace_older (GlassQueue *queue, const GlassRequest *request)
{
  if (request->type != GLASS_ACK && request->type != GLASS_SOUND_WISH && !is_size (request))
    return FALSE;
  for (GList *l = queue->packets.tail; l != NULL; l = l->prev)
    {
      GlassRequest *waiting = l->data;

      if (waiting->type != request->type && !(is_size (waiting) && is_size (request)))
        continue;
      *waiting = *request;
      return TRUE;
    }
  return FALSE;
}

gboolean
glass_queue_push (GlassQueue *queue, const GlassRequest *request, int fd)
{
  autofd owned = fd;
  GlassRequest *last = g_queue_peek_tail (&queue->packets);
  GlassPacket *packet;

  if ((last != NULL && merge_last (last, request)) || replace_older (queue, request))
    return TRUE;
  if (queue->packets.length >= GLASS_QUEUE_MAX)
    return FALSE;
  packet = g_new (GlassPacket, 1);
  *packet = (GlassPacket) { *request, fds_steal (&owned) };
  g_queue_push_tail (&queue->packets, packet);
  return TRUE;
}

GlassQueueResult
glass_queue_flush (GlassQueue *queue, int socket)
{
  GlassPacket *first;

  while ((first = g_queue_peek_head (&queue->packets)) != NULL)
    {
      if (fds_send (socket, &first->request, get_size (first->request.type), &first->fd,
                    first->fd >= 0 ? 1 : 0) < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ? GLASS_QUEUE_BLOCKED
                                                                           : GLASS_QUEUE_BROKEN;
      packet_free (g_queue_pop_head (&queue->packets));
    }
  return GLASS_QUEUE_SENT;
}
