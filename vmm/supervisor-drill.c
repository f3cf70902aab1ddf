/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The drill of a running guest: the same jails, the same user, a program that wants out. Runs in
 * vitrine-vmm.
 */
#include "supervisor-private.h"

#include "paths.h"

static void
on_done (const char *report, guint n_open, const GError *error, gpointer data)
{
  Supervisor *self = data;
  GDBusMethodInvocation *call = g_steal_pointer (&self->drill_call);

  if (error != NULL)
    guest_log ("The drill failed: %s", error->message);
  else if (n_open > 0)
    guest_log ("The drill found %u ways open that should be closed", n_open);
  else
    guest_log ("The drill found every way closed");
  control_answer (call, report, error);
  g_clear_pointer (&self->drill, drill_run_free);
}

void
supervisor_list_jails (Supervisor *self, DrillJail *jails)
{
  gboolean use_kvm = self->launch->resources->use_kvm;
  const Cgroup *cgroup = self->launch->cgroup;
  gboolean grouped = cgroup != NULL && cgroup_can_limit (cgroup, CGROUP_MEMORY) &&
                     cgroup_can_limit (cgroup, CGROUP_PROCESSES);

  jails[0] = (DrillJail) { "qemu", JAIL_QEMU, .writable_code = !use_kvm, .kvm = use_kvm };
  jails[1] = (DrillJail) { "display", JAIL_DISPLAY };
  jails[2] = (DrillJail) { "net", JAIL_NET };
  jails[3] = (DrillJail) { "nbd", JAIL_NBD };
  jails[4] = (DrillJail) { "qemu-img", JAIL_QEMU_IMG };
  for (guint i = 0; i < DRILL_JAILS; i++)
    jails[i].grouped = grouped;
}

static void
serve_take (int fd, gpointer data)
{
  control_serve_take (((Supervisor *) data)->control, fd);
}

void
supervisor_drill (Supervisor *self, GDBusMethodInvocation *call)
{
  g_autofree char *control = paths_socket (self->launch->uuid, "control", NULL);
  const DrillPrograms programs = { .drill = self->launch->drill_binary,
                                   .viewer = self->launch->viewer_binary,
                                   .net = self->launch->net_binary,
                                   .nbd = self->launch->nbd_binary,
                                   .control = control,
                                   .serve_take = serve_take,
                                   .serve_data = self };
  DrillJail jails[DRILL_JAILS];
  g_autoptr (GError) error = NULL;

  if (self->drill != NULL)
    {
      g_set_error (&error, G_IO_ERROR, G_IO_ERROR_BUSY,
                   "A drill of this guest is running already: wait for it to end");
      control_answer (call, NULL, error);
      return;
    }
  supervisor_list_jails (self, jails);
  self->drill = drill_run_new (&programs, jails, G_N_ELEMENTS (jails), on_done, self, &error);
  if (self->drill == NULL)
    {
      control_answer (call, NULL, error);
      return;
    }
  guest_log ("A drill begins in the jails of this guest");
  self->drill_call = call;
}

void
supervisor_stop_drill (Supervisor *self)
{
  g_autoptr (GError) error = NULL;

  if (self->drill == NULL)
    return;
  g_clear_pointer (&self->drill, drill_run_free);
  g_set_error (&error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The guest ended before its drill did");
  control_answer (g_steal_pointer (&self->drill_call), NULL, error);
}
