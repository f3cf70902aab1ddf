/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Sound inside vitrine-display: the numbers of QEMU (B4), the mix of voices, the ring, and who
 * hears and who speaks.
 */
#include "front/rfb-parse.h"
#include "local/glass-parse.h"
#include "sound/pcm-convert.h"
#include "sound/sound.h"
#include "sound/speech.h"

static const SoundVoiceFormat good = { 16, TRUE, FALSE,          SOUND_RATE,
                                       2,  4,    SOUND_RATE * 4, G_BYTE_ORDER == G_BIG_ENDIAN };

static void
test_format (void)
{
  SoundVoiceFormat bad[9];

  g_assert_cmpint (sound_parse_format (&good), ==, PARSE_OK);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    bad[i] = good;
  bad[0].bits = 0;
  bad[1].bits = 32;
  bad[2].is_signed = FALSE;
  bad[3].is_float = TRUE;
  bad[4].frequency = 0;
  bad[5].channels = 0;
  bad[6].bytes_per_frame = 0;
  bad[7].bytes_per_second = G_MAXUINT32;
  bad[8].big_endian = !good.big_endian;
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_cmpint (sound_parse_format (&bad[i]), ==, PARSE_BAD);
}

static void
test_sizes (void)
{
  static const guint8 bytes[SOUND_CHANNELS_MAX + 1] = { 10, 20, 30 };
  guint8 volume[2];
  guint n = 77;

  g_assert_cmpint (sound_parse_block (1920, &n), ==, PARSE_OK);
  g_assert_cmpuint (n, ==, 480);
  g_assert_cmpint (sound_parse_block (0, &n), ==, PARSE_OK);
  g_assert_cmpuint (n, ==, 0);
  g_assert_cmpint (sound_parse_block (1919, &n), ==, PARSE_BAD);
  g_assert_cmpint (sound_parse_block ((SOUND_BLOCK_FRAMES_MAX + 1) * 4, &n), ==, PARSE_BAD);
  g_assert_cmpint (sound_parse_block (G_MAXSIZE - 3, &n), ==, PARSE_BAD);

  g_assert_cmpint (sound_parse_wanted (1920, &n), ==, PARSE_OK);
  g_assert_cmpuint (n, ==, 480);
  g_assert_cmpint (sound_parse_wanted (G_MAXUINT64 - 3, &n), ==, PARSE_OK);
  g_assert_cmpuint (n, ==, SOUND_BLOCK_FRAMES_MAX);
  g_assert_cmpint (sound_parse_wanted (2, &n), ==, PARSE_BAD);

  g_assert_cmpint (sound_parse_volume (NULL, 0, volume), ==, PARSE_OK);
  g_assert_cmpuint (volume[0] + volume[1], ==, 510);
  g_assert_cmpint (sound_parse_volume (bytes, 1, volume), ==, PARSE_OK);
  g_assert_cmpuint (volume[1], ==, 10);
  g_assert_cmpint (sound_parse_volume (bytes, 6, volume), ==, PARSE_OK);
  g_assert_cmpuint (volume[1], ==, 20);
  g_assert_cmpint (sound_parse_volume (bytes, sizeof bytes, volume), ==, PARSE_BAD);
}

static void
test_recorded (void)
{
  guint32 words[2 + GLASS_SOUND_FRAMES_MAX + 1] = { GLASS_SOUND_RECORDED, 2, 5, 6 };
  GlassSoundFrame frames[GLASS_SOUND_FRAMES_MAX];
  guint n = 77;

  g_assert_cmpint (glass_parse_recorded (words, 16, frames, &n), ==, PARSE_OK);
  g_assert_cmpuint (n, ==, 2);
  g_assert_cmpmem (frames, 8, words + 2, 8);
  for (gsize size = 0; size < 16; size++)
    g_assert_cmpint (glass_parse_recorded (words, size, frames, &n), ==, PARSE_BAD);
  g_assert_cmpint (glass_parse_recorded (words, 20, frames, &n), ==, PARSE_BAD);
  words[1] = 0;
  g_assert_cmpint (glass_parse_recorded (words, 8, frames, &n), ==, PARSE_BAD);
  words[1] = GLASS_SOUND_FRAMES_MAX;
  g_assert_cmpint (glass_parse_recorded (words, GLASS_REQUEST_BYTES_MAX, frames, &n), ==, PARSE_OK);
  words[1]++;
  g_assert_cmpint (glass_parse_recorded (words, sizeof words, frames, &n), ==, PARSE_BAD);
  words[1] = 0x40000002; /* times four is eight */
  g_assert_cmpint (glass_parse_recorded (words, 16, frames, &n), ==, PARSE_BAD);
}

