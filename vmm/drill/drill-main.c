/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * vitrine-drill: a program that has been taken over. vmm starts it in the place of QEMU or another
 * program, in the very jail of that, and it tries one way out after another. Links libc only. What
 * it may damage where a way is open is bait that vmm laid out.
 *
 *   vitrine-drill --from N WORLD     tries the N-th way and all after it. Before each it writes
 *                                    "try NAME", after it "closed ERRNO" or "open"; a way that
 *                                    kills it is closed as well. At the end: "done".
 *   vitrine-drill NAME WORLD         one way; exits 0 if it was closed, 1 if it was open
 *   vitrine-drill --list             NAME, FLAGS and what it is, a line each, apart by tabs
 *   vitrine-drill --layers           the few ways that prove a layer each, as --from does
 *   vitrine-drill --say NAME         speaks that nonsense on descriptor 3, then waits for ever
 *   vitrine-drill wait               says READY, then waits for ever
 *
 * WORLD is FOLDER:PORT:HOME:CONTROL, what the ways lead to (drill-attempts.h).
 */
#include "drill-attempts.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const DrillAttempt *const tables[] = { drill_files,  drill_sockets, drill_processes,
                                              drill_kernel, drill_memory,  drill_exhaustion };

static char *world[4];

static int
set_world (char *text)
{
  for (int i = 0; i < 4; i++)
    {
      world[i] = text;
      text = text != NULL ? strchr (text, ':') : NULL;
      if (text != NULL)
        *text++ = '\0';
    }
  return world[3] != NULL ? 0 : -1;
}

const char *
drill_path (const char *name)
{
  static char path[4096];

  snprintf (path, sizeof path, "%s/%s", world[0], name);
  return path;
}

int
drill_port (void)
{
  return atoi (world[1]);
}

const char *
drill_home (void)
{
  return world[2];
}

const char *
drill_control (void)
{
  return world[3];
}

long
drill_wait (long pid)
{
  return pid < 0 ? -1 : waitpid (pid, NULL, 0) == pid ? 0 : -1;
}

long
drill_clone (unsigned long flags)
{
  long pid = syscall (SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, 0);

  if (pid == 0)
    _exit (0);
  return drill_wait (pid);
}

/* The n-th of all; NULL after the last. */
static const DrillAttempt *
find_number (unsigned n)
{
  for (unsigned t = 0; t < sizeof tables / sizeof *tables; t++)
    for (const DrillAttempt *attempt = tables[t]; attempt->name != NULL; attempt++)
      if (n-- == 0)
        return attempt;
  return NULL;
}

static int
list (void)
{
  for (unsigned i = 0; find_number (i) != NULL; i++)
    printf ("%s\t%s%s%s%s%s\t%s\n", find_number (i)->name,
            find_number (i)->flags & DRILL_SOUND ? "o" : "-",
            find_number (i)->flags & DRILL_NEEDED_BY_TCG ? "r" : "",
            find_number (i)->flags & DRILL_NEEDED_BY_NET ? "n" : "",
            find_number (i)->flags & DRILL_NEEDED_BY_DISKS ? "d" : "",
            find_number (i)->flags & DRILL_NEEDS_GROUP ? "g" : "", find_number (i)->what);
  return 0;
}

static void
say (const char *text)
{
  if (write (1, text, strlen (text)) < 0)
    _exit (3);
}

/* Each line is written by itself: the next moment may be the last. */
static void
try_and_tell (const DrillAttempt *attempt)
{
  char line[128];

  snprintf (line, sizeof line, "try %s\n", attempt->name);
  say (line);
  errno = 0;
  if (attempt->attempt () < 0)
    snprintf (line, sizeof line, "closed %d\n", errno);
  else
    snprintf (line, sizeof line, "open\n");
  say (line);
}

static int
try_from (unsigned n)
{
  for (; find_number (n) != NULL; n++)
    try_and_tell (find_number (n));
  say ("done\n");
  return 0;
}

static int
try_layers (void)
{
  for (const DrillAttempt *attempt = drill_layers; attempt->name != NULL; attempt++)
    try_and_tell (attempt);
  say ("done\n");
  return 0;
}

static _Noreturn void
wait_for_ever (void)
{
  say ("READY\n");
  for (;;)
    pause ();
}

static int
try_one (const char *name)
{
  for (unsigned i = 0; find_number (i) != NULL; i++)
    if (strcmp (find_number (i)->name, name) == 0)
      return find_number (i)->attempt () < 0 ? 0 : 1;
  return 2;
}

int
main (int argc, char **argv)
{
  if (argc == 2 && strcmp (argv[1], "--list") == 0)
    return list ();
  if (argc == 2 && strcmp (argv[1], "--layers") == 0)
    return try_layers ();
  if (argc == 2 && strcmp (argv[1], "wait") == 0)
    wait_for_ever ();
  if (argc == 3 && strcmp (argv[1], "--say") == 0)
    return drill_say (argv[2], 3);
  if ((argc != 3 && argc != 4) || set_world (argv[argc - 1]) != 0)
    return 2;
  if (argc == 4)
    return strcmp (argv[1], "--from") == 0 ? try_from (atoi (argv[2])) : 2;
  return try_one (argv[1]);
}
