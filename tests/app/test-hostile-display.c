/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A display process that has been taken over: whatever it does to a front end costs it that
 * connection and nothing else. No signal but "closed" comes of it, the last picture stays readable,
 * and no descriptor is left behind.
 */
#include "fake-display.h"
#include "glass-queue.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define XRGB GLASS_FORMAT_XRGB8888
#define SIDE 64u
#define BYTES (SIDE * SIDE * 4)

static guint
count_fds (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
expect_closed (FakeDisplay *fake, const char *why)
{
  fake_display_turn ();
  fake_display_expect_events (fake, "closed");
  if (strstr (fake->reason, why) == NULL)
    g_error ("closed because “%s”, not “%s”", fake->reason, why);
}

/* --- Memory that must not be mapped --- */

static int
make_memfd (gsize size, guint flags, int seals)
{
  int fd = memfd_create ("fake-display", MFD_CLOEXEC | MFD_ALLOW_SEALING | flags);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ftruncate (fd, size), ==, 0);
  if (size > 0 && !(flags & MFD_HUGETLB))
    g_assert_cmpint (fallocate (fd, 0, 0, size), ==, 0);
  g_assert_cmpint (fcntl (fd, F_ADD_SEALS, seals), ==, 0);
  return fd;
}

static int
make_with_holes (void)
{
  int fd = memfd_create ("fake-display", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  g_assert_cmpint (ftruncate (fd, BYTES), ==, 0);
  g_assert_cmpint (fallocate (fd, 0, 0, BYTES - 1), ==, 0);
  g_assert_cmpint (fallocate (fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 4096), ==, 0);
  g_assert_cmpint (fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_FUTURE_WRITE), ==, 0);
  return fd;
}

