/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Images as files: the copy of the header that qemu-img gets, locks, and files that are no images.
 */
#include "fds.h"
#include "image/image-chain.h"
#include "image/image-header.h"
#include "image/image-lock.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

typedef struct
{
  char *dir;
  char *file;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->dir = g_dir_make_tmp ("vt-image-XXXXXX", NULL);
  fixture->file = g_build_filename (fixture->dir, "disk.qcow2", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_unlink (fixture->file);
  g_assert_cmpint (g_rmdir (fixture->dir), ==, 0);
  g_free (fixture->file);
  g_free (fixture->dir);
}

static void
put_be32 (guint8 *at, guint32 value)
{
  value = GUINT32_TO_BE (value);
  memcpy (at, &value, sizeof value);
}

/* A file of `size` bytes of which the first are a qcow2 header of `version`. */
static int
make_image (Fixture *fixture, gsize size, guint32 version, guint32 crypt)
{
  g_autofree guint8 *data = g_malloc (size);

  memset (data, 0xaa, size);
  put_be32 (data, 0x514649fb);
  put_be32 (data + 4, version);
  put_be32 (data + 32, crypt);
  g_assert_true (g_file_set_contents (fixture->file, (char *) data, size, NULL));
  return open (fixture->file, O_RDWR | O_CLOEXEC);
}

static void
test_header_copy (Fixture *fixture, gconstpointer data)
{
  gsize size = IMAGE_HEADER_BYTES_MAX + 4096;
  autofd fd = make_image (fixture, size, 3, 0);
  autofd copy = image_header_copy (fd, NULL);
  guint8 bytes[128];
  struct stat info;

  g_assert_cmpint (copy, >=, 0);
  g_assert_cmpint (fstat (copy, &info), ==, 0);
  g_assert_cmpuint (info.st_size, ==, size);
  g_assert_cmpint (pread (copy, bytes, sizeof bytes, 0), ==, sizeof bytes);
  g_assert_cmpuint (bytes[59], ==, 0xaa);
  for (int i = 60; i < 64; i++) /* how many snapshots */
    g_assert_cmpuint (bytes[i], ==, 0);
  g_assert_cmpuint (bytes[87], ==, 0xaa);
  for (int i = 88; i < 96; i++) /* auto-clear features */
    g_assert_cmpuint (bytes[i], ==, 0);
  g_assert_cmpuint (bytes[96], ==, 0xaa);
  /* Nothing of the guest's data goes along. */
  g_assert_cmpint (pread (copy, bytes, 16, IMAGE_HEADER_BYTES_MAX), ==, 16);
  g_assert_cmpuint (bytes[0], ==, 0);
  /* The image itself is as it was. */
  g_assert_cmpint (pread (fd, bytes, 1, 60), ==, 1);
  g_assert_cmpuint (bytes[0], ==, 0xaa);
}

static void
test_header_old (Fixture *fixture, gconstpointer data)
{
  autofd fd = make_image (fixture, 512, 2, 0);
  autofd copy = image_header_copy (fd, NULL);
  guint8 byte;

  g_assert_cmpint (copy, >=, 0);
  g_assert_cmpint (pread (copy, &byte, 1, 88), ==, 1);
  g_assert_cmpuint (byte, ==, 0xaa); /* version 2 has no such field there */
}

static void
test_header_refused (Fixture *fixture, gconstpointer data)
{
  autofd encrypted = make_image (fixture, 512, 3, 2);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (image_header_copy (encrypted, &error), ==, -1);
  g_assert_nonnull (strstr (error->message, "encrypted"));
  g_clear_error (&error);
  g_assert_cmpint (ftruncate (encrypted, 71), ==, 0);
  g_assert_cmpint (image_header_copy (encrypted, &error), ==, -1);
  g_clear_error (&error);
  g_assert_cmpint (ftruncate (encrypted, 0), ==, 0);
  g_assert_cmpint (image_header_copy (encrypted, &error), ==, -1);
  g_assert_nonnull (error);
}

static void
test_locks (Fixture *fixture, gconstpointer data)
{
  autofd first = make_image (fixture, 512, 3, 0);
  autofd second = open (fixture->file, O_RDWR | O_CLOEXEC);
  autofd reader = open (fixture->file, O_RDONLY | O_CLOEXEC);
  g_autoptr (GError) error = NULL;

  g_assert_true (image_lock_take (first, TRUE, fixture->file, &error));
  g_assert_no_error (error);
  g_assert_false (image_lock_take (second, TRUE, fixture->file, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, fixture->file));
  g_clear_error (&error);
  g_assert_false (image_lock_take (reader, FALSE, fixture->file, NULL));
  fds_clear (&first);
  fds_clear (&second);
  fds_clear (&reader);

  /* Many may read; then none may write. */
  first = open (fixture->file, O_RDONLY | O_CLOEXEC);
  second = open (fixture->file, O_RDONLY | O_CLOEXEC);
  reader = open (fixture->file, O_RDWR | O_CLOEXEC);
  g_assert_true (image_lock_take (first, FALSE, fixture->file, NULL));
  g_assert_true (image_lock_take (second, FALSE, fixture->file, NULL));
  g_assert_false (image_lock_take (reader, TRUE, fixture->file, NULL));
}

static void
test_open (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean is_device;
  autofd fd = -1;

  g_assert_cmpint (image_open (fixture->dir, O_RDONLY, "disk image", &is_device, &error), ==, -1);
  g_assert_nonnull (strstr (error->message, fixture->dir));
  g_clear_error (&error);
  g_assert_cmpint (image_open (fixture->file, O_RDONLY, "disk image", &is_device, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_cmpint (mkfifo (fixture->file, 0600), ==, 0); /* nobody waits for a writer */
  g_assert_cmpint (image_open (fixture->file, O_RDONLY, "disk image", &is_device, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
  g_clear_error (&error);
  g_unlink (fixture->file);
  g_assert_cmpint (image_open ("/dev/null", O_RDONLY, "disk image", &is_device, NULL), ==, -1);
  close (make_image (fixture, 512, 3, 0));
  fd = image_open (fixture->file, O_RDWR, "disk image", &is_device, &error);
  g_assert_no_error (error);
  g_assert_cmpint (fd, >=, 0);
  g_assert_false (is_device);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/image-files/header", Fixture, NULL, set_up, test_header_copy, tear_down);
  g_test_add ("/image-files/old", Fixture, NULL, set_up, test_header_old, tear_down);
  g_test_add ("/image-files/refused", Fixture, NULL, set_up, test_header_refused, tear_down);
  g_test_add ("/image-files/locks", Fixture, NULL, set_up, test_locks, tear_down);
  g_test_add ("/image-files/open", Fixture, NULL, set_up, test_open, tear_down);
  return g_test_run ();
}
