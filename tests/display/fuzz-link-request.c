/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What vmm sends to vitrine-display: the first byte is the number of descriptors.
 */
#include "link-parse.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  LinkRequest request;

  if (size < 1)
    return 0;
  if (link_parse_request (data + 1, size - 1, data[0], &request) != PARSE_OK)
    return 0;
  g_assert_cmpuint (data[0], <=, LINK_REQUEST_FDS_MAX);
  if (request.type == LINK_SHARE)
    {
      g_assert_cmpint (request.share.password[LINK_PASSWORD_MAX], ==, '\0');
      g_assert_cmpint (request.share.name[LINK_NAME_MAX], ==, '\0');
    }
  return 0;
}
