/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * B4, the frames of D-Bus: any bytes as the head of a message, as a line of the authentication and
 * as a body of strings. What is passed lies inside what was given.
 */
#include "qemu/dbus-parse.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check_text (const char *text, const guint8 *data, gsize size)
{
  const guint8 *at = (const guint8 *) text;

  if (*text == '\0') /* may be a literal */
    return;
  g_assert_true (at >= data && at < data + size);
  g_assert_nonnull (memchr (at, '\0', data + size - at));
}

int
LLVMFuzzerTestOneInput (const guint8 *input, gsize size)
{
  /* Of exactly this size, so that a sanitizer sees a read past its end. */
  g_autofree guint8 *data = g_memdup2 (input, size);
  const char *strings[3];
  DbusHead head;
  DbusLine line;
  gsize used;

  if (dbus_parse_head (data, size, &used, &head) == PARSE_OK)
    {
      g_assert_cmpuint (used, <=, size);
      g_assert_cmpuint (used, <=, DBUS_FIXED_BYTES + DBUS_FIELDS_BYTES_MAX + 7);
      g_assert_cmpuint (head.serial, !=, 0);
      check_text (head.interface, data, used);
      check_text (head.member, data, used);
      check_text (head.signature, data, used);
    }
  if (dbus_parse_line (data, size, &used, &line) == PARSE_OK)
    g_assert_cmpuint (used, <=, MIN (size, DBUS_LINE_BYTES_MAX));
  for (guint n = 0; n <= G_N_ELEMENTS (strings); n++)
    if (dbus_parse_strings (data, size, n, strings) == PARSE_OK)
      for (guint i = 0; i < n; i++)
        check_text (strings[i], data, size);
  return 0;
}
