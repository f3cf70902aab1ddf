/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What stands in the last frame that a browser gets (RFC 6455 section 5.5.1): a code, by which our
 * page finds the sentence in its own language, and a plain sentence for everybody else. Pure.
 */
#pragma once

#include "ipc/link-wire.h"
#include "web/ws-wire.h"

/* `fault` is the code for what the browser did wrong, else 0. The size of what `out` holds then. */
gsize ws_farewell (WsCode fault, LinkWhy why, guint8 out[WS_CONTROL_BYTES_MAX]);
/* Says goodbye back to a browser that left with this code. */
gsize ws_farewell_back (WsCode code, guint8 out[WS_CONTROL_BYTES_MAX]);
