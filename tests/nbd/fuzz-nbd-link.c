/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Any packet on the link between vitrine-vmm and vitrine-nbd (B11), in both directions.
 */
#include "nbd/nbd-order-parse.h"
#include "nbd/nbd-text.h"
#include "nbd/nbd-wire.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const NbdAddress address = { .host = (char *) "nas", .port = 1, .name = (char *) "x" };
  NbdLinkOrder order;
  NbdReport report;
  g_autofree char *text = NULL;

  if (nbd_order_parse (data, size, &order) == PARSE_OK && order.type == NBD_ORDER_SETUP)
    g_assert_true (g_utf8_validate (order.setup.name, -1, NULL));
  if (nbd_report_parse (data, size, &report) != PARSE_OK)
    return 0;
  g_assert_cmpuint (report.size, <=, NBD_SIZE_MAX);
  text = nbd_text_failure (&address, report.why, report.text);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  return 0;
}
