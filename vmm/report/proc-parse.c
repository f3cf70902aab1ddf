/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Reads proc(5) texts. Runs in vitrine-vmm. Pure.
 */
#include "proc-parse.h"

#include <fcntl.h>
#include <string.h>

/* The text after "Name:" at the start of a line, or NULL. */
static const char *
find_line (const char *text, const char *name)
{
  gsize length = strlen (name);

  while (text != NULL && *text != '\0')
    {
      if (strncmp (text, name, length) == 0)
        return text + length;
      text = strchr (text, '\n');
      text = text != NULL ? text + 1 : NULL;
    }
  return NULL;
}

/* Up to n numbers of one line, which must all be there. */
static gboolean
read_numbers (const char *text, const char *name, guint base, guint64 *numbers, guint n)
{
  const char *at = find_line (text, name);

  for (guint i = 0; i < n; i++)
    {
      char *end;

      if (at == NULL)
        return FALSE;
      at += strspn (at, " \t");
      if (!g_ascii_isxdigit (*at))
        return FALSE;
      numbers[i] = g_ascii_strtoull (at, &end, base);
      at = end;
    }
  return TRUE;
}

gboolean
proc_parse_status (const char *text, ProcStatus *ret_status)
{
  static const char *const sets[] = { "CapInh:", "CapPrm:", "CapEff:", "CapAmb:" };
  ProcStatus status = { 0 };
  guint64 numbers[4];

  if (!read_numbers (text, "Uid:", 10, numbers, 4))
    return FALSE;
  for (guint i = 0; i < 4; i++)
    status.uid[i] = numbers[i];
  if (!read_numbers (text, "Gid:", 10, numbers, 4))
    return FALSE;
  for (guint i = 0; i < 4; i++)
    status.gid[i] = numbers[i];
  for (guint i = 0; i < G_N_ELEMENTS (sets); i++)
    {
      if (!read_numbers (text, sets[i], 16, numbers, 1))
        return FALSE;
      status.capabilities |= numbers[0];
    }
  if (!read_numbers (text, "CapBnd:", 16, &status.bounding, 1))
    return FALSE;
  if (!read_numbers (text, "NoNewPrivs:", 10, &numbers[0], 1) ||
      !read_numbers (text, "Seccomp:", 10, &numbers[1], 1) ||
      !read_numbers (text, "Threads:", 10, &numbers[2], 1))
    return FALSE;
  status.no_new_privs = numbers[0] != 0;
  status.seccomp = numbers[1];
  status.threads = numbers[2];
  if (read_numbers (text, "Seccomp_filters:", 10, numbers, 1)) /* from Linux 5.9 */
    status.filters = numbers[0];
  *ret_status = status;
  return TRUE;
}

static gboolean
read_limit (const char *text, const char *name, guint64 *ret_limit)
{
  const char *at = find_line (text, name);

  if (at == NULL)
    return FALSE;
  at += strspn (at, " ");
  if (g_str_has_prefix (at, "unlimited"))
    *ret_limit = G_MAXUINT64;
  else if (g_ascii_isdigit (*at))
    *ret_limit = g_ascii_strtoull (at, NULL, 10);
  else
    return FALSE;
  return TRUE;
}

gboolean
proc_parse_limits (const char *text, ProcLimits *ret_limits)
{
  ProcLimits limits;

  if (!read_limit (text, "Max core file size", &limits.core) ||
      !read_limit (text, "Max open files", &limits.open_files) ||
      !read_limit (text, "Max processes", &limits.processes) ||
      !read_limit (text, "Max file size", &limits.file_size))
    return FALSE;
  *ret_limits = limits;
  return TRUE;
}

/* A line: id parent major:minor root MOUNT-POINT OPTIONS optional… - type source super-options. The
 * kernel writes blanks in names as \040. */
static gboolean
parse_mount (const char *line, char **ret_point, gboolean *ret_writable)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 7);

  if (g_strv_length (words) < 7)
    return FALSE;
  *ret_point = g_strcompress (words[4]);
  *ret_writable = g_str_has_prefix (words[5], "rw");
  return TRUE;
}

gboolean
proc_parse_mountinfo (const char *text, ProcMounts *ret_mounts)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", PROC_MOUNTS_MAX + 1);
  g_autoptr (GPtrArray) writable = g_ptr_array_new_with_free_func (g_free);
  guint n = 0;

  for (; lines[n] != NULL && *lines[n] != '\0'; n++)
    {
      g_autofree char *point = NULL;
      gboolean is_writable;

      if (n == PROC_MOUNTS_MAX || !parse_mount (lines[n], &point, &is_writable))
        return FALSE;
      if (is_writable)
        g_ptr_array_add (writable, g_steal_pointer (&point));
    }
  g_ptr_array_add (writable, NULL);
  ret_mounts->n = n;
  ret_mounts->writable = (GStrv) g_ptr_array_free (g_steal_pointer (&writable), FALSE);
  return TRUE;
}

void
proc_mounts_clear (ProcMounts *mounts)
{
  g_clear_pointer (&mounts->writable, g_strfreev);
}

char *
proc_parse_cgroup (const char *text)
{
  const char *path = find_line (text, "0::");

  return path != NULL && *path == '/' ? g_strndup (path, strcspn (path, "\n")) : NULL;
}

/* A line: FIRST-LAST rwxp OFFSET … The kernel writes newlines in names as \012. */
gboolean
proc_parse_maps (const char *text, guint *ret_writable_code)
{
  guint found = 0;

  for (const char *line = text; *line != '\0';)
    {
      gsize length = strcspn (line, "\n");
      const char *flags = memchr (line, ' ', length);

      if (flags == NULL || length - (gsize) (flags - line) < sizeof " rwxp" - 1)
        return FALSE;
      found += flags[2] == 'w' && flags[3] == 'x';
      line += length + (line[length] == '\n');
    }
  *ret_writable_code = found;
  return TRUE;
}

ProcFdKind
proc_parse_fd_kind (const char *link)
{
  static const struct
  {
    const char *prefix;
    ProcFdKind kind;
  } kinds[] = {
    { "socket:", PROC_FD_SOCKET },     { "pipe:", PROC_FD_PIPE },
    { "anon_inode:", PROC_FD_KERNEL }, { "/memfd:", PROC_FD_MEMORY },
    { "/dev/zero", PROC_FD_MEMORY },   { "/SYSV", PROC_FD_MEMORY },
    { "/dev/shm/", PROC_FD_FILE },     { "/dev/", PROC_FD_DEVICE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_has_prefix (link, kinds[i].prefix))
      return kinds[i].kind;
  return *link == '/' ? PROC_FD_FILE : PROC_FD_KERNEL;
}

gboolean
proc_parse_fd_is_writable (const char *text)
{
  guint64 flags;

  return read_numbers (text, "flags:", 8, &flags, 1) && (flags & O_ACCMODE) != O_RDONLY;
}