static int
make_open_to_holes (void)
{
  return make_memfd (BYTES, 0, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
}

static int
make_unsealed (void)
{
  return make_memfd (BYTES, 0, 0);
}

static int
make_sealed_otherwise (void)
{
  return make_memfd (BYTES, 0, F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
}

static int
make_short (void)
{
  return make_memfd (BYTES - 1, 0, F_SEAL_SHRINK | F_SEAL_GROW);
}

static int
make_empty (void)
{
  return make_memfd (0, 0, F_SEAL_SHRINK | F_SEAL_GROW);
}

/* Whether or not the machine has huge pages to spare. */
static int
make_huge (void)
{
  return make_memfd (2 << 20, MFD_HUGETLB, F_SEAL_SHRINK | F_SEAL_GROW);
}

static int
make_file (void)
{
  g_autofree char *name = NULL;
  int fd = g_file_open_tmp ("vitrine-glass-XXXXXX", &name, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ftruncate (fd, BYTES), ==, 0);
  unlink (name);
  return fd;
}

static int
make_device (void)
{
  return open ("/dev/zero", O_RDONLY | O_CLOEXEC);
}

static int
make_folder (void)
{
  return open ("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int
make_path (void)
{
  return open ("/etc/passwd", O_PATH | O_CLOEXEC);
}

static int
make_pipe (void)
{
  int fds[2];

  g_assert_cmpint (pipe2 (fds, O_CLOEXEC), ==, 0);
  close (fds[1]);
  return fds[0];
}

static int
make_socket (void)
{
  return socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

typedef struct
{
  const char *name;
  int (*make) (void);
  const char *why;
} Memory;

static const Memory memories[] = {
  { "unsealed", make_unsealed, "not sealed" },
  { "sealed-otherwise", make_sealed_otherwise, "not sealed" },
  { "short", make_short, "smaller" },
  { "empty", make_empty, "smaller" },
  { "huge-pages", make_huge, "ordinary pages" },
  { "holes", make_with_holes, "has holes" },
  { "holes-to-come", make_open_to_holes, "has holes" },
  { "file", make_file, "not sealed" },
  { "device", make_device, "not sealed" },
  { "folder", make_folder, "not sealed" },
  { "path", make_path, "not sealed" },
  { "pipe", make_pipe, "not sealed" },
  { "socket", make_socket, "not sealed" },
};

static void
test_memory (gconstpointer data)
{
  const Memory *memory = data;
  guint before = count_fds ();

  for (guint as_cursor = 0; as_cursor < 2; as_cursor++)
    {
      g_autoptr (FakeDisplay) fake = fake_display_new (0);
      autofd fd = memory->make ();

      fake_display_welcome (fake);
      if (as_cursor)
        fake_display_say_fd (fake, fd, GLASS_CURSOR, SIDE, SIDE, 0, 0);
      else
        fake_display_say_fd (fake, fd, GLASS_SCANOUT, 1, SIDE, SIDE, SIDE * 4, XRGB);
      expect_closed (fake, memory->why);
      g_assert_null (vt_glass_client_get_frame (fake->client));
    }
  g_assert_cmpuint (count_fds (), ==, before);
}

/* What is mapped can be read whatever the display process does to it then. */
static void
test_shrink_later (void)
{
  g_autoptr (FakeDisplay) fake = fake_display_new (0);
  autofd fd = make_memfd (BYTES, 0, F_SEAL_SHRINK | F_SEAL_FUTURE_WRITE);
  const guint8 *pixels;
  guint sum = 0;

  fake_display_welcome (fake);
  fake_display_say_fd (fake, fd, GLASS_SCANOUT, 1, SIDE, SIDE, SIDE * 4, XRGB);
  fake_display_turn ();
  fake_display_expect_events (fake, "scanout(64,64)");
  g_assert_cmpint (ftruncate (fd, 0), ==, -1);
  g_assert_cmpint (fallocate (fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, BYTES), ==, -1);
  pixels = cairo_image_surface_get_data (vt_glass_client_get_frame (fake->client));
  for (guint i = 0; i < BYTES; i++)
    sum += pixels[i];
  g_assert_cmpuint (sum, ==, 0);
}

/* --- Packets that must not be believed --- */

typedef struct
{
  const char *name;
  guint32 words[8];
  guint n_words;
  guint n_fds;
} Packet;

#define WORDS(...) { __VA_ARGS__ }, sizeof ((guint32[]) { __VA_ARGS__ }) / 4

/* After WELCOME and a frame of SIDE by SIDE whose serial 1 has been acknowledged. The parser's own
 * test has them all; these show that nothing gets past it. */
static const Packet packets[] = {
  { "second-welcome", WORDS (GLASS_WELCOME, 1, 0), 0 },
  { "hello", WORDS (GLASS_HELLO, 1), 0 },
  { "unknown", WORDS (0xdeadbeef), 0 },
  { "huge", WORDS (GLASS_SCANOUT, 2, 0xffffffff, 0xffffffff, 0xfffffffc, XRGB), 1 },
  { "overflow", WORDS (GLASS_SCANOUT, 2, 16384, 16384, 0x40000000, XRGB), 1 },
  { "zero", WORDS (GLASS_SCANOUT, 2, 0, 0, 0, XRGB), 1 },
  { "stride", WORDS (GLASS_SCANOUT, 2, 64, 64, 252, XRGB), 1 },
  { "odd-stride", WORDS (GLASS_SCANOUT, 2, 64, 64, 257, XRGB), 1 },
  { "format", WORDS (GLASS_SCANOUT, 2, 64, 64, 256, 0), 1 },
  { "short", WORDS (GLASS_SCANOUT, 2, 64, 64, 256), 1 },
  { "no-fd", WORDS (GLASS_SCANOUT, 2, 64, 64, 256, XRGB), 0 },
  { "two-fds", WORDS (GLASS_SCANOUT, 2, 64, 64, 256, XRGB), 2 },
  { "three-fds", WORDS (GLASS_SCANOUT, 2, 64, 64, 256, XRGB), 3 },
  { "most-fds", WORDS (GLASS_SCANOUT, 2, 64, 64, 256, XRGB), FDS_MESSAGE_MAX },
  { "uninvited-fd", WORDS (GLASS_LEDS, 1), 1 },
  { "damage-outside", WORDS (GLASS_DAMAGE, 2, 1, 1, 0, 0, 65, 1), 0 },
  { "damage-wraps", WORDS (GLASS_DAMAGE, 2, 1, 1, 1, 0, 0xffffffff, 1), 0 },
  { "damage-empty", WORDS (GLASS_DAMAGE, 2, 1, 1, 0, 0, 0, 0), 0 },
  { "damage-serial", WORDS (GLASS_DAMAGE, 3, 1, 1, 0, 0, 1, 1), 0 },
  { "damage-many", WORDS (GLASS_DAMAGE, 2, 0x10000001, 1, 0, 0, 1, 1), 0 },
  { "cursor-huge", WORDS (GLASS_CURSOR, 0xffffffff, 0xffffffff, 0, 0), 1 },
  { "cursor-hot", WORDS (GLASS_CURSOR, 8, 8, 8, 0), 1 },
  { "leds", WORDS (GLASS_LEDS, 0xffffffff), 0 },
  { "mode", WORDS (GLASS_POINTER_MODE, 2), 0 },
  { "sound-unasked", WORDS (GLASS_SOUND_PLAYED, 1, 0), 0 },
  { "sound-state-unasked", WORDS (GLASS_SOUND_STATE, GLASS_SOUND_PLAYING), 0 },
  { "sound-recording-unasked", WORDS (GLASS_SOUND_STATE, GLASS_SOUND_RECORDING), 0 },
  { "sound-many", WORDS (GLASS_SOUND_PLAYED, 0x40000001, 0), 0 },
  { "no-heads", WORDS (GLASS_HEADS, 0, 0), 0 },
  { "thousand-heads", WORDS (GLASS_HEADS, 1000, 1), 0 },
  { "lit-nowhere", WORDS (GLASS_HEADS, 2, 4), 0 },
  { "heads-fd", WORDS (GLASS_HEADS, 2, 1), 1 },
};

static void
send_packet (FakeDisplay *fake, const Packet *packet)
{
  autofd fd = make_memfd (1 << 20, 0, F_SEAL_SHRINK);
  int fds[FDS_MESSAGE_MAX];

  for (guint i = 0; i < packet->n_fds; i++)
    fds[i] = fd;
  g_assert_true (fake_display_send (fake, packet->words, packet->n_words * 4, fds, packet->n_fds));
}

static void
test_packet (gconstpointer data)
{
  guint before = count_fds ();
  FakeDisplay *fake = fake_display_new (0);
  guint32 *pixels = fake_display_show (fake, SIDE, SIDE);

  pixels[SIDE * SIDE - 1] = 0x424242;
  send_packet (fake, data);
  fake_display_say (fake, GLASS_LEDS, 1); /* no longer heard */
  expect_closed (fake, "broke the protocol");
  g_assert_cmphex (
      *(const guint32 *) (cairo_image_surface_get_data (vt_glass_client_get_frame (fake->client)) +
                          BYTES - 4),
      ==, 0x424242);
  fake_display_free (fake);
  g_assert_cmpuint (count_fds (), ==, before);
  munmap (pixels, BYTES);
}

/* The same packets, good ones among them, before WELCOME. */
static void
test_before_welcome (void)
{
  static const Packet good[] = {
    { "scanout", WORDS (GLASS_SCANOUT, 1, 64, 64, 256, XRGB), 1 },
    { "cursor", WORDS (GLASS_CURSOR, 8, 8, 0, 0), 1 },
    { "leds", WORDS (GLASS_LEDS, 1), 0 },
    { "blank", WORDS (GLASS_BLANK), 0 },
    { "another version", WORDS (GLASS_WELCOME, 2, 0), 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (FakeDisplay) fake = fake_display_new (0);

      send_packet (fake, &good[i]);
      expect_closed (fake, "broke the protocol");
    }
}

static void
test_sizes (void)
{
  static const guint8 bytes[65536];
  static const gsize sizes[] = { 1,
                                 3,
                                 GLASS_MESSAGE_BYTES_MAX,
                                 GLASS_MESSAGE_BYTES_MAX + 1,
                                 GLASS_MESSAGE_BYTES_MAX + 2,
                                 sizeof bytes };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (FakeDisplay) fake = fake_display_new (0);

      fake_display_welcome (fake);
      g_assert_true (fake_display_send (fake, bytes, sizes[i], NULL, 0));
      expect_closed (fake, "broke the protocol");
    }
  {
    g_autoptr (FakeDisplay) fake = fake_display_new (0);

    /* An empty packet looks like the end, and is treated so. */
    fake_display_welcome (fake);
    g_assert_true (fake_display_send (fake, bytes, 0, NULL, 0));
    expect_closed (fake, "closed the connection");
  }
}

/* More descriptors than a message may carry: the kernel cuts them off for us. */
static void
test_flood_of_fds (void)
{
  guint before = count_fds ();
  FakeDisplay *fake = fake_display_new (0);
  guint32 leds[] = { GLASS_LEDS, 1 };
  struct iovec vector = { leds, sizeof leds };
  union
  {
    struct cmsghdr header;
    char room[CMSG_SPACE (sizeof (int) * 200)];
  } control = { 0 };
  struct msghdr message = {
    .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
  };

  control.header.cmsg_level = SOL_SOCKET;
  control.header.cmsg_type = SCM_RIGHTS;
  control.header.cmsg_len = CMSG_LEN (sizeof (int) * 200);
  memset (CMSG_DATA (&control.header), 0, sizeof (int) * 200); /* standard input, 200 times */
  fake_display_welcome (fake);
  g_assert_cmpint (sendmsg (fake->socket, &message, MSG_NOSIGNAL), ==, sizeof leds);
  expect_closed (fake, "broke the protocol");
  fake_display_free (fake);
  g_assert_cmpuint (count_fds (), ==, before);
}

/* --- Silence, deafness, noise --- */

static gboolean
on_alarm (gpointer user_data)
{
  g_error ("nothing happened");
  return G_SOURCE_REMOVE;
}

static void
test_silence (void)
{
  g_autoptr (FakeDisplay) fake = fake_display_new (100);
  guint alarm_id = g_timeout_add_seconds (60, on_alarm, NULL);

  while (fake->reason == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (alarm_id);
  expect_closed (fake, "does not answer");
}

static gboolean
on_time (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Once welcomed it may be silent as long as it likes: a guest can show nothing for hours. */
static void
test_silence_after_welcome (void)
{
  g_autoptr (FakeDisplay) fake = fake_display_new (1);
  gboolean over = FALSE;

  /* Our patience is over before we look, but the answer is there. */
  g_usleep (2000);
  fake_display_welcome (fake);
  g_timeout_add (50, on_time, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
  fake_display_expect_events (fake, "");
}

static void
test_deafness (void)
{
  g_autoptr (FakeDisplay) fake = fake_display_new (0);

  fake_display_welcome (fake);
  for (guint i = 0; i < 4 * GLASS_QUEUE_MAX; i++)
    vt_glass_client_key (fake->client, 30, i % 2);
  /* Not out of our own call. */
  fake_display_expect_events (fake, "");
  expect_closed (fake, "does not read");
}

static void
test_deafness_before_welcome (void)
{
  g_autoptr (FakeDisplay) fake = fake_display_new (0);

  for (guint i = 0; i < 4 * GLASS_QUEUE_MAX; i++)
    vt_glass_client_key (fake->client, 30, i % 2);
  expect_closed (fake, "does not read");
}

static gboolean
on_drawing (gpointer user_data)
{
  (*(guint *) user_data)++;
  return G_SOURCE_CONTINUE;
}

/* It never stops talking: what GTK draws (at this priority) is drawn all the same. */
static void
test_noise (void)
{
  g_autoptr (FakeDisplay) fake = fake_display_new (0);
  const guint32 words[] = { GLASS_CURSOR_POSITION, 1, 1, 1 };
  guint drawn = 0;
  guint idle;

  fake_display_welcome (fake);
  idle = g_idle_add_full (G_PRIORITY_HIGH_IDLE + 20, on_drawing, &drawn, NULL);
  for (guint i = 0; i < 100; i++)
    {
      while (fake_display_send (fake, words, sizeof words, NULL, 0))
        ;
      g_main_context_iteration (NULL, FALSE);
    }
  g_assert_cmpuint (drawn, ==, 100);
  g_source_remove (idle);
  fake_display_turn ();
  g_assert_null (fake->reason);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (memories); i++)
    {
      g_autofree char *path = g_strconcat ("/hostile-display/memory/", memories[i].name, NULL);

      g_test_add_data_func (path, &memories[i], test_memory);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (packets); i++)
    {
      g_autofree char *path = g_strconcat ("/hostile-display/packet/", packets[i].name, NULL);

      g_test_add_data_func (path, &packets[i], test_packet);
    }
  g_test_add_func ("/hostile-display/shrink-later", test_shrink_later);
  g_test_add_func ("/hostile-display/before-welcome", test_before_welcome);
  g_test_add_func ("/hostile-display/sizes", test_sizes);
  g_test_add_func ("/hostile-display/flood-of-fds", test_flood_of_fds);
  g_test_add_func ("/hostile-display/silence", test_silence);
  g_test_add_func ("/hostile-display/silence-after-welcome", test_silence_after_welcome);
  g_test_add_func ("/hostile-display/deafness", test_deafness);
  g_test_add_func ("/hostile-display/deafness-before-welcome", test_deafness_before_welcome);
  g_test_add_func ("/hostile-display/noise", test_noise);
  return g_test_run ();
}
