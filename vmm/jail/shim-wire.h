/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Between vmm and the shim vitrine-jail: the one message that the shim sends on its status socket
 * (SOCK_SEQPACKET, with its pid as SCM_CREDENTIALS) before it executes the program, and again if
 * that fails. When vmm's end is closed the shim gives up: its starter is gone. Layout and limits
 * only.
 */
#pragma once

#include <stdint.h>

#define SHIM_TEXT_MAX 256
#define SHIM_FDS_MAX 128

/* As JailLayers; the shim cannot know of namespaces. */
enum
{
  SHIM_NO_NEW_PRIVS = 1 << 0,
  SHIM_CAPABILITIES = 1 << 1,
  SHIM_RLIMITS = 1 << 2,
  SHIM_SECCOMP = 1 << 3,
  SHIM_LANDLOCK = 1 << 4,
};

typedef struct
{
  uint32_t layers;          /* in force */
  uint32_t landlock_abi;    /* 0: none */
  char text[SHIM_TEXT_MAX]; /* empty, or a sentence: why the program could not be started */
} ShimStatus;
