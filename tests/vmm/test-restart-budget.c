/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The budget of restarts.
 */
#include "restart-budget.h"

#define SECOND G_USEC_PER_SEC

static void
test_spread (void)
{
  RestartBudget budget = { 0 };

  /* One end every 12 seconds for ever is within the budget. */
  for (gint64 i = 1; i <= 100; i++)
    g_assert_cmpuint (restart_budget_spend (&budget, i * 12 * SECOND), ==, 0);
}

static void
test_burst (void)
{
  static const guint waits[] = { 0, 0, 0, 0, 0, 5, 10, 20, 40, 60, 60 };
  RestartBudget budget = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (waits); i++)
    g_assert_cmpuint (restart_budget_spend (&budget, SECOND + i), ==, waits[i]);
  /* A quiet minute, and all is forgiven. */
  g_assert_cmpuint (restart_budget_spend (&budget, 62 * SECOND), ==, 0);
}

/* Tried again soon, and then ever later; one start that worked is the end of it. */
static void
test_refused (void)
{
  static const guint waits[] = { 5, 10, 20, 40, 60, 60 };
  RestartBudget budget = { 0 };

  g_assert_cmpuint (restart_budget_spend (&budget, SECOND), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (waits); i++)
    g_assert_cmpuint (restart_budget_refused (&budget), ==, waits[i]);
  g_assert_cmpuint (restart_budget_spend (&budget, 2 * SECOND), ==, 0);
  g_assert_cmpuint (restart_budget_refused (&budget), ==, 5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/restart-budget/spread", test_spread);
  g_test_add_func ("/restart-budget/burst", test_burst);
  g_test_add_func ("/restart-budget/refused", test_refused);
  return g_test_run ();
}