static void
fill (SoundFrame *frames, guint n, gint16 left, gint16 right)
{
  for (guint i = 0; i < n; i++)
    frames[i] = (SoundFrame) { left, right };
}

static void
add (SoundMix *mix, guint64 id, gint16 level, guint n)
{
  SoundFrame frames[SOUND_CHUNK];

  fill (frames, n, level, level);
  sound_mix_add (mix, id, (const guint8 *) frames, n);
}

static void
test_mix (void)
{
  g_autofree SoundMix *mix = g_new0 (SoundMix, 1);
  SoundFrame out[SOUND_MIX_WAIT + SOUND_CHUNK];
  const guint8 half[2] = { 255, 51 };

  g_assert_true (sound_mix_open (mix, 1));
  g_assert_false (sound_mix_open (mix, 1));
  g_assert_true (sound_mix_open (mix, 2));
  g_assert_false (sound_mix_enable (mix, 3, TRUE));
  g_assert_false (sound_mix_is_playing (mix));
  add (mix, 1, 100, 480); /* not on: nothing of it is kept */
  g_assert_true (sound_mix_enable (mix, 1, TRUE));
  g_assert_cmpuint (sound_mix_ready (mix), ==, 0);

  /* One voice alone passes at once, with its own volume. */
  g_assert_true (sound_mix_set_volume (mix, 1, FALSE, half));
  add (mix, 1, 1000, 480);
  g_assert_cmpuint (sound_mix_ready (mix), ==, 480);
  sound_mix_take (mix, out, 480);
  g_assert_cmpint (out[479].left, ==, 1000);
  g_assert_cmpint (out[479].right, ==, 200);

  /* Two are added, and neither wraps. */
  sound_mix_set_volume (mix, 1, FALSE, (const guint8[]) { 255, 255 });
  sound_mix_enable (mix, 2, TRUE);
  add (mix, 1, 30000, 480);
  g_assert_cmpuint (sound_mix_ready (mix), ==, 0);
  add (mix, 2, 30000, 200);
  g_assert_cmpuint (sound_mix_ready (mix), ==, 200);
  sound_mix_take (mix, out, 200);
  g_assert_cmpint (out[0].left, ==, G_MAXINT16);

  /* A mute one counts as time, not as sound. */
  sound_mix_set_volume (mix, 2, TRUE, half);
  add (mix, 2, 30000, 280);
  g_assert_cmpuint (sound_mix_ready (mix), ==, 280);
  sound_mix_take (mix, out, 280);
  g_assert_cmpint (out[279].left, ==, 30000);

  /* One that is on and says nothing holds the other up for a while only. */
  add (mix, 1, 5, 480);
  add (mix, 1, 5, 480);
  g_assert_cmpuint (sound_mix_ready (mix), ==, 0);
  add (mix, 1, 5, 480);
  g_assert_cmpuint (sound_mix_ready (mix), ==, 480);
  add (mix, 1, 5, 480); /* nobody took: what has no room is lost */
  g_assert_cmpuint (sound_mix_ready (mix), ==, 480);
  g_assert_true (sound_mix_close (mix, 2));
  g_assert_cmpuint (sound_mix_ready (mix), ==, SOUND_MIX_WAIT + SOUND_CHUNK);

  for (guint64 id = 10; id < 10 + SOUND_VOICES_MAX - 1; id++)
    g_assert_true (sound_mix_open (mix, id));
  g_assert_false (sound_mix_open (mix, 99));
}

