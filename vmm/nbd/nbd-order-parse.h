/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Both directions of the link between vitrine-vmm and vitrine-nbd: what vmm orders, and what
 * vitrine-nbd, which a server may have taken over, reports (B11). Pure.
 */
#pragma once

#include "cursor.h"
#include "ipc/nbd-link-wire.h"

typedef struct
{
  guint32 type;
  NbdSetup setup; /* of NBD_ORDER_SETUP */
} NbdLinkOrder;

/* One packet; never NEED_MORE. */
ParseResult nbd_order_parse (gconstpointer data, gsize size, NbdLinkOrder *ret_order);
ParseResult nbd_report_parse (gconstpointer data, gsize size, NbdReport *ret_report);
