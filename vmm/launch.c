/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The first half of a start, in order: definition, lock, files, sockets, janitor, drop of root.
 * Runs in vitrine-vmm before its main loop; whatever fails, launch_free () undoes.
 */
#include "launch.h"

#include "fds.h"
#include "guest-lock.h"
#include "jail/jail.h"
#include "jail/jail-lsm.h"
#include "jail/privileges.h"
#include "limits/limits.h"
#include "net/tap.h"
#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* Reads guest.conf whole, if it is a file of a sane size. */
static char *
read_definition (const char *path, gsize *ret_size, GError **error)
{
  g_autofree char *text = g_malloc (GUEST_DEFINITION_BYTES_MAX + 1);
  autofd fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  struct stat info;
  gssize got;

  if (fd < 0 || fstat (fd, &info) != 0 || !S_ISREG (info.st_mode))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   "Cannot open the guest's definition %s: %s", path,
                   fd < 0 ? g_strerror (errno) : "it is not a file");
      return NULL;
    }
  got = read (fd, text, GUEST_DEFINITION_BYTES_MAX + 1);
  if (got < 0 || got > GUEST_DEFINITION_BYTES_MAX)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "Cannot read %s: %s", path,
                   got < 0 ? g_strerror (errno) : "the file is too long");
      return NULL;
    }
  *ret_size = got;
  return g_steal_pointer (&text);
}

static GuestDefinition *
load_definition (const char *uuid, GError **error)
{
  g_autofree char *path = paths_guest_file (uuid, "guest.conf");
  g_autoptr (GuestDefinition) definition = NULL;
  gsize size;
  g_autofree char *text = read_definition (path, &size, error);

  if (text == NULL)
    return NULL;
  definition = guest_definition_parse (text, size, path, error);
  if (definition != NULL && strcmp (definition->uuid, uuid) != 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "%s: the uuid in [guest] is %s, but the folder is that of %s", path,
                   definition->uuid, uuid);
      return NULL;
    }
  return g_steal_pointer (&definition);
}

static gboolean
choose_accel (const char *word, GuestAccel *accel, GError **error)
{
  static const GuestAccel all[] = { GUEST_ACCEL_AUTO, GUEST_ACCEL_KVM, GUEST_ACCEL_TCG };

  for (guint i = 0; word != NULL && i < G_N_ELEMENTS (all); i++)
    if (strcmp (guest_accel_word (all[i]), word) == 0)
      {
        *accel = all[i];
        return TRUE;
      }
  if (word == NULL)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               "The accelerator is auto, kvm or tcg, not “%s”", word);
  return FALSE;
}

/* What a limit that the definition sets needs, and this host does not give: "" or a sentence. */
static char *
find_missing_limits (const Launch *launch)
{
  const GuestLimits *limits = &launch->definition->limits;
  const guint wanted[CGROUP_N_LIMITS] = { [CGROUP_CPU] = limits->cpu,
                                          [CGROUP_MEMORY] = limits->memory,
                                          [CGROUP_PROCESSES] = limits->processes };
  static const char *const names[CGROUP_N_LIMITS] = {
    [CGROUP_CPU] = "cpu", [CGROUP_MEMORY] = "memory", [CGROUP_PROCESSES] = "processes"
  };

  for (guint i = 0; i < CGROUP_N_LIMITS; i++)
    if (wanted[i] != 0 && (launch->cgroup == NULL || !cgroup_can_limit (launch->cgroup, i)))
      return g_strdup_printf (
          "Limits: nothing here can hold the guest's limit “%s” (%s); start it from a systemd user "
          "session or as root with cgroup v2, or lift that limit.",
          names[i], launch->cgroup == NULL ? launch->why_no_cgroup : LIMITS_NO_CONTROLLER);
  return g_strdup ("");
}

/* isolation=required: no start without every layer. Whether they hold is seen once the processes
 * run (supervisor-isolation.c). */
static gboolean
check_isolation (const Launch *launch, GError **error)
{
  g_auto (GStrv) missing = NULL;
  g_autofree char *layers = NULL;
  g_autofree char *limits = NULL;

  if (launch->definition->isolation != GUEST_ISOLATION_REQUIRED)
    return TRUE;
  jail_host_layers (&missing);
  layers = g_strjoinv (". ", missing);
  limits = find_missing_limits (launch);
  if (*layers == '\0' && *limits == '\0')
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
               "This guest has isolation=required, and this host lacks a layer of it. %s%s%s",
               layers, *layers != '\0' && *limits != '\0' ? ". " : "", limits);
  return FALSE;
}

/* A guest runs without a control group as well; the report says so then. */
static void
enter_group (Launch *launch, uid_t uid)
{
  const GuestDefinition *definition = launch->definition;
  g_autoptr (GError) error = NULL;

  launch->cgroup = cgroup_make (launch->uuid, uid, janitor_get_first (launch->janitor), &error);
  if (launch->cgroup != NULL &&
      limits_apply_cgroup (launch->cgroup, &definition->limits, definition->memory_mib, &error))
    jail_use_group (cgroup_get_procs (launch->cgroup));
  else
    {
      launch->why_no_cgroup = g_strdup (error->message);
      g_clear_pointer (&launch->cgroup, cgroup_free);
    }
}

