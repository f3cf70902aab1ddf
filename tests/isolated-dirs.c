/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * For tests that let GLib isolate their folders: it never frees the names it makes up for each of
 * them (g_set_user_dirs), which the leak check must know. Without sanitizers nobody calls these.
 */

const char *__asan_default_options (void);
const char *__lsan_default_suppressions (void);

/* Without the whole stack the function that leaks is not on it. */
const char *
__asan_default_options (void)
{
  return "fast_unwind_on_malloc=0";
}

const char *
__lsan_default_suppressions (void)
{
  return "leak:g_set_user_dirs\n";
}
