/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a front end still has to send to the display process. Bounded; what only the newest of
 * matters (moves, sizes, acknowledgements) is merged, keys and buttons keep their order.
 */
#pragma once

#include "ipc/glass-wire.h"

#define GLASS_QUEUE_MAX 4096u /* packets */

typedef struct
{
  GlassRequest request; /* first, so that it is one */
  int fd;               /* owned; -1: none */
} GlassPacket;

typedef struct
{
  GQueue packets; /* of GlassPacket, owned */
} GlassQueue;

typedef enum
{
  GLASS_QUEUE_SENT,    /* empty now */
  GLASS_QUEUE_BLOCKED, /* when the socket is writable again */
  GLASS_QUEUE_BROKEN,  /* nothing more will ever get through */
} GlassQueueResult;

void glass_queue_init (GlassQueue *queue);
void glass_queue_clear (GlassQueue *queue);

/* With a descriptor that it takes (-1: none). FALSE: it is full, the peer does not read. */
gboolean glass_queue_push (GlassQueue *queue, const GlassRequest *request, int fd);

/* Sends as much as the socket takes; never waits. */
GlassQueueResult glass_queue_flush (GlassQueue *queue, int socket);
