/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The WebSocket of a browser that was let through to the console: from now on its stream carries
 * bytes in binary frames (RFC 6455). Main thread only.
 */
#pragma once

#include "front/stream.h"

/* What is read of the stream, and sent on it, stands in frames. */
void web_socket_wrap (Stream *stream);
