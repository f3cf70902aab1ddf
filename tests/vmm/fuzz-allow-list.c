/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Fuzzes the monitor's allow-list: whatever passes it must be a command that the table allows.
 */
#include "monitor/allow-list.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autofree char *name = NULL;
  JsonObject *arguments = NULL;
  const char *reason;

  if (allow_list_check (text, &name, &arguments, NULL))
    g_assert_true (allow_list_allows (name, &reason));
  g_clear_pointer (&arguments, json_object_unref);
  return 0;
}
