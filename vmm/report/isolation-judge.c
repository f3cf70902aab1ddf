/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The isolation report's judgement. Runs in vitrine-vmm. It must never call something green that it
 * did not see. What a probe has to prove is judged in isolation-judge-proved.c.
 */
#include "isolation-judge-private.h"

#include "lsm-label.h"

#include <string.h>
#include <sys/stat.h>

void
isolation_row_free (IsolationRow *row)
{
  g_free (row->layer);
  g_free (row->process);
  g_free (row->wanted);
  g_free (row->found);
  g_free (row->text);
  g_free (row);
}

void
isolation_judge_add (GPtrArray *rows,
                     const IsolationProcess *process,
                     const char *layer,
                     const char *wanted,
                     char *found,
                     IsolationLevel level,
                     char *text)
{
  IsolationRow *row = g_new0 (IsolationRow, 1);

  row->layer = g_strdup (layer);
  row->process = g_strdup (process->role);
  row->pid = process->pid;
  row->wanted = g_strdup (wanted);
  row->found = found;
  row->level = level;
  row->text = text;
  g_ptr_array_add (rows, row);
}

static void
judge_user (const Case *c)
{
  const ProcStatus *status = &c->facts->status;
  gboolean root = FALSE;

  for (guint i = 0; i < 4; i++)
    root = root || status->uid[i] == 0 || status->gid[i] == 0;
  add_row (c->rows, c->process, "user", "not root",
           g_strdup_printf ("uid %u, gid %u", status->uid[1], status->gid[1]),
           root ? ISOLATION_RED : ISOLATION_GREEN,
           root ? g_strdup ("The process runs as root.")
                : g_strdup ("The process runs as an ordinary user."));
}

static void
judge_capabilities (const Case *c)
{
  gboolean none = c->facts->status.capabilities == 0;

  add_row (c->rows, c->process, "capabilities", "none",
           none ? g_strdup ("none")
                : g_strdup_printf ("%" G_GINT64_MODIFIER "x", c->facts->status.capabilities),
           none ? ISOLATION_GREEN : ISOLATION_RED,
           none ? g_strdup ("The process holds no privilege of the kernel.")
                : g_strdup ("The process holds privileges of the kernel."));
}

static void
judge_no_new_privileges (const Case *c)
{
  gboolean set = c->facts->status.no_new_privs;

  add_row (c->rows, c->process, "no-new-privileges", "set", g_strdup (set ? "set" : "not set"),
           set ? ISOLATION_GREEN : ISOLATION_RED,
           set ? g_strdup ("No program that it could start would gain privileges.")
               : g_strdup ("A set-uid program could give it privileges."));
}

static void
judge_namespaces (const Case *c)
{
  g_autoptr (GString) own = g_string_new (NULL);
  g_autoptr (GString) shared = g_string_new (NULL);
  gboolean covered = c->process->landlock_abi > 0;

  for (guint i = 0; i < N_NAMESPACES; i++)
    {
      GString *to;

      if (i == NAMESPACE_NET && c->process->host_network)
        continue;
      to = c->facts->namespaces[i] != c->supervisor->namespaces[i] ? own : shared;

      g_string_append_printf (to, "%s%s", to->len > 0 ? ", " : "", isolation_namespace_word (i));
    }
  if (shared->len == 0 && c->process->bridged)
    add_row (c->rows, c->process, "namespaces", "user, mount, ipc, uts, cgroup",
             g_strdup (own->str), ISOLATION_AMBER,
             g_strdup ("The guest is a machine of the network behind the tap that its start was "
                       "handed: all machines there, this computer among them, reach each other. "
                       "The process makes no socket of its own."));
  else if (shared->len == 0 && c->process->host_network)
    add_row (
        c->rows, c->process, "namespaces", "user, mount, ipc, uts, cgroup", g_strdup (own->str),
        ISOLATION_GREEN,
        g_strdup ("The process sees a file system of its own. It has the host's network, since "
                  "it is the guest's way there; its policy keeps the guest from the rest."));
  else if (shared->len == 0)
    add_row (c->rows, c->process, "namespaces", "user, mount, net, ipc, uts, cgroup",
             g_strdup (own->str), ISOLATION_GREEN,
             g_strdup ("The process sees its own, empty network and a file system of its own."));
  else
    add_row (c->rows, c->process, "namespaces", "user, mount, net, ipc, uts, cgroup",
             g_strdup (own->len > 0 ? own->str : "none"), covered ? ISOLATION_AMBER : ISOLATION_RED,
             g_strdup_printf ("The process shares these namespaces with the host: %s. Install "
                              "bubblewrap and allow unprivileged user namespaces.",
                              shared->str));
}

