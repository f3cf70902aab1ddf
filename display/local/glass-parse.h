/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a local front end sends (common/ipc/glass-wire.h): bytes of one packet to a checked message.
 * Pure; which message is legal when, and where the pointer may be, is glass-viewer.c's question.
 */
#pragma once

#include "cursor.h"
#include "ipc/glass-wire.h"

/* PARSE_OK or PARSE_BAD: a packet is always whole. */
ParseResult glass_parse_request (const void *data, gsize size, GlassRequest *ret_request);
