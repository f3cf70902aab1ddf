/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The badge and the report on what isolates the guest, for the front ends. Runs in vitrine-vmm;
 * what is judged comes from the kernel, not from the programs.
 */
#include "supervisor-private.h"

#include "image/image-chain.h"
#include "isolation-report.h"
#include "nbd/nbd-disk.h"
#include "paths.h"

/* The proof starts as many programs as the guest itself has. Meanwhile the front end comes to its
 * end and the guest to its firmware, which are what somebody waits for. */
#define PROOF_START_MS 100

/* The files that the guest may write by right: disks, firmware variables. NULL at the end. */
static GPtrArray *
list_writable_files (const Resources *resources)
{
  GPtrArray *files = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < resources->chains->len; i++)
    {
      const ImageChain *chain = resources->chains->pdata[i];
      const ImageNode *top = chain->nodes->pdata[0];

      if (top->writable && chain->source == NULL)
        g_ptr_array_add (files, g_strdup (top->path));
    }
  if (resources->firmware_variables >= 0)
    g_ptr_array_add (files, paths_guest_file (resources->definition->uuid, "nvram.qcow2"));
  return files;
}

static IsolationProofs
get_proofs (Supervisor *self, JailKind kind)
{
  return self->proof != NULL ? layer_proof_get (self->proof, kind) : (IsolationProofs) { 0 };
}

/* One more of the subject's processes; `jail` is NULL if there is none now, and so is the answer. */
static IsolationProcess *
add_jailed (Supervisor *self,
            IsolationProcess *processes,
            IsolationSubject *subject,
            const char *role,
            JailKind kind,
            Jail *jail)
{
  IsolationProcess *process;

  if (jail == NULL)
    return NULL;
  process = &processes[subject->n_processes++];
  *process = (IsolationProcess) { .role = role,
                                  .pid = jail_get_pid (jail),
                                  .jailed = TRUE,
                                  .filters = 2,
                                  .proofs = get_proofs (self, kind),
                                  .landlock_abi = jail_get_landlock_abi (jail) };
  return process;
}

/* What vmm and QEMU may hold open for writing. */
static GPtrArray *
list_files (Supervisor *self, const char *tap)
{
  GPtrArray *files = list_writable_files (self->launch->resources);

  g_ptr_array_add (files, paths_guest_file (self->launch->uuid, "log"));
  g_ptr_array_add (files, paths_guest_file (self->launch->uuid, "lock"));
  if (tap != NULL)
    g_ptr_array_add (files, g_strdup (tap));
  g_ptr_array_add (files, NULL);
  return files;
}

static IsolationReport *
make_report (Supervisor *self)
{
  g_autofree char *capture = network_capture_path (self->network);
  g_autofree char *tap = network_tap_path (self->network);
  const char *const net_files[] = { tap != NULL ? tap : capture, tap != NULL ? capture : NULL, NULL };
  g_autoptr (GPtrArray) files = list_files (self, tap);
  IsolationProcess processes[4 + GUEST_DISKS_MAX] = { { .role = "vmm", .pid = getpid () } };
  IsolationSubject subject = { .processes = processes,
                               .n_processes = 1,
                               .hardware = self->launch->resources->use_kvm,
                               .machine_is_safe = TRUE }; /* q35 and pc are on QEMU's list */
  IsolationProcess *qemu =
      add_jailed (self, processes, &subject, "qemu", JAIL_QEMU, self->qemu);
  IsolationProcess *net;

  add_jailed (self, processes, &subject, "display", JAIL_DISPLAY,
              display_link_get_jail (self->display));
  net = add_jailed (self, processes, &subject, "net", JAIL_NET, network_get_jail (self->network));
  for (guint i = 0; self->storage != NULL && i < self->storage->len; i++)
    add_jailed (self, processes, &subject, "nbd", JAIL_NBD,
                nbd_disk_get_jail (self->storage->pdata[i]));
  processes[0].writable_files = qemu->writable_files = (const char *const *) files->pdata;
  qemu->writable_code = !subject.hardware;
  if (net != NULL)
    {
      net->host_network = TRUE;
      net->bridged = network_is_bridged (self->network);
      net->filters = network_is_ready (self->network) ? 2 : 1;
      net->writable_files = net_files;
    }
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

static void
answer (Supervisor *self, GDBusMethodInvocation *call)
{
  g_autoptr (IsolationReport) report = make_report (self);
  g_autofree char *json = isolation_report_to_json (report);

  control_answer (call, json, NULL);
}

void
supervisor_called_isolation (Supervisor *self, GDBusMethodInvocation *call)
{
  if (self->proof_start != 0)
    supervisor_prove_isolation (self);
  if (self->proof == NULL || layer_proof_is_over (self->proof))
    answer (self, call);
  else
    g_ptr_array_add (self->isolation_calls, call);
}

/* --- The proof --- */

static void
answer_waiting (Supervisor *self, const GError *error)
{
  for (guint i = 0; i < self->isolation_calls->len; i++)
    if (error != NULL)
      control_answer (self->isolation_calls->pdata[i], NULL, error);
    else
      answer (self, self->isolation_calls->pdata[i]);
  g_ptr_array_set_size (self->isolation_calls, 0);
}

static void
on_proved (gpointer data)
{
  Supervisor *self = data;

  if (self->phase == PHASE_RUNNING)
    supervisor_publish_isolation (self);
  else if (self->phase == PHASE_STARTING && self->shows && supervisor_may_go (self))
    supervisor_set_going (self);
  answer_waiting (self, NULL);
}

void
supervisor_prove_isolation (Supervisor *self)
{
  DrillJail jails[DRILL_JAILS];

  g_clear_handle_id (&self->proof_start, g_source_remove);
  if (self->proof != NULL)
    return;
  supervisor_list_jails (self, jails);
  /* The last one reads images before the guest starts; the one before it is there for disks on
   * servers only. */
  self->proof = layer_proof_new (self->launch->drill_binary, jails,
                                 DRILL_JAILS - (self->storage->len > 0 ? 1 : 2), on_proved, self);
}

static gboolean
on_proof_start (gpointer data)
{
  Supervisor *self = data;

  self->proof_start = 0;
  supervisor_prove_isolation (self);
  return G_SOURCE_REMOVE;
}

void
supervisor_prove_isolation_later (Supervisor *self)
{
  if (self->proof == NULL && self->proof_start == 0)
    self->proof_start = g_timeout_add (PROOF_START_MS, on_proof_start, self);
}

gboolean
supervisor_may_go (Supervisor *self)
{
  g_autoptr (IsolationReport) report = NULL;
  g_autofree char *missing = NULL;
  g_autofree char *reason = NULL;

  if (self->launch->definition->isolation != GUEST_ISOLATION_REQUIRED)
    return TRUE;
  if (!layer_proof_is_over (self->proof))
    return FALSE;
  report = make_report (self);
  missing = isolation_report_find_missing (report);
  if (missing == NULL)
    return TRUE;
  reason = g_strdup_printf (
      "This guest has isolation=required, and a layer of it does not hold. %s", missing);
  supervisor_end (self, reason);
  return FALSE;
}

void
supervisor_stop_proof (Supervisor *self)
{
  g_autoptr (GError) error = NULL;

  g_clear_handle_id (&self->proof_start, g_source_remove);
  g_clear_pointer (&self->proof, layer_proof_free);
  g_set_error (&error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The guest ended");
  answer_waiting (self, error);
}
