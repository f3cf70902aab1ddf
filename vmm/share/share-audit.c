/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The audit lines of shared consoles. Runs in vitrine-vmm.
 */
#include "share-audit.h"

#include "guest-log.h"

void
share_audit_flush (ShareAudit *audit)
{
  if (audit->dropped > 0)
    guest_log ("Sharing: %u more lines about viewers were left out", audit->dropped);
  audit->dropped = 0;
}

void
share_audit (ShareAudit *audit, const char *format, ...)
{
  gint64 now = g_get_monotonic_time ();
  g_autofree char *text = NULL;
  va_list args;

  if (audit->since == 0 || now - audit->since >= (gint64) SHARE_AUDIT_SECONDS * G_USEC_PER_SEC)
    {
      share_audit_flush (audit);
      audit->since = now;
      audit->lines = 0;
    }
  if (audit->lines >= SHARE_AUDIT_LINES_MAX)
    {
      audit->dropped++;
      return;
    }
  audit->lines++;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  guest_log ("%s", text);
}
