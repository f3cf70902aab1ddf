/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The only program of a Linux guest of the tests, as its desktop would be: drives every monitor
 * that is plugged in, in its preferred mode and a colour of its own, follows plugging and
 * unplugging, puts a white square where the tablet points on the row of all of them, and the lock
 * keys' state into the keyboard's LEDs. Speaks to the kernel only (include/uapi/drm/drm_mode.h,
 * linux/input.h); static.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADS 4
#define DEVICES 16
#define TABLET_RANGE 32768u
#define SQUARE 8u

struct mode
{
  uint32_t clock;
  uint16_t hdisplay, hsync_start, hsync_end, htotal, hskew;
  uint16_t vdisplay, vsync_start, vsync_end, vtotal, vscan;
  uint32_t vrefresh, flags, type;
  char name[32];
};
#define MODE_PREFERRED 8u

struct resources
{
  uint64_t fbs, crtcs, connectors, encoders;
  uint32_t n_fbs, n_crtcs, n_connectors, n_encoders;
  uint32_t limits[4];
};

struct connector
{
  uint64_t encoders, modes, props, prop_values;
  uint32_t n_modes, n_props, n_encoders;
  uint32_t encoder, connector, type, type_id;
  uint32_t connection, mm_width, mm_height, subpixel, pad;
};
#define CONNECTED 1u

struct crtc
{
  uint64_t connectors;
  uint32_t n_connectors, crtc, fb, x, y, gamma_size, mode_valid;
  struct mode mode;
};

struct fb
{
  uint32_t fb, width, height, pitch, bpp, depth, handle;
};

struct dumb
{
  uint32_t height, width, bpp, flags, handle, pitch;
  uint64_t size;
};

struct map
{
  uint32_t handle, pad;
  uint64_t offset;
};

struct dirty
{
  uint32_t fb, flags, colour, n_clips;
  uint64_t clips;
};

#define GET_RESOURCES _IOWR ('d', 0xa0, struct resources)
#define SET_CRTC _IOWR ('d', 0xa2, struct crtc)
#define GET_CONNECTOR _IOWR ('d', 0xa7, struct connector)
#define ADD_FB _IOWR ('d', 0xae, struct fb)
#define DIRTY_FB _IOWR ('d', 0xb1, struct dirty)
#define CREATE_DUMB _IOWR ('d', 0xb2, struct dumb)
#define MAP_DUMB _IOWR ('d', 0xb3, struct map)

struct head
{
  uint32_t connector, crtc, fb;
  uint32_t width, height, pitch; /* 0: unplugged */
  uint8_t *pixels;
};

static const uint32_t colours[HEADS] = { 0x2060a0, 0xa06020, 0x20a060, 0x8040c0 };
static struct head heads[HEADS];
static int card, inputs[DEVICES], n_heads, n_inputs;
static uint32_t pointer_x, pointer_y, leds;

static void
fill (struct head *head, uint32_t x, uint32_t y, uint32_t width, uint32_t height, uint32_t colour)
{
  for (uint32_t row = y; row < y + height && row < head->height; row++)
    for (uint32_t column = x; column < x + width && column < head->width; column++)
      memcpy (head->pixels + row * head->pitch + column * 4, &colour, 4);
}

/* Monitors side by side, tops aligned, and the tablet's surface over all of them. */
static void
draw (void)
{
  uint32_t width = 0, height = 0, left = 0;

  for (int i = 0; i < n_heads; i++)
    {
      width += heads[i].width;
      height = heads[i].height > height ? heads[i].height : height;
    }
  for (int i = 0; i < n_heads; i++)
    {
      struct head *head = &heads[i];
      struct dirty dirty = { .fb = head->fb };
      uint32_t x = (uint64_t) pointer_x * width / TABLET_RANGE;
      uint32_t y = (uint64_t) pointer_y * height / TABLET_RANGE;

      if (head->width == 0)
        continue;
      fill (head, 0, 0, head->width, head->height, colours[i]);
      if (x >= left && x < left + head->width)
        fill (head, x - left, y, SQUARE, SQUARE, 0xffffff);
      ioctl (card, DIRTY_FB, &dirty);
      left += head->width;
    }
}

static int
make_frame (struct head *head, const struct mode *mode)
{
  struct dumb dumb = { .width = mode->hdisplay, .height = mode->vdisplay, .bpp = 32 };
  struct map map = { 0 };
  struct fb fb = { .width = mode->hdisplay, .height = mode->vdisplay, .bpp = 32, .depth = 24 };

  if (ioctl (card, CREATE_DUMB, &dumb) != 0)
    return -1;
  fb.handle = map.handle = dumb.handle;
  fb.pitch = dumb.pitch;
  if (ioctl (card, ADD_FB, &fb) != 0 || ioctl (card, MAP_DUMB, &map) != 0)
    return -1;
  head->pixels = mmap (NULL, dumb.size, PROT_READ | PROT_WRITE, MAP_SHARED, card, map.offset);
  if (head->pixels == MAP_FAILED)
    return -1;
  head->pitch = dumb.pitch;
  head->fb = fb.fb;
  head->width = mode->hdisplay;
  head->height = mode->vdisplay;
  return 0;
}

