/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a VNC viewer sends once it is in, as one stream: whatever comes, the parser moves on, waits
 * or gives up.
 */
#include "front/rfb-parse.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  gsize at = 0;
  RfbPlain plain;
  guint minor;
  gsize used;

  rfb_parse_version (data, size, &minor);
  if (rfb_parse_plain (data, size, &plain, &used) == PARSE_OK)
    g_assert_cmpuint (used, <=, size);
  while (at < size)
    {
      RfbRequest request;

      used = 0;
      if (rfb_parse_request (data + at, size - at, &request, &used) != PARSE_OK)
        break;
      g_assert_cmpuint (used, >, 0);
      g_assert_cmpuint (used, <=, MIN (size - at, RFB_REQUEST_BYTES_MAX));
      at += used;
    }
  return 0;
}
