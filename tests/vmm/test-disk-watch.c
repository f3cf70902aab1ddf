/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What others do to a disk's files while a guest uses them: each is told once, as what it is, and
 * what the guest itself does is not.
 */
#include "image/disk-watch.h"

#include "fds.h"
#include "image/image-chain.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>

#define BYTES 4096

typedef struct
{
  char *folder;
  GPtrArray *chains; /* of one ImageChain: an image, and what it rests on */
  DiskWatch *watch;
  GString *told; /* a letter for each state that was told */
  char *sentence;
} World;

static ImageNode *
add_node (ImageChain *chain, const char *folder, const char *name, gboolean writable)
{
  ImageNode *node = g_new0 (ImageNode, 1);
  g_autofree char *contents = g_strnfill (BYTES, 'x');

  node->path = g_build_filename (folder, name, NULL);
  g_assert_true (g_file_set_contents (node->path, contents, BYTES, NULL));
  node->fd = open (node->path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
  g_assert_cmpint (node->fd, >=, 0);
  node->writable = writable;
  g_ptr_array_add (chain->nodes, node);
  return node;
}

static void
free_node (gpointer data)
{
  ImageNode *node = data;

  fds_clear (&node->fd);
  g_remove (node->path);
  g_free (node->path);
  g_free (node);
}

static void
free_chain (gpointer data)
{
  ImageChain *chain = data;

  g_ptr_array_unref (chain->nodes);
  g_free (chain);
}

static void
on_changed (DiskWatchState state, const char *sentence, gpointer data)
{
  World *world = data;

  g_string_append_c (world->told, "wmdrc"[state]);
  g_free (world->sentence);
  world->sentence = g_strdup (sentence);
}

static void
set_up (World *world, gconstpointer data)
{
  ImageChain *chain = g_new0 (ImageChain, 1);

  world->folder = g_dir_make_tmp ("vitrine-watch-XXXXXX", NULL);
  world->told = g_string_new (NULL);
  world->chains = g_ptr_array_new_with_free_func (free_chain);
  chain->nodes = g_ptr_array_new_with_free_func (free_node);
  g_ptr_array_add (world->chains, chain);
  add_node (chain, world->folder, "top", TRUE);
  add_node (chain, world->folder, "base", FALSE);
  world->watch = disk_watch_new (world->chains);
  g_assert_nonnull (world->watch);
  disk_watch_start (world->watch, on_changed, world);
}

static void
tear_down (World *world, gconstpointer data)
{
  disk_watch_free (world->watch);
  g_ptr_array_unref (world->chains);
  g_assert_cmpint (g_rmdir (world->folder), ==, 0);
  g_string_free (world->told, TRUE);
  g_free (world->sentence);
  g_free (world->folder);
}

static const ImageNode *
node (const World *world, guint depth)
{
  const ImageChain *chain = world->chains->pdata[0];

  return chain->nodes->pdata[depth];
}

/* Waits until the kernel has told: the tests' own time limit is the only one. */
static void
expect (World *world, const char *told, const char *word)
{
  while (world->told->len < strlen (told))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (world->told->str, ==, told);
  g_assert_nonnull (strstr (world->sentence, word));
}

/* The kernel's events of what came before are there by now. */
static void
expect_nothing (World *world)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  disk_watch_check (world->watch);
  g_assert_cmpstr (world->told->str, ==, "");
}

static void
put_contents (const char *path, gsize size)
{
  g_autofree char *contents = g_strnfill (size, 'y');
  autofd fd = open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

  g_assert_cmpint (write (fd, contents, size), ==, size);
}

static void
test_own_writes (World *world, gconstpointer data)
{
  g_assert_cmpint (pwrite (node (world, 0)->fd, "own", 3, 0), ==, 3);
  g_assert_cmpint (pwrite (node (world, 0)->fd, "own", 3, 10 * BYTES), ==, 3);
  expect_nothing (world);
}

static void
test_deleted (World *world, gconstpointer data)
{
  g_assert_cmpint (unlink (node (world, 0)->path), ==, 0);
  expect (world, "d", "was deleted");
  g_assert_nonnull (strstr (world->sentence, node (world, 0)->path));
  g_assert_nonnull (strstr (world->sentence, "/proc/"));
  disk_watch_check (world->watch);
  g_assert_cmpstr (world->told->str, ==, "d"); /* once */
}

