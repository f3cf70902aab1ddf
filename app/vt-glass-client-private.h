/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the parts of the glass client share: vt-glass-client.c (the connection), vt-glass-clipboard.c
 * and vt-glass-input.c. Not for anyone else.
 */
#pragma once

#include "glass-parse.h"
#include "vt-glass-client.h"

/* Queues a message, with a descriptor that it takes (-1: none). */
void vt_glass_client_send_take_fd (VtGlassClient *self, const GlassRequest *request, int fd);
GlassState *vt_glass_client_get_state (VtGlassClient *self);
