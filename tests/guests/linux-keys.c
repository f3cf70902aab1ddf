/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A Linux guest's only program: each key that is pressed or released changes the 64x64 square in
 * the corner of a screen that the kernel's own graphics driver shows, and says so to the driver at
 * once, as a desktop does. Process 1 of an initrd with the kernel's modules in /modules, in the
 * order of their names. Built by build-aux/bench.d/linux_guest.py, statically, without libdrm: what
 * it needs of the kernel's interface (include/uapi/drm/drm_mode.h) is below.
 */
#include <fcntl.h>
#include <glob.h>
#include <linux/input.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SQUARE 64
#define BACKGROUND 0x2060a0u
#define FIRST 0xf0c020u
#define INPUTS_MAX 8

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
fill (uint32_t left, uint32_t top, uint32_t right, uint32_t bottom, uint32_t colour)
{
  struct clip clip = { left, top, right, bottom };
  struct dirty dirty = { .fb = screen.id, .n_clips = 1, .clips = (uintptr_t) &clip };

  for (uint32_t y = top; y < bottom; y++)
    for (uint32_t x = left; x < right; x++)
      ((uint32_t *) (pixels + (size_t) y * screen.pitch))[x] = colour;
  call (DIRTY_FB, &dirty, "dirty");
}

/* The first connector's first mode, all of it ours. */
static void
show_screen (void)
{
  uint32_t connectors[8], crtcs[16];
  static struct mode modes[64];
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
  connector.n_modes = 64;
  call (GET_CONNECTOR, &connector, "connector");
  dumb.width = modes[0].width;
  dumb.height = modes[0].height;
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
  crtc.mode = modes[0];
  call (SET_CRTC, &crtc, "mode");
  fill (0, 0, screen.width, screen.height, BACKGROUND);
  fill (0, 0, SQUARE, SQUARE, FIRST);
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
main (void)
{
  struct pollfd inputs[INPUTS_MAX];
  uint32_t count = 0;
  int n;

  mount ("dev", "/dev", "devtmpfs", 0, "");
  load_modules ();
  card = open ("/dev/dri/card0", O_RDWR);
  if (card < 0)
    fail ("/dev/dri/card0");
  show_screen ();
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
