/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Finds QEMU, qemu-img and the firmware. Runs in vitrine-vmm before the jails are made.
 */
#include "host-config.h"

#include "fds.h"
#include "paths.h"

#include <fcntl.h>
#include <stdlib.h>

#define CONFIG_BYTES_MAX (64 * 1024)
#define NOVNC_FOLDER "/usr/share/novnc"

/* The program that `key` names, or `fallback` in PATH; NULL with `error` if it is not there. */
static char *
find_program (GKeyFile *file, const char *key, const char *fallback, GError **error)
{
  g_autofree char *named = g_key_file_get_string (file, "host", key, NULL);
  g_autofree char *found = NULL;
  g_autofree char *config = paths_config_file ();
  char *resolved;

  if (named != NULL && !g_path_is_absolute (named))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "%s: %s in [host] must be an absolute path, not “%s”", config, key, named);
      return NULL;
    }
  found = g_find_program_in_path (named != NULL ? named : fallback);
  resolved = found != NULL ? realpath (found, NULL) : NULL;
  if (resolved != NULL)
    return resolved;
  if (named != NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 "%s names the program %s as %s in [host], but there is no such program", config,
                 named, key);
  else
    g_set_error (
        error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
        "The program %s is not installed. On Debian: apt install qemu-system-x86 qemu-utils",
        fallback);
  return NULL;
}

static GKeyFile *
load_file (GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) local = NULL;
  g_autofree char *path = paths_config_file ();
  g_autofree char *text = NULL;
  gsize size;

  if (!g_file_get_contents (path, &text, &size, &local))
    {
      if (g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return g_steal_pointer (&file);
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  if (size > CONFIG_BYTES_MAX || !g_key_file_load_from_data (file, text, size, 0, &local))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: %s", path,
                   local != NULL ? local->message : "the file is too long");
      return NULL;
    }
  return g_steal_pointer (&file);
}

HostConfig *
host_config_load (GError **error)
{
  g_autoptr (HostConfig) config = g_new0 (HostConfig, 1);
  g_autoptr (GKeyFile) file = load_file (error);

  if (file == NULL)
    return NULL;
  config->qemu = find_program (file, "qemu", "qemu-system-x86_64", error);
  if (config->qemu == NULL)
    return NULL;
  config->qemu_img = find_program (file, "qemu-img", "qemu-img", NULL);
  config->novnc = g_key_file_get_string (file, "host", "novnc", NULL);
  if (config->novnc == NULL)
    config->novnc = g_strdup (NOVNC_FOLDER);
  return g_steal_pointer (&config);
}

void
host_config_free (HostConfig *config)
{
  free (config->qemu);
  free (config->qemu_img);
  g_free (config->novnc);
  g_free (config);
}

gboolean
host_config_open_firmware (int *ret_code, int *ret_variables, GError **error)
{
  static const char *const pairs[][2] = {
    { "/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd" },
    { "/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd" },
    { "/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      autofd code = open (pairs[i][0], O_RDONLY | O_CLOEXEC | O_NOCTTY);
      autofd variables = open (pairs[i][1], O_RDONLY | O_CLOEXEC | O_NOCTTY);

      if (code < 0 || variables < 0)
        continue;
      *ret_code = fds_steal (&code);
      *ret_variables = fds_steal (&variables);
      return TRUE;
    }
  g_set_error (
      error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
      "The UEFI firmware is not installed (%s was not found). On Debian: apt install ovmf; "
      "or set the guest's firmware=bios",
      pairs[0][0]);
  return FALSE;
}
