/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * vitrine-jail: the innermost layers of a jail, put on by the process that becomes the program.
 * Started by vitrine-vmm, mostly inside bubblewrap; links libc and libseccomp only, because every
 * guest waits for it. It must never go on after a layer failed, and never run as root.
 *
 *   vitrine-jail --kind K --binary-fd N --status-fd N [--keep N]... [--read PATH]... [--kvm]
 *                [--writable-code] [--kill-unknown] [--namespaces] [--bound-memory] -- ARGV...
 *   vitrine-jail --trial        only succeeds: does bubblewrap work here?
 */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define EXIT_NOT_STARTED 126

char shim_error[SHIM_TEXT_MAX];

int
shim_fail (const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  vsnprintf (shim_error, sizeof shim_error, format, arguments);
  va_end (arguments);
  return -1;
}

static const Policy *
policy_by_name (const char *name)
{
  static const Policy *const all[] = { &policy_qemu, &policy_display, &policy_net,
                                       &policy_nbd, &policy_qemu_img };

  for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
    if (strcmp (all[i]->name, name) == 0)
      return all[i];
  return NULL;
}

static int
parse_number (const char *text)
{
  char *end;
  long value = strtol (text, &end, 10);

  return *text == '\0' || *end != '\0' || value < 3 || value > 1 << 20 ? -1 : (int) value;
}

static const struct option options[] = {
  { "kind", required_argument, NULL, 'k' },      { "binary-fd", required_argument, NULL, 'b' },
  { "status-fd", required_argument, NULL, 's' }, { "keep", required_argument, NULL, 'f' },
  { "read", required_argument, NULL, 'r' },      { "kvm", no_argument, NULL, 'v' },
  { "writable-code", no_argument, NULL, 'w' },   { "kill-unknown", no_argument, NULL, 'u' },
  { "namespaces", no_argument, NULL, 'n' },      { "bound-memory", no_argument, NULL, 'm' },
  { NULL },
};

static int
parse_option (ShimOrder *order, int option, const char *value)
{
  switch (option)
    {
    case 'k':
      order->policy = policy_by_name (value);
      return order->policy != NULL ? 0 : -1;
    case 'b':
      return order->binary_fd = parse_number (value);
    case 's':
      return order->status_fd = parse_number (value);
    case 'f':
      if (order->n_keep == SHIM_FDS_MAX)
        return -1;
      return order->keep[order->n_keep++] = parse_number (value);
    case 'r':
      if (order->n_read == sizeof order->read / sizeof *order->read)
        return -1;
      order->read[order->n_read++] = value;
      return 0;
    case 'v':
      order->kvm = true;
      return 0;
    case 'w':
      order->writable_code = true;
      return 0;
    case 'u':
      order->kill_unknown = true;
      return 0;
    case 'n':
      order->namespaces = true;
      return 0;
    case 'm':
      order->bound_memory = true;
      return 0;
    default:
      return -1;
    }
}

static int
parse (ShimOrder *order, int argc, char **argv)
{
  int option;

  opterr = 0;
  while ((option = getopt_long (argc, argv, "+", options, NULL)) != -1)
    if (parse_option (order, option, optarg) < 0)
      return -1;
  order->argv = argv + optind;
  return order->policy != NULL && order->binary_fd >= 0 && order->status_fd >= 0 && optind < argc
             ? 0
             : -1;
}

/* Outside in; every step leaves the next what it still needs. */
static int
put_on (ShimOrder *order, ShimStatus *status)
{
  if (chdir ("/") != 0)
    return shim_fail ("Cannot enter the folder /: %s", strerror (errno));
  if (shim_follow_parent (order) != 0 || shim_close_others (order) != 0)
    return -1;
  if (shim_limit_resources (order) != 0)
    return -1;
  status->layers |= SHIM_RLIMITS;
  if (shim_drop_privileges () != 0)
    return -1;
  status->layers |= SHIM_CAPABILITIES | SHIM_NO_NEW_PRIVS;
  if (shim_landlock (order, &status->landlock_abi) != 0)
    return -1;
  if (status->landlock_abi > 0)
    status->layers |= SHIM_LANDLOCK;
  if (fcntl (order->status_fd, F_SETFD, FD_CLOEXEC) != 0)
    return shim_fail ("Cannot mark descriptors: %s", strerror (errno));
  return 0;
}

/* The kernel adds our pid, as vmm sees it. */
static void
report (const ShimOrder *order, ShimStatus *status)
{
  memcpy (status->text, shim_error, sizeof status->text);
  if (write (order->status_fd, status, sizeof *status) < 0)
    _exit (EXIT_NOT_STARTED);
}

int
main (int argc, char **argv)
{
  ShimOrder order = { .binary_fd = -1, .status_fd = -1 };
  ShimStatus status = { 0 };

  if (argc == 2 && strcmp (argv[1], "--trial") == 0)
    return 0;
  if (parse (&order, argc, argv) != 0)
    {
      fputs ("vitrine-jail is started by vitrine-vmm only.\n", stderr);
      return 2;
    }
  if (put_on (&order, &status) != 0 || shim_seccomp (&order) != 0)
    {
      report (&order, &status);
      return EXIT_NOT_STARTED;
    }
  status.layers |= SHIM_SECCOMP;
  report (&order, &status);
  execveat (order.binary_fd, "", order.argv, environ, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
  shim_fail ("Cannot execute %s: %s", order.argv[0], strerror (errno));
  report (&order, &status);
  return EXIT_NOT_STARTED;
}
