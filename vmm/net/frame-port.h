/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The socket that QEMU's network card is plugged into: one frame a packet, many packets a system
 * call. Used by the engine of vitrine-net. Never waits.
 */
#pragma once

#include "frame-parse.h"

#define FRAME_PORT_BATCH 32u              /* frames read or written at once */
#define FRAME_PORT_QUEUE_BYTES (4u << 20) /* for a guest that does not take frames */
#define FRAME_PORT_QUEUE_FRAMES 2048u

typedef struct _FramePort FramePort;

/* Takes `fd`. */
FramePort *frame_port_new_take (int fd);
void frame_port_free (FramePort *port);

int frame_port_get_fd (FramePort *port);

/* Reads up to FRAME_PORT_BATCH frames. Returns their number; 0: there is none for now; -1: QEMU has
 * closed its end. */
int frame_port_read (FramePort *port);
/* Frame `index` of the last read. It may be longer than any frame can be, which is for the parser
 * to find. Writable, valid until the next read. */
const guint8 *frame_port_get (FramePort *port, guint index, gsize *ret_size);

/* Queues a frame for the guest. FALSE: no room, it is lost, as on a wire. */
gboolean frame_port_write (FramePort *port, const guint8 *data, gsize size);
/* Sends what is queued, as far as QEMU takes it. */
void frame_port_flush (FramePort *port);
/* Something is queued that could not be sent yet. */
gboolean frame_port_is_behind (FramePort *port);
