/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Starts a program on a host that lacks a layer: a filter of system calls, which the program and
 * all below it inherit, answers as a kernel without that layer does.
 *
 *   without-layer user|mount|network|landlock|seccomp|nameless PROGRAM [ARGUMENT…]
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static scmp_filter_ctx filter;

static int
refuse (int call, int error)
{
  return seccomp_rule_add (filter, SCMP_ACT_ERRNO (error), call, 0);
}

/* clone3 hides its flags; who meets ENOSYS falls back to clone. */
static int
refuse_namespace (unsigned long flag)
{
  return seccomp_rule_add (filter, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (unshare), 1,
                           SCMP_A0 (SCMP_CMP_MASKED_EQ, flag, flag)) |
         seccomp_rule_add (filter, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (clone), 1,
                           SCMP_A0 (SCMP_CMP_MASKED_EQ, flag, flag)) |
         refuse (SCMP_SYS (clone3), ENOSYS);
}

static int
take_away (const char *layer)
{
  if (strcmp (layer, "user") == 0)
    return refuse_namespace (CLONE_NEWUSER);
  if (strcmp (layer, "mount") == 0)
    return refuse_namespace (CLONE_NEWNS);
  if (strcmp (layer, "network") == 0)
    return refuse_namespace (CLONE_NEWNET);
  if (strcmp (layer, "landlock") == 0)
    return refuse (SCMP_SYS (landlock_create_ruleset), ENOSYS);
  if (strcmp (layer, "seccomp") == 0)
    return refuse (SCMP_SYS (seccomp), ENOSYS) |
           seccomp_rule_add (filter, SCMP_ACT_ERRNO (EINVAL), SCMP_SYS (prctl), 1,
                             SCMP_A0 (SCMP_CMP_EQ, PR_SET_SECCOMP));
  if (strcmp (layer, "nameless") == 0) /* as on a file system that has no files without a name */
    return seccomp_rule_add (filter, SCMP_ACT_ERRNO (EOPNOTSUPP), SCMP_SYS (openat), 1,
                             SCMP_A2 (SCMP_CMP_MASKED_EQ, O_TMPFILE, O_TMPFILE));
  return -1;
}

int
main (int argc, char **argv)
{
  filter = seccomp_init (SCMP_ACT_ALLOW);
  if (argc < 3 || filter == NULL || take_away (argv[1]) != 0 || seccomp_load (filter) != 0)
    {
      fputs (
          "usage: without-layer user|mount|network|landlock|seccomp|nameless PROGRAM [ARGUMENT…]\n",
          stderr);
      return 2;
    }
  execvp (argv[2], argv + 2);
  perror (argv[2]);
  return 127;
}
