/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guests folder shared by processes: two that change it at once lose nothing of each other, and
 * one that is killed at any moment leaves a whole state behind. The children are this program
 * again.
 */
#include "guest-store.h"
#include "store-world.h"

#include <signal.h>
#include <stdio.h>

#define ROUNDS 50
#define KILLS 60

static const char *self_path;

static GSubprocess *
spawn (const char *role, const char *argument, const char *uuid)
{
  GSubprocess *child = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL, self_path, role,
                                         argument, uuid, NULL);

  g_assert_nonnull (child);
  return child;
}

/* Child: ROUNDS guests named after the argument. */
static int
child_create (const char *prefix)
{
  g_autoptr (GuestStore) store = guest_store_open (NULL);

  for (guint i = 0; i < ROUNDS; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s-%u", prefix, i);
      g_autoptr (GuestDefinition) definition = guest_definition_new (name);

      if (store == NULL || !guest_store_add (store, definition, NULL))
        return 1;
    }
  return 0;
}

/* Child: adds one to a number in the guest, ROUNDS times; each child has a key of its own. */
static int
child_set (const char *key, const char *uuid)
{
  g_autoptr (GuestStore) store = guest_store_open (NULL);
  g_autoptr (GuestDefinition) first = guest_store_read (store, uuid, NULL);

  for (guint i = 1; i <= ROUNDS; i++)
    {
      /* Read once only, so that every write meets the other child's. */
      g_autoptr (GuestDefinition) definition = guest_definition_copy (first);
      g_autofree char *value = g_strdup_printf ("%u", i);

      if (!guest_definition_set (definition, key, value, NULL) ||
          !guest_store_update (store, definition, NULL))
        return 1;
    }
  return 0;
}

/* Child: creates, changes and removes without end, telling when it is at it. */
static int
child_churn (void)
{
  g_autoptr (GuestStore) store = guest_store_open (NULL);

  printf ("ready\n");
  fflush (stdout);
  for (guint i = 0;; i++)
    {
      g_autofree char *name = g_strdup_printf ("churn-%u", i);
      g_autoptr (GuestDefinition) definition = guest_definition_new (name);
      g_autofree char *disk = guest_store_prepare_disk (store, definition->uuid, "d", NULL);
      g_autoptr (GuestDefinition) read = NULL;

      if (disk == NULL || !g_file_set_contents (disk, "x", 1, NULL) ||
          !guest_store_add (store, definition, NULL))
        return 1;
      read = guest_store_read (store, definition->uuid, NULL);
      if (read == NULL || !guest_definition_set (read, "memory", "77", NULL) ||
          !guest_store_update (store, read, NULL) || !guest_store_remove (store, read->uuid, NULL))
        return 1;
    }
}

static void
test_create (void)
{
  g_autoptr (GSubprocess) a = spawn ("create", "a", NULL);
  g_autoptr (GSubprocess) b = spawn ("create", "b", NULL);
  g_autoptr (GuestStore) store = NULL;
  g_auto (GStrv) uuids = NULL;

  g_assert_true (g_subprocess_wait_check (a, NULL, NULL));
  g_assert_true (g_subprocess_wait_check (b, NULL, NULL));
  store = guest_store_open (NULL);
  uuids = guest_store_list (store, NULL);
  g_assert_cmpuint (g_strv_length (uuids), ==, 2 * ROUNDS);
  for (guint i = 0; uuids[i] != NULL; i++)
    {
      g_autoptr (GuestDefinition) definition = guest_store_read (store, uuids[i], NULL);

      g_assert_nonnull (definition);
      g_assert_true (guest_store_remove (store, uuids[i], NULL));
    }
}

