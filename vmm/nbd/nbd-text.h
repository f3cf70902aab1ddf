/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What went wrong with an NBD server, as a sentence that says what to do. Pure.
 */
#pragma once

#include "ipc/nbd-link-wire.h"
#include "nbd-address-parse.h"

/* `text` is that of the report. Free with g_free. */
char *nbd_text_failure (const NbdAddress *address, NbdWhy why, const char *text);

/* It could not be connected to; `why` as of NbdConnected. */
char *nbd_text_unreachable (const NbdAddress *address, const char *why);
