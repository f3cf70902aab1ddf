/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What becomes of a guest whose disk others change under it. Runs in vitrine-vmm: tells the front
 * ends, and stops the guest before it damages what is left.
 */
#include "supervisor-private.h"

static void
on_disk_changed (DiskWatchState state, const char *sentence, gpointer data)
{
  Supervisor *self = data;

  g_free (self->disk_trouble);
  self->disk_trouble = state != DISK_WATCH_WELL ? g_strdup (sentence) : NULL;
  if (self->phase != PHASE_RUNNING)
    return;
  vt_dbus_guest1_emit_warning (control_get_guest (self->control), sentence);
  if (state == DISK_WATCH_CUT)
    qmp_client_send (self->qmp, "stop", NULL, -1, 0, NULL, NULL);
  supervisor_refresh (self, NULL);
}

void
supervisor_watch_disks (Supervisor *self)
{
  const Launch *launch = self->launch;

  if (launch->resources->disks_changed != NULL)
    guest_log ("%s", launch->resources->disks_changed);
  self->disk_trouble = g_strdup (launch->resources->disks_changed);
  if (launch->disks != NULL)
    disk_watch_start (launch->disks, on_disk_changed, self);
}
