/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A client of the glass protocol for tests and the bench: shares no code with the real front ends,
 * so that a mistake of theirs is not repeated here. Waits with poll, acknowledges at once, checks
 * what the display process sends and fails loudly if it breaks the protocol.
 *
 *   glass-probe SOCKET [OPTION...] COMMAND
 *
 * Prints `name value` lines; exits 0 when done, 1 on failure or timeout, 2 on wrong usage.
 */
#include "fds.h"
#include "ipc/glass-wire.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

#define LATENCY_MAX 10000

typedef struct
{
  int socket;
  double timeout; /* seconds for a whole command */
  double deadline;
  gboolean silent; /* acknowledge nothing */
  guint key;
  guint x, y; /* the pixel to look at */

  const guint8 *map; /* NULL: no picture */
  gsize map_size;
  GlassScanout scanout;
  guint32 serial;
  gboolean welcomed;
  gboolean absolute;
  guint32 leds;
  GlassCursor cursor;
  guint scanouts, damages, updates, blanks;
  guint64 damaged_pixels;
} Probe;

static G_GNUC_PRINTF (1, 2) G_NORETURN void die (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  fputs ("glass-probe: ", stderr);
  vfprintf (stderr, format, args);
  fputc ('\n', stderr);
  va_end (args);
  exit (1);
}

static double
now (void)
{
  return g_get_monotonic_time () / 1e6;
}

static void
connect_to (Probe *probe, const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  if (strlen (path) >= sizeof address.sun_path)
    die ("the socket's name is too long");
  strcpy (address.sun_path, path);
  probe->socket = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (probe->socket < 0 || connect (probe->socket, (void *) &address, sizeof address) != 0)
    die ("cannot connect to %s: %s", path, g_strerror (errno));
}

static void
send_packet (Probe *probe, const void *data, gsize size)
{
  if (fds_send (probe->socket, data, size, NULL, 0) != (gssize) size)
    die ("cannot send: %s", g_strerror (errno));
}

static void
acknowledge (Probe *probe)
{
  GlassAck ack = { GLASS_ACK, probe->serial };

  if (!probe->silent)
    send_packet (probe, &ack, sizeof ack);
}

static void
drop_frame (Probe *probe)
{
  if (probe->map != NULL)
    munmap ((void *) probe->map, probe->map_size);
  probe->map = NULL;
}

static void
take_scanout (Probe *probe, const GlassScanout *scanout, int fd)
{
  gsize size = (gsize) scanout->stride * scanout->height;
  g_autoptr (GError) error = NULL;
  void *map;

  if (scanout->width < 1 || scanout->width > GLASS_DIMENSION_MAX || scanout->height < 1 ||
      scanout->height > GLASS_DIMENSION_MAX || scanout->stride < scanout->width * 4 ||
      scanout->stride % 4 != 0 || size > GLASS_FRAME_BYTES_MAX ||
      scanout->format != GLASS_FORMAT_XRGB8888 || fd < 0)
    die ("a SCANOUT breaks the protocol");
  if (!fds_is_safe_to_map (fd, size, &error))
    die ("%s", error->message);
  if (mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED)
    die ("the frame's memory can be written");
  map = mmap (NULL, size, PROT_READ, MAP_SHARED, fd, 0);
  if (map == MAP_FAILED)
    die ("cannot map the frame: %s", g_strerror (errno));
  drop_frame (probe);
  probe->map = map;
  probe->map_size = size;
  probe->scanout = *scanout;
  probe->serial = scanout->serial;
  probe->scanouts++;
  acknowledge (probe);
}

static void
take_damage (Probe *probe, const GlassDamage *damage, gsize size)
{
  if (damage->n_rects < 1 || damage->n_rects > GLASS_RECTS_MAX || damage->n_updates < 1 ||
      size != sizeof *damage + damage->n_rects * sizeof (GlassRect) || probe->map == NULL ||
      damage->serial != probe->serial + 1)
    die ("a DAMAGE breaks the protocol");
  for (guint i = 0; i < damage->n_rects; i++)
    {
      const GlassRect *r = &damage->rects[i];

      if (r->x >= probe->scanout.width || r->y >= probe->scanout.height || r->width < 1 ||
          r->height < 1 || r->width > probe->scanout.width - r->x ||
          r->height > probe->scanout.height - r->y)
        die ("a rectangle of damage lies outside the frame");
      probe->damaged_pixels += (guint64) r->width * r->height;
    }
  probe->serial = damage->serial;
  probe->damages++;
  probe->updates += damage->n_updates;
  acknowledge (probe);
}

