/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Where things lie, and the read cursor.
 */
#include "paths.h"

#include "cursor.h"

#define UUID "0f3a2b1c-1111-4222-8333-123456789abc"

static void
test_names (void)
{
  g_autofree char *guest = paths_guest_file (UUID, "disks/a");
  g_autofree char *runtime = paths_runtime_dir (UUID);
  g_autofree char *control = paths_socket (UUID, "control", NULL);
  g_autofree char *config = paths_config_file ();

  g_assert_cmpstr (guest, ==, "/data/vitrine/guests/" UUID "/disks/a");
  g_assert_cmpstr (runtime, ==, "/run/x/vitrine/" UUID);
  g_assert_cmpstr (control, ==, "/run/x/vitrine/" UUID "/control");
  g_assert_cmpstr (config, ==, "/config/vitrine/vitrine.conf");
}

static void
test_socket_too_long (void)
{
  g_autofree char *name = g_strnfill (108, 's');
  g_autoptr (GError) error = NULL;

  g_assert_null (paths_socket (UUID, name, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG);
  g_assert_nonnull (strstr (error->message, "XDG_RUNTIME_DIR"));
}

static void
test_uuid (void)
{
  static const char *const bad[] = {
    NULL,
    "",
    "..",
    UUID "/",
    "0F3A2B1C-1111-4222-8333-123456789ABC",
    "../" UUID,
    "0f3a2b1c111142228333123456789abc",
    "0f3a2b1c-1111-4222-8333-123456789ab",
    "0f3a2b1c-1111-4222-8333-123456789ab/",
  };

  g_assert_true (paths_is_uuid (UUID));
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (paths_is_uuid (bad[i]));
}

static void
test_helper (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *base = g_path_get_basename (self);
  g_autofree char *beside = paths_helper (base);
  g_autofree char *installed = paths_helper ("no-such-program");

  g_assert_cmpstr (beside, ==, self);
  g_assert_true (g_str_has_suffix (installed, "/vitrine/no-such-program"));
}

static void
test_cursor (void)
{
  const guint32 words[] = { 7, (guint32) -3, 1, 2 };
  Cursor cursor = cursor_init (words, sizeof words);
  guint8 byte = 9;

  g_assert_cmpuint (cursor_u32 (&cursor), ==, 7);
  g_assert_cmpint (cursor_i32 (&cursor), ==, -3);
  g_assert_false (cursor_is_done (&cursor));
  g_assert_cmpuint (cursor_u64 (&cursor), ==, (G_GUINT64_CONSTANT (2) << 32) | 1);
  g_assert_true (cursor_is_done (&cursor));
  cursor_read (&cursor, &byte, 1);
  g_assert_cmpuint (byte, ==, 0);
  g_assert_true (cursor.failed);
  g_assert_false (cursor_is_done (&cursor));
}

/* A failed read consumes nothing, and no later one succeeds. */
static void
test_cursor_sticky (void)
{
  const guint8 bytes[6] = { 1, 2, 3, 4, 5, 6 };
  Cursor cursor = cursor_init (bytes, sizeof bytes);
  char huge[1] = { 1 };

  cursor_u32 (&cursor);
  g_assert_cmpuint (cursor_u32 (&cursor), ==, 0);
  g_assert_cmpuint (cursor_left (&cursor), ==, 2);
  cursor_read (&cursor, huge, 1);
  g_assert_cmpint (huge[0], ==, 0);
  g_assert_false (cursor_is_done (&cursor));
}

int
main (int argc, char **argv)
{
  g_setenv ("XDG_DATA_HOME", "/data", TRUE);
  g_setenv ("XDG_CONFIG_HOME", "/config", TRUE);
  g_setenv ("XDG_RUNTIME_DIR", "/run/x", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/paths/names", test_names);
  g_test_add_func ("/paths/socket-too-long", test_socket_too_long);
  g_test_add_func ("/paths/uuid", test_uuid);
  g_test_add_func ("/paths/helper", test_helper);
  g_test_add_func ("/cursor/reads", test_cursor);
  g_test_add_func ("/cursor/sticky", test_cursor_sticky);
  return g_test_run ();
}
