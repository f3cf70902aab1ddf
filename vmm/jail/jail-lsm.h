/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The security module's part of a jail: AppArmor's profiles vitrine-K-jail, of bubblewrap, and
 * vitrine-K, of the shim and the program, K being the policy's name; or SELinux's domains
 * vitrine_K_jail_t and vitrine_K_t; where an administrator has installed them (data/apparmor/,
 * data/selinux/). A program becomes that by its name, not by its path. Optional: where there is
 * none, nothing happens, and the isolation report says so, which reads from the kernel what became
 * of it.
 */
#pragma once

#include <gio/gio.h>

typedef struct
{
  const char
      *file; /* the attribute of this process to be written, or NULL: nothing is to be done */
  char text[256];
  char plain[224]; /* to be written where the text is refused; may be empty */
} JailLsm;

/* Whose programs these are. SELinux keeps the programs of two guests of one user apart by two
 * categories out of 1024, made from the uuid, if the user may give categories. */
void jail_lsm_set_guest (const char *uuid);

/* What the child of a jail for the policy named `kind` is to write before it executes bubblewrap,
 * or else the shim. Cheap. */
void jail_lsm_prepare (const char *kind, gboolean through_bwrap, JailLsm *ret_lsm);

/* In the child between fork and exec: async-signal-safe calls only. A failure is not one of the
 * start: without the module's word the other layers hold. */
void jail_lsm_enter (const JailLsm *lsm);

/* Whether AppArmor has a profile of ours, under which a program opens nothing again by its
 * /proc/self/fd that is a file: AppArmor judges that by the file's path. */
gboolean jail_lsm_judges_paths (void);
