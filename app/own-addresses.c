/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * See own-addresses.h. Runs in the front ends; reads two files of /proc, no socket.
 */
#include "own-addresses.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

static void
add (GPtrArray *found, const char *text)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);

  if (address != NULL && !g_inet_address_get_is_loopback (address) &&
      !g_inet_address_get_is_link_local (address) && found->len < OWN_ADDRESSES_MAX &&
      !g_ptr_array_find_with_equal_func (found, text, g_str_equal, NULL))
    g_ptr_array_add (found, g_inet_address_to_string (address));
}

/* An address stands above what it is: "|-- 192.0.2.2", "/32 host LOCAL". */
static void
add_version_4 (GPtrArray *found, char *const *lines)
{
  const char *address = "";

  for (; *lines != NULL; lines++)
    {
      const char *leaf = strstr (*lines, "|-- ");

      if (leaf != NULL)
        address = leaf + strlen ("|-- ");
      else if (strstr (*lines, "/32 host LOCAL") != NULL)
        add (found, address);
    }
}

/* 32 digits, the card's number, the prefix's length, the scope: 0 is everywhere. */
static void
add_version_6 (GPtrArray *found, char *const *lines)
{
  for (; *lines != NULL; lines++)
    {
      g_autofree char *text = NULL;
      char d[33];
      guint scope;

      if (sscanf (*lines, "%32[0-9a-f] %*x %*x %x", d, &scope) != 2 || strlen (d) != 32 ||
          scope != 0)
        continue;
      text = g_strdup_printf ("%.4s:%.4s:%.4s:%.4s:%.4s:%.4s:%.4s:%.4s", d, d + 4, d + 8, d + 12,
                              d + 16, d + 20, d + 24, d + 28);
      add (found, text);
    }
}

GStrv
own_addresses_parse (const char *fib_trie, const char *if_inet6)
{
  GPtrArray *found = g_ptr_array_new ();
  g_auto (GStrv) lines_4 = g_strsplit (fib_trie != NULL ? fib_trie : "", "\n", -1);
  g_auto (GStrv) lines_6 = g_strsplit (if_inet6 != NULL ? if_inet6 : "", "\n", -1);

  add_version_4 (found, lines_4);
  add_version_6 (found, lines_6);
  g_ptr_array_add (found, NULL);
  return (GStrv) g_ptr_array_free (found, FALSE);
}

char *
own_addresses_describe (const char *listening)
{
  gboolean every_6 = strcmp (listening, "::") == 0;
  g_auto (GStrv) own = NULL;
  GString *text = g_string_new (NULL);

  own = every_6 || strcmp (listening, "0.0.0.0") == 0 ? own_addresses_read () : NULL;
  for (guint i = 0; own != NULL && own[i] != NULL; i++)
    if ((strchr (own[i], ':') != NULL) == every_6) /* each is for its own version only */
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", own[i]);
  return g_string_free (text, text->len == 0);
}

GStrv
own_addresses_read (void)
{
  g_autofree char *fib_trie = NULL;
  g_autofree char *if_inet6 = NULL;

  g_file_get_contents ("/proc/net/fib_trie", &fib_trie, NULL, NULL);
  g_file_get_contents ("/proc/net/if_inet6", &if_inet6, NULL, NULL);
  return own_addresses_parse (fib_trie, if_inet6);
}
