/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Adopts and ends orphans. Runs in vitrine-vmm; its list of children is the kernel's, so no foreign
 * process can be meant.
 */
#include "strays.h"

#include <gio/gio.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>

void
strays_adopt (void)
{
  prctl (PR_SET_CHILD_SUBREAPER, 1);
}

/* The children that one thread has started or adopted. */
static void
kill_children_of (const char *thread, pid_t known)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/task/%s/children", thread);
  g_autofree char *text = NULL;
  g_auto (GStrv) pids = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return;
  pids = g_strsplit (g_strstrip (text), " ", -1);
  for (guint i = 0; pids[i] != NULL; i++)
    {
      pid_t pid = atoi (pids[i]);

      if (pid > 1 && pid != known)
        kill (pid, SIGKILL);
    }
}

void
strays_kill (pid_t known)
{
  g_autoptr (GDir) threads = g_dir_open ("/proc/self/task", 0, NULL);
  const char *thread;

  while (threads != NULL && (thread = g_dir_read_name (threads)) != NULL)
    kill_children_of (thread, known);
}