/* The preferred mode of a plugged monitor; FALSE for none. */
static int
find_mode (struct head *head, struct mode *mode)
{
  static struct mode modes[128];
  struct connector connector = { .connector = head->connector };

  if (ioctl (card, GET_CONNECTOR, &connector) != 0 || connector.connection != CONNECTED)
    return 0;
  connector.n_modes = 128;
  connector.n_props = connector.n_encoders = 0;
  connector.modes = (uintptr_t) modes;
  if (ioctl (card, GET_CONNECTOR, &connector) != 0 || connector.n_modes == 0)
    return 0;
  *mode = modes[0];
  for (uint32_t i = 0; i < connector.n_modes && i < 128; i++)
    if (modes[i].type & MODE_PREFERRED)
      {
        *mode = modes[i];
        break;
      }
  return 1;
}

static void
follow (struct head *head)
{
  struct mode mode = { 0 };
  struct crtc crtc = { .crtc = head->crtc };

  if (!find_mode (head, &mode))
    {
      if (head->width == 0)
        return;
      ioctl (card, SET_CRTC, &crtc);
      head->width = head->height = 0;
      return;
    }
  if (mode.hdisplay == head->width && mode.vdisplay == head->height)
    return;
  if (make_frame (head, &mode) != 0)
    return;
  crtc.connectors = (uintptr_t) &head->connector;
  crtc.n_connectors = 1;
  crtc.fb = head->fb;
  crtc.mode_valid = 1;
  crtc.mode = mode;
  if (ioctl (card, SET_CRTC, &crtc) != 0)
    printf ("no mode for a head: %s\n", strerror (errno));
}

static void
find_heads (void)
{
  uint32_t connectors[16], crtcs[16];
  struct resources resources = { .connectors = (uintptr_t) connectors,
                                 .crtcs = (uintptr_t) crtcs,
                                 .n_connectors = 16,
                                 .n_crtcs = 16 };

  if (ioctl (card, GET_RESOURCES, &resources) != 0)
    printf ("no resources: %s\n", strerror (errno));
  for (uint32_t i = 0; i < resources.n_connectors && i < HEADS; i++)
    heads[n_heads++] = (struct head) { .connector = connectors[i], .crtc = crtcs[i] };
}

static void
set_led (uint32_t code, int on)
{
  struct input_event event = { .type = EV_LED, .code = code, .value = on };
  struct input_event end = { .type = EV_SYN };

  for (int i = 0; i < n_inputs; i++)
    {
      ssize_t done = write (inputs[i], &event, sizeof event);

      done += write (inputs[i], &end, sizeof end);
      if (done < 0)
        continue; /* no keyboard */
    }
}

static void
take_key (uint32_t key)
{
  static const struct
  {
    uint32_t key, led;
  } locks[] = { { KEY_NUMLOCK, LED_NUML },
                { KEY_CAPSLOCK, LED_CAPSL },
                { KEY_SCROLLLOCK, LED_SCROLLL } };

  for (int i = 0; i < 3; i++)
    if (locks[i].key == key)
      {
        leds ^= 1u << locks[i].led;
        set_led (locks[i].led, (leds >> locks[i].led) & 1);
      }
}

static void
take_input (int fd)
{
  struct input_event events[64];
  ssize_t size = read (fd, events, sizeof events);

  for (ssize_t i = 0; i < size / (ssize_t) sizeof *events; i++)
    {
      if (events[i].type == EV_ABS && events[i].code == ABS_X)
        pointer_x = events[i].value;
      if (events[i].type == EV_ABS && events[i].code == ABS_Y)
        pointer_y = events[i].value;
      if (events[i].type == EV_KEY && events[i].value == 1)
        take_key (events[i].code);
    }
}

/* The kernel says here that monitors and input devices come and go. */
static int
open_uevents (void)
{
  struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1 };
  int fd = socket (AF_NETLINK, SOCK_DGRAM, NETLINK_KOBJECT_UEVENT);

  bind (fd, (struct sockaddr *) &address, sizeof address);
  return fd;
}

static void
open_inputs (void)
{
  for (int i = n_inputs; i < DEVICES; i++)
    {
      char path[32];

      snprintf (path, sizeof path, "/dev/input/event%d", i);
      inputs[n_inputs] = open (path, O_RDWR | O_NONBLOCK);
      if (inputs[n_inputs] < 0)
        break;
      n_inputs++;
    }
}

int
main (void)
{
  struct pollfd polls[DEVICES + 1] = { { .fd = open_uevents (), .events = POLLIN } };
  char text[4096];

  card = open ("/dev/dri/card0", O_RDWR);
  find_heads ();
  for (;;)
    {
      open_inputs ();
      for (int i = 0; i < n_heads; i++)
        follow (&heads[i]);
      draw ();
      for (int i = 0; i < n_inputs; i++)
        polls[i + 1] = (struct pollfd) { .fd = inputs[i], .events = POLLIN };
      poll (polls, n_inputs + 1, -1);
      if (polls[0].revents && read (polls[0].fd, text, sizeof text) < 0)
        return 1;
      for (int i = 0; i < n_inputs; i++)
        if (polls[i + 1].revents)
          take_input (inputs[i]);
    }
}
