/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Landlock's numbers up to ABI 6 (linux/landlock.h), because a distribution's header may be older
 * than the kernel that it runs. Numbers only.
 */
#pragma once

#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LL_CREATE_RULESET_VERSION 1u
#define LL_RULE_PATH_BENEATH 1
#define LL_ABI_MAX 6

#define LL_FS_EXECUTE (1ull << 0)
#define LL_FS_WRITE_FILE (1ull << 1)
#define LL_FS_READ_FILE (1ull << 2)
#define LL_FS_ALL_ABI1 ((1ull << 13) - 1)
#define LL_FS_REFER (1ull << 13)          /* ABI 2 */
#define LL_FS_TRUNCATE (1ull << 14)       /* ABI 3 */
#define LL_NET_BIND_TCP 1ull              /* ABI 4 */
#define LL_NET_BIND_CONNECT_TCP 3ull      /* ABI 4 */
#define LL_FS_IOCTL_DEV (1ull << 15)      /* ABI 5 */
#define LL_SCOPE_ABSTRACT_AND_SIGNAL 3ull /* ABI 6 */

struct ll_ruleset
{
  uint64_t handled_access_fs;
  uint64_t handled_access_net; /* from ABI 4 */
  uint64_t scoped;             /* from ABI 6 */
};

struct ll_path_beneath
{
  uint64_t allowed_access;
  int32_t parent_fd;
} __attribute__ ((packed));

/* 0 if the kernel has no Landlock or it is switched off. */
static inline unsigned
ll_abi (void)
{
  long abi = syscall (SYS_landlock_create_ruleset, NULL, 0, LL_CREATE_RULESET_VERSION);

  return abi > 0 ? (unsigned) abi : 0;
}
