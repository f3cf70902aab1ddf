/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What vitrine-net tells vitrine-vmm (B9: the sender is taken for hostile). Pure.
 */
#pragma once

#include "cursor.h"
#include "ipc/net-wire.h"

typedef union
{
  guint32 type;
  NetMessage message;
  NetStats stats;
} NetReport;

/* PARSE_OK or PARSE_BAD. Serials and numbers that only count are left to the caller. */
ParseResult net_report_parse (const void *data, gsize size, NetReport *ret_report);
