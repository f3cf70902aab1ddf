/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Fuzzes what vmm reads from vitrine-net (B9), and what that reads from vmm.
 */
#include "net-report-parse.h"
#include "net-request-parse.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  NetReport report;
  NetRequest request;

  if (net_report_parse (data, size, &report) == PARSE_OK)
    g_assert_true (report.type >= NET_READY && report.type <= NET_FAILED);
  for (guint n_fds = 0; n_fds < 3; n_fds++)
    if (net_request_parse (data, size, n_fds, &request) == PARSE_OK)
      {
        g_assert_true (request.type >= NET_SETUP && request.type <= NET_TAP);
        g_assert_cmpuint (n_fds, <=, 1);
      }
  return 0;
}
