/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The policy's table of system calls, put in force. Runs in the shim, as its last layer.
 */
#include "policy-filter.h"
#include "shim.h"

#include <string.h>
#include <unistd.h>

int
shim_seccomp (const ShimOrder *order)
{
  const PolicyCall *const tables[] = { policy_common_calls, order->policy->calls,
                                       policy_killed_calls, NULL };
  const PolicyTerms terms = {
    .kvm = order->kvm,
    .writable_code = order->writable_code,
    .kill_unknown = order->kill_unknown,
    .binary_fd = order->binary_fd,
    .self = getpid (),
  };
  const PolicyCall *call;
  int result;
  scmp_filter_ctx filter = policy_filter_new (tables, &terms, &result, &call);

  if (filter == NULL && call != NULL)
    return shim_fail ("Cannot add system call %d (%s) to the filter: %s", call->call, call->why,
                      strerror (-result));
  if (filter == NULL)
    return shim_fail ("Cannot make the filter of system calls: %s", strerror (-result));
  result = seccomp_load (filter);
  if (result != 0)
    return shim_fail ("Cannot put the filter of system calls in force: %s", strerror (-result));
  /* Not released: the process image is about to be replaced, and it saves time. */
  return 0;
}