static void
test_ring (void)
{
  g_autofree SoundRing *ring = g_new0 (SoundRing, 1);
  g_autofree SoundFrame *frames = g_new (SoundFrame, SOUND_RING_FRAMES);
  guint64 place = 0;

  for (guint i = 0; i < SOUND_RING_FRAMES; i++)
    frames[i] = (SoundFrame) { i & 0x7fff, 0 };
  sound_ring_write (ring, frames, 5000);
  sound_ring_write (ring, frames, 5000);
  g_assert_cmpuint (ring->written, ==, 10000);
  /* Too far behind: moved up. */
  g_assert_cmpuint (sound_ring_available (ring, &place, 4800, 960), ==, 960);
  g_assert_cmpuint (place, ==, 9040);
  sound_ring_copy (ring, place, frames, 960);
  g_assert_cmpint (frames[0].left, ==, 4040);
  g_assert_cmpint (frames[959].left, ==, 4999);
  /* Across the end. */
  place = SOUND_RING_FRAMES - 10;
  g_assert_cmpuint (sound_ring_available (ring, &place, 4800, 960), ==, 10000 - place);
  sound_ring_copy (ring, place, frames, 20);
  g_assert_cmpint (frames[9].left, ==, SOUND_RING_FRAMES - 1 - 5000);
  g_assert_cmpint (frames[10].left, ==, SOUND_RING_FRAMES - 5000);
}

static void
test_convert_samples (void)
{
  static const struct
  {
    PcmSample sample;
    guint8 bytes[8];
    guint n;
  } cases[] = {
    { PCM_U8, { 0x92, 0x6d }, 2 },
    { PCM_S8, { 0x12, 0xed }, 2 },
    { PCM_U16, { 0x34, 0x92, 0xcc, 0x6d }, 4 },
    { PCM_S16, { 0x34, 0x12, 0xcc, 0xed }, 4 },
    { PCM_U32, { 0, 0, 0x34, 0x92, 0, 0, 0xcc, 0x6d }, 8 },
    { PCM_S32, { 0, 0, 0x34, 0x12, 0, 0, 0xcc, 0xed }, 8 },
  };
  const SoundFrame frame = { 0x1234, -0x1234 };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) out = g_byte_array_new ();
      g_autoptr (GByteArray) one = g_byte_array_new ();
      PcmConvert convert;

      pcm_convert_init (&convert, &(PcmFormat) { cases[i].sample, 2, SOUND_RATE });
      pcm_convert (&convert, &frame, 1, out);
      g_assert_cmpmem (out->data, out->len, cases[i].bytes, cases[i].n);
      pcm_convert_init (&convert, &(PcmFormat) { cases[i].sample, 1, SOUND_RATE });
      pcm_convert (&convert, &frame, 1, one); /* both channels are silence together */
      g_assert_cmpuint (one->len, ==, cases[i].n / 2);
      g_assert_cmpuint (one->data[one->len - 1] & 0x7f, ==, 0);
    }
}

/* However it is cut into blocks, the same comes out, between the extremes that go in, and as much
 * as the rates say. */
static void
test_convert_rates (void)
{
  static const guint32 rates[] = { 4000, 8000, 11025, 44100, 47999, 48000, 96000, 192000 };
  SoundFrame in[4800];

  for (guint i = 0; i < G_N_ELEMENTS (in); i++)
    in[i] = (SoundFrame) { i % 2 == 0 ? G_MAXINT16 : G_MININT16, (gint16) i };
  for (gsize i = 0; i < G_N_ELEMENTS (rates); i++)
    {
      const PcmFormat format = { PCM_S16, 2, rates[i] };
      g_autoptr (GByteArray) whole = g_byte_array_new ();
      g_autoptr (GByteArray) cut = g_byte_array_new ();
      PcmConvert convert;
      guint expected = G_N_ELEMENTS (in) * (guint64) rates[i] / SOUND_RATE;

      pcm_convert_init (&convert, &format);
      pcm_convert (&convert, in, G_N_ELEMENTS (in), whole);
      pcm_convert_init (&convert, &format);
      for (guint at = 0, n = 1; at < G_N_ELEMENTS (in); at += n, n = MIN (n * 2, 4800 - at))
        pcm_convert (&convert, in + at, n, cut);
      g_assert_cmpmem (whole->data, whole->len, cut->data, cut->len);
      g_assert_cmpuint (whole->len / 4, >=, expected - 4);
      g_assert_cmpuint (whole->len / 4, <=, expected + 4);
      for (guint at = 2; at < whole->len; at += 4)
        g_assert_cmpuint (whole->data[at] | whole->data[at + 1] << 8, <, G_N_ELEMENTS (in));
    }
}

