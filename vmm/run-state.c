/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What QEMU says of itself, told plainly. Runs in vitrine-vmm; of QEMU's own words only known ones
 * are believed.
 */
#include "run-state.h"

#include "qmp/json-guard.h"

#include <string.h>

typedef struct
{
  const char *status;
  RunState run;
} StatusText;

static const StatusText texts[] = {
  { "running", { "running", "", "" } },
  { "paused", { "paused", "", "resume" } },
  { "prelaunch", { "paused", "", "resume" } }, /* reset while it was paused */
  { "suspended", { "running", "The guest is asleep; a key press may wake it.", "" } },
  { "io-error",
    { "paused", "A disk could not be read or written. Remove the cause, then resume the guest.",
      "resume" } },
  { "internal-error",
    { "failed",
      "The processor's virtualization (KVM) could not run this guest's code any further. "
      "Force it off and start it with accel=tcg.",
      "force-off" } },
  { "guest-panicked",
    { "paused", "The guest's system has crashed. Reset it or force it off.", "reset" } },
  { "watchdog",
    { "paused", "The guest's watchdog has expired. Reset it or force it off.", "reset" } },
};

RunState
run_state_describe (const char *status)
{
  for (guint i = 0; status != NULL && i < G_N_ELEMENTS (texts); i++)
    if (strcmp (texts[i].status, status) == 0)
      return texts[i].run;
  return (RunState) { NULL, "", "" };
}

/* The disk behind a device of ours ("dev-disk3" or ".../dev-disk3/..."), or NULL. */
static const GuestDisk *
find_disk (const char *device, const GuestDefinition *definition)
{
  const char *number = device != NULL ? strstr (device, "disk") : NULL;
  guint64 index;

  if (number == NULL || !g_ascii_isdigit (number[4]))
    return NULL;
  index = g_ascii_strtoull (number + 4, NULL, 10);
  for (guint i = 0; i < definition->disks->len; i++)
    {
      const GuestDisk *disk = definition->disks->pdata[i];

      if (disk->index == index)
        return disk;
    }
  return NULL;
}

char *
run_state_describe_io_error (JsonNode *data, const GuestDefinition *definition)
{
  const char *action = json_guard_string (data, "action");
  const GuestDisk *disk = find_disk (json_guard_string (data, "node-name"), definition);
  const char *file = disk != NULL ? disk->file : NULL;

  if (g_strcmp0 (action, "stop") != 0)
    return NULL;
  if (json_guard_boolean (data, "nospace"))
    return g_strdup_printf (
        "The disk of this computer is full, so the guest's %s cannot grow. Free "
        "some space, then resume the guest.",
        file != NULL ? file : "disk image");
  /* strerror () in QEMU, which has no other language. */
  if (g_strcmp0 (json_guard_string (data, "reason"), "Disk quota exceeded") == 0)
    return g_strdup_printf ("Your quota of space is used up where the guest's %s lies. Free some "
                            "space there or have the quota raised, then resume the guest.",
                            file != NULL ? file : "disk image");
  return g_strdup_printf (
      "%s could not be %s: what it lies on has failed. The guest waits and loses "
      "nothing. See to it, then resume the guest.",
      file != NULL ? file : "A disk image",
      g_strcmp0 (json_guard_string (data, "operation"), "read") == 0 ? "read" : "written");
}

const GuestDisk *
run_state_find_flushed (JsonNode *data, const GuestDefinition *definition)
{
  const GuestDisk *disk = find_disk (json_guard_string (data, "node-name"), definition);

  if (disk == NULL || guest_disk_is_remote (disk) || json_guard_boolean (data, "nospace") ||
      g_strcmp0 (json_guard_string (data, "action"), "stop") != 0 ||
      g_strcmp0 (json_guard_string (data, "operation"), "write") != 0)
    return NULL;
  return disk;
}

char *
run_state_describe_flush (const GuestDisk *disk)
{
  return g_strdup_printf (
      "%s could not be brought to safety: what it lies on has failed, and what "
      "the guest wrote last may be lost. It cannot go on with it: force it off, "
      "see to the disk, then start the guest again.",
      disk->file);
}

const char *
run_state_describe_shutdown (JsonNode *data)
{
  const char *reason = json_guard_string (data, "reason");

  if (g_strcmp0 (reason, "guest-shutdown") == 0)
    return "The guest shut down.";
  if (g_strcmp0 (reason, "guest-reset") == 0)
    return "The guest restarted and was to end then.";
  if (g_strcmp0 (reason, "guest-panic") == 0)
    return "The guest's system crashed.";
  return "The guest was switched off.";
}
