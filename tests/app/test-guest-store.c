/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guests folder in one process: what is stored is there, what is refused changes nothing, and
 * what is removed takes nothing along.
 */
#include "fds.h"
#include "guest-store-private.h"
#include "store-world.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

static GuestStore *
open_store (void)
{
  g_autoptr (GError) error = NULL;
  GuestStore *store = guest_store_open (&error);

  g_assert_no_error (error);
  return store;
}

static GuestDefinition *
add (GuestStore *store, const char *name)
{
  g_autoptr (GuestDefinition) definition = guest_definition_new (name);
  g_autoptr (GError) error = NULL;
  GuestDefinition *read;

  g_assert_true (guest_store_add (store, definition, &error));
  g_assert_no_error (error);
  read = guest_store_read (store, definition->uuid, &error);
  g_assert_no_error (error);
  return read;
}

static void
remove_guest (GuestStore *store, const GuestDefinition *definition)
{
  g_autoptr (GError) error = NULL;

  guest_store_remove (store, definition->uuid, &error);
  g_assert_no_error (error);
}

static char *
conf (const GuestDefinition *definition)
{
  return paths_guest_file (definition->uuid, "guest.conf");
}

static void
write_text (const char *path, const char *text)
{
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
test_life (void)
{
  g_autoptr (GuestStore) store = open_store ();
  g_autoptr (GuestDefinition) definition = add (store, "one");
  g_autoptr (GuestDefinition) again = NULL;
  g_auto (GStrv) uuids = guest_store_list (store, NULL);
  g_autofree char *path = conf (definition);
  g_autofree char *left = NULL;
  g_autoptr (GError) error = NULL;
  struct stat info;

  g_assert_cmpuint (g_strv_length (uuids), ==, 1);
  g_assert_cmpstr (uuids[0], ==, definition->uuid);
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);
  g_assert_true (guest_definition_set (definition, "memory", "99", NULL));
  g_assert_true (guest_store_update (store, definition, &error));
  again = guest_store_read (store, definition->uuid, NULL);
  g_assert_cmpuint (again->memory_mib, ==, 99);
  remove_guest (store, definition);
  g_assert_false (guest_store_remove (store, definition->uuid, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  left = store_world_names ();
  g_assert_cmpstr (left, ==, "");
}

static void
test_taken (void)
{
  g_autoptr (GuestStore) store = open_store ();
  g_autoptr (GuestDefinition) one = add (store, "one");
  g_autoptr (GuestDefinition) two = add (store, "two");
  g_autoptr (GuestDefinition) same = guest_definition_new ("one");
  g_autoptr (GError) error = NULL;
  g_autofree char *left = NULL;

  g_assert_false (guest_store_add (store, same, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);
  g_free (same->name);
  same->name = g_strdup ("three");
  g_free (same->uuid);
  same->uuid = g_strdup (one->uuid);
  g_assert_false (guest_store_add (store, same, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_true (guest_definition_set (two, "name", "one", NULL));
  g_assert_false (guest_store_update (store, two, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  remove_guest (store, one);
  remove_guest (store, two);
  left = store_world_names ();
  g_assert_cmpstr (left, ==, "");
}

/* What a person or another process wrote meanwhile stays, and so does what we change. */
static void
test_merge (void)
{
  g_autoptr (GuestStore) store = open_store ();
  g_autoptr (GuestDefinition) ours = add (store, "merge");
  g_autoptr (GuestDefinition) theirs = guest_definition_copy (ours);
  g_autoptr (GuestDefinition) both = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = conf (ours);
  g_autofree char *text = NULL;

  g_assert_true (guest_definition_set (theirs, "cpus", "7", NULL));
  g_assert_true (guest_definition_set (theirs, "disk0.file", "/theirs", NULL));
  g_assert_true (guest_store_update (store, theirs, &error));
  g_assert_true (guest_definition_set (ours, "memory", "33", NULL));
  g_assert_true (guest_definition_set (ours, "disk1.file", "/ours.qcow2", NULL));
  g_assert_true (guest_store_update (store, ours, &error));
  both = guest_store_read (store, ours->uuid, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (both->cpus, ==, 7);
  g_assert_cmpuint (both->memory_mib, ==, 33);
  g_assert_cmpuint (both->disks->len, ==, 2);

  text = g_strconcat (both->original, "# mine\n", NULL);
  write_text (path, text);
  g_assert_true (guest_definition_set (both, "disk0.file", "", NULL));
  g_assert_true (guest_store_update (store, both, &error));
  g_clear_pointer (&text, g_free);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "# mine\n"));
  g_assert_null (strstr (text, "/theirs"));
  g_assert_nonnull (strstr (text, "/ours.qcow2"));

  write_text (path, "[vitrine]\nversion=9\n");
  g_assert_false (guest_store_update (store, ours, &error));
  g_assert_nonnull (strstr (error->message, "guest.conf, line 2: version: 9"));
  remove_guest (store, ours);
}

/* Rules between keys are checked before anything is written. */
static void
test_invalid (void)
{
  g_autoptr (GuestStore) store = open_store ();
  g_autoptr (GuestDefinition) definition = add (store, "invalid");
  g_autoptr (GuestDefinition) again = NULL;
  g_autoptr (GuestDefinition) fresh = guest_definition_new ("fresh");
  g_autoptr (GError) error = NULL;

  g_assert_true (guest_definition_set (definition, "boot.initrd", "/i", NULL));
  g_assert_false (guest_store_update (store, definition, &error));
  g_assert_nonnull (strstr (error->message, "it needs a kernel"));
  again = guest_store_read (store, definition->uuid, NULL);
  g_assert_null (again->initrd);
  fresh->initrd = g_strdup ("/i");
  g_assert_false (guest_store_add (store, fresh, NULL));
  g_assert_null (guest_store_read (store, fresh->uuid, NULL));
  remove_guest (store, definition);
}

static void
test_unreadable (void)
{
  g_autoptr (GuestStore) store = open_store ();
  g_autoptr (GuestDefinition) definition = add (store, "broken");
  g_autoptr (GuestDefinition) other = add (store, "other");
  g_autofree char *path = conf (definition);
  g_autofree char *big = g_strnfill (10 << 20, 'x');
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, other->original, -1, NULL));
  g_assert_null (guest_store_read (store, definition->uuid, &error));
  g_assert_nonnull (strstr (error->message, "only the name of its folder is allowed"));
  g_clear_error (&error);
  write_text (path, big);
  g_assert_null (guest_store_read (store, definition->uuid, &error));
  g_assert_nonnull (strstr (error->message, "larger than the 65536 bytes"));
  g_clear_error (&error);
  g_unlink (path);
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  g_assert_null (guest_store_read (store, definition->uuid, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
  g_clear_error (&error);
  g_unlink (path);
  g_assert_null (guest_store_read (store, definition->uuid, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  remove_guest (store, definition);
  remove_guest (store, other);
}

static void
test_prepare (void)
{
  g_autoptr (GuestStore) store = open_store ();
  g_autoptr (GuestStore) other = NULL;
  g_autoptr (GuestDefinition) definition = guest_definition_new ("prepared");
  g_autoptr (GError) error = NULL;
  g_autofree char *disk = guest_store_prepare_disk (store, definition->uuid, "a.qcow2", &error);
  g_autofree char *final = paths_guest_file (definition->uuid, "disks/a.qcow2");
  g_autofree char *left = NULL;
  static const char *const bad[] = { "", ".", "..", "../x", "/x", ".x" };

  g_assert_no_error (error);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_null (guest_store_prepare_disk (store, definition->uuid, bad[i], NULL));
  write_text (disk, "disk");
  /* Another process does not sweep away what a living one prepares. */
  other = open_store ();
  g_assert_true (g_file_test (disk, G_FILE_TEST_EXISTS));
  g_assert_true (guest_store_add (store, definition, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_test (final, G_FILE_TEST_EXISTS));
  g_assert_false (guest_store_is_running (store, definition->uuid));
  g_assert_null (guest_store_prepare_disk (store, definition->uuid, "b.qcow2", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  remove_guest (store, definition);

  g_clear_pointer (&disk, g_free);
  disk = guest_store_prepare_disk (store, definition->uuid, "a.qcow2", NULL);
  write_text (disk, "disk");
  guest_store_discard (store, definition->uuid);
  left = store_world_names ();
  g_assert_cmpstr (left, ==, "");
}

/* What a killed process left goes at the next start, and nothing else. */
static void
test_sweep (void)
{
  g_autoptr (GuestStore) store = open_store ();
  g_autoptr (GuestDefinition) kept = add (store, "kept");
  g_autofree char *old = paths_guest_file (".old-x", "disks/deep/er");
  g_autofree char *fresh = paths_guest_file (".new-y", "disks");
  g_autofree char *mine = paths_guest_file ("notes", "");
  g_autofree char *left = NULL;
  g_autofree char *want = g_strdup_printf ("%s notes", kept->uuid);

  g_mkdir_with_parents (old, 0700);
  g_mkdir_with_parents (fresh, 0700);
  g_mkdir_with_parents (mine, 0700);
  guest_store_unref (open_store ());
  left = store_world_names ();
  g_assert_cmpstr (left, ==, want);
  g_rmdir (mine);
  remove_guest (store, kept);
}

static void
test_running (void)
{
  g_autoptr (GuestStore) store = open_store ();
  g_autoptr (GuestDefinition) definition = add (store, "running");
  g_autofree char *lock_file = paths_guest_file (definition->uuid, "lock");
  g_autofree char *runtime = paths_runtime_dir (definition->uuid);
  g_autofree char *control = g_build_filename (runtime, "control", NULL);
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  autofd fd = open (lock_file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (fcntl (fd, F_OFD_SETLK, &lock), ==, 0);
  g_mkdir_with_parents (runtime, 0700);
  for (gsize i = 0; paths_runtime_names[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (runtime, paths_runtime_names[i], NULL);

      write_text (path, "");
    }
  g_assert_true (guest_store_is_running (store, definition->uuid));
  g_assert_false (guest_store_remove (store, definition->uuid, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  guest_store_clear_runtime (store, definition->uuid);
  g_assert_true (g_file_test (control, G_FILE_TEST_EXISTS));
  fds_clear (&fd);
  g_assert_false (guest_store_is_running (store, definition->uuid));
  guest_store_wait_stopped (store, definition->uuid);
  guest_store_clear_runtime (store, definition->uuid);
  g_assert_false (g_file_test (runtime, G_FILE_TEST_EXISTS));
  /* A front end that sweeps up is no guest that runs. */
  fd = guest_store_lock_guest (store, definition->uuid);
  g_assert_cmpint (fd, >=, 0);
  g_assert_false (guest_store_is_running (store, definition->uuid));
  fds_clear (&fd);
  remove_guest (store, definition);
}

/* Who cannot look does not say that it is off, and removes nothing. */
static void
test_blind (void)
{
  g_autoptr (GuestStore) store = open_store ();
  g_autoptr (GuestDefinition) definition = add (store, "blind");
  struct rlimit before, none;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &before), ==, 0);
  none = before;
  none.rlim_cur = 0;
  g_assert_false (guest_store_is_running (store, definition->uuid));
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &none), ==, 0);
  g_assert_true (guest_store_is_running (store, definition->uuid));
  g_assert_false (guest_store_remove (store, definition->uuid, &error));
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &before), ==, 0);
  g_assert_nonnull (error);
  g_assert_false (guest_store_is_running (store, definition->uuid));
  remove_guest (store, definition);
}

/* Removal follows no link, whatever somebody put into the folder. */
static void
test_links (void)
{
  g_autoptr (GuestStore) store = open_store ();
  g_autoptr (GuestDefinition) definition = add (store, "links");
  g_autofree char *precious = g_build_filename (g_get_user_data_dir (), "precious", NULL);
  g_autofree char *file = g_build_filename (precious, "file", NULL);
  g_autofree char *to_folder = paths_guest_file (definition->uuid, "disks/folder");
  g_autofree char *to_file = paths_guest_file (definition->uuid, "file");
  g_autofree char *dangling = paths_guest_file (definition->uuid, "dangling");

  g_mkdir_with_parents (precious, 0700);
  write_text (file, "precious");
  g_assert_cmpint (symlink (precious, to_folder), ==, 0);
  g_assert_cmpint (symlink (file, to_file), ==, 0);
  g_assert_cmpint (symlink ("/nonexistent", dangling), ==, 0);
  remove_guest (store, definition);
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (to_file, G_FILE_TEST_IS_SYMLINK));
}

int
main (int argc, char **argv)
{
  g_autofree char *root = store_world_make ();
  int failed;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/guest-store/life", test_life);
  g_test_add_func ("/guest-store/taken", test_taken);
  g_test_add_func ("/guest-store/merge", test_merge);
  g_test_add_func ("/guest-store/invalid", test_invalid);
  g_test_add_func ("/guest-store/unreadable", test_unreadable);
  g_test_add_func ("/guest-store/prepare", test_prepare);
  g_test_add_func ("/guest-store/sweep", test_sweep);
  g_test_add_func ("/guest-store/running", test_running);
  g_test_add_func ("/guest-store/blind", test_blind);
  g_test_add_func ("/guest-store/links", test_links);
  failed = g_test_run ();
  store_world_remove (root);
  return failed;
}