static void
test_audio_request (void)
{
  static const guint8 changes[][2] = { { 3, 3 }, { 2, 1 }, { 4, 6 }, { 5, 0 }, { 5, 3 }, { 6, 1 } };
  static const guint8 format[] = { 255, 1, 0, 2, 3, 2, 0, 0, 0xac, 0x44 };
  guint8 bad[sizeof format];
  RfbRequest request;
  gsize used = 0;

  g_assert_cmpint (rfb_parse_request (format, sizeof format, &request, &used), ==, PARSE_OK);
  g_assert_cmpuint (used, ==, sizeof format);
  g_assert_cmpuint (request.kind, ==, RFB_QEMU_AUDIO);
  g_assert_cmpuint (request.audio.frequency, ==, 44100);
  g_assert_cmpint (rfb_parse_request ("\xff\x01\0", 4, &request, &used), ==, PARSE_OK);
  g_assert_cmpuint (request.audio.operation, ==, RFB_AUDIO_ENABLE);
  for (gsize size = 0; size < sizeof format; size++)
    g_assert_cmpint (rfb_parse_request (format, size, &request, &used), ==, PARSE_NEED_MORE);
  for (gsize i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      memcpy (bad, format, sizeof bad);
      bad[changes[i][0]] = changes[i][1];
      g_assert_cmpint (rfb_parse_request (bad, sizeof bad, &request, &used), ==, PARSE_BAD);
    }
}

/* --- The hub --- */

typedef struct
{
  guint ready;
  gboolean wanted;
  SoundSink *leaves; /* when it is told */
} Person;

static void
on_ready (gpointer user_data)
{
  Person *person = user_data;

  person->ready++;
  g_clear_pointer (&person->leaves, sound_sink_free);
}

static void
on_wanted (gboolean wanted, gpointer user_data)
{
  ((Person *) user_data)->wanted = wanted;
}

static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
play (Sound *sound, gint16 level, guint n)
{
  g_autofree SoundFrame *frames = g_new (SoundFrame, n);

  fill (frames, n, level, level);
  g_assert_true (sound_output_write (sound, 7, (const guint8 *) frames, n));
}

static void
test_sinks (void)
{
  g_autoptr (Sound) sound = sound_new ();
  Person first = { 0 }, second = { 0 }, third = { 0 };
  SoundSink *one, *two;
  SoundFrame out[SOUND_CHUNK];

  g_assert_false (sound_output_write (sound, 7, (const guint8 *) out, 1));
  g_assert_true (sound_output_open (sound, 7));
  g_assert_true (sound_output_enable (sound, 7, TRUE));
  play (sound, 1, 480); /* nobody listens */
  one = sound_sink_new (sound, on_ready, &first);
  two = sound_sink_new (sound, on_ready, &second);
  third.leaves = sound_sink_new (sound, on_ready, &third);
  settle ();
  g_assert_cmpuint (first.ready, ==, 0);
  g_assert_true (sound_is_playing (sound));
  g_assert_cmpuint (sound_sink_peek (one, out, SOUND_CHUNK), ==, 0);

  play (sound, 9, 480);
  play (sound, 9, 480);
  settle ();
  g_assert_cmpuint (first.ready, ==, 1); /* woken once for what came meanwhile */
  g_assert_cmpuint (second.ready, ==, 1);
  g_assert_cmpuint (third.ready, ==, 1);
  g_assert_cmpuint (sound_sink_peek (one, out, SOUND_CHUNK), ==, SOUND_CHUNK);
  g_assert_cmpuint (sound_sink_peek (one, out, 100), ==, 100);
  sound_sink_take (one, 480);
  g_assert_cmpint (out[0].left, ==, 9);
  g_assert_cmpuint (sound_sink_peek (one, out, SOUND_CHUNK), ==, 480);
  sound_sink_take (one, 480);

  /* The one that does not read loses, the other does not. */
  for (guint i = 0; i < 20; i++)
    {
      play (sound, i, 480);
      g_assert_cmpuint (sound_sink_peek (one, out, SOUND_CHUNK), ==, 480);
      g_assert_cmpint (out[479].right, ==, i);
      sound_sink_take (one, 480);
    }
  g_assert_cmpuint (sound_sink_peek (two, out, SOUND_CHUNK), ==, 480);
  g_assert_cmpint (out[0].left, ==, 18); /* SOUND_KEEP: two chunks */

  /* A block of any length goes through. */
  play (sound, 3, SOUND_BLOCK_FRAMES_MAX);
  sound_outputs_end (sound);
  settle ();
  g_assert_cmpuint (first.ready, ==, 2);
  g_assert_false (sound_is_playing (sound));
  sound_sink_free (one);
  sound_sink_free (two);
}

