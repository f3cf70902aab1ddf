/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A Linux guest's only program: each key that is pressed or released changes the 64x64 square in
 * the corner of a screen that the kernel's own graphics driver shows, and says so to the driver at
 * once, as a desktop does. With the argument "flat" or "photo" it changes all of a screen of
 * 1920x1080 instead, 30 times a second, as the boot-sector guests of these names do. Process 1 of
 * an initrd with the kernel's modules in /modules, in the order of their names. Built by
 * build-aux/bench.d/linux_guest.py, statically, without libdrm: what it needs of the kernel's
 * interface (include/uapi/drm/drm_mode.h) is below.
 */
#include <fcntl.h>
#include <glob.h>
#include <linux/input.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SQUARE 64
#define BACKGROUND 0x2060a0u
#define FIRST 0xf0c020u
#define INPUTS_MAX 8
#define MODES_MAX 64

/* Moving pictures. */
#define MOVING_WIDTH 1920
#define MOVING_HEIGHT 1080
#define MOVING_NS (1000000000 / 30)
#define PHOTO_STEPS 32
#define PHOTO_ROWS (MOVING_HEIGHT + 8 * PHOTO_STEPS)

struct resources
{
  uint64_t fbs, crtcs, connectors, encoders;
  uint32_t n_fbs, n_crtcs, n_connectors, n_encoders;
  uint32_t min_width, max_width, min_height, max_height;
};

struct mode
{
  uint32_t clock;
  uint16_t width, hsync[4], height, vsync[4];
  uint32_t refresh, flags, type;
  char name[32];
};

struct connector
{
  uint64_t encoders, modes, properties, values;
  uint32_t n_modes, n_properties, n_encoders, encoder, id, type, type_id;
  uint32_t connection, mm_width, mm_height, subpixel, pad;
};

struct crtc
{
  uint64_t connectors;
  uint32_t n_connectors, id, fb, x, y, gamma_size, mode_valid;
  struct mode mode;
};

struct fb
{
  uint32_t id, width, height, pitch, bits, depth, handle;
};

struct dirty
{
  uint32_t fb, flags, colour, n_clips;
  uint64_t clips;
};

struct dumb
{
  uint32_t height, width, bits, flags, handle, pitch;
  uint64_t size;
};

struct dumb_map
{
  uint32_t handle, pad;
  uint64_t offset;
};

struct clip
{
  uint16_t left, top, right, bottom;
};

#define GET_RESOURCES _IOWR ('d', 0xa0, struct resources)
#define SET_CRTC _IOWR ('d', 0xa2, struct crtc)
#define GET_CONNECTOR _IOWR ('d', 0xa7, struct connector)
#define ADD_FB _IOWR ('d', 0xae, struct fb)
#define DIRTY_FB _IOWR ('d', 0xb1, struct dirty)
#define CREATE_DUMB _IOWR ('d', 0xb2, struct dumb)
#define MAP_DUMB _IOWR ('d', 0xb3, struct dumb_map)

static int card;
static struct fb screen;
static uint8_t *pixels;

static void
fail (const char *what)
{
  perror (what);
  for (;;)
    pause ();
}

static void
call (unsigned long request, void *data, const char *what)
{
  if (ioctl (card, request, data) != 0)
    fail (what);
}

static void
load_modules (void)
{
  glob_t found;

  if (glob ("/modules/*", 0, NULL, &found) != 0)
    fail ("modules");
  for (size_t i = 0; i < found.gl_pathc; i++)
    {
      int fd = open (found.gl_pathv[i], O_RDONLY);

      if (syscall (SYS_finit_module, fd, "", 0) != 0)
        perror (found.gl_pathv[i]);
      close (fd);
    }
}

static void
tell (uint32_t left, uint32_t top, uint32_t right, uint32_t bottom)
{
  struct clip clip = { left, top, right, bottom };
  struct dirty dirty = { .fb = screen.id, .n_clips = 1, .clips = (uintptr_t) &clip };

  call (DIRTY_FB, &dirty, "dirty");
}

static void
fill (uint32_t left, uint32_t top, uint32_t right, uint32_t bottom, uint32_t colour)
{
  for (uint32_t y = top; y < bottom; y++)
    for (uint32_t x = left; x < right; x++)
      ((uint32_t *) (pixels + (size_t) y * screen.pitch))[x] = colour;
  tell (left, top, right, bottom);
}

/* The first, which the monitor prefers, or that of moving pictures. */
static const struct mode *
choose_mode (const struct mode *modes, uint32_t n, int moving)
{
  for (uint32_t i = 0; moving && i < n && i < MODES_MAX; i++)
    if (modes[i].width == MOVING_WIDTH && modes[i].height == MOVING_HEIGHT)
      return &modes[i];
  return modes;
}

