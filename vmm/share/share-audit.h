/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Lines about shares in the guest's log. What other machines cause is limited, since anyone who can
 * connect could fill the disk with refusals; what was left out is counted.
 */
#pragma once

#include <gio/gio.h>

#define SHARE_AUDIT_LINES_MAX 120 /* caused by viewers, in SHARE_AUDIT_SECONDS */
#define SHARE_AUDIT_SECONDS 60

typedef struct
{
  gint64 since; /* monotonic: begin of the present stretch */
  guint lines;
  guint dropped;
} ShareAudit;

/* One line; only as long as the budget lasts. */
void share_audit (ShareAudit *audit, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Tells what was left out, if anything was. */
void share_audit_flush (ShareAudit *audit);
