/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What this host offers. Runs in `vitrine-vmm --doctor`, a process of its own that may wait.
 */
#include "doctor-report.h"

#include "jail-host.h"
#include "jail-lsm.h"
#include "kvm-probe.h"
#include "landlock-abi.h"
#include "limits/cgroup.h"

#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/utsname.h>

static void
add_string (JsonBuilder *builder, const char *name, const char *value)
{
  g_autofree char *valid = g_utf8_make_valid (value != NULL ? value : "", -1);

  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, valid);
}

static void
add_boolean (JsonBuilder *builder, const char *name, gboolean value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}

static void
add_kvm (JsonBuilder *builder)
{
  g_autoptr (KvmProbe) probe = kvm_probe_run (NULL);

  json_builder_set_member_name (builder, "kvm");
  json_builder_begin_object (builder);
  add_string (builder, "verdict", kvm_verdict_word (probe->verdict));
  add_boolean (builder, "usable", probe->verdict == KVM_USABLE);
  add_string (builder, "reason", probe->reason);
  add_string (builder, "remedy", probe->remedy);
  json_builder_set_member_name (builder, "loopsPerSecond");
  json_builder_add_int_value (builder, probe->iterations_per_s);
  json_builder_end_object (builder);
}

/* The word after `before` in what `PROGRAM --version` prints; "" if there is none. */
static char *
ask_version (const char *program, const char *before, GError **error)
{
  g_autoptr (GSubprocess) process =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, error,
                        program, "--version", NULL);
  g_autofree char *output = NULL;
  const char *at;

  if (process == NULL ||
      !g_subprocess_communicate_utf8 (process, NULL, NULL, &output, NULL, error) ||
      !g_subprocess_wait_check (process, NULL, error))
    return NULL;
  at = strstr (output, before);
  if (at == NULL)
    return g_strdup ("");
  at += strlen (before);
  return g_strndup (at, strcspn (at, " \n("));
}

static gboolean
add_qemu (JsonBuilder *builder, const char *binary)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *version = ask_version (binary, "version ", &error);
  guint64 major = version != NULL ? g_ascii_strtoull (version, NULL, 10) : 0;
  gboolean good = major >= DOCTOR_QEMU_MAJOR_MIN;
  g_autofree char *text = NULL;

  if (version == NULL)
    text = g_strdup_printf ("QEMU cannot be started (%s): install qemu-system-x86, or name another "
                            "in vitrine.conf ([host] qemu=).",
                            error->message);
  else if (good)
    text = g_strdup_printf ("QEMU %s is new enough.", version);
  else
    text = g_strdup_printf ("QEMU %s is too old: Vitrine needs %d.0 or newer (on Debian 12 from "
                            "bookworm-backports).",
                            *version != '\0' ? version : "of an unknown version",
                            DOCTOR_QEMU_MAJOR_MIN);
  json_builder_set_member_name (builder, "qemu");
  json_builder_begin_object (builder);
  add_string (builder, "path", binary);
  add_string (builder, "version", version);
  add_boolean (builder, "ok", good);
  add_string (builder, "text", text);
  json_builder_end_object (builder);
  return good;
}

static void
add_bubblewrap (JsonBuilder *builder)
{
  g_autofree char *path = g_find_program_in_path ("bwrap");
  g_autofree char *version = path != NULL ? ask_version (path, "bubblewrap ", NULL) : NULL;

  json_builder_set_member_name (builder, "bubblewrap");
  json_builder_begin_object (builder);
  add_string (builder, "path", path);
  add_string (builder, "version", version);
  json_builder_end_object (builder);
}

static void
add_layer (JsonBuilder *builder, const char *layer, const char *level, const char *text)
{
  json_builder_begin_object (builder);
  add_string (builder, "layer", layer);
  add_string (builder, "level", level);
  add_string (builder, "text", text);
  json_builder_end_object (builder);
}

/* The sentence of a layer that jail_host_layers () misses begins with its name. */
static const char *
missing_text (GStrv missing, const char *name)
{
  for (guint i = 0; missing[i] != NULL; i++)
    if (g_str_has_prefix (missing[i], name))
      return missing[i];
  return "";
}

