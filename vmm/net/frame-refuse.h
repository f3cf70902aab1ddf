/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The answer to a frame that the policy keeps back: ICMP “administratively prohibited” (RFC 1812,
 * 4443), and for a connection that was open before the policy kept it back a reset (RFC 793, 3.4),
 * so that a program in the guest learns at once instead of waiting. Pure.
 */
#pragma once

#include "frame-parse.h"

#define FRAME_REFUSAL_MAX 128u

/* Makes the answer to `data`, which was parsed as `frame`, as it would come from the gateway, or,
 * if a reset, from whom it was for. Returns its size; 0 where none is due (answers to answers,
 * groups, parts). */
gsize frame_refuse (const Frame *frame,
                    const guint8 *data,
                    gsize size,
                    guint8 answer[FRAME_REFUSAL_MAX]);