/* Packets of these types have exactly these sizes. */
static const struct
{
  GlassType type;
  gsize size;
  guint n_fds_max;
} packets[] = {
  { GLASS_WELCOME, sizeof (GlassWelcome), 0 },
  { GLASS_SCANOUT, sizeof (GlassScanout), 1 },
  { GLASS_DAMAGE, 0, 0 },
  { GLASS_CURSOR, sizeof (GlassCursor), 1 },
  { GLASS_CURSOR_POSITION, sizeof (GlassCursorPosition), 0 },
  { GLASS_POINTER_MODE, sizeof (GlassPointerMode), 0 },
  { GLASS_LEDS, sizeof (GlassLeds), 0 },
  { GLASS_BLANK, sizeof (GlassBlank), 0 },
  { GLASS_HEADS, sizeof (GlassHeads), 0 },
};

static void
check_packet (Probe *probe, guint32 type, gsize size, guint n_fds)
{
  if (!probe->welcomed && type != GLASS_WELCOME)
    die ("a message of type %u came before WELCOME", type);
  for (gsize i = 0; i < G_N_ELEMENTS (packets); i++)
    if (packets[i].type == type && (packets[i].size == 0 || packets[i].size == size) &&
        n_fds <= packets[i].n_fds_max)
      return;
  die ("a message of type %u and %zu bytes with %u descriptors breaks the protocol", type, size,
       n_fds);
}

/* Takes one packet if there is one. */
static gboolean
take_packet (Probe *probe)
{
  union
  {
    guint32 type;
    guint8 bytes[GLASS_MESSAGE_BYTES_MAX];
    GlassScanout scanout;
    GlassDamage damage;
    GlassCursor cursor;
    GlassPointerMode mode;
    GlassLeds leds;
  } packet;
  autofd fd = -1;
  guint n_fds = 1;
  gssize size = fds_receive (probe->socket, &packet, sizeof packet, &fd, &n_fds);

  if (size < 0 && errno == EAGAIN)
    return FALSE;
  if (size < 4)
    die ("the display process has closed the connection");
  check_packet (probe, packet.type, size, n_fds);
  if (packet.type == GLASS_WELCOME)
    probe->welcomed = TRUE;
  else if (packet.type == GLASS_SCANOUT)
    take_scanout (probe, &packet.scanout, fd);
  else if (packet.type == GLASS_DAMAGE)
    take_damage (probe, &packet.damage, size);
  else if (packet.type == GLASS_POINTER_MODE)
    probe->absolute = packet.mode.absolute;
  else if (packet.type == GLASS_LEDS)
    probe->leds = packet.leds.leds;
  else if (packet.type == GLASS_CURSOR)
    probe->cursor = packet.cursor;
  else if (packet.type == GLASS_BLANK)
    {
      drop_frame (probe);
      probe->blanks++;
    }
  return TRUE;
}

/* Waits for packets until `until` and takes them all; FALSE if none came. */
static gboolean
wait_packets (Probe *probe, double until)
{
  struct pollfd poll_fd = { .fd = probe->socket, .events = POLLIN };
  double left = until - now ();
  gboolean taken = FALSE;

  if (left > 0)
    poll (&poll_fd, 1, (int) (left * 1000) + 1);
  while (take_packet (probe))
    taken = TRUE;
  return taken;
}

/* As wait_packets, but ends the program when time is up. */
static void
need_packets (Probe *probe, const char *what)
{
  if (!wait_packets (probe, probe->deadline) && now () >= probe->deadline)
    die ("timed out after %g s waiting for %s", probe->timeout, what);
}

static void
need_picture (Probe *probe)
{
  while (probe->map == NULL)
    need_packets (probe, "a picture");
}

/* -1 outside the picture. */
static gint32
get_pixel (Probe *probe, guint x, guint y)
{
  guint32 pixel;

  if (probe->map == NULL || x >= probe->scanout.width || y >= probe->scanout.height)
    return -1;
  memcpy (&pixel, probe->map + (gsize) y * probe->scanout.stride + x * 4, sizeof pixel);
  return pixel & 0xffffff;
}

