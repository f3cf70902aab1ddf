/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Line ends, changed in one pass. Runs in vitrine-display.
 */
#include "line-ends.h"

GBytes *
line_ends_to_lf (const guint8 *data, gsize size)
{
  guint8 *out = g_malloc (size);
  gsize n = 0;

  for (gsize i = 0; i < size; i++)
    if (data[i] != '\r' || i + 1 == size || data[i + 1] != '\n')
      out[n++] = data[i];
  return g_bytes_new_take (out, n);
}

static gboolean
is_bare (const guint8 *data, gsize i)
{
  return data[i] == '\n' && (i == 0 || data[i - 1] != '\r');
}

GBytes *
line_ends_to_crlf (const guint8 *data, gsize size)
{
  gsize n_bare = 0;
  guint8 *out;
  gsize n = 0;

  for (gsize i = 0; i < size; i++)
    n_bare += is_bare (data, i);
  out = g_malloc (size + n_bare);
  for (gsize i = 0; i < size; i++)
    {
      if (is_bare (data, i))
        out[n++] = '\r';
      out[n++] = data[i];
    }
  return g_bytes_new_take (out, n);
}
