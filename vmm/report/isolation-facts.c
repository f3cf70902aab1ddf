/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Reads /proc/<pid>. Runs in vitrine-vmm, which is the process's user and its namespace's owner;
 * changes nothing.
 */
#include "isolation-facts.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const namespace_files[] = { "user", "mnt", "net", "ipc", "uts", "cgroup" };

const char *
isolation_namespace_word (IsolationNamespace which)
{
  return which == NAMESPACE_MOUNT ? "mount" : namespace_files[which];
}

static char *
proc_path (pid_t pid, const char *name)
{
  return g_strdup_printf ("/proc/%d/%s", pid, name);
}

static char *
read_proc (pid_t pid, const char *name, GError **error)
{
  g_autofree char *path = proc_path (pid, name);
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, error) ? text : NULL;
}

static gboolean
bad (GError **error, const char *name)
{
  if (error != NULL && *error == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                 "The kernel's file %s of the process is not as expected", name);
  return FALSE;
}

static void
clear_fd (gpointer data)
{
  g_free (((IsolationFd *) data)->target);
}

static void
read_fd (IsolationFacts *facts, pid_t pid, const char *name)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/fd/%s", pid, name);
  g_autofree char *info = g_strdup_printf ("fdinfo/%s", name);
  g_autofree char *text = read_proc (pid, info, NULL);
  IsolationFd fd = { .number = g_ascii_strtoll (name, NULL, 10),
                     .target = g_file_read_link (path, NULL) };

  if (fd.target == NULL || text == NULL)
    {
      g_free (fd.target); /* closed meanwhile */
      return;
    }
  fd.kind = proc_parse_fd_kind (fd.target);
  fd.writable = proc_parse_fd_is_writable (text);
  g_array_append_val (facts->fds, fd);
}

static gboolean
read_fds (IsolationFacts *facts, pid_t pid, GError **error)
{
  g_autofree char *path = proc_path (pid, "fd");
  g_autoptr (GDir) dir = g_dir_open (path, 0, error);
  const char *name;

  facts->fds = g_array_new (FALSE, FALSE, sizeof (IsolationFd));
  g_array_set_clear_func (facts->fds, clear_fd);
  if (dir == NULL)
    return FALSE;
  while ((name = g_dir_read_name (dir)) != NULL)
    read_fd (facts, pid, name);
  return TRUE;
}

static gboolean
read_namespaces (IsolationFacts *facts, pid_t pid, GError **error)
{
  for (guint i = 0; i < N_NAMESPACES; i++)
    {
      g_autofree char *name = g_strdup_printf ("ns/%s", namespace_files[i]);
      g_autofree char *path = proc_path (pid, name);
      struct stat info;

      if (stat (path, &info) != 0)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                       "The namespaces of the process cannot be looked at");
          return FALSE;
        }
      facts->namespaces[i] = info.st_ino;
    }
  return TRUE;
}

static char *
read_cgroup_value (const char *cgroup, const char *name)
{
  g_autofree char *path = g_build_filename ("/sys/fs/cgroup", cgroup, name, NULL);
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? g_strstrip (text) : NULL;
}

static void
read_limits_of_cgroup (IsolationFacts *facts, pid_t pid)
{
  g_autofree char *text = read_proc (pid, "cgroup", NULL);

  facts->cgroup = text != NULL ? proc_parse_cgroup (text) : NULL;
  if (facts->cgroup == NULL)
    return;
  facts->memory_max = read_cgroup_value (facts->cgroup, "memory.max");
  facts->cpu_max = read_cgroup_value (facts->cgroup, "cpu.max");
  facts->pids_max = read_cgroup_value (facts->cgroup, "pids.max");
}

/* AppArmor has a file of its own, for attr/current belongs to whichever module comes first. */
static void
read_profile (IsolationFacts *facts, pid_t pid)
{
  g_autofree char *text = read_proc (pid, "attr/apparmor/current", NULL);
  g_autofree char *enforces = NULL;

  if (text == NULL)
    text = read_proc (pid, "attr/current", NULL);
  if (text == NULL || *g_strstrip (text) == '\0')
    return;
  if (g_file_get_contents ("/sys/fs/selinux/enforce", &enforces, NULL, NULL))
    facts->profile = g_strdup_printf ("%s (%s)", text, *enforces == '1' ? "enforce" : "permissive");
  else
    facts->profile = g_steal_pointer (&text);
}

IsolationFacts *
isolation_facts_read (pid_t pid, GError **error)
{
  g_autoptr (IsolationFacts) facts = g_new0 (IsolationFacts, 1);
  g_autofree char *status = read_proc (pid, "status", error);
  g_autofree char *limits = status != NULL ? read_proc (pid, "limits", error) : NULL;
  g_autofree char *mounts = limits != NULL ? read_proc (pid, "mountinfo", error) : NULL;
  g_autofree char *maps = mounts != NULL ? read_proc (pid, "maps", error) : NULL;

  if (maps == NULL)
    return NULL;
  if ((!proc_parse_status (status, &facts->status) && !bad (error, "status")) ||
      (!proc_parse_limits (limits, &facts->limits) && !bad (error, "limits")) ||
      (!proc_parse_mountinfo (mounts, &facts->mounts) && !bad (error, "mountinfo")) ||
      (!proc_parse_maps (maps, &facts->writable_code) && !bad (error, "maps")))
    return NULL;
  if (!read_namespaces (facts, pid, error) || !read_fds (facts, pid, error))
    return NULL;
  read_limits_of_cgroup (facts, pid);
  read_profile (facts, pid);
  return g_steal_pointer (&facts);
}

void
isolation_facts_free (IsolationFacts *facts)
{
  if (facts == NULL)
    return;
  proc_mounts_clear (&facts->mounts);
  g_clear_pointer (&facts->fds, g_array_unref);
  g_free (facts->profile);
  g_free (facts->cgroup);
  g_free (facts->memory_max);
  g_free (facts->cpu_max);
  g_free (facts->pids_max);
  g_free (facts);
}
