/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A hostile QEMU that makes sound, against the real vitrine-display; see test-hostile-qemu.c.
 */
#include "fake-qemu.h"
#include "fds.h"

#include <sys/wait.h>

#define INIT "(tybbuyuub)"

static void
init_with (FakeQemu *fake, guint64 id, guint8 bits, guint32 frequency, guint8 channels, guint32 frame)
{
  fake_qemu_send_audio (fake, "Init",
                        g_variant_new (INIT, id, bits, TRUE, FALSE, frequency, channels, frame,
                                       frequency * frame, G_BYTE_ORDER == G_BIG_ENDIAN));
}

static void
open_voice (FakeQemu *fake, guint64 id)
{
  init_with (fake, id, 16, 48000, 2, 4);
  fake_qemu_send_audio (fake, "SetEnabled", g_variant_new ("(tb)", id, TRUE));
}

static void
write_bytes (FakeQemu *fake, guint64 id, gsize n)
{
  fake_qemu_send_audio (fake, "Write", g_variant_new ("(t@ay)", id, fake_qemu_bytes (n)));
}

static void
do_no_bits (FakeQemu *fake)
{
  init_with (fake, 1, 0, 48000, 2, 0);
}

static void
do_float (FakeQemu *fake)
{
  init_with (fake, 1, 32, 48000, 2, 8);
}

static void
do_no_frequency (FakeQemu *fake)
{
  init_with (fake, 1, 16, 0, 2, 4);
}

static void
do_many_channels (FakeQemu *fake)
{
  init_with (fake, 1, 16, 48000, 255, 510);
}

static void
do_same_voice (FakeQemu *fake)
{
  open_voice (fake, 1);
  open_voice (fake, 1);
}

static void
do_many_voices (FakeQemu *fake)
{
  for (guint64 id = 0; id < 100; id++)
    open_voice (fake, id);
}

static void
do_no_voice (FakeQemu *fake)
{
  write_bytes (fake, G_MAXUINT64, 1920);
}

static void
do_odd_size (FakeQemu *fake)
{
  open_voice (fake, 1);
  write_bytes (fake, 1, 1919);
}

static void
do_long_write (FakeQemu *fake)
{
  open_voice (fake, 1);
  write_bytes (fake, 1, 16 << 20);
}

static void
do_many_volumes (FakeQemu *fake)
{
  open_voice (fake, 1);
  fake_qemu_send_audio (
      fake, "SetVolume", g_variant_new ("(tb@ay)", G_GUINT64_CONSTANT (1), 0, fake_qemu_bytes (300)));
}

static void
do_wrong_types (FakeQemu *fake)
{
  fake_qemu_send_audio (fake, "Write", g_variant_new ("(ss)", "a", "b"));
}

static void
do_no_arguments (FakeQemu *fake)
{
  fake_qemu_send_audio (fake, "Init", NULL);
}

static const struct
{
  const char *name;
  void (*attack) (FakeQemu *fake);
} attacks[] = {
  { "no-bits", do_no_bits },
  { "float", do_float },
  { "no-frequency", do_no_frequency },
  { "many-channels", do_many_channels },
  { "same-voice", do_same_voice },
  { "many-voices", do_many_voices },
  { "no-voice", do_no_voice },
  { "odd-size", do_odd_size },
  { "long-write", do_long_write },
  { "many-volumes", do_many_volumes },
  { "wrong-types", do_wrong_types },
  { "no-arguments", do_no_arguments },
};

static FakeQemu *
start (void)
{
  FakeQemu *fake = fake_qemu_new ();

  fake_qemu_scanout (fake, 80, 60, 0x010203);
  fake_qemu_listen_audio (fake);
  return fake;
}

static void
test_attack (gconstpointer data)
{
  void (*attack) (FakeQemu *fake) = *(void (*const *) (FakeQemu *)) data;
  g_autoptr (FakeQemu) fake = start ();
  int status;

  attack (fake);
  g_assert_cmpint (fake_qemu_expect (fake, LINK_FAILED), ==, LINK_FAILURE_QEMU_PROTOCOL);
  status = fake_qemu_wait_end (fake);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 1);
}

/* Sound as fast as the socket takes it: one that hears and one that does not read are there, nothing
 * piles up, and the picture goes on. */
static void
test_flood (void)
{
  g_autoptr (FakeQemu) fake = start ();
  autofd lazy = fake_qemu_view (fake);
  autofd hears = fake_qemu_view (fake);
  guint32 packet[GLASS_MESSAGE_BYTES_MAX / 4];

  fake_qemu_expect_pixel (hears, 0x010203);
  fake_qemu_send_words (lazy, 2, (const guint32[]) { GLASS_SOUND_WISH, GLASS_SOUND_HEAR });
  fake_qemu_send_words (hears, 2, (const guint32[]) { GLASS_SOUND_WISH, GLASS_SOUND_HEAR });
  fake_qemu_expect_packet (hears, GLASS_SOUND_STATE, packet);
  g_assert_cmpuint (packet[1], ==, 0);
  open_voice (fake, 1);
  for (guint i = 0; i < 2000; i++)
    write_bytes (fake, 1, 16384 * 4);
  g_assert_true (g_dbus_connection_flush_sync (fake->audio, NULL, NULL));
  fake_qemu_expect_packet (hears, GLASS_SOUND_PLAYED, packet);
  g_assert_cmpuint (packet[1], ==, GLASS_SOUND_FRAMES_MAX);
  fake_qemu_scanout (fake, 64, 48, 0x123456); /* another size: a frame that is not known yet */
  fake_qemu_expect_pixel (hears, 0x123456);
  g_assert_cmpuint (fake_qemu_memory_kib (fake), <, 24 * 1024);
}

/* Without the guest's permission a viewer's microphone is passed over. */
static void
test_unwanted_microphone (void)
{
  g_autoptr (FakeQemu) fake = start ();
  autofd viewer = fake_qemu_view (fake);
  guint32 recorded[2 + GLASS_SOUND_FRAMES_MAX] = { GLASS_SOUND_RECORDED, GLASS_SOUND_FRAMES_MAX };
  guint32 packet[GLASS_MESSAGE_BYTES_MAX / 4];

  fake_qemu_expect_pixel (viewer, 0x010203);
  fake_qemu_send_words (viewer, 2, (const guint32[]) { GLASS_SOUND_WISH, 3 });
  for (guint i = 0; i < 1000; i++)
    fake_qemu_send_words (viewer, G_N_ELEMENTS (recorded), recorded);
  fake_qemu_expect_packet (viewer, GLASS_SOUND_STATE, packet);
  g_assert_cmpuint (packet[1], ==, 0);
  fake_qemu_scanout (fake, 64, 48, 0x123456); /* another size: a frame that is not known yet */
  fake_qemu_expect_pixel (viewer, 0x123456);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (attacks); i++)
    {
      g_autofree char *path = g_strconcat ("/display/audio/", attacks[i].name, NULL);

      g_test_add_data_func (path, &attacks[i].attack, test_attack);
    }
  g_test_add_func ("/display/audio-flood", test_flood);
  g_test_add_func ("/display/audio-unwanted-microphone", test_unwanted_microphone);
  return g_test_run ();
}
