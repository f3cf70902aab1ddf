/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Any text as the address of a disk on an NBD server (B6).
 */
#include "nbd-address-parse.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  const char *why = NULL;
  g_autoptr (NbdAddress) address = nbd_address_parse (text, &why);
  g_autofree char *server = NULL;

  if (address == NULL)
    {
      g_assert_nonnull (why);
      return 0;
    }
  g_assert_true (nbd_address_is_meant (text));
  g_assert_true ((address->host == NULL) != (address->socket == NULL));
  g_assert_true (address->socket == NULL || (address->socket[0] == '/' &&
                                             strlen (address->socket) <= NBD_SOCKET_BYTES_MAX));
  g_assert_true (address->host == NULL ||
                 (address->port > 0 && strlen (address->host) <= NBD_HOST_BYTES_MAX));
  g_assert_cmpuint (strlen (address->name), <=, NBD_EXPORT_BYTES_MAX);
  g_assert_true (g_utf8_validate (address->name, -1, NULL));
  server = nbd_address_describe_server (address);
  g_assert_cmpuint (strlen (server), >, 0);
  return 0;
}
