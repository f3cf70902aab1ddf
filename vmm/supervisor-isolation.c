/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The badge and the report on what isolates the guest, for the front ends. Runs in vitrine-vmm;
 * what is judged comes from the kernel, not from the programs.
 */
#include "supervisor-private.h"

#include "image/image-chain.h"
#include "isolation-report.h"
#include "paths.h"

/* The files that the guest may write by right: disks, firmware variables. NULL at the end. */
static GPtrArray *
list_writable_files (const Resources *resources)
{
  GPtrArray *files = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < resources->chains->len; i++)
    {
      const ImageChain *chain = resources->chains->pdata[i];
      const ImageNode *top = chain->nodes->pdata[0];

      if (top->writable)
        g_ptr_array_add (files, g_strdup (top->path));
    }
  if (resources->firmware_variables >= 0)
    g_ptr_array_add (files, paths_guest_file (resources->definition->uuid, "nvram.qcow2"));
  return files;
}

static IsolationReport *
make_report (Supervisor *self)
{
  Jail *display = display_link_get_jail (self->display);
  Jail *net = network_get_jail (self->network);
  g_autofree char *capture = network_capture_path (self->network);
  const char *const captures[] = { capture, NULL };
  g_autoptr (GPtrArray) files = list_writable_files (self->launch->resources);
  IsolationProcess processes[4] = { { .role = "vmm", .pid = getpid () } };
  IsolationSubject subject = { .processes = processes,
                               .n_processes = 1,
                               .hardware = self->launch->resources->use_kvm,
                               .machine_is_safe = TRUE }; /* q35 and pc are on QEMU's list */

  processes[subject.n_processes++] =
      (IsolationProcess) { .role = "qemu",
                           .pid = jail_get_pid (self->qemu),
                           .jailed = TRUE,
                           .filters = 2,
                           .landlock_abi = jail_get_landlock_abi (self->qemu) };
  if (display != NULL)
    processes[subject.n_processes++] =
        (IsolationProcess) { .role = "display",
                             .pid = jail_get_pid (display),
                             .jailed = TRUE,
                             .filters = 2,
                             .landlock_abi = jail_get_landlock_abi (display) };
  if (net != NULL)
    processes[subject.n_processes++] =
        (IsolationProcess) { .role = "net",
                             .pid = jail_get_pid (net),
                             .jailed = TRUE,
                             .host_network = TRUE,
                             .filters = 2,
                             .writable_files = captures,
                             .landlock_abi = jail_get_landlock_abi (net) };
  g_ptr_array_add (files, paths_guest_file (self->launch->uuid, "log"));
  g_ptr_array_add (files, paths_guest_file (self->launch->uuid, "lock"));
  g_ptr_array_add (files, NULL);
  processes[0].writable_files = processes[1].writable_files = (const char *const *) files->pdata;
  return isolation_report_new (&subject);
}

void
supervisor_publish_isolation (Supervisor *self)
{
  VtDBusGuest1 *guest = control_get_guest (self->control);
  g_autoptr (IsolationReport) report = make_report (self);

  vt_dbus_guest1_set_isolation (guest, isolation_level_word (report->level));
  vt_dbus_guest1_set_isolation_reason (guest, report->reason);
}

char *
supervisor_isolation_json (Supervisor *self)
{
  g_autoptr (IsolationReport) report = make_report (self);

  return isolation_report_to_json (report);
}
