/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What QEMU shows of a head that the guest does not drive: a sentence of its own in the middle of a
 * black screen ("Display output is not active."). The display protocol has no other word for it.
 * A guest that draws the same is believed: it only hides its own picture's head. Pure.
 */
#pragma once

#include "frame/frame.h"

gboolean placeholder_is_shown (const Frame *frame);
