/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Landlock: what the program may still reach by name. Everything that this kernel's ABI can deny is
 * denied, then the policy's paths are let through. Runs in the shim; opens paths (O_PATH) only.
 */
#include "shim.h"

#include "landlock-abi.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static struct ll_ruleset
deny_everything (unsigned abi, int host_network)
{
  struct ll_ruleset rules = { .handled_access_fs = LL_FS_ALL_ABI1 };

  if (abi >= 2)
    rules.handled_access_fs |= LL_FS_REFER;
  if (abi >= 3)
    rules.handled_access_fs |= LL_FS_TRUNCATE;
  if (abi >= 4)
    rules.handled_access_net = host_network ? LL_NET_BIND_TCP : LL_NET_BIND_CONNECT_TCP;
  if (abi >= 5)
    rules.handled_access_fs |= LL_FS_IOCTL_DEV;
  if (abi >= 6)
    rules.scoped = LL_SCOPE_ABSTRACT_AND_SIGNAL;
  return rules;
}

static int
allow_fd (int ruleset, int fd, uint64_t access)
{
  struct ll_path_beneath rule = { .allowed_access = access, .parent_fd = fd };

  return syscall (SYS_landlock_add_rule, ruleset, LL_RULE_PATH_BENEATH, &rule, 0);
}

/* A path that the host does not have needs no rule. */
static int
allow_path (int ruleset, const char *path, uint64_t access)
{
  int fd = open (path, O_PATH | O_CLOEXEC);
  int result;

  if (fd < 0)
    return errno == ENOENT || errno == ENOTDIR || errno == EACCES
               ? 0
               : shim_fail ("Cannot look at %s for the jail: %s", path, strerror (errno));
  result = allow_fd (ruleset, fd, access);
  if (result != 0)
    shim_fail ("Cannot let the program read %s: %s", path, strerror (errno));
  close (fd);
  return result;
}

static int
allow_paths (int ruleset, const PolicyPath *paths)
{
  static const uint64_t access[] = {
    [PATH_READ] = LL_FS_READ_FILE,
    [PATH_EXECUTE] = LL_FS_READ_FILE | LL_FS_EXECUTE,
    [PATH_DEVICE] = LL_FS_READ_FILE | LL_FS_WRITE_FILE,
  };

  for (; paths->use != PATH_END; paths++)
    if (allow_path (ruleset, paths->path, access[paths->use]) != 0)
      return -1;
  return 0;
}

/* Regular files it holds may be opened again for reading, as /proc/self/fd/N. Landlock does not
 * govern memfds (EBADFD): nothing to add for them. */
static int
allow_descriptors (int ruleset, const ShimOrder *order)
{
  for (unsigned i = 0; i < order->n_keep; i++)
    {
      struct stat info;

      if (fstat (order->keep[i], &info) != 0 || !S_ISREG (info.st_mode))
        continue;
      if (allow_fd (ruleset, order->keep[i], LL_FS_READ_FILE) != 0 && errno != EBADFD)
        return shim_fail ("Cannot let the program read descriptor %d: %s", order->keep[i],
                          strerror (errno));
    }
  return 0;
}

static int
allow_all (int ruleset, const ShimOrder *order)
{
  if (allow_paths (ruleset, policy_common_paths) != 0 ||
      allow_paths (ruleset, order->policy->paths) != 0 || allow_descriptors (ruleset, order) != 0)
    return -1;
  for (unsigned i = 0; i < order->n_read; i++)
    if (allow_path (ruleset, order->read[i], LL_FS_READ_FILE) != 0)
      return -1;
  if (allow_fd (ruleset, order->binary_fd, LL_FS_READ_FILE | LL_FS_EXECUTE) != 0 && errno != EBADFD)
    return shim_fail ("Cannot let the program be executed: %s", strerror (errno));
  return 0;
}

int
shim_landlock (const ShimOrder *order, unsigned *abi)
{
  struct ll_ruleset rules;
  size_t size;
  int ruleset;
  int result;

  *abi = ll_abi ();
  if (*abi == 0)
    return 0;
  rules = deny_everything (*abi, order->policy->host_network);
  size = *abi >= 6 ? sizeof rules : *abi >= 4 ? 2 * sizeof (uint64_t) : sizeof (uint64_t);
  ruleset = syscall (SYS_landlock_create_ruleset, &rules, size, 0);
  if (ruleset < 0)
    return shim_fail ("Cannot prepare Landlock: %s", strerror (errno));
  result = allow_all (ruleset, order);
  if (result == 0 && syscall (SYS_landlock_restrict_self, ruleset, 0) != 0)
    result = shim_fail ("Cannot put Landlock in force: %s", strerror (errno));
  close (ruleset);
  return result;
}