static void
on_hearing (gboolean heard, gpointer user_data)
{
  g_string_append_c (user_data, heard ? '+' : '-');
}

/* Only the first who comes and the last who goes are told. */
static void
test_hearing (void)
{
  g_autoptr (Sound) sound = sound_new ();
  g_autoptr (GString) told = g_string_new (NULL);
  Person person = { 0 };
  SoundSink *one, *two;

  sound_watch_hearing (sound, on_hearing, told);
  g_assert_cmpstr (told->str, ==, "");
  one = sound_sink_new (sound, on_ready, &person);
  two = sound_sink_new (sound, on_ready, &person);
  sound_sink_free (one);
  g_assert_cmpstr (told->str, ==, "+");
  sound_watch_hearing (sound, NULL, NULL);
  sound_watch_hearing (sound, on_hearing, told); /* who is there already */
  sound_sink_free (two);
  g_assert_cmpstr (told->str, ==, "++-");
  one = sound_sink_new (sound, on_ready, &person);
  sound_watch_hearing (sound, NULL, NULL);
  sound_sink_free (one);
  g_assert_cmpstr (told->str, ==, "++-+");
}

static guint
read_for (Sound *sound, guint milliseconds, gint16 *ret_most)
{
  gint64 end = g_get_monotonic_time () + milliseconds * 1000;
  guint total = 0;

  *ret_most = 0;
  do /* once at least, though this process may not have run for all of the time */
    {
      SoundFrame out[SOUND_CHUNK];
      int n;

      g_usleep (2000);
      n = sound_input_read (sound, 5, out, SOUND_CHUNK);
      g_assert_cmpint (n, >=, 0);
      for (int i = 0; i < n; i++)
        *ret_most = MAX (*ret_most, out[i].left);
      total += n;
    }
  while (g_get_monotonic_time () < end);
  return total;
}

