/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Ties a bubblewrap and its child to the vmm that starts them. The child waits for bubblewrap on an
 * eventfd, which knows no end of file, and asks to die with it only afterwards: should bubblewrap
 * be killed before (with vmm, which it dies with), the child would wait for ever. So both are one
 * process group, and the kernel kills that group as soon as vmm's end of a pipe is closed, by
 * whatever. bubblewrap and the shim close the other end once it is not needed.
 */
#pragma once

#include "jail-lsm.h"

typedef struct
{
  int ours;   /* to be closed when the program has ended; closing it earlier kills */
  int theirs; /* for the child, to be closed here once it is spawned */
} JailLife;

gboolean jail_life_make (JailLife *life, GError **error);

/* The control group that children enter first (jail_use_group ()). */
void jail_life_set_group (int procs);

/* What a child does between fork and exec. */
typedef struct
{
  int life; /* the number of its end in the child */
  JailLsm lsm;
} JailEntrance;

/* A GSpawnChildSetupFunc; `data` is a JailEntrance. */
void jail_life_enter (gpointer data);