static void
test_replaced (World *world, gconstpointer data)
{
  g_autofree char *other = g_build_filename (world->folder, "other", NULL);

  put_contents (other, BYTES);
  g_assert_cmpint (rename (other, node (world, 0)->path), ==, 0);
  expect (world, "r", "was replaced by another file");
}

/* Deleted first, and the name is taken again. */
static void
test_recreated (World *world, gconstpointer data)
{
  g_assert_cmpint (unlink (node (world, 0)->path), ==, 0);
  expect (world, "d", "was deleted");
  put_contents (node (world, 0)->path, BYTES);
  disk_watch_check (world->watch);
  expect (world, "dr", "was replaced by another file");
}

static void
test_moved (World *world, gconstpointer data)
{
  g_autofree char *other = g_build_filename (world->folder, "other", NULL);

  g_assert_cmpint (rename (node (world, 0)->path, other), ==, 0);
  expect (world, "m", "was moved or renamed");
  g_assert_cmpint (rename (other, node (world, 0)->path), ==, 0);
  expect (world, "mw", "is back in its place");
}

/* Another name of the same file is no harm, nor is the loss of it. */
static void
test_linked (World *world, gconstpointer data)
{
  g_autofree char *other = g_build_filename (world->folder, "other", NULL);

  g_assert_cmpint (link (node (world, 0)->path, other), ==, 0);
  g_assert_cmpint (unlink (other), ==, 0);
  expect_nothing (world);
}

static void
test_cut (World *world, gconstpointer data)
{
  autofd fd = open (node (world, 0)->path, O_WRONLY | O_CLOEXEC);

  g_assert_cmpint (ftruncate (fd, BYTES / 2), ==, 0);
  fds_clear (&fd);
  expect (world, "c", "was made shorter");
  /* What is lost stays lost. */
  put_contents (node (world, 0)->path, 2 * BYTES);
  disk_watch_check (world->watch);
  g_assert_cmpstr (world->told->str, ==, "c");
}

/* Shorter than it has become, not than it was at first. */
static void
test_grown_and_cut (World *world, gconstpointer data)
{
  g_assert_cmpint (ftruncate (node (world, 0)->fd, 4 * BYTES), ==, 0);
  disk_watch_check (world->watch);
  g_assert_cmpstr (world->told->str, ==, "");
  g_assert_cmpint (ftruncate (node (world, 0)->fd, 2 * BYTES), ==, 0);
  disk_watch_check (world->watch);
  expect (world, "c", "was made shorter");
}

static void
test_backing (World *world, gconstpointer data)
{
  g_assert_cmpint (unlink (node (world, 1)->path), ==, 0);
  expect (world, "d", node (world, 1)->path);
}

static void
test_both (World *world, gconstpointer data)
{
  g_assert_cmpint (unlink (node (world, 0)->path), ==, 0);
  g_assert_cmpint (unlink (node (world, 1)->path), ==, 0);
  expect (world, "dd", "was deleted");
}

/* A device has no length, and its node may come and go. */
static void
test_device (World *world, gconstpointer data)
{
  ImageChain *chain = world->chains->pdata[0];

  g_clear_pointer (&world->watch, disk_watch_free);
  ((ImageNode *) chain->nodes->pdata[0])->is_device = TRUE;
  world->watch = disk_watch_new (world->chains);
  disk_watch_start (world->watch, on_changed, world);
  g_assert_cmpint (unlink (node (world, 0)->path), ==, 0);
  expect_nothing (world);
}

/* Where the kernel gives no watches. */
static void
test_none (World *world, gconstpointer data)
{
  disk_watch_check (NULL);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*test) (World *world, gconstpointer data);
  } tests[] = {
    { "/disk-watch/own-writes", test_own_writes },
    { "/disk-watch/deleted", test_deleted },
    { "/disk-watch/replaced", test_replaced },
    { "/disk-watch/recreated", test_recreated },
    { "/disk-watch/moved", test_moved },
    { "/disk-watch/linked", test_linked },
    { "/disk-watch/cut", test_cut },
    { "/disk-watch/grown-and-cut", test_grown_and_cut },
    { "/disk-watch/backing", test_backing },
    { "/disk-watch/both", test_both },
    { "/disk-watch/device", test_device },
    { "/disk-watch/none", test_none },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, World, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
