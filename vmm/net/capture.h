/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's frames as a pcap file (magic 0xa1b23c4d: nanoseconds; link type 1: Ethernet), which
 * tcpdump and Wireshark read. Used by the engine of vitrine-net, which was handed the file.
 */
#pragma once

#include "ipc/net-wire.h"

typedef struct _Capture Capture;

/* Takes `fd`, a regular file. What is in it stays, so that the next vitrine-net of a guest goes on
 * where the last one was. NULL if it cannot be written. */
Capture *capture_new_take (int fd, guint64 bytes_max);
/* Writes what is left. */
void capture_free (Capture *capture);

/* Notes one frame at `time_ns` since the epoch. */
void capture_add (Capture *capture, gint64 time_ns, const guint8 *data, gsize size);
/* Puts what was noted into the file. FALSE: it is over, for *ret_why. */
gboolean capture_flush (Capture *capture, NetCaptureEnd *ret_why);

guint64 capture_get_bytes (Capture *capture);