/* Sockets, janitor, and the last moment as root. */
static gboolean
settle (Launch *launch, GError **error)
{
  CgroupRemains remains;
  uid_t uid = geteuid () == 0 ? privileges_guest_uid (launch->uuid) : geteuid ();
  const char *binaries[] = { launch->host->qemu,    launch->display_binary, launch->drill_binary,
                             launch->viewer_binary, launch->net_binary,     launch->nbd_binary,
                             NULL };

  launch->runtime = runtime_dir_make (launch->uuid, error);
  if (launch->runtime == NULL)
    return FALSE;
  cgroup_find_remains (launch->uuid, &remains);
  /* This process becomes the janitor; its child goes on here. */
  launch->janitor = janitor_start (launch->runtime, launch->lock, &remains, error);
  fds_clear (&remains.parent);
  if (launch->janitor == NULL || !runtime_dir_listen (launch->runtime, uid, error))
    return FALSE;
  jail_lsm_set_guest (launch->uuid);
  if (!jail_prepare (binaries, error))
    return FALSE;
  /* Beside the move into a group, for which the kernel waits for all its processors, and a user for
   * systemd. Root would learn nothing from it yet. */
  if (geteuid () != 0)
    jail_begin_trial ();
  enter_group (launch, uid);
  if (!privileges_drop (uid, error))
    return FALSE;
  jail_begin_trial ();
  return check_isolation (launch, error);
}

/* A bridged guest has one, and no other. */
static gboolean
check_tap (const Launch *launch, GError **error)
{
  gboolean bridged = launch->definition->network == GUEST_NETWORK_BRIDGE;

  if (launch->tap < 0 && !bridged)
    return TRUE;
  if (launch->tap >= 0 && bridged)
    return tap_check (launch->tap, error);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s",
               bridged ? "network.policy=bridge takes a tap, which Vitrine may not make itself: start "
                         "the guest with “vitrinectl start NAME --tap-fd N”"
                       : "A tap was handed in, but this guest's network.policy is not bridge");
  return FALSE;
}

Launch *
launch_prepare (const char *uuid,
                const char *accel_word,
                int tap,
                StartReport *report,
                GError **error)
{
  g_autoptr (Launch) launch = g_new0 (Launch, 1);
  GuestAccel accel;

  launch->uuid = g_strdup (uuid);
  launch->starter = getuid ();
  launch->lock = -1;
  launch->tap = tap;
  start_report_step (report, "Reading the definition");
  launch->definition = load_definition (uuid, error);
  if (launch->definition == NULL)
    return NULL;
  accel = launch->definition->accel;
  if (!choose_accel (accel_word, &accel, error) || !check_tap (launch, error))
    return NULL;
  launch->lock = guest_lock_take (uuid, error);
  launch->host = launch->lock >= 0 ? host_config_load (error) : NULL;
  if (launch->host == NULL)
    return NULL;
  launch->display_binary = paths_helper ("vitrine-display");
  launch->drill_binary = paths_helper ("vitrine-drill");
  launch->viewer_binary = paths_helper ("vitrine-drill-viewer");
  launch->net_binary = paths_helper ("vitrine-net");
  launch->nbd_binary = paths_helper ("vitrine-nbd");
  start_report_step (report, "Opening disks and checking what they rest on");
  launch->resources = resources_open (launch->definition, accel, error);
  if (launch->resources == NULL)
    return NULL;
  launch->disks = disk_watch_new (launch->resources->chains);
  start_report_step (report, "Preparing the jails");
  return settle (launch, error) ? g_steal_pointer (&launch) : NULL;
}

void
launch_free (Launch *launch)
{
  g_clear_pointer (&launch->disks, disk_watch_free);
  g_clear_pointer (&launch->resources, resources_free);
  if (launch->janitor != NULL)
    g_clear_pointer (&launch->janitor, janitor_finish);
  else if (launch->runtime != NULL)
    runtime_dir_unlink (launch->runtime);
  g_clear_pointer (&launch->runtime, runtime_dir_free);
  g_clear_pointer (&launch->cgroup, cgroup_free);
  g_free (launch->why_no_cgroup);
  guest_lock_release (launch->lock);
  fds_clear (&launch->lock);
  g_clear_pointer (&launch->host, host_config_free);
  g_clear_pointer (&launch->definition, guest_definition_free);
  g_free (launch->display_binary);
  g_free (launch->drill_binary);
  g_free (launch->viewer_binary);
  g_free (launch->net_binary);
  g_free (launch->nbd_binary);
  fds_clear (&launch->tap);
  g_free (launch->uuid);
  g_free (launch);
}
