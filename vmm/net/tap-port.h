/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The other side of a bridged guest: a tap, one frame a read () or write (), without a header
 * (kernel: Documentation/networking/tuntap.rst). Used by the engine of vitrine-net. Never waits.
 */
#pragma once

#include "frame-parse.h"

typedef struct _TapPort TapPort;

/* Takes `fd`, a tap that does not block. */
TapPort *tap_port_new_take (int fd);
void tap_port_free (TapPort *port);

int tap_port_get_fd (TapPort *port);

typedef enum
{
  TAP_PORT_FRAME,
  TAP_PORT_NOTHING, /* for now */
  TAP_PORT_GONE,    /* the interface was taken away */
} TapPortResult;

/* The next frame; valid until the next call. */
TapPortResult tap_port_read (TapPort *port, const guint8 **ret_data, gsize *ret_size);

/* FALSE: it is lost, as on a wire. */
gboolean tap_port_write (TapPort *port, const guint8 *data, gsize size);
