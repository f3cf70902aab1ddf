/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Counts ends against a budget. Used by vitrine-vmm for the display process.
 */
#include "restart-budget.h"

guint
restart_budget_spend (RestartBudget *budget, gint64 now)
{
  gint64 *slot = &budget->ends[budget->n_ends++ % RESTART_BUDGET];
  gboolean exhausted = *slot != 0 && now - *slot < RESTART_BUDGET_SECONDS * G_USEC_PER_SEC;

  *slot = now;
  budget->wait_s =
      exhausted ? CLAMP (budget->wait_s * 2, RESTART_WAIT_MIN_SECONDS, RESTART_WAIT_MAX_SECONDS)
                : 0;
  return budget->wait_s;
}

guint
restart_budget_refused (RestartBudget *budget)
{
  budget->wait_s = CLAMP (budget->wait_s * 2, RESTART_WAIT_MIN_SECONDS, RESTART_WAIT_MAX_SECONDS);
  return budget->wait_s;
}
