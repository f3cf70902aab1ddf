/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The attempts of the drill: ways out of a jail that a program which has been taken over would try.
 * Links libc only.
 */
#pragma once

#include "drill-list.h"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Handed in, as a jailed program has them. */
#define DRILL_UNIX_SOCKET 3    /* a stream socket, neither bound nor connected */
#define DRILL_TCP_LISTENER 4   /* listens on a port of loopback */
#define DRILL_READ_ONLY_FILE 5 /* a file of the user, opened for reading */
#define DRILL_WRITABLE_FILE 6  /* a file of the user, opened for writing: its disk */
#define DRILL_DESCRIPTORS_END 7

typedef struct
{
  const char *name;
  long (*attempt) (void); /* below 0: the way is closed */
  DrillFlags flags;
  const char *what; /* completes "It tried to …" */
} DrillAttempt;

#define DRILL_ROW(name, function, flags, what) { name, function, flags, what },

/* Each ends with a NULL name. */
extern const DrillAttempt drill_files[];
extern const DrillAttempt drill_sockets[];
extern const DrillAttempt drill_processes[];
extern const DrillAttempt drill_kernel[];
extern const DrillAttempt drill_memory[];
extern const DrillAttempt drill_exhaustion[];
extern const DrillAttempt drill_layers[]; /* not among the others: DRILL_LAYERS */

/* --- What the attempts reach for --- */

/* Says the nonsense of that name (DRILL_TALK) on the channel that is open as `fd`, and waits for
 * its end. 2: there is none of that name. */
int drill_say (const char *name, int fd);

/* In the folder of bait. Static. */
const char *drill_path (const char *name);
/* The home and the control socket of whoever runs Vitrine. */
const char *drill_home (void);
const char *drill_control (void);
/* Where the supervisor listens on loopback. */
int drill_port (void);

/* What only root could do: "open" is any answer that shows the kernel looked at it. A filter refuses
 * by EPERM, AppArmor and SELinux by EACCES. */
static inline long
got_through (long result)
{
  return result >= 0 || (errno != EPERM && errno != EACCES) ? 0 : -1;
}

/* Waits for a process that was started and ends at once. 0 if that came about. */
long drill_wait (long pid);
/* Starts such a process by clone with these flags, and waits. */
long drill_clone (unsigned long flags);
