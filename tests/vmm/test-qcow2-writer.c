/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Images that a copy is written as, judged by qemu-img: sound, of the right size, with the disk's
 * contents and no more in them than those; and what becomes of a full file system.
 */
#include "backup/qcow2-writer.h"

#include "fds.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define CLUSTER ((guint64) QCOW2_CLUSTER_BYTES)
#define TABLE (512ull << 20) /* of the disk, that one second table shows */
#define TURN (4u << 20)      /* added at a time */

typedef struct
{
  char *folder;
  char *image;
  char *raw;
} World;

static World
make_world (void)
{
  World world = { .folder = g_dir_make_tmp ("vitrine-qcow2-XXXXXX", NULL) };

  g_assert_nonnull (world.folder);
  world.image = g_build_filename (world.folder, "image.qcow2", NULL);
  world.raw = g_build_filename (world.folder, "disk.raw", NULL);
  return world;
}

static void
clear_world (World *world)
{
  g_remove (world->image);
  g_remove (world->raw);
  g_assert_cmpint (g_rmdir (world->folder), ==, 0);
  g_free (world->folder);
  g_free (world->image);
  g_free (world->raw);
}

/* What it printed; it must succeed. */
static char *
qemu_img (const char *verb, ...)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *messages = NULL;
  char *output = NULL;
  const char *argument;
  int status;
  va_list list;

  g_ptr_array_add (argv, (char *) "qemu-img");
  g_ptr_array_add (argv, (char *) verb);
  va_start (list, verb);
  while ((argument = va_arg (list, const char *)) != NULL)
    g_ptr_array_add (argv, (char *) argument);
  va_end (list);
  g_ptr_array_add (argv, NULL);
  g_spawn_sync (NULL, (char **) argv->pdata, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output,
                &messages, &status, &error);
  g_assert_no_error (error);
  if (!g_spawn_check_wait_status (status, &error))
    g_error ("qemu-img %s: %s\n%s%s", verb, error->message, output, messages);
  return output;
}

/* A raw disk of `bytes`, with the text at these places; the rest is a hole. */
static int
make_disk (const World *world, guint64 bytes, const guint64 *places, guint n)
{
  int fd = open (world->raw, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ftruncate (fd, bytes), ==, 0);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *text = g_strdup_printf ("%08x", i + 1);
      gsize size = MIN (strlen (text), bytes - places[i]);

      g_assert_cmpint (pwrite (fd, text, size, places[i]), ==, size);
    }
  return fd;
}

static gboolean
add_all (Qcow2Writer *writer, int raw, guint64 bytes, GError **error)
{
  g_autofree guint8 *data = g_malloc (TURN);

  for (guint64 at = 0; at < bytes; at += TURN)
    {
      gsize size = MIN (bytes - at, TURN);

      g_assert_cmpint (pread (raw, data, size, at), ==, size);
      if (!qcow2_writer_add (writer, data, size, error))
        return FALSE;
    }
  return TRUE;
}

static int
open_image (const World *world)
{
  int fd = open (world->image, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  return fd;
}

static void
judge (const World *world, guint64 bytes)
{
  g_autofree char *check = qemu_img ("check", "-f", "qcow2", "--output=json", world->image, NULL);
  g_autofree char *info = qemu_img ("info", "-f", "qcow2", "--output=json", world->image, NULL);
  g_autofree char *compare =
      qemu_img ("compare", "-f", "raw", "-F", "qcow2", world->raw, world->image, NULL);
  g_autoptr (JsonNode) node = json_from_string (info, NULL);
  JsonObject *told = json_node_get_object (node);

  /* Errors and leaks would be members of it. */
  g_assert_null (strstr (check, "corruptions"));
  g_assert_null (strstr (check, "leaks"));
  g_assert_cmpint (json_object_get_int_member (told, "virtual-size"), ==,
                   (bytes + 511) / 512 * 512);
  g_assert_false (json_object_has_member (told, "backing-filename"));
  g_assert_false (json_object_has_member (told, "snapshots"));
}

/* Clusters of data that the image of such a disk has. */
static guint64
count_clusters (const guint64 *places, guint n)
{
  guint64 count = 0;

  for (guint i = 0; i < n; i++)
    count += i == 0 || places[i] / CLUSTER != places[i - 1] / CLUSTER;
  return count;
}

static void
write_and_judge (guint64 bytes, const guint64 *places, guint n)
{
  World world = make_world ();
  autofd raw = make_disk (&world, bytes, places, n);
  autofd image = open_image (&world);
  g_autoptr (Qcow2Writer) writer = qcow2_writer_new (image, bytes);
  g_autoptr (GError) error = NULL;
  guint64 tables = bytes / TABLE + 1;
  struct stat info;

  add_all (writer, raw, bytes, &error);
  g_assert_no_error (error);
  qcow2_writer_finish (writer, &error);
  g_assert_no_error (error);
  judge (&world, bytes);
  /* Nothing of zeroes is in it: the header, data, tables, refcounts and their table. */
  g_assert_cmpint (fstat (image, &info), ==, 0);
  g_assert_cmpuint ((info.st_size + CLUSTER - 1) / CLUSTER, <=,
                    4 + count_clusters (places, n) + tables);
  clear_world (&world);
}

static void
test_sizes (void)
{
  static const guint64 sizes[] = { 1,       511,         512,         CLUSTER - 1,
                                   CLUSTER, CLUSTER + 1, 3 * CLUSTER, TURN + 12345 };
  static const guint64 front = 0;

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      const guint64 both[] = { 0, sizes[i] - 1 };

      write_and_judge (sizes[i], NULL, 0);
      write_and_judge (sizes[i], &front, 1);
      write_and_judge (sizes[i], both, sizes[i] > CLUSTER ? 2 : 1);
    }
}

