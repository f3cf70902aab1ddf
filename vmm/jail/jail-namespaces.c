/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Namespaces that this host refuses. Runs in vitrine-vmm; the child makes namespaces of its own,
 * uses them for nothing and ends.
 */
#include "jail-namespaces.h"

#include <errno.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

/* The user namespace comes first: it brings the right to make the others. */
static const struct
{
  int flag;
  const char *word;
} kinds[] = {
  { CLONE_NEWUSER, "user" }, { CLONE_NEWNS, "mount" }, { CLONE_NEWNET, "network" },
  { CLONE_NEWIPC, "ipc" },   { CLONE_NEWUTS, "uts" },
};

/* A bit for each that is refused; without the first none of the others can be tried. */
static guint
try_all (void)
{
  pid_t child = fork ();
  int status;

  if (child == 0)
    {
      int refused = 0;

      for (guint i = 0; i < G_N_ELEMENTS (kinds) && refused != 1; i++)
        if (unshare (kinds[i].flag) != 0)
          refused |= 1 << i;
      _exit (refused);
    }
  while (child > 0 && waitpid (child, &status, 0) < 0 && errno == EINTR)
    ;
  return child > 0 && WIFEXITED (status) ? WEXITSTATUS (status) : 0;
}

char *
jail_namespaces_explain (const char *complaint)
{
  g_autoptr (GString) words = g_string_new (NULL);
  guint refused = try_all ();

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (refused & 1u << i)
      g_string_append_printf (words, "%s%s", words->len > 0 ? ", " : "", kinds[i].word);
  if (complaint == NULL)
    complaint = "it says no more";
  if (refused & 1)
    return g_strdup_printf (
        "bubblewrap cannot make them here, since user namespaces are refused (%s): allow "
        "unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone, "
        "user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns), or in a "
        "container "
        "its --security-opt",
        complaint);
  if (refused != 0)
    return g_strdup_printf ("bubblewrap cannot make them here, since this host refuses these: %s "
                            "(%s): raise its sysctl "
                            "user.max_*_namespaces, or in a container use its --security-opt",
                            words->str, complaint);
  return g_strdup_printf ("bubblewrap cannot make them here (%s): in a container use its "
                          "--security-opt",
                          complaint);
}
