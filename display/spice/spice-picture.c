/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Mappings of frames, and of the memory behind the library's canvases. Runs in vitrine-display.
 */
#include "spice-picture.h"

#include "fds.h"

#include <sys/mman.h>
#include <unistd.h>

#define BLANK_WIDTH 640u
#define BLANK_HEIGHT 480u
#define CANVAS_BYTES (1u << 20)

SpicePicture *
spice_picture_new (Screen *screen)
{
  SpicePicture *picture = g_new0 (SpicePicture, 1);
  GlassScanout scanout;
  autofd fd = screen_dup_frame (screen, &scanout, &picture->generation);
  void *map = MAP_FAILED;

  g_atomic_ref_count_init (&picture->refs);
  picture->fd = -1;
  picture->width = BLANK_WIDTH;
  picture->height = BLANK_HEIGHT;
  picture->size = (gsize) scanout.stride * scanout.height;
  if (fd >= 0)
    map = mmap (NULL, picture->size, PROT_READ, MAP_SHARED, fd, 0);
  if (map == MAP_FAILED)
    return picture;
  picture->map = map;
  picture->fd = fds_steal (&fd);
  picture->width = scanout.width;
  picture->height = scanout.height;
  return picture;
}

SpicePicture *
spice_picture_ref (SpicePicture *picture)
{
  g_atomic_ref_count_inc (&picture->refs);
  return picture;
}

void
spice_picture_unref (SpicePicture *picture)
{
  if (!g_atomic_ref_count_dec (&picture->refs))
    return;
  if (picture->map != NULL)
    munmap ((void *) picture->map, picture->size);
  fds_clear (&picture->fd);
  g_free (picture);
}

/* In whole pieces of CANVAS_BYTES. */
static gsize
round_up (gsize size)
{
  return (size + CANVAS_BYTES - 1) / CANVAS_BYTES * CANVAS_BYTES;
}

gboolean
spice_canvas_map (SpiceCanvas *canvas, const SpicePicture *picture, gboolean *ret_shows)
{
  gsize size = (gsize) picture->width * picture->height * 4;
  void *pixels = mmap (NULL, round_up (size), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  if (pixels == MAP_FAILED)
    return FALSE;
  *canvas = (SpiceCanvas) { pixels, size };
  *ret_shows = picture->map != NULL && mmap (pixels, size, PROT_READ | PROT_WRITE,
                                             MAP_PRIVATE | MAP_FIXED, picture->fd, 0) != MAP_FAILED;
  if (!*ret_shows)
    spice_canvas_settle (canvas);
  return TRUE;
}

/* Where it fails, pages of its own are what it costs. */
void
spice_canvas_settle (SpiceCanvas *canvas)
{
  autofd fd = memfd_create ("vitrine-canvas", MFD_CLOEXEC);

  if (fd < 0 || ftruncate (fd, CANVAS_BYTES) != 0)
    return;
  for (gsize at = 0; at < canvas->size; at += CANVAS_BYTES)
    if (mmap (canvas->pixels + at, CANVAS_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
              0) == MAP_FAILED)
      return;
}

void
spice_canvas_unmap (SpiceCanvas *canvas)
{
  if (canvas->pixels != NULL)
    munmap (canvas->pixels, round_up (canvas->size));
  canvas->pixels = NULL;
}