static void
press (Probe *probe, guint key, gboolean down)
{
  GlassKey message = { GLASS_KEY, key, down };

  send_packet (probe, &message, sizeof message);
}

/* --- Commands --- */

static int
run_wait_pixel (Probe *probe, int argc, char **argv)
{
  guint x = atoi (argv[0]);
  guint y = atoi (argv[1]);
  gint32 wanted = strtol (argv[2], NULL, 16);
  double start = now ();

  while (get_pixel (probe, x, y) != wanted)
    need_packets (probe, "the pixel");
  printf ("waited_ms %.1f\n", (now () - start) * 1000);
  return 0;
}

static int
run_shot (Probe *probe, int argc, char **argv)
{
  FILE *file;

  need_picture (probe);
  file = fopen (argv[0], "wb");
  if (file == NULL)
    die ("cannot write %s: %s", argv[0], g_strerror (errno));
  fprintf (file, "P6\n%u %u\n255\n", probe->scanout.width, probe->scanout.height);
  for (guint y = 0; y < probe->scanout.height; y++)
    for (guint x = 0; x < probe->scanout.width; x++)
      {
        guint32 pixel = get_pixel (probe, x, y);
        guint8 rgb[3] = { pixel >> 16, pixel >> 8, pixel };

        fwrite (rgb, 1, 3, file);
      }
  if (fclose (file) != 0)
    die ("cannot write %s: %s", argv[0], g_strerror (errno));
  printf ("width %u\nheight %u\n", probe->scanout.width, probe->scanout.height);
  return 0;
}

/* What there is to know about the console now. */
static int
run_info (Probe *probe, int argc, char **argv)
{
  need_picture (probe);
  wait_packets (probe, now () + 0.05);
  printf ("width %u\nheight %u\nabsolute %u\nleds %u\ncursor %ux%u\npixel %06x\n",
          probe->scanout.width, probe->scanout.height, probe->absolute, probe->leds,
          probe->cursor.width, probe->cursor.height, get_pixel (probe, probe->x, probe->y));
  return 0;
}

static int
run_key (Probe *probe, int argc, char **argv)
{
  for (int i = 0; i < argc; i++)
    {
      press (probe, atoi (argv[i]), TRUE);
      press (probe, atoi (argv[i]), FALSE);
    }
  /* Leaving at once would be no different: what we sent is still read. */
  return 0;
}

static int
run_pointer (Probe *probe, int argc, char **argv)
{
  GlassPointerAbsolute absolute = { GLASS_POINTER_ABSOLUTE, atoi (argv[0]), atoi (argv[1]) };

  send_packet (probe, &absolute, sizeof absolute);
  return 0;
}

static int
run_resize (Probe *probe, int argc, char **argv)
{
  GlassResize resize = { GLASS_RESIZE, atoi (argv[0]), atoi (argv[1]), 0, 0 };

  need_picture (probe);
  send_packet (probe, &resize, sizeof resize);
  while (probe->map == NULL || probe->scanout.width != resize.width ||
         probe->scanout.height != resize.height)
    need_packets (probe, "the new size");
  return 0;
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a;
  double y = *(const double *) b;

  return x < y ? -1 : x > y;
}

/* One key press; returns the milliseconds until the pixel has changed. */
static double
measure_key (Probe *probe)
{
  gint32 before = get_pixel (probe, probe->x, probe->y);
  double start = now ();

  press (probe, probe->key, TRUE);
  while (get_pixel (probe, probe->x, probe->y) == before)
    need_packets (probe, "the pixel to change after a key press");
  start = (now () - start) * 1000;
  press (probe, probe->key, FALSE);
  return start;
}

static int
run_latency (Probe *probe, int argc, char **argv)
{
  guint n = atoi (argv[0]);
  double *samples = g_new0 (double, n + 1);

  if (n < 1 || n > LATENCY_MAX)
    die ("between 1 and %u presses, please", LATENCY_MAX);
  need_picture (probe);
  for (guint i = 0; i < n; i++)
    {
      double until = now () + 0.04 + g_random_double () * 0.06;

      /* At any phase of QEMU's refresh, and after the echo of the release. */
      while (now () < until)
        wait_packets (probe, until);
      probe->deadline = now () + probe->timeout;
      samples[i] = measure_key (probe);
    }
  qsort (samples, n, sizeof *samples, compare_doubles);
  printf ("samples %u\nmedian_ms %.2f\np95_ms %.2f\nmax_ms %.2f\nmin_ms %.2f\n", n, samples[n / 2],
          samples[MIN (n * 95 / 100, n - 1)], samples[n - 1], samples[0]);
  g_free (samples);
  return 0;
}

