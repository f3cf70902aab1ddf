/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Where the user's sound server listens. The window opens Unix sockets and no other, while libpulse
 * on its own would follow the environment, its configuration and the X server to any host: so it is
 * told. Pure.
 */
#pragma once

#include <glib.h>

/* The first Unix socket of `server` (PULSE_SERVER: addresses apart by spaces, each perhaps behind
 * "{machine}"), else "native" in `folder` (PULSE_RUNTIME_PATH), else in `runtime_dir`/pulse. NULL if
 * `server` names other places only: the user does not want this computer's. */
char *pulse_address (const char *server, const char *folder, const char *runtime_dir);
