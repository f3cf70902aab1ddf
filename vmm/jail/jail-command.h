/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The command line of a jail: bubblewrap's and the shim's arguments, made from a policy table and a
 * request. Starts nothing. Private to vmm/jail.
 */
#pragma once

#include "jail.h"
#include "policy.h"

/* Numbers that descriptors have in the child. */
typedef struct
{
  int shim;
  int binary;
  int status;
} JailNumbers;

const Policy *jail_policy (JailKind kind);

/* bwrap == NULL: the shim alone, executed as /proc/self/fd/<shim>. */
GStrv jail_command (const JailRequest *request, const JailNumbers *numbers, const char *bwrap);

/* bubblewrap with all that a jail has, around a shim that only succeeds. */
GStrv jail_command_trial (const char *bwrap, int shim);

/* Folders beside a program outside /usr that hold its libraries and data; free with g_strfreev. */
GStrv jail_command_custom_paths (const char *binary);
