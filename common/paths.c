/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Where things lie: guests, sockets, configuration and our own helper programs.
 */
#include "paths.h"

#include "config.h"

#include <string.h>
#include <sys/un.h>

char *
paths_guests_dir (void)
{
  return g_build_filename (g_get_user_data_dir (), "vitrine", "guests", NULL);
}

char *
paths_guest_file (const char *uuid, const char *name)
{
  g_autofree char *guests = paths_guests_dir ();

  return g_build_filename (guests, uuid, name, NULL);
}

char *
paths_runtime_dir (const char *uuid)
{
  return g_build_filename (g_get_user_runtime_dir (), "vitrine", uuid, NULL);
}

const char *const paths_runtime_names[] = { "control", "display", "backup", "agent", NULL };

char *
paths_socket (const char *uuid, const char *name, GError **error)
{
  g_autofree char *dir = paths_runtime_dir (uuid);
  g_autofree char *path = g_build_filename (dir, name, NULL);

  if (strlen (path) >= sizeof ((struct sockaddr_un *) NULL)->sun_path)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG,
                   "The socket name %s is too long: set XDG_RUNTIME_DIR to a shorter folder", path);
      return NULL;
    }
  return g_steal_pointer (&path);
}

char *
paths_config_file (void)
{
  return g_build_filename (g_get_user_config_dir (), "vitrine", "vitrine.conf", NULL);
}

char *
paths_helper (const char *program)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *dir = self != NULL ? g_path_get_dirname (self) : g_strdup (LIBEXEC_DIR);
  g_autofree char *beside = g_build_filename (dir, program, NULL);

  if (g_file_test (beside, G_FILE_TEST_IS_EXECUTABLE))
    return g_steal_pointer (&beside);
  return g_build_filename (LIBEXEC_DIR, program, NULL);
}

gboolean
paths_is_uuid (const char *text)
{
  if (text == NULL || strlen (text) != 36 || !g_uuid_string_is_valid (text))
    return FALSE;
  for (const char *c = text; *c != '\0'; c++)
    if (g_ascii_isupper (*c))
      return FALSE;
  return TRUE;
}
