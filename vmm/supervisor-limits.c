/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Limits of the running guest between the front ends, its control group and QEMU. Runs in
 * vitrine-vmm.
 */
#include "supervisor-private.h"

/* A change on its way to QEMU's disks. */
typedef struct
{
  Supervisor *self;
  GuestLimits before;
  GDBusMethodInvocation *call;
} Change;

static void
publish (Supervisor *self)
{
  const Launch *launch = self->launch;

  vt_dbus_guest1_set_limits (control_get_guest (self->control),
                             limits_describe (&self->limits, launch->definition, launch->cgroup,
                                              launch->why_no_cgroup));
}

void
supervisor_init_limits (Supervisor *self)
{
  self->limits = self->launch->definition->limits;
  if (self->launch->cgroup == NULL)
    guest_log ("No control group bounds this guest's memory and processor time: %s",
               self->launch->why_no_cgroup);
  publish (self);
}

void
supervisor_limit_qemu (Supervisor *self)
{
  g_autoptr (GError) error = NULL;

  if (!limits_apply_descriptors (jail_get_pid (self->qemu), &self->limits, &error))
    guest_log ("%s", error->message);
}

/* What a control group would have to hold cannot be promised without one. */
static gboolean
is_possible (Supervisor *self, const GuestLimits *wanted, GError **error)
{
  const Cgroup *cgroup = self->launch->cgroup;
  const struct
  {
    CgroupLimit limit;
    guint now, wanted;
    const char *name;
  } held[] = { { CGROUP_CPU, self->limits.cpu, wanted->cpu, "processor time" },
               { CGROUP_MEMORY, self->limits.memory, wanted->memory, "memory" },
               { CGROUP_PROCESSES, self->limits.processes, wanted->processes, "processes" } };

  for (guint i = 0; i < G_N_ELEMENTS (held); i++)
    if (held[i].wanted != held[i].now && held[i].wanted != 0 &&
        (cgroup == NULL || !cgroup_can_limit (cgroup, held[i].limit)))
      {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                     "This host cannot limit the guest's %s: %s", held[i].name,
                     cgroup == NULL ? self->launch->why_no_cgroup
                                    : LIMITS_NO_CONTROLLER);
        return FALSE;
      }
  return TRUE;
}

static gboolean
apply (Supervisor *self, const GuestLimits *limits, GError **error)
{
  const Launch *launch = self->launch;

  return (launch->cgroup == NULL ||
          limits_apply_cgroup (launch->cgroup, limits, launch->definition->memory_mib, error)) &&
         limits_apply_descriptors (jail_get_pid (self->qemu), limits, error);
}

static void
on_disks_limited (JsonNode *result, const GError *error, gpointer data)
{
  g_autofree Change *change = data;
  Supervisor *self = change->self;

  if (error != NULL)
    {
      apply (self, &change->before, NULL);
      self->limits = change->before;
    }
  else
    guest_log ("Limits changed: processor %u %%, memory %u MiB, disks %u kB/s and %u requests/s, "
               "%u processes, %u descriptors (0: none)",
               self->limits.cpu, self->limits.memory, self->limits.disk_rate,
               self->limits.disk_iops, self->limits.processes, self->limits.descriptors);
  publish (self);
  /* Whoever made the change sees it as soon as it has the answer. */
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (control_get_guest (self->control)));
  control_answer (change->call, NULL, error);
}

void
supervisor_set_limits (Supervisor *self, GDBusMethodInvocation *call)
{
  GVariant *arguments = g_dbus_method_invocation_get_parameters (call);
  g_autoptr (GVariant) changes = g_variant_get_child_value (arguments, 0);
  g_autoptr (GError) error = NULL;
  GuestLimits wanted = self->limits;
  Change *change;

  if (!limits_change (&wanted, changes, &error) || !is_possible (self, &wanted, &error) ||
      !apply (self, &wanted, &error))
    {
      apply (self, &self->limits, NULL);
      control_answer (call, NULL, error);
      return;
    }
  change = g_new0 (Change, 1);
  change->self = self;
  change->before = self->limits;
  change->call = call;
  self->limits = wanted;
  if (self->launch->resources->chains->len > 0)
    limits_apply_disks (self->qmp, &wanted, on_disks_limited, change);
  else
    on_disks_limited (NULL, NULL, change);
}
