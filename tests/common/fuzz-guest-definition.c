/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Any bytes as guest.conf (B6). What is accepted must be within every cap, be accepted by GKeyFile
 * too, be written back unchanged, and survive edits.
 */
#include "guest-definition.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* The same values through GLib's own reader. */
static void
check_keyfile (const GuestDefinition *definition)
{
  g_autoptr (GKeyFile) keys = g_key_file_new ();
  g_autofree char *name = NULL;

  /* GKeyFile gives this key a meaning of its own (another character set). */
  if (strstr (definition->original, "Encoding") != NULL)
    return;
  g_assert_true (g_key_file_load_from_data (keys, definition->original,
                                            strlen (definition->original),
                                            G_KEY_FILE_KEEP_TRANSLATIONS, NULL));
  name = g_key_file_get_string (keys, "guest", "name", NULL);
  g_assert_cmpstr (name, ==, definition->name);
}

static void
check_limits (const GuestDefinition *definition)
{
  g_assert_cmpuint (strlen (definition->name), <=, GUEST_NAME_BYTES_MAX);
  g_assert_cmpuint (definition->memory_mib, <=, GUEST_MEMORY_MIB_MAX);
  g_assert_cmpuint (definition->cpus, <=, GUEST_CPUS_MAX);
  g_assert_cmpuint (definition->disks->len, <=, GUEST_DISKS_MAX);
  for (guint i = 0; i < definition->disks->len; i++)
    {
      const GuestDisk *disk = g_ptr_array_index (definition->disks, i);

      g_assert_true (disk->file[0] == '/' || guest_disk_is_remote (disk) ||
                     strchr (disk->file, '/') == NULL);
      g_assert_cmpuint (g_strv_length (disk->allow_backing), <=, GUEST_BACKING_MAX);
    }
}

static void
check_edit (const GuestDefinition *definition)
{
  static const char *const settings[][2] = {
    { "name", "x" },           { "memory", "77" },         { "disk0.file", "" },
    { "disk2.file", "/n" },    { "disk2.media", "cdrom" }, { "boot.kernel", "/k" },
    { "boot.cmdline", "a b" }, { "firmware", "uefi" },
  };
  g_autoptr (GuestDefinition) edited = guest_definition_copy (definition);
  g_autoptr (GuestDefinition) again = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) left = NULL;
  g_auto (GStrv) right = NULL;
  g_autofree char *text = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      guest_definition_set (edited, settings[i][0], settings[i][1], &error);
      /* The first disk may not be there to be removed. */
      if (!g_error_matches (error, GUEST_DEFINITION_ERROR, GUEST_DEFINITION_ERROR_KEY))
        g_assert_no_error (error);
      g_clear_error (&error);
    }
  text = guest_definition_format (edited);
  again = guest_definition_parse (text, strlen (text), "again", &error);
  if (strlen (text) > GUEST_DEFINITION_BYTES_MAX)
    return;
  g_assert_no_error (error);
  left = guest_definition_list (edited);
  right = guest_definition_list (again);
  g_assert_true (g_strv_equal ((const char *const *) left, (const char *const *) right));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuestDefinition) definition =
      guest_definition_parse ((const char *) data, size, "fuzz", &error);
  g_autofree char *text = NULL;

  g_assert_true ((definition == NULL) == (error != NULL));
  if (definition == NULL)
    {
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return 0;
    }
  text = guest_definition_format (definition);
  g_assert_cmpstr (text, ==, definition->original);
  check_limits (definition);
  check_keyfile (definition);
  check_edit (definition);
  return 0;
}
