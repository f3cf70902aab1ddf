/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Runs a fuzz target over its corpus: each file as it is, cut at every offset, and with every single
 * bit flipped. Linked with one fuzz-*.c; what it must find are crashes and sanitizer reports.
 *
 *   fuzz-NAME CORPUS-FOLDER
 *
 * Files over EXHAUSTIVE_MAX bytes are cut and flipped at evenly spread offsets instead.
 */
#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

#define EXHAUSTIVE_MAX 4096

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* An exact-size heap copy, so that AddressSanitizer sees a read of one byte too many. */
static void
run_one (const guint8 *data, gsize size)
{
  guint8 *copy = malloc (size > 0 ? size : 1);

  if (size > 0)
    memcpy (copy, data, size);
  LLVMFuzzerTestOneInput (copy, size);
  free (copy);
}

static gsize
replay (guint8 *data, gsize size)
{
  gsize step = size / EXHAUSTIVE_MAX + 1;
  gsize runs = 1;

  run_one (data, size);
  for (gsize cut = 0; cut < size; cut += step, runs++)
    run_one (data, cut);
  for (gsize at = 0; at < size; at += step)
    for (int bit = 0; bit < 8; bit++, runs++)
      {
        data[at] ^= 1 << bit;
        run_one (data, size);
        data[at] ^= 1 << bit;
      }
  return runs;
}

int
main (int argc, char **argv)
{
  g_autoptr (GDir) dir = NULL;
  g_autoptr (GError) error = NULL;
  const char *name;
  guint files = 0;
  gsize runs = 0;

  if (argc != 2)
    {
      g_printerr ("usage: %s CORPUS-FOLDER\n", argv[0]);
      return 2;
    }
  dir = g_dir_open (argv[1], 0, &error);
  if (dir == NULL)
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (argv[1], name, NULL);
      g_autofree char *data = NULL;
      gsize size;

      if (!g_file_get_contents (path, &data, &size, &error))
        {
          g_printerr ("%s\n", error->message);
          return 1;
        }
      runs += replay ((guint8 *) data, size);
      files++;
    }
  g_print ("%u files, %" G_GSIZE_FORMAT " runs\n", files, runs);
  return files > 0 ? 0 : 1;
}
