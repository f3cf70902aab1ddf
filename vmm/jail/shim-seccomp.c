/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The policy's table of system calls as a seccomp filter. Runs in the shim, as its last layer.
 */
#include "shim.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static uint32_t
action_of (const PolicyCall *call)
{
  switch (call->action)
    {
    case CALL_ALLOW:
      return SCMP_ACT_ALLOW;
    case CALL_REFUSE:
      return SCMP_ACT_ERRNO (call->code);
    default:
      return SCMP_ACT_KILL_PROCESS;
    }
}

static bool
applies (const PolicyCall *call, const ShimOrder *order)
{
  switch (call->when)
    {
    case WHEN_KVM:
      return order->kvm;
    case WHEN_WRITABLE_CODE:
      return order->writable_code;
    case WHEN_PROTECTED_CODE:
      return !order->writable_code;
    default:
      return true;
    }
}

static int
add_calls (scmp_filter_ctx filter,
           const PolicyCall *calls,
           uint32_t otherwise,
           const ShimOrder *order)
{
  for (; calls->action != CALL_END; calls++)
    {
      struct scmp_arg_cmp checks[CALL_CHECKS_MAX];
      uint32_t action = action_of (calls);
      int result;

      if (!applies (calls, order) || action == otherwise)
        continue;
      memcpy (checks, calls->checks, sizeof checks);
      for (unsigned i = 0; i < calls->n_checks; i++)
        if (checks[i].datum_a == SELF_PID_PLACEHOLDER)
          checks[i].datum_a = getpid ();
        else if (checks[i].datum_a == EXEC_FD_PLACEHOLDER)
          checks[i].datum_a = order->binary_fd;
      result = seccomp_rule_add_array (filter, action, calls->call, calls->n_checks, checks);
      if (result != 0)
        return shim_fail ("Cannot add system call %d (%s) to the filter: %s", calls->call,
                          calls->why, strerror (-result));
    }
  return 0;
}

int
shim_seccomp (const ShimOrder *order)
{
  uint32_t otherwise = order->kill_unknown ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO (EPERM);
  scmp_filter_ctx filter = seccomp_init (otherwise);
  int result;

  if (filter == NULL)
    return shim_fail ("Cannot make the filter of system calls");
  /* Calls of another architecture (32-bit) would pass by the table. */
  seccomp_attr_set (filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  /* A binary tree instead of a list: a call costs 7 comparisons, not 150. */
  seccomp_attr_set (filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
  if (add_calls (filter, policy_common_calls, otherwise, order) != 0 ||
      add_calls (filter, order->policy->calls, otherwise, order) != 0 ||
      add_calls (filter, policy_killed_calls, otherwise, order) != 0)
    return -1;
  result = seccomp_load (filter);
  if (result != 0)
    return shim_fail ("Cannot put the filter of system calls in force: %s", strerror (-result));
  /* Not released: the process image is about to be replaced, and it saves time. */
  return 0;
}
