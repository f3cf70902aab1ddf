/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a local front end sends (common/ipc/glass-wire.h): bytes of one packet to a checked message.
 * Pure; which message is legal when, and where the pointer may be, is glass-viewer.c's question.
 */
#pragma once

#include "cursor.h"
#include "ipc/glass-wire.h"

/* Room for the longest. */
#define GLASS_REQUEST_BYTES_MAX (sizeof (GlassSoundRecorded) + GLASS_SOUND_FRAMES_MAX * 4u)

/* PARSE_OK or PARSE_BAD: a packet is always whole. GLASS_SOUND_RECORDED is none of these. */
ParseResult glass_parse_request (const void *data, gsize size, GlassRequest *ret_request);

/* GLASS_SOUND_RECORDED: copies its frames out. */
ParseResult glass_parse_recorded (const void *data,
                                  gsize size,
                                  GlassSoundFrame ret_frames[static GLASS_SOUND_FRAMES_MAX],
                                  guint *ret_n);

/* How many descriptors must come with a checked message. */
guint glass_parse_count_fds (const GlassRequest *request);