/* Runs of zeroes and of data, in and across what is added at a time. */
static void
test_patterns (void)
{
  static const guint64 places[] = { 0,
                                    CLUSTER,
                                    2 * CLUSTER + CLUSTER - 8,
                                    5 * CLUSTER,
                                    TURN - CLUSTER,
                                    TURN,
                                    2 * TURN + 7 * CLUSTER + 4096 };

  write_and_judge (3 * TURN, places, G_N_ELEMENTS (places));
}

/* Tables that begin and end, and one that is left out. */
static void
test_tables (void)
{
  static const guint64 places[] = { TABLE - CLUSTER, 2 * TABLE };

  write_and_judge (2 * TABLE + 3 * CLUSTER, places, G_N_ELEMENTS (places));
}

/* Back to what it was. */
static void
test_convert (void)
{
  World world = make_world ();
  static const guint64 places[] = { 4096, 9 * CLUSTER };
  guint64 bytes = 16 * CLUSTER;
  autofd raw = make_disk (&world, bytes, places, G_N_ELEMENTS (places));
  autofd image = open_image (&world);
  g_autoptr (Qcow2Writer) writer = qcow2_writer_new (image, bytes);
  g_autofree char *before = NULL, *after = NULL;
  gsize n_before, n_after;

  g_assert_true (add_all (writer, raw, bytes, NULL));
  g_assert_true (qcow2_writer_finish (writer, NULL));
  g_assert_true (g_file_get_contents (world.raw, &before, &n_before, NULL));
  g_free (qemu_img ("convert", "-f", "qcow2", "-O", "raw", world.image, world.raw, NULL));
  g_assert_true (g_file_get_contents (world.raw, &after, &n_after, NULL));
  g_assert_cmpmem (before, n_before, after, n_after);
  clear_world (&world);
}

/* Until its end it is no image, so that half a copy is never taken for one. */
static void
test_unfinished (void)
{
  World world = make_world ();
  autofd image = open_image (&world);
  g_autoptr (Qcow2Writer) writer = qcow2_writer_new (image, 2 * CLUSTER);
  g_autofree guint8 *data = g_malloc (CLUSTER);
  guint8 head[4] = { 1 };

  memset (data, 'x', CLUSTER);
  g_assert_true (qcow2_writer_add (writer, data, CLUSTER, NULL));
  g_assert_cmpint (pread (image, head, sizeof head, 0), ==, sizeof head);
  g_assert_cmpmem (head, sizeof head, "\0\0\0\0", 4);
  clear_world (&world);
}

static void
test_no_room (void)
{
  World world = make_world ();
  const struct rlimit little = { 3 * CLUSTER, RLIM_INFINITY },
                      all = { RLIM_INFINITY, RLIM_INFINITY };
  autofd image = open_image (&world);
  g_autoptr (Qcow2Writer) writer = qcow2_writer_new (image, 8 * CLUSTER);
  g_autofree guint8 *data = g_malloc (8 * CLUSTER);
  g_autoptr (GError) error = NULL;

  memset (data, 'x', 8 * CLUSTER);
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &little), ==, 0);
  g_assert_false (qcow2_writer_add (writer, data, 8 * CLUSTER, &error));
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &all), ==, 0);
  g_assert_cmpstr (error->message, ==, g_strerror (EFBIG));
  clear_world (&world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/qcow2-writer/sizes", test_sizes);
  g_test_add_func ("/qcow2-writer/patterns", test_patterns);
  g_test_add_func ("/qcow2-writer/tables", test_tables);
  g_test_add_func ("/qcow2-writer/convert", test_convert);
  g_test_add_func ("/qcow2-writer/unfinished", test_unfinished);
  g_test_add_func ("/qcow2-writer/no-room", test_no_room);
  return g_test_run ();
}