/* The same names from two processes: each name exists once. */
static void
test_create_same (void)
{
  g_autoptr (GSubprocess) a = spawn ("create", "same", NULL);
  g_autoptr (GSubprocess) b = spawn ("create", "same", NULL);
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GuestStore) store = NULL;
  g_auto (GStrv) uuids = NULL;

  g_subprocess_wait (a, NULL, NULL);
  g_subprocess_wait (b, NULL, NULL);
  store = guest_store_open (NULL);
  uuids = guest_store_list (store, NULL);
  g_assert_cmpuint (g_strv_length (uuids), >, 0);
  for (guint i = 0; uuids[i] != NULL; i++)
    {
      g_autoptr (GuestDefinition) definition = guest_store_read (store, uuids[i], NULL);

      g_assert_true (g_hash_table_add (names, g_strdup (definition->name)));
      g_assert_true (guest_store_remove (store, uuids[i], NULL));
    }
}

static void
test_set (void)
{
  g_autoptr (GuestStore) store = guest_store_open (NULL);
  g_autoptr (GuestDefinition) definition = guest_definition_new ("shared");
  g_autoptr (GuestDefinition) after = NULL;
  g_autoptr (GSubprocess) a = NULL;
  g_autoptr (GSubprocess) b = NULL;

  definition->memory_mib = 4000;
  definition->cpus = 200;
  g_assert_true (guest_store_add (store, definition, NULL));
  a = spawn ("set", "memory", definition->uuid);
  b = spawn ("set", "cpus", definition->uuid);
  g_assert_true (g_subprocess_wait_check (a, NULL, NULL));
  g_assert_true (g_subprocess_wait_check (b, NULL, NULL));
  after = guest_store_read (store, definition->uuid, NULL);
  g_assert_cmpuint (after->memory_mib, ==, ROUNDS);
  g_assert_cmpuint (after->cpus, ==, ROUNDS);
  g_assert_true (guest_store_remove (store, definition->uuid, NULL));
}

/* After a kill every guest can be read, none is half there, and a start sweeps the rest. */
static void
check_whole (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuestStore) store = guest_store_open (&error);
  g_auto (GStrv) uuids = NULL;
  g_autofree char *names = NULL;
  g_autofree char *want = NULL;

  g_assert_no_error (error);
  uuids = guest_store_list (store, &error);
  names = store_world_names ();
  g_assert_null (strstr (names, "."));
  for (guint i = 0; uuids[i] != NULL; i++)
    {
      g_autoptr (GuestDefinition) definition = guest_store_read (store, uuids[i], &error);
      g_autofree char *disk = paths_guest_file (uuids[i], "disks/d");

      g_assert_no_error (error);
      g_assert_true (g_file_test (disk, G_FILE_TEST_EXISTS));
      g_assert_true (guest_store_remove (store, uuids[i], &error));
    }
  want = store_world_names ();
  g_assert_cmpstr (want, ==, "");
}

static void
test_kill (void)
{
  for (guint i = 0; i < KILLS; i++)
    {
      g_autoptr (GSubprocess) child = spawn ("churn", NULL, NULL);
      char line[6];

      /* The moment of the kill moves through the child's work, some hundred microseconds a time. */
      g_assert_true (g_input_stream_read_all (g_subprocess_get_stdout_pipe (child), line,
                                              sizeof line, NULL, NULL, NULL));
      g_usleep (i * 211);
      g_subprocess_force_exit (child);
      g_subprocess_wait (child, NULL, NULL);
      g_assert_true (g_subprocess_get_if_signaled (child));
      check_whole ();
    }
}

int
main (int argc, char **argv)
{
  g_autofree char *root = NULL;
  g_autofree char *path = g_file_read_link ("/proc/self/exe", NULL);
  int failed;

  if (argc > 1 && strcmp (argv[1], "create") == 0)
    return child_create (argv[2]);
  if (argc > 1 && strcmp (argv[1], "set") == 0)
    return child_set (argv[2], argv[3]);
  if (argc > 1 && strcmp (argv[1], "churn") == 0)
    return child_churn ();
  self_path = path;
  root = store_world_make ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store-processes/create", test_create);
  g_test_add_func ("/store-processes/create-same", test_create_same);
  g_test_add_func ("/store-processes/set", test_set);
  g_test_add_func ("/store-processes/kill", test_kill);
  failed = g_test_run ();
  store_world_remove (root);
  return failed;
}
