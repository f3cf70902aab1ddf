/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * See the header. Runs in the shim, in `vitrine-vmm --copy-disk` and in tests.
 */
#include "policy-filter.h"

#include <errno.h>
#include <string.h>

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
applies (const PolicyCall *call, const PolicyTerms *terms)
{
  switch (call->when)
    {
    case WHEN_KVM:
      return terms->kvm;
    case WHEN_WRITABLE_CODE:
      return terms->writable_code;
    case WHEN_PROTECTED_CODE:
      return !terms->writable_code;
    default:
      return true;
    }
}

static int
add_call (scmp_filter_ctx filter, uint32_t action, const PolicyCall *call, const PolicyTerms *terms)
{
  struct scmp_arg_cmp checks[CALL_CHECKS_MAX];

  memcpy (checks, call->checks, sizeof checks);
  for (unsigned i = 0; i < call->n_checks; i++)
    if (checks[i].datum_a == SELF_PID_PLACEHOLDER)
      checks[i].datum_a = terms->self;
    else if (checks[i].datum_a == EXEC_FD_PLACEHOLDER)
      checks[i].datum_a = terms->binary_fd;
  return seccomp_rule_add_array (filter, action, call->call, call->n_checks, checks);
}

scmp_filter_ctx
policy_filter_new (const PolicyCall *const *tables,
                   const PolicyTerms *terms,
                   int *ret_error,
                   const PolicyCall **ret_call)
{
  uint32_t otherwise = terms->kill_unknown ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO (EPERM);
  scmp_filter_ctx filter = seccomp_init (otherwise);
  int result;

  *ret_call = NULL;
  *ret_error = -ENOMEM;
  if (filter == NULL)
    return NULL;
  /* Calls of another architecture (32-bit) would pass by the table. */
  seccomp_attr_set (filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  /* A binary tree instead of a list: a call costs 7 comparisons, not 150. */
  seccomp_attr_set (filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
  for (; *tables != NULL; tables++)
    for (const PolicyCall *call = *tables; call->action != CALL_END; call++)
      {
        uint32_t action = action_of (call);

        /* libseccomp takes no line that says what holds anyway. */
        if (!applies (call, terms) || action == otherwise)
          continue;
        result = add_call (filter, action, call, terms);
        if (result != 0)
          {
            *ret_call = call;
            *ret_error = result;
            seccomp_release (filter);
            return NULL;
          }
      }
  return filter;
}
