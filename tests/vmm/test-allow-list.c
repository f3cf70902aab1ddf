/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The monitor's allow-list: what passes, what does not, and how a command must look.
 */
#include "monitor/allow-list.h"

#include <gio/gio.h>
#include <string.h>

static void
test_allowed (void)
{
  static const char *const names[] = {
    "query-status", "query-block",      "stop",   "cont", "send-key",
    "system_reset", "system_powerdown", "qom-get"
  };
  const char *reason;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_true (allow_list_allows (names[i], &reason));
}

static void
test_refused (void)
{
  static const char *const names[] = {
    "human-monitor-command",
    "migrate",
    "migrate-incoming",
    "migrate_cancel",
    "blockdev-add",
    "blockdev-snapshot-sync",
    "block_resize",
    "drive-mirror",
    "object-add",
    "chardev-add",
    "getfd",
    "add_client",
    "add-fd",
    "screendump",
    "quit",
    "device_add",
    "qom-set",
    "dump-guest-memory",
    "pmemsave",
    "memsave",
    "nbd-server-start",
    "netdev_add",
    "change-vnc-password",
    "snapshot-save",
    "transaction",
    "trace-event-set-state",
    "xen-save-devices-state",
    "x-blockdev-change",
    "query-something-new",
    "set_password",
    "qmp_capabilities",
    "",
    "query-",
    "unknown",
    "QUERY-STATUS",
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const char *reason = NULL;

      g_test_message ("%s", names[i]);
      g_assert_false (allow_list_allows (names[i], &reason));
      g_assert_nonnull (reason);
    }
}

static void
test_command (void)
{
  g_autofree char *name = NULL;
  JsonObject *arguments = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (allow_list_check ("{\"execute\": \"qom-get\", \"arguments\": {\"path\": \"/x\"}}",
                                   &name, &arguments, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (name, ==, "qom-get");
  g_assert_cmpstr (json_object_get_string_member (arguments, "path"), ==, "/x");
  json_object_unref (arguments);
}

/* The human monitor passes by whole lines only. */
static void
test_lines (void)
{
  static const char *const lines[][2] = {
    { "info registers", "yes" },      { "info mtree -f", "yes" }, { "info registers\\n", NULL },
    { "info registers; quit", NULL }, { "info", NULL },           { "info status", NULL },
    { " info registers", NULL },      { "quit", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autofree char *json =
          g_strdup_printf ("{\"execute\": \"human-monitor-command\", \"arguments\": "
                           "{\"command-line\": \"%s\"}}",
                           lines[i][0]);
      g_autofree char *more =
          g_strdup_printf ("{\"execute\": \"human-monitor-command\", \"arguments\": "
                           "{\"command-line\": \"%s\", \"cpu-index\": 1}}",
                           lines[i][0]);
      g_autofree char *name = NULL;
      JsonObject *arguments = NULL;

      g_test_message ("%s", lines[i][0]);
      g_assert_cmpint (allow_list_check (json, &name, &arguments, NULL), ==, lines[i][1] != NULL);
      g_clear_pointer (&arguments, json_object_unref);
      g_assert_false (allow_list_check (more, &name, &arguments, NULL));
    }
}

static void
test_malformed (void)
{
  g_autofree char *blank = g_strnfill (ALLOW_LIST_COMMAND_BYTES_MAX, ' ');
  g_autofree char *large = g_strconcat ("{\"execute\": \"stop\"}", blank, NULL);
  const char *bad[] = {
    "",
    "stop",
    "[]",
    "{not json",
    "{}",
    "{\"execute\": 1}",
    "{\"execute\": \"\"}",
    "{\"execute\": \"stop\", \"arguments\": []}",
    "{\"execute\": \"stop\", \"id\": 1}",
    "{\"exec-oob\": \"stop\"}",
    "{\"execute\": \"stop\\n\"}",
    "{\"execute\": \"stop\"}x",
    "{\"execute\": \"query-\\u202estatus\"}",
    "{\"execute\": \"qom-get\", \"arguments\": {\"a\": [[[[[[[[1]]]]]]]]}}",
    large,
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *name = NULL;
      JsonObject *arguments = NULL;
      g_autoptr (GError) error = NULL;

      g_test_message ("%.80s", bad[i]);
      g_assert_false (allow_list_check (bad[i], &name, &arguments, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      g_assert_null (name);
    }
}

static void
test_reason (void)
{
  g_autofree char *name = NULL;
  JsonObject *arguments = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (allow_list_check ("{\"execute\": \"migrate\"}", &name, &arguments, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  g_assert_nonnull (strstr (error->message, "“migrate” is refused because it can run a program"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/allow-list/allowed", test_allowed);
  g_test_add_func ("/allow-list/refused", test_refused);
  g_test_add_func ("/allow-list/command", test_command);
  g_test_add_func ("/allow-list/lines", test_lines);
  g_test_add_func ("/allow-list/malformed", test_malformed);
  g_test_add_func ("/allow-list/reason", test_reason);
  return g_test_run ();
}
