/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * vitrine-vmm: supervises one running guest. Started detached by the front ends; opens what the
 * guest's definition names, puts QEMU and the display process into jails, and ends with the guest.
 * Never root once the first jail is made; runs no shell; touches no other guest.
 */
#include "config.h"
#include "backup/disk-copy.h"
#include "doctor-report.h"
#include "fds.h"
#include "guest-log.h"
#include "image/image-make.h"
#include "image/image-tool.h"
#include "launch.h"
#include "log-line.h"
#include "paths.h"
#include "supervisor.h"

#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <sys/stat.h>

typedef struct
{
  char *uuid;
  char *accel;
  char *make_disk;
  char *image_tool;
  gint64 bytes;
  int report_fd;
  int tap_fd;
  gboolean doctor;
  gboolean copy_disk;
  gboolean version;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->uuid);
  g_free (options->accel);
  g_free (options->make_disk);
  g_free (options->image_tool);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
parse_options (Options *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "uuid", 0, 0, G_OPTION_ARG_STRING, &options->uuid, "The guest to run", "UUID" },
    { "report-fd", 0, 0, G_OPTION_ARG_INT, &options->report_fd, "Where to report the start", "N" },
    { "accel", 0, 0, G_OPTION_ARG_STRING, &options->accel, "auto, kvm or tcg", "NAME" },
    { "tap-fd", 0, 0, G_OPTION_ARG_INT, &options->tap_fd, "A tap for network.policy=bridge", "N" },
    { "make-disk", 0, 0, G_OPTION_ARG_FILENAME, &options->make_disk, "Make an empty qcow2",
      "FILE" },
    { "bytes", 0, 0, G_OPTION_ARG_INT64, &options->bytes, "Its size", "N" },
    { "copy-disk", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &options->copy_disk, "", NULL },
    { "image-tool", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &options->image_tool, "", "" },
    { "doctor", 0, 0, G_OPTION_ARG_NONE, &options->doctor, "Say what this host offers", NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &options->version, "Print the version", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_add_main_entries (context, entries, NULL);
  return g_option_context_parse (context, argc, argv, error);
}

/* Standard descriptors are there, and no signal of a terminal or a closed pipe ends the guest. */
static void
settle_process (void)
{
  int fd;

  do
    fd = open ("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd > STDERR_FILENO)
    close (fd);
  umask (077);
  signal (SIGPIPE, SIG_IGN);
  signal (SIGHUP, SIG_IGN);
  /* Few and small allocations: one arena is enough, also beside GDBus's thread. */
  mallopt (M_ARENA_MAX, 1);
}

static void
write_line (const char *line, gboolean fatal)
{
  if (fatal)
    guest_log_last_words (line);
  else
    guest_log ("%s", line);
}

static int
run_guest (const Options *options)
{
  g_autoptr (StartReport) report = start_report_new_take (options->report_fd);
  g_autoptr (GError) error = NULL;
  Launch *launch;

  if (!paths_is_uuid (options->uuid))
    {
      start_report_failed (report, "The guest's uuid is malformed");
      g_printerr ("vitrine-vmm: “%s” is no uuid\n", options->uuid);
      return 2;
    }
  setsid ();
  guest_log_open (options->uuid);
  log_line_install (write_line);
  launch = launch_prepare (options->uuid, options->accel, options->tap_fd, report, &error);
  if (launch != NULL)
    return supervisor_run (launch, report);
  guest_log ("The start failed: %s", error->message);
  start_report_failed (report, error->message);
  return 1;
}

static int
doctor (void)
{
  g_autoptr (HostConfig) host = host_config_load (NULL);
  g_autofree char *json =
      doctor_report_json (host != NULL ? host->qemu : "/usr/bin/qemu-system-x86_64");

  g_print ("%s\n", json);
  return 0;
}

static int
make_disk (const Options *options)
{
  g_autoptr (GError) error = NULL;

  if (image_make (options->make_disk, options->bytes, &error))
    return 0;
  g_printerr ("%s\n", error->message);
  return 1;
}

int
main (int argc, char **argv)
{
  g_auto (Options) options = { .report_fd = -1, .tap_fd = -1 };
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  settle_process ();
  if (!parse_options (&options, &argc, &argv, &error))
    {
      g_printerr ("vitrine-vmm: %s\n", error->message);
      return 2;
    }
  if (options.version)
    {
      g_print ("vitrine-vmm %s\n", PACKAGE_VERSION);
      return 0;
    }
  if (options.image_tool != NULL && paths_is_uuid (options.uuid))
    return image_tool_main (options.image_tool, options.uuid, MAX (options.bytes, 0));
  if (options.copy_disk && paths_is_uuid (options.uuid))
    return disk_copy_main (options.uuid);
  if (options.doctor)
    return doctor ();
  if (options.make_disk != NULL)
    return make_disk (&options);
  if (options.uuid != NULL)
    return run_guest (&options);
  g_printerr ("vitrine-vmm: which guest? Use --uuid; guests are started with vitrinectl\n");
  return 2;
}