static int
run_frames (Probe *probe, int argc, char **argv)
{
  double seconds = g_ascii_strtod (argv[0], NULL);
  double start, until;

  need_picture (probe);
  probe->damages = probe->updates = probe->scanouts = 0;
  probe->damaged_pixels = 0;
  start = now ();
  until = start + seconds;
  while (now () < until)
    wait_packets (probe, until);
  seconds = now () - start;
  printf ("seconds %.2f\ndamages %u\nupdates %u\nscanouts %u\ndamages_per_s %.2f\nupdates_per_s "
          "%.2f\npixels_per_damage %.0f\n",
          seconds, probe->damages, probe->updates, probe->scanouts, probe->damages / seconds,
          probe->updates / seconds,
          probe->damages > 0 ? (double) probe->damaged_pixels / probe->damages : 0);
  return 0;
}

/* Says hello and then neither reads nor acknowledges. */
static int
run_hold (Probe *probe, int argc, char **argv)
{
  g_usleep (g_ascii_strtod (argv[0], NULL) * 1e6);
  return 0;
}

static const struct
{
  const char *name;
  int n_args; /* at least */
  int (*run) (Probe *probe, int argc, char **argv);
  const char *usage;
} commands[] = {
  { "wait-pixel", 3, run_wait_pixel, "X Y RRGGBB: wait until that pixel has that colour" },
  { "shot", 1, run_shot, "FILE.ppm: write the picture" },
  { "info", 0, run_info, "print size, pointer mode, LEDs, cursor, pixel" },
  { "key", 1, run_key, "QNUM...: press and release" },
  { "pointer", 2, run_pointer, "X Y: move there" },
  { "resize", 2, run_resize, "W H: ask for that size and wait for it" },
  { "latency", 1, run_latency, "N: press --key N times, time until the pixel at --at changes" },
  { "frames", 1, run_frames, "SECONDS: count what is reported" },
  { "hold", 1, run_hold, "SECONDS: connect, read nothing" },
};

static int
usage (void)
{
  fputs ("usage: glass-probe SOCKET [--timeout S] [--key QNUM] [--at X,Y] [--silent] COMMAND\n",
         stderr);
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    fprintf (stderr, "  %s %s\n", commands[i].name, commands[i].usage);
  return 2;
}

static int
run (Probe *probe, const char *path, int argc, char **argv)
{
  GlassHello hello = { GLASS_HELLO, GLASS_VERSION, 0 };

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (argv[0], commands[i].name) && argc - 1 >= commands[i].n_args)
      {
        connect_to (probe, path);
        send_packet (probe, &hello, sizeof hello);
        probe->deadline = now () + probe->timeout;
        while (commands[i].run != run_hold && !probe->welcomed)
          need_packets (probe, "WELCOME");
        return commands[i].run (probe, argc - 1, argv + 1);
      }
  return usage ();
}

int
main (int argc, char **argv)
{
  Probe probe = { .socket = -1, .timeout = 30, .key = 30 };
  g_autofree char *at = NULL;
  const GOptionEntry entries[] = {
    { "timeout", 0, 0, G_OPTION_ARG_DOUBLE, &probe.timeout, "Seconds to wait at most", "S" },
    { "key", 0, 0, G_OPTION_ARG_INT, &probe.key, "Key of latency (30, the letter A)", "QNUM" },
    { "at", 0, 0, G_OPTION_ARG_STRING, &at, "Pixel of latency and info (0,0)", "X,Y" },
    { "silent", 0, 0, G_OPTION_ARG_NONE, &probe.silent, "Acknowledge nothing", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("SOCKET COMMAND");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      fprintf (stderr, "glass-probe: %s\n", error->message);
      return usage ();
    }
  if (argc < 3 || (at != NULL && sscanf (at, "%u,%u", &probe.x, &probe.y) != 2))
    return usage ();
  return run (&probe, argv[1], argc - 2, argv + 2);
}
