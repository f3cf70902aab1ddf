/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The sound server's socket. Runs in `vitrine`; looks nothing up.
 */
#include "pulse-address.h"

#include <string.h>

static char *
take_unix (const char *word)
{
  const char *brace = *word == '{' ? strchr (word, '}') : NULL;
  const char *place = brace != NULL ? brace + 1 : word;

  if (g_str_has_prefix (place, "unix:"))
    place += strlen ("unix:");
  return *place == '/' ? g_strconcat ("unix:", place, NULL) : NULL;
}

char *
pulse_address (const char *server, const char *folder, const char *runtime_dir)
{
  if (server != NULL && *server != '\0')
    {
      g_auto (GStrv) words = g_strsplit (server, " ", -1);

      for (guint i = 0; words[i] != NULL; i++)
        {
          char *address = take_unix (words[i]);

          if (address != NULL)
            return address;
        }
      return NULL;
    }
  if (folder != NULL && *folder != '\0')
    return g_strconcat ("unix:", folder, "/native", NULL);
  return g_strconcat ("unix:", runtime_dir, "/pulse/native", NULL);
}