static void
test_sources (void)
{
  g_autoptr (Sound) sound = sound_new ();
  Person first = { 0 }, second = { 0 };
  SoundSource *one = sound_source_new (sound, on_wanted, &first);
  SoundSource *two;
  SoundFrame said[SOUND_MS (60)];
  SoundFrame louder[SOUND_MS (60)];
  SoundFrame out[SOUND_CHUNK];
  gint16 most;
  gint64 begun;
  guint n;

  fill (said, G_N_ELEMENTS (said), 50, 50);
  g_assert_cmpint (sound_input_read (sound, 5, out, SOUND_CHUNK), ==, -1);
  g_assert_true (sound_input_open (sound, 5));
  g_assert_cmpint (sound_input_read (sound, 5, out, SOUND_CHUNK), ==, 0);
  settle ();
  g_assert_false (first.wanted);
  begun = g_get_monotonic_time ();
  g_assert_true (sound_input_enable (sound, 5, TRUE));
  settle ();
  g_assert_true (first.wanted);

  /* Silence by the clock, never more than time has passed. */
  n = read_for (sound, 60, &most);
  g_assert_cmpuint (n, >, 0);
  g_assert_cmpint (most, ==, 0);
  n += sound_input_read (sound, 5, out, SOUND_CHUNK);
  g_assert_cmpint (n, <=, (g_get_monotonic_time () - begun) * SOUND_MS (1) / 1000 + 1);

  sound_source_write (one, said, G_N_ELEMENTS (said));
  read_for (sound, 40, &most);
  g_assert_cmpint (most, ==, 50);
  g_assert_true (sound_input_volume (sound, 5, FALSE, (const guint8[]) { 51, 51 }));
  sound_source_write (one, said, G_N_ELEMENTS (said));
  read_for (sound, 200, &most); /* all of it */
  g_assert_cmpint (most, <=, 50);
  sound_source_write (one, said, G_N_ELEMENTS (said));
  read_for (sound, 40, &most);
  g_assert_cmpint (most, ==, 10);

  /* The newer source has the word, and keeps it while it speaks. */
  two = sound_source_new (sound, on_wanted, &second);
  settle ();
  g_assert_true (first.wanted && second.wanted);
  fill (louder, G_N_ELEMENTS (louder), 90, 90);
  sound_source_write (two, louder, G_N_ELEMENTS (louder));
  sound_source_write (one, said, G_N_ELEMENTS (said));
  read_for (sound, 40, &most);
  g_assert_cmpint (most, ==, 18); /* at a fifth of the volume */
  sound_source_free (two);
  settle ();
  g_assert_true (first.wanted);
  sound_inputs_end (sound);
  settle ();
  g_assert_false (first.wanted);
  sound_source_free (one);
}

/* Of several microphones the one that speaks gets the word, and keeps it between two words. */
static void
test_speech (void)
{
  Speech speaker = { 0 }, other = { 0 };
  SoundFrame frames[SOUND_MS (10)];
  gint64 now = 1000 * G_USEC_PER_SEC;

  fill (frames, G_N_ELEMENTS (frames), 0, 0);
  speech_hear (&speaker, frames, G_N_ELEMENTS (frames), now);
  speech_hear (&other, frames, G_N_ELEMENTS (frames), now);
  g_assert_false (speech_outdoes (&other, &speaker, now)); /* both are silent */
  fill (frames, G_N_ELEMENTS (frames), G_MININT16, 100);
  speech_hear (&other, frames, G_N_ELEMENTS (frames), now);
  g_assert_cmpuint (speech_get (&other, now), ==, 32768);
  g_assert_true (speech_outdoes (&other, &speaker, now));

  /* A noise does not take it from a voice, until that has paused for long. */
  fill (frames, G_N_ELEMENTS (frames), 300, 300);
  speech_hear (&speaker, frames, G_N_ELEMENTS (frames), now);
  g_assert_false (speech_outdoes (&speaker, &other, now + SPEECH_PAUSE_US / 2));
  g_assert_cmpuint (speech_get (&other, now + SPEECH_PAUSE_US / 2), ==, 16384);
  speech_hear (&speaker, frames, G_N_ELEMENTS (frames), now + SPEECH_PAUSE_US);
  g_assert_true (speech_outdoes (&speaker, &other, now + SPEECH_PAUSE_US));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sound/format", test_format);
  g_test_add_func ("/sound/sizes", test_sizes);
  g_test_add_func ("/sound/recorded", test_recorded);
  g_test_add_func ("/sound/mix", test_mix);
  g_test_add_func ("/sound/ring", test_ring);
  g_test_add_func ("/sound/convert-samples", test_convert_samples);
  g_test_add_func ("/sound/convert-rates", test_convert_rates);
  g_test_add_func ("/sound/audio-request", test_audio_request);
  g_test_add_func ("/sound/sinks", test_sinks);
  g_test_add_func ("/sound/hearing", test_hearing);
  g_test_add_func ("/sound/sources", test_sources);
  g_test_add_func ("/sound/speech", test_speech);
  return g_test_run ();
}
