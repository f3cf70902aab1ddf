/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Addresses that a console is shared on. Runs in the front ends and in vitrine-vmm; asks no name
 * server and opens nothing.
 */
#include "share-address.h"

GInetAddress *
share_address_parse (const char *text, GError **error)
{
  g_autoptr (GInetAddress) address =
      g_utf8_validate (text, -1, NULL) ? g_inet_address_new_from_string (text) : NULL;

  if (address == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "“%.64s” is no IPv4 or IPv6 address: write numbers, such as 127.0.0.1 or ::1",
                   text);
      return NULL;
    }
  if (g_inet_address_get_is_multicast (address))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "“%s” is a multicast address: nothing can listen there", text);
      return NULL;
    }
  return g_steal_pointer (&address);
}

gboolean
share_address_is_loopback (const char *text)
{
  g_autoptr (GInetAddress) address = share_address_parse (text, NULL);

  return address != NULL && g_inet_address_get_is_loopback (address);
}