/* A mode of the first connector's, all of it ours. */
static void
show_screen (int moving)
{
  uint32_t connectors[8], crtcs[16];
  static struct mode modes[MODES_MAX];
  const struct mode *mode;
  struct resources resources = { 0 };
  struct connector connector = { 0 };
  struct crtc crtc = { .n_connectors = 1, .mode_valid = 1 };
  struct dumb dumb = { .bits = 32 };
  struct dumb_map map = { 0 };

  resources.connectors = (uintptr_t) connectors;
  resources.crtcs = (uintptr_t) crtcs;
  resources.n_connectors = 8;
  resources.n_crtcs = 16;
  call (GET_RESOURCES, &resources, "resources");
  connector.id = connectors[0];
  connector.modes = (uintptr_t) modes;
  connector.n_modes = MODES_MAX;
  call (GET_CONNECTOR, &connector, "connector");
  mode = choose_mode (modes, connector.n_modes, moving);
  dumb.width = mode->width;
  dumb.height = mode->height;
  call (CREATE_DUMB, &dumb, "buffer");
  screen = (struct fb) { 0, dumb.width, dumb.height, dumb.pitch, 32, 24, dumb.handle };
  call (ADD_FB, &screen, "frame");
  map.handle = dumb.handle;
  call (MAP_DUMB, &map, "map");
  pixels = mmap (NULL, dumb.size, PROT_READ | PROT_WRITE, MAP_SHARED, card, map.offset);
  if (pixels == MAP_FAILED)
    fail ("mmap");
  crtc.connectors = (uintptr_t) connectors;
  crtc.id = crtcs[0];
  crtc.fb = screen.id;
  crtc.mode = *mode;
  call (SET_CRTC, &crtc, "mode");
  fill (0, 0, screen.width, screen.height, BACKGROUND);
  fill (0, 0, SQUARE, SQUARE, FIRST);
}

static void
wait_until (struct timespec *next)
{
  next->tv_nsec += MOVING_NS;
  if (next->tv_nsec >= 1000000000)
    {
      next->tv_nsec -= 1000000000;
      next->tv_sec++;
    }
  clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, next, NULL);
}

/* Something like a photograph: smooth colours with a little noise in each; larger than the screen.
 */
static uint32_t *
make_photo (void)
{
  uint32_t *photo = malloc ((size_t) PHOTO_ROWS * screen.width * 4);
  uint32_t noise = 1;

  if (photo == NULL)
    fail ("memory");
  for (uint32_t y = 0; y < PHOTO_ROWS; y++)
    for (uint32_t x = 0; x < screen.width; x++)
      {
        noise = noise * 1103515245u + 12345u;
        photo[(size_t) y * screen.width + x] = ((noise >> 8) & 0x070707) + 0x404040 +
                                               ((x << 12) & 0x7f0000) + ((y << 5) & 0x7f00) +
                                               (((x + y) >> 4) & 0x7f);
      }
  return photo;
}

static void
move (int flat)
{
  const uint32_t *photo = flat ? NULL : make_photo ();
  struct timespec next;

  clock_gettime (CLOCK_MONOTONIC, &next);
  for (uint32_t i = 0;; i++)
    {
      const uint32_t *from = photo + (size_t) (i % PHOTO_STEPS) * (screen.width * 7 + 13);

      wait_until (&next);
      if (flat)
        {
          fill (0, 0, screen.width, screen.height, i * 0x010307u & 0xffffff);
          continue;
        }
      for (uint32_t y = 0; y < screen.height; y++, from += screen.width)
        memcpy (pixels + (size_t) y * screen.pitch, from, (size_t) screen.width * 4);
      tell (0, 0, screen.width, screen.height);
    }
}

static int
open_inputs (struct pollfd *inputs)
{
  glob_t found;
  int n = 0;

  if (glob ("/dev/input/event*", 0, NULL, &found) != 0)
    fail ("no input");
  for (size_t i = 0; i < found.gl_pathc && n < INPUTS_MAX; i++)
    inputs[n++] = (struct pollfd) { open (found.gl_pathv[i], O_RDONLY), POLLIN, 0 };
  return n;
}

int
main (int argc, char **argv)
{
  const char *moving = argc > 1 ? argv[1] : "";
  struct pollfd inputs[INPUTS_MAX];
  uint32_t count = 0;
  int n;

  mount ("dev", "/dev", "devtmpfs", 0, "");
  load_modules ();
  card = open ("/dev/dri/card0", O_RDWR);
  if (card < 0)
    fail ("/dev/dri/card0");
  show_screen (*moving != '\0');
  if (*moving != '\0')
    move (strcmp (moving, "flat") == 0);
  n = open_inputs (inputs);
  while (poll (inputs, n, -1) > 0)
    for (int i = 0; i < n; i++)
      {
        struct input_event event;

        if ((inputs[i].revents & POLLIN) && read (inputs[i].fd, &event, sizeof event) > 0 &&
            event.type == EV_KEY && event.value != 2)
          fill (0, 0, SQUARE, SQUARE, ++count * 0x010305u & 0xffffff);
      }
  fail ("poll");
}