static void
add_jail_layers (JsonBuilder *builder)
{
  static const struct
  {
    JailLayers bit;
    const char *layer;
    const char *name;
    const char *level_without;
    const char *text;
  } layers[] = {
    { JAIL_LAYER_NAMESPACES, "namespaces", "Namespaces", "amber",
      "Namespaces: bubblewrap gives each process a network and a file system of its own." },
    { JAIL_LAYER_LANDLOCK, "landlock", "Landlock", "amber",
      "Landlock: the kernel keeps files and the network away by name." },
    { JAIL_LAYER_SECCOMP, "seccomp", "Seccomp", "red",
      "Seccomp: system calls that a program does not need are refused." },
  };
  g_auto (GStrv) missing = NULL;
  JailLayers found = jail_host_layers (&missing);

  for (guint i = 0; i < G_N_ELEMENTS (layers); i++)
    {
      const char *less = missing_text (missing, layers[i].name);

      if (*less == '\0')
        add_layer (builder, layers[i].layer, "green", layers[i].text);
      else
        add_layer (builder, layers[i].layer,
                   found & layers[i].bit ? "amber" : layers[i].level_without, less);
    }
}

/* "memory and processes"; NULL if none of them can be had, or lacks. */
static char *
name_limits (const gboolean *can, gboolean which)
{
  static const char *const names[CGROUP_N_LIMITS] = {
    [CGROUP_CPU] = "processor time", [CGROUP_MEMORY] = "memory", [CGROUP_PROCESSES] = "processes"
  };
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) found = NULL;

  for (guint i = 0; i < CGROUP_N_LIMITS; i++)
    if (can[i] == which)
      g_strv_builder_add (builder, names[i]);
  found = g_strv_builder_end (builder);
  return found[0] != NULL ? g_strjoinv (" and ", found) : NULL;
}

/* Asked for, as a start would. */
static void
add_cgroup (JsonBuilder *builder)
{
  static const char *const givers[] = {
    [CGROUP_OF_ROOT] = "a group that root makes",
    [CGROUP_SCOPE] = "a scope of systemd's user manager",
    [CGROUP_DELEGATED] = "a group beside your own, which is delegated to you,",
  };
  g_autoptr (GError) error = NULL;
  gboolean can[CGROUP_N_LIMITS] = { FALSE };
  CgroupKind kind = CGROUP_OF_ROOT;
  gboolean given = cgroup_try (&kind, can, &error);
  g_autofree char *good = name_limits (can, TRUE);
  g_autofree char *bad = name_limits (can, FALSE);
  g_autofree char *text = NULL;

  if (!given)
    text = g_strdup_printf ("Control groups: %s, so the kernel bounds neither memory nor processor "
                            "time of a guest; log in to a systemd user session for that.",
                            error->message);
  else if (good == NULL)
    text = g_strdup ("Control groups: the group that this host gives has no controllers, so the "
                     "kernel bounds neither memory nor processor time of a guest.");
  else if (bad == NULL)
    text = g_strdup_printf ("Control groups: %s bounds a guest's %s.", givers[kind], good);
  else
    text = g_strdup_printf ("Control groups: %s bounds a guest's %s, but has no controller for its "
                            "%s.",
                            givers[kind], good, bad);
  add_layer (builder, "cgroup", given && bad == NULL ? "green" : "amber", text);
}

/* Optional, so never worse than green here; the report of a running guest is stricter. */
static void
add_lsm (JsonBuilder *builder)
{
  g_autofree char *label = NULL;
  const char *text;

  if (g_file_test ("/sys/kernel/security/apparmor", G_FILE_TEST_IS_DIR))
    text = jail_lsm_judges_paths ()
               ? "AppArmor is in force, with Vitrine's profiles."
               : "AppArmor is in force, without Vitrine's profiles: install them and run "
                 "apparmor_parser -r /etc/apparmor.d/vitrine as root; the other layers do not need "
                 "them.";
  else if (g_file_get_contents ("/sys/fs/selinux/enforce", &label, NULL, NULL))
    text = "SELinux is in force; the isolation report of a running guest shows whether Vitrine's "
           "module is installed.";
  else
    text = "Neither AppArmor nor SELinux is in force; the other layers do not need them.";
  add_layer (builder, "lsm", "green", text);
}

char *
doctor_report_json (const char *qemu_binary)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  struct utsname kernel;
  gboolean ok;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "version");
  json_builder_add_int_value (builder, 1);
  add_kvm (builder);
  ok = add_qemu (builder, qemu_binary);
  add_boolean (builder, "ok", ok);
  add_bubblewrap (builder);
  json_builder_set_member_name (builder, "landlockAbi");
  json_builder_add_int_value (builder, ll_abi ());
  add_string (builder, "kernel", uname (&kernel) == 0 ? kernel.release : "");
  json_builder_set_member_name (builder, "layers");
  json_builder_begin_array (builder);
  add_jail_layers (builder);
  add_cgroup (builder);
  add_lsm (builder);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}
