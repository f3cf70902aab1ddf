/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A shim that lies: it reports every layer, puts none on and executes the program. What proves
 * layers must not believe it. It takes the arguments of vitrine-jail.
 */
#include "shim-wire.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

int
main (int argc, char **argv)
{
  static const struct option options[] = {
    { "kind", required_argument, NULL, 'x' },      { "binary-fd", required_argument, NULL, 'b' },
    { "status-fd", required_argument, NULL, 's' }, { "keep", required_argument, NULL, 'x' },
    { "read", required_argument, NULL, 'x' },      { "kvm", no_argument, NULL, 'x' },
    { "writable-code", no_argument, NULL, 'x' },   { "kill-unknown", no_argument, NULL, 'x' },
    { "namespaces", no_argument, NULL, 'x' },      { "bound-memory", no_argument, NULL, 'x' },
    { "trial", no_argument, NULL, 't' },           { 0 },
  };
  ShimStatus status = { .layers = SHIM_NO_NEW_PRIVS | SHIM_CAPABILITIES | SHIM_RLIMITS |
                                  SHIM_SECCOMP | SHIM_LANDLOCK,
                        .landlock_abi = 7 };
  int binary = -1;
  int told = -1;
  int option;

  while ((option = getopt_long (argc, argv, "+", options, NULL)) != -1)
    if (option == 't')
      return 0;
    else if (option == 'b')
      binary = atoi (optarg);
    else if (option == 's')
      told = atoi (optarg);
    else if (option == '?')
      return 2;
  if (write (told, &status, sizeof status) != sizeof status)
    return 1;
  fcntl (told, F_SETFD, FD_CLOEXEC);
  syscall (SYS_execveat, binary, "", argv + optind, environ, AT_EMPTY_PATH);
  return 1;
}
