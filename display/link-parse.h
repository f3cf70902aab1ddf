/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What vmm sends display over their link (common/ipc/link-wire.h). Pure.
 */
#pragma once

#include "cursor.h"
#include "ipc/link-wire.h"

/* One packet that came with n_fds descriptors. PARSE_OK or PARSE_BAD. */
ParseResult link_parse_request (const void *data,
                                gsize size,
                                guint n_fds,
                                LinkMessage *ret_message);
