/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * QEMU's states and events in people's words.
 */
#include "run-state.h"

#include <string.h>

static void
test_states (void)
{
  g_assert_cmpstr (run_state_describe ("running").state, ==, "running");
  g_assert_cmpstr (run_state_describe ("running").reason, ==, "");
  g_assert_cmpstr (run_state_describe ("paused").state, ==, "paused");
  g_assert_cmpstr (run_state_describe ("internal-error").state, ==, "failed");
  g_assert_nonnull (strstr (run_state_describe ("internal-error").reason, "accel=tcg"));
  g_assert_cmpstr (run_state_describe ("guest-panicked").state, ==, "paused");
  g_assert_cmpstr (run_state_describe ("paused").remedy, ==, "resume");
  g_assert_cmpstr (run_state_describe ("io-error").remedy, ==, "resume");
  g_assert_cmpstr (run_state_describe ("prelaunch").state, ==, "paused");
  g_assert_cmpstr (run_state_describe ("guest-panicked").remedy, ==, "reset");
  g_assert_cmpstr (run_state_describe ("watchdog").remedy, ==, "reset");
  g_assert_cmpstr (run_state_describe ("internal-error").remedy, ==, "force-off");
  g_assert_cmpstr (run_state_describe ("running").remedy, ==, "");
  g_assert_null (run_state_describe ("anything else").state);
  g_assert_null (run_state_describe (NULL).state);
}

static void
test_io_error (void)
{
  g_autoptr (GuestDefinition) definition = guest_definition_new ("name");
  g_autoptr (JsonNode) full = json_from_string (
      "{\"device\": \"\", \"node-name\": \"disk1\", \"nospace\": true, \"action\": \"stop\"}",
      NULL);
  g_autoptr (JsonNode) broken = json_from_string ("{\"node-name\": 7, \"action\": \"stop\"}", NULL);
  g_autoptr (JsonNode) quota =
      json_from_string ("{\"node-name\": \"disk1\", \"nospace\": false, \"action\": \"stop\", "
                        "\"operation\": \"write\", \"reason\": \"Disk quota exceeded\"}",
                        NULL);
  g_autoptr (JsonNode) reported = json_from_string ("{\"action\": \"report\"}", NULL);
  g_autofree char *one = NULL;
  g_autofree char *two = NULL;
  g_autofree char *three = NULL;

  g_ptr_array_add (definition->disks, guest_disk_new (1, "/srv/disk.img", GUEST_DISK_RAW));
  one = run_state_describe_io_error (full, definition);
  g_assert_nonnull (strstr (one, "full"));
  g_assert_nonnull (strstr (one, "/srv/disk.img"));
  two = run_state_describe_io_error (broken, definition);
  g_assert_nonnull (strstr (two, "A disk image"));
  three = run_state_describe_io_error (quota, definition);
  g_assert_nonnull (strstr (three, "quota"));
  g_assert_nonnull (strstr (three, "/srv/disk.img"));
  g_assert_null (run_state_describe_io_error (reported, definition));
  g_assert_null (run_state_describe_io_error (NULL, definition));
}

static const GuestDisk *
find_flushed (const GuestDefinition *definition, const char *text)
{
  g_autoptr (JsonNode) event = json_from_string (text, NULL);

  return run_state_find_flushed (event, definition);
}

static void
test_flush (void)
{
  g_autoptr (GuestDefinition) definition = guest_definition_new ("name");
  g_autofree char *text = NULL;

  g_ptr_array_add (definition->disks, guest_disk_new (1, "/srv/disk.img", GUEST_DISK_RAW));
  g_ptr_array_add (definition->disks, guest_disk_new (2, "nbd://server/x", GUEST_DISK_RAW));
  g_assert_nonnull (find_flushed (definition, "{\"node-name\": \"disk1-limited\", "
                                              "\"action\": \"stop\", \"operation\": \"write\"}"));
  g_assert_null (find_flushed (definition, "{\"node-name\": \"disk2\", \"action\": \"stop\", "
                                           "\"operation\": \"write\"}"));
  g_assert_null (find_flushed (definition, "{\"node-name\": \"disk1\", \"action\": \"stop\", "
                                           "\"operation\": \"read\"}"));
  g_assert_null (find_flushed (definition, "{\"node-name\": \"disk1\", \"action\": \"stop\", "
                                           "\"operation\": \"write\", \"nospace\": true}"));
  g_assert_null (find_flushed (definition, "{\"node-name\": \"disk7\", \"action\": \"stop\", "
                                           "\"operation\": \"write\"}"));
  g_assert_null (find_flushed (definition, "{}"));
  g_assert_null (run_state_find_flushed (NULL, definition));
  text = run_state_describe_flush (definition->disks->pdata[0]);
  g_assert_nonnull (strstr (text, "/srv/disk.img"));
}

static void
test_shutdown (void)
{
  g_autoptr (JsonNode) guest = json_from_string ("{\"reason\": \"guest-shutdown\"}", NULL);

  g_assert_cmpstr (run_state_describe_shutdown (guest), ==, "The guest shut down.");
  g_assert_nonnull (run_state_describe_shutdown (NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/run-state/states", test_states);
  g_test_add_func ("/run-state/io-error", test_io_error);
  g_test_add_func ("/run-state/flush", test_flush);
  g_test_add_func ("/run-state/shutdown", test_shutdown);
  return g_test_run ();
}
