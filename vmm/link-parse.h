/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One packet of vitrine-display (B3) to a validated message. Pure. Source: common/ipc/link-wire.h.
 */
#pragma once

#include "cursor.h"
#include "ipc/link-wire.h"

/* What display may say: READY, PONG, VIEWERS or FAILED, its value within bounds. OK or BAD; a
 * packet is always whole. */
ParseResult link_parse (const void *data, gsize size, LinkMessage *ret_message);

/* What it says of a remote viewer: LINK_VIEWER, its address plain characters. OK or BAD. */
ParseResult link_parse_viewer (const void *data, gsize size, LinkViewer *ret_viewer);

/* That a link of a share was used: LINK_WEB_TOKEN_USED. OK or BAD. */
ParseResult link_parse_token_used (const void *data, gsize size, LinkWebTokenUsed *ret_used);
