/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Frames and cursors in memory that the display process shares. Runs in the front ends. Must never
 * map what can shrink, nor write to what is mapped.
 */
#include "glass-picture.h"

#include "fds.h"

#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>

typedef struct
{
  void *address;
  gsize size;
} Mapping;

static void
mapping_free (gpointer data)
{
  Mapping *mapping = data;

  munmap (mapping->address, mapping->size);
  g_free (mapping);
}

/* Huge pages can be punched out of a sealed file again, and then reading may find none left:
 * SIGBUS.
 */
static gboolean
check_pages (int fd, GError **error)
{
  struct statfs system;

  if (fstatfs (fd, &system) == 0 && system.f_type == TMPFS_MAGIC)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                       "The memory offered is not of ordinary pages");
  return FALSE;
}

/* Read-only, and only of memory that can never shrink under us. */
static void *
map_memory (int fd, gsize size, GError **error)
{
  void *address;

  if (!fds_is_safe_to_map (fd, size, error) || !check_pages (fd, error) ||
      !fds_is_whole (fd, error))
    return NULL;
  address = mmap (NULL, size, PROT_READ, MAP_SHARED, fd, 0);
  if (address != MAP_FAILED)
    return address;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "Cannot map shared memory: %s",
               g_strerror (errno));
  return NULL;
}

static void
fail_cairo (GError **error, cairo_status_t status)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Cannot make a picture: %s",
               cairo_status_to_string (status));
}

cairo_surface_t *
glass_picture_map_frame (int fd, const GlassScanout *scanout, GError **error)
{
  static const cairo_user_data_key_t mapping_key;
  gsize size = (gsize) scanout->stride * scanout->height;
  void *address = map_memory (fd, size, error);
  cairo_surface_t *surface;
  cairo_status_t status;
  Mapping *mapping;

  if (address == NULL)
    return NULL;
  mapping = g_new (Mapping, 1);
  *mapping = (Mapping) { address, size };
  surface = cairo_image_surface_create_for_data (address, CAIRO_FORMAT_RGB24, scanout->width,
                                                 scanout->height, scanout->stride);
  status = cairo_surface_set_user_data (surface, &mapping_key, mapping, mapping_free);
  if (status == CAIRO_STATUS_SUCCESS)
    return surface;
  fail_cairo (error, status);
  cairo_surface_destroy (surface);
  mapping_free (mapping);
  return NULL;
}

/* Rows of 32-bit pixels, which the display process may be changing meanwhile, into own memory. */
static cairo_surface_t *
copy_pixels (cairo_format_t format,
             const guint8 *pixels,
             guint width,
             guint height,
             gsize stride,
             GError **error)
{
  cairo_surface_t *surface = cairo_image_surface_create (format, width, height);
  guint8 *out = cairo_image_surface_get_data (surface);
  gsize out_stride = cairo_image_surface_get_stride (surface);

  if (cairo_surface_status (surface) != CAIRO_STATUS_SUCCESS)
    {
      fail_cairo (error, cairo_surface_status (surface));
      cairo_surface_destroy (surface);
      return NULL;
    }
  for (guint y = 0; y < height; y++)
    memcpy (out + y * out_stride, pixels + y * stride, (gsize) width * 4);
  cairo_surface_mark_dirty (surface);
  return surface;
}

cairo_surface_t *
glass_picture_copy_cursor (int fd, const GlassCursor *cursor, GError **error)
{
  gsize stride = (gsize) cursor->width * 4;
  gsize size = stride * cursor->height;
  void *address = map_memory (fd, size, error);
  cairo_surface_t *surface;

  if (address == NULL)
    return NULL;
  surface =
      copy_pixels (CAIRO_FORMAT_ARGB32, address, cursor->width, cursor->height, stride, error);
  munmap (address, size);
  return surface;
}

static cairo_status_t
append_png (void *closure, const unsigned char *data, unsigned int length)
{
  g_byte_array_append (closure, data, length);
  return CAIRO_STATUS_SUCCESS;
}

gboolean
glass_picture_save (cairo_surface_t *frame, const char *file, GError **error)
{
  g_autoptr (GByteArray) png = g_byte_array_new ();
  cairo_surface_t *copy =
      copy_pixels (CAIRO_FORMAT_RGB24, cairo_image_surface_get_data (frame),
                   cairo_image_surface_get_width (frame), cairo_image_surface_get_height (frame),
                   cairo_image_surface_get_stride (frame), error);
  cairo_status_t status;

  if (copy == NULL)
    return FALSE;
  status = cairo_surface_write_to_png_stream (copy, append_png, png);
  cairo_surface_destroy (copy);
  if (status != CAIRO_STATUS_SUCCESS)
    {
      fail_cairo (error, status);
      return FALSE;
    }
  return g_file_set_contents_full (file, (const char *) png->data, png->len,
                                   G_FILE_SET_CONTENTS_CONSISTENT, 0666, error);
}