/* With a mount namespace of its own, nothing in it may be written to but /dev/null. */
static void
judge_files (const Case *c)
{
  g_autoptr (GString) open = g_string_new (NULL);
  GStrv writable = c->facts->mounts.writable;

  if (c->facts->namespaces[NAMESPACE_MOUNT] == c->supervisor->namespaces[NAMESPACE_MOUNT])
    return; /* the row on namespaces says it */
  for (guint i = 0; writable[i] != NULL; i++)
    if (!g_str_equal (writable[i], "/dev/null") && !g_str_equal (writable[i], "/dev/urandom"))
      g_string_append_printf (open, "%s%s", open->len > 0 ? ", " : "", writable[i]);
  add_row (c->rows, c->process, "files", "read-only",
           open->len > 0 ? g_strdup_printf ("writable: %s", open->str)
                         : g_strdup_printf ("%u mounts, read-only", c->facts->mounts.n),
           open->len > 0 ? ISOLATION_RED : ISOLATION_GREEN,
           open->len > 0 ? g_strdup ("A part of the file system that the process sees is writable.")
                         : g_strdup ("All that the process sees of the file system is read-only."));
}

static gboolean
is_same_file (pid_t pid, int number, const char *path)
{
  g_autofree char *link = g_strdup_printf ("/proc/%d/fd/%d", pid, number);
  struct stat held;
  struct stat named;

  return stat (link, &held) == 0 && stat (path, &named) == 0 && held.st_dev == named.st_dev &&
         held.st_ino == named.st_ino;
}

static gboolean
may_write (const Case *c, const IsolationFd *fd)
{
  const char *const *allowed = c->process->writable_files;

  for (; allowed != NULL && *allowed != NULL; allowed++)
    if (g_str_equal (fd->target, *allowed) || is_same_file (c->process->pid, fd->number, *allowed))
      return TRUE;
  return FALSE;
}

static gboolean
is_harmless_device (const char *path)
{
  return g_str_equal (path, "/dev/null") || g_str_equal (path, "/dev/urandom") ||
         g_str_equal (path, "/dev/random") || g_str_equal (path, "/dev/kvm");
}

static void
judge_descriptors (const Case *c)
{
  static const char *const words[] = { "files", "devices", "memory", "sockets", "pipes", "others" };
  g_autoptr (GString) bad = g_string_new (NULL);
  g_autoptr (GString) found = g_string_new (NULL);
  guint count[G_N_ELEMENTS (words)] = { 0 };

  for (guint i = 0; i < c->facts->fds->len; i++)
    {
      const IsolationFd *fd = &g_array_index (c->facts->fds, IsolationFd, i);
      gboolean named = fd->kind == PROC_FD_FILE || fd->kind == PROC_FD_DEVICE;

      count[fd->kind]++;
      if (named && fd->writable && !is_harmless_device (fd->target) && !may_write (c, fd))
        g_string_append_printf (bad, "%s%s", bad->len > 0 ? ", " : "", fd->target);
    }
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (count[i] > 0)
      g_string_append_printf (found, "%s%u %s", found->len > 0 ? ", " : "", count[i], words[i]);
  add_row (
      c->rows, c->process, "descriptors", "writable: disks that it was handed only",
      g_strdup (found->str), bad->len > 0 ? ISOLATION_RED : ISOLATION_GREEN,
      bad->len > 0
          ? g_strdup_printf ("The process holds a file of the host open for writing: %s.", bad->str)
          : g_strdup ("It can write to no file of the host but what it was handed for it."));
}

static void
judge_limits (const Case *c)
{
  const ProcLimits *limits = &c->facts->limits;
  gboolean good = limits->core == 0 && limits->open_files <= 65536;

  add_row (
      c->rows, c->process, "limits", "no core file, bounded open files",
      g_strdup_printf ("core file %s, %" G_GUINT64_FORMAT " open files",
                       limits->core == 0 ? "none" : "possible", limits->open_files),
      good ? ISOLATION_GREEN : ISOLATION_AMBER,
      good ? g_strdup ("A crash leaves no copy of the guest's memory, and open files are bounded.")
           : g_strdup ("A crash could leave a copy of the guest's memory on the disk."));
}

static gboolean
is_limited (const char *value)
{
  return value != NULL && !g_str_has_prefix (value, "max");
}

static void
judge_cgroup (const Case *c)
{
  const IsolationFacts *facts = c->facts;
  gboolean memory = is_limited (facts->memory_max);
  gboolean cpu = is_limited (facts->cpu_max);
  gboolean pids = is_limited (facts->pids_max);

  add_row (
      c->rows, c->process, "cgroup", "a ceiling of memory",
      g_strdup_printf ("memory %s, processor %s, processes %s",
                       memory ? facts->memory_max : "unlimited", cpu ? facts->cpu_max : "unlimited",
                       pids ? facts->pids_max : "unlimited"),
      memory ? ISOLATION_GREEN : ISOLATION_AMBER,
      memory ? g_strdup ("The kernel bounds the memory that it can take.")
             : g_strdup ("No control group bounds its memory: it could take the host's. Limits "
                         "need a systemd user session or a delegated cgroup v2."));
}

