/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Parser of vitrine-net's messages (B9). Runs in vitrine-vmm. Pure.
 */
#include "net-report-parse.h"

static gboolean
is_message_good (const NetMessage *message)
{
  switch (message->type)
    {
    case NET_READY:
      return message->value == 0;
    case NET_CAPTURE_END:
      return message->value <= NET_CAPTURE_END_LAST;
    case NET_FAILED:
      return message->value >= 1 && message->value <= NET_FAILURE_LAST;
    default:
      return FALSE;
    }
}

ParseResult
net_report_parse (const void *data, gsize size, NetReport *ret_report)
{
  NetReport report = { 0 };

  if (size != sizeof report.message && size != sizeof report.stats)
    return PARSE_BAD;
  memcpy (&report, data, size);
  if (size == sizeof report.stats
          ? report.type != NET_STATS || report.stats.policy > NET_POLICY_LAST ||
                report.stats.drops[NET_DROP_NONE] != 0 || report.stats.padding != 0
          : !is_message_good (&report.message))
    return PARSE_BAD;
  *ret_report = report;
  return PARSE_OK;
}