/* Optional: where the kernel has no such module, nothing is missing. */
static void
judge_lsm (const Case *c)
{
  static const struct
  {
    IsolationLevel level;
    const char *text;
  } verdicts[] = {
    [LSM_ABSENT] = { ISOLATION_GREEN, "Neither AppArmor nor SELinux is in force on this host; the "
                                      "other layers do not need one." },
    [LSM_APPARMOR_IDLE] = { ISOLATION_AMBER,
                            "AppArmor is in force on this host, but Vitrine's profiles are not: "
                            "install them and run apparmor_parser -r /etc/apparmor.d/vitrine as "
                            "root, before the guest starts." },
    [LSM_SELINUX_OTHER] = { ISOLATION_AMBER,
                            "SELinux is in force on this host, but Vitrine's module is not: "
                            "install it with semodule -i vitrine.pp as root and label the "
                            "programs with restorecon." },
    [LSM_APPARMOR_OTHER] = { ISOLATION_AMBER, "A profile of this host confines it, but not "
                                              "Vitrine's own, which knows what it needs." },
    [LSM_LENIENT] = { ISOLATION_AMBER,
                      "Vitrine's profile only writes down what it would refuse (complain or "
                      "permissive mode): enforce it, with aa-enforce or setenforce as root." },
    [LSM_ENFORCED] = { ISOLATION_GREEN, "Vitrine's own profile confines it." },
  };
  const char *profile = c->facts->profile;
  LsmState state = lsm_label_judge (profile, c->process->role);

  add_row (c->rows, c->process, "lsm", "Vitrine's profile, where the kernel has a security module",
           g_strdup (profile != NULL ? profile : "none"), verdicts[state].level,
           g_strdup (verdicts[state].text));
}

void
isolation_judge_process (GPtrArray *rows,
                         const IsolationProcess *process,
                         const IsolationFacts *facts,
                         const IsolationFacts *supervisor)
{
  static const struct
  {
    gboolean jailed_only;
    void (*judge) (const Case *c);
  } judges[] = {
    { FALSE, judge_user },
    { FALSE, judge_capabilities },
    { TRUE, judge_no_new_privileges },
    { TRUE, isolation_judge_seccomp },
    { TRUE, isolation_judge_landlock },
    { TRUE, isolation_judge_code },
    { TRUE, judge_namespaces },
    { TRUE, judge_files },
    { TRUE, judge_descriptors },
    { TRUE, judge_limits },
    { TRUE, judge_cgroup },
    { TRUE, judge_lsm },
  };
  const Case c = { rows, process, facts, supervisor };

  for (guint i = 0; i < G_N_ELEMENTS (judges); i++)
    if (process->jailed || !judges[i].jailed_only)
      judges[i].judge (&c);
}

void
isolation_judge_unknown (GPtrArray *rows, const IsolationProcess *process, const char *why)
{
  add_row (rows, process, "process", "can be looked at", g_strdup ("unknown"), ISOLATION_RED,
           g_strdup_printf ("Nothing is known about this process: %s.", why));
}

void
isolation_judge_guest (GPtrArray *rows, const IsolationSubject *subject)
{
  static const IsolationProcess guest = { .role = "qemu" };
  IsolationProcess process = guest;

  for (guint i = 0; i < subject->n_processes; i++)
    if (g_str_equal (subject->processes[i].role, "qemu"))
      process.pid = subject->processes[i].pid;
  add_row (
      rows, &process, "accelerator", "hardware (KVM)",
      g_strdup (subject->hardware ? "hardware (KVM)" : "software (TCG)"),
      subject->hardware ? ISOLATION_GREEN : ISOLATION_AMBER,
      subject->hardware
          ? g_strdup ("The processor keeps the guest apart.")
          : g_strdup ("Software emulation: no isolation guarantee. QEMU's developers promise none "
                      "here; only the jail around it holds."));
  add_row (
      rows, &process, "machine", "in QEMU's security list",
      g_strdup (subject->machine_is_safe ? "in the list" : "not in the list"),
      subject->machine_is_safe ? ISOLATION_GREEN : ISOLATION_AMBER,
      subject->machine_is_safe
          ? g_strdup ("QEMU's developers treat faults of this machine type as security faults.")
          : g_strdup ("QEMU's developers give no security promise for this machine type."));
}
