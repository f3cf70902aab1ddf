/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The front ends' parser of the display process's messages, byte by byte (B7).
 */
#include "glass-parse.h"

#define XRGB GLASS_FORMAT_XRGB8888

/* A packet as 32-bit words. */
typedef struct
{
  const char *what;
  guint32 words[8];
  guint n_words;
  guint n_fds;
  ParseResult result;
} Vector;

#define WORDS(...) { __VA_ARGS__ }, sizeof ((guint32[]) { __VA_ARGS__ }) / 4

static const GlassState fresh;
static const GlassState welcomed = { .welcomed = TRUE };
/* 100x50, serial 7 acknowledged. */
static const GlassState shown = { TRUE, 100, 50, 7, FALSE };

static const Vector before_welcome[] = {
  { "welcome", WORDS (GLASS_WELCOME, 1, 0), 0, PARSE_OK },
  { "another version", WORDS (GLASS_WELCOME, 2, 0), 0, PARSE_BAD },
  { "welcome with a descriptor", WORDS (GLASS_WELCOME, 1, 0), 1, PARSE_BAD },
  { "another head's welcome", WORDS (GLASS_WELCOME, 1, 1), 0, PARSE_BAD },
  { "heads", WORDS (GLASS_HEADS, 2, 1), 0, PARSE_BAD },
  { "short", WORDS (GLASS_WELCOME, 1), 0, PARSE_BAD },
  { "long", WORDS (GLASS_WELCOME, 1, 0, 0), 0, PARSE_BAD },
  { "scanout", WORDS (GLASS_SCANOUT, 1, 64, 64, 256, XRGB), 1, PARSE_BAD },
  { "blank", WORDS (GLASS_BLANK), 0, PARSE_BAD },
  { "leds", WORDS (GLASS_LEDS, 0), 0, PARSE_BAD },
};

static const Vector after_welcome[] = {
  { "a second welcome", WORDS (GLASS_WELCOME, 1, 0), 0, PARSE_BAD },
  { "our own hello", WORDS (GLASS_HELLO, 1), 0, PARSE_BAD },
  { "type 0", WORDS (0), 0, PARSE_BAD },
  { "unknown type", WORDS (43, 0), 0, PARSE_BAD },
  { "sound nobody asked for", WORDS (GLASS_SOUND_PLAYED, 1, 0), 0, PARSE_BAD },
  { "state of sound nobody asked for", WORDS (GLASS_SOUND_STATE, 0), 0, PARSE_BAD },
  { "largest type", WORDS (0xffffffff), 0, PARSE_BAD },

  { "scanout", WORDS (GLASS_SCANOUT, 1, 64, 64, 256, XRGB), 1, PARSE_OK },
  { "wider stride", WORDS (GLASS_SCANOUT, 1, 64, 64, 4096, XRGB), 1, PARSE_OK },
  { "one pixel", WORDS (GLASS_SCANOUT, 0xffffffff, 1, 1, 4, XRGB), 1, PARSE_OK },
  { "widest", WORDS (GLASS_SCANOUT, 1, 16384, 1, 65536, XRGB), 1, PARSE_OK },
  { "most bytes", WORDS (GLASS_SCANOUT, 1, 4096, 16384, 16384, XRGB), 1, PARSE_OK },
  { "too many bytes", WORDS (GLASS_SCANOUT, 1, 4096, 16384, 16388, XRGB), 1, PARSE_BAD },
  { "no descriptor", WORDS (GLASS_SCANOUT, 1, 64, 64, 256, XRGB), 0, PARSE_BAD },
  { "two descriptors", WORDS (GLASS_SCANOUT, 1, 64, 64, 256, XRGB), 2, PARSE_BAD },
  { "no width", WORDS (GLASS_SCANOUT, 1, 0, 64, 256, XRGB), 1, PARSE_BAD },
  { "no height", WORDS (GLASS_SCANOUT, 1, 64, 0, 256, XRGB), 1, PARSE_BAD },
  { "too wide", WORDS (GLASS_SCANOUT, 1, 16385, 1, 65540, XRGB), 1, PARSE_BAD },
  { "too high", WORDS (GLASS_SCANOUT, 1, 1, 16385, 4, XRGB), 1, PARSE_BAD },
  { "short stride", WORDS (GLASS_SCANOUT, 1, 64, 64, 252, XRGB), 1, PARSE_BAD },
  { "odd stride", WORDS (GLASS_SCANOUT, 1, 64, 64, 258, XRGB), 1, PARSE_BAD },
  { "stride whose product overflows 32 bits",
    WORDS (GLASS_SCANOUT, 1, 16384, 16384, 0x40000000, XRGB), 1, PARSE_BAD },
  { "largest numbers", WORDS (GLASS_SCANOUT, 1, 0xffffffff, 0xffffffff, 0xfffffffc, XRGB), 1,
    PARSE_BAD },
  { "width whose stride overflows", WORDS (GLASS_SCANOUT, 1, 0x40000001, 1, 4, XRGB), 1,
    PARSE_BAD },
  { "format", WORDS (GLASS_SCANOUT, 1, 64, 64, 256, 0x34325241), 1, PARSE_BAD },
  { "short scanout", WORDS (GLASS_SCANOUT, 1, 64, 64, 256), 1, PARSE_BAD },

  { "damage without a frame", WORDS (GLASS_DAMAGE, 1, 1, 1, 0, 0, 1, 1), 0, PARSE_BAD },

  { "no cursor", WORDS (GLASS_CURSOR, 0, 0, 0, 0), 0, PARSE_OK },
  { "no cursor and a descriptor", WORDS (GLASS_CURSOR, 0, 0, 0, 0), 1, PARSE_BAD },
  { "cursor", WORDS (GLASS_CURSOR, 32, 48, 31, 47), 1, PARSE_OK },
  { "cursor without a descriptor", WORDS (GLASS_CURSOR, 32, 48, 31, 47), 0, PARSE_BAD },
  { "largest cursor", WORDS (GLASS_CURSOR, 512, 512, 0, 0), 1, PARSE_OK },
  { "too wide a cursor", WORDS (GLASS_CURSOR, 513, 1, 0, 0), 1, PARSE_BAD },
  { "too high a cursor", WORDS (GLASS_CURSOR, 1, 513, 0, 0), 1, PARSE_BAD },
  { "cursor without height", WORDS (GLASS_CURSOR, 32, 0, 0, 0), 1, PARSE_BAD },
  { "hot spot right of it", WORDS (GLASS_CURSOR, 32, 48, 32, 0), 1, PARSE_BAD },
  { "hot spot below it", WORDS (GLASS_CURSOR, 32, 48, 0, 48), 1, PARSE_BAD },
  { "huge cursor", WORDS (GLASS_CURSOR, 0xffffffff, 0xffffffff, 0, 0), 1, PARSE_BAD },

  { "position", WORDS (GLASS_CURSOR_POSITION, 0x80000000, 0x7fffffff, 1), 0, PARSE_OK },
  { "position neither visible nor not", WORDS (GLASS_CURSOR_POSITION, 0, 0, 2), 0, PARSE_BAD },
  { "short position", WORDS (GLASS_CURSOR_POSITION, 0, 0), 0, PARSE_BAD },
  { "absolute", WORDS (GLASS_POINTER_MODE, 1), 0, PARSE_OK },
  { "relative", WORDS (GLASS_POINTER_MODE, 0), 0, PARSE_OK },
  { "neither", WORDS (GLASS_POINTER_MODE, 2), 0, PARSE_BAD },
  { "all leds", WORDS (GLASS_LEDS, 7), 0, PARSE_OK },
  { "another led", WORDS (GLASS_LEDS, 8), 0, PARSE_BAD },
  { "leds with a descriptor", WORDS (GLASS_LEDS, 7), 1, PARSE_BAD },
  { "blank", WORDS (GLASS_BLANK), 0, PARSE_OK },
  { "long blank", WORDS (GLASS_BLANK, 0), 0, PARSE_BAD },

  { "one head", WORDS (GLASS_HEADS, 1, 1), 0, PARSE_OK },
  { "one dark head", WORDS (GLASS_HEADS, 1, 0), 0, PARSE_OK },
  { "all heads", WORDS (GLASS_HEADS, 4, 15), 0, PARSE_OK },
  { "no heads", WORDS (GLASS_HEADS, 0, 0), 0, PARSE_BAD },
  { "too many heads", WORDS (GLASS_HEADS, 5, 1), 0, PARSE_BAD },
  { "a thousand heads", WORDS (GLASS_HEADS, 1000, 1), 0, PARSE_BAD },
  { "most heads", WORDS (GLASS_HEADS, 0xffffffff, 1), 0, PARSE_BAD },
  { "a lit head that is not there", WORDS (GLASS_HEADS, 2, 4), 0, PARSE_BAD },
  { "heads with a descriptor", WORDS (GLASS_HEADS, 2, 3), 1, PARSE_BAD },
  { "short heads", WORDS (GLASS_HEADS, 2), 0, PARSE_BAD },
};

static const Vector with_frame[] = {
  { "damage", WORDS (GLASS_DAMAGE, 8, 1, 1, 0, 0, 100, 50), 0, PARSE_OK },
  { "last pixel", WORDS (GLASS_DAMAGE, 8, 1, 9, 99, 49, 1, 1), 0, PARSE_OK },
  { "same serial", WORDS (GLASS_DAMAGE, 7, 1, 1, 0, 0, 1, 1), 0, PARSE_BAD },
  { "skipped serial", WORDS (GLASS_DAMAGE, 9, 1, 1, 0, 0, 1, 1), 0, PARSE_BAD },
  { "no rectangles", WORDS (GLASS_DAMAGE, 8, 0, 1), 0, PARSE_BAD },
  { "no updates", WORDS (GLASS_DAMAGE, 8, 1, 0, 0, 0, 1, 1), 0, PARSE_BAD },
  { "fewer than stated", WORDS (GLASS_DAMAGE, 8, 2, 1, 0, 0, 1, 1), 0, PARSE_BAD },
  { "more than stated", WORDS (GLASS_DAMAGE, 8, 0, 1, 0, 0, 1, 1), 0, PARSE_BAD },
  { "far more stated", WORDS (GLASS_DAMAGE, 8, 0xffffffff, 1, 0, 0, 1, 1), 0, PARSE_BAD },
  { "size that wraps to the true one", WORDS (GLASS_DAMAGE, 8, 0x10000001, 1, 0, 0, 1, 1), 0,
    PARSE_BAD },
  { "empty width", WORDS (GLASS_DAMAGE, 8, 1, 1, 0, 0, 0, 1), 0, PARSE_BAD },
  { "empty height", WORDS (GLASS_DAMAGE, 8, 1, 1, 0, 0, 1, 0), 0, PARSE_BAD },
  { "beyond the right", WORDS (GLASS_DAMAGE, 8, 1, 1, 1, 0, 100, 1), 0, PARSE_BAD },
  { "beyond the bottom", WORDS (GLASS_DAMAGE, 8, 1, 1, 0, 1, 1, 50), 0, PARSE_BAD },
  { "starts outside", WORDS (GLASS_DAMAGE, 8, 1, 1, 100, 0, 1, 1), 0, PARSE_BAD },
  { "sum wraps", WORDS (GLASS_DAMAGE, 8, 1, 1, 1, 0, 0xffffffff, 1), 0, PARSE_BAD },
  { "with a descriptor", WORDS (GLASS_DAMAGE, 8, 1, 1, 0, 0, 1, 1), 1, PARSE_BAD },
  { "new frame", WORDS (GLASS_SCANOUT, 8, 64, 64, 256, XRGB), 1, PARSE_OK },
};

static const GlassState hearing = { .welcomed = TRUE, .sound_wished = GLASS_SOUND_HEAR };

static const Vector with_sound[] = {
  { "silent", WORDS (GLASS_SOUND_STATE, 0), 0, PARSE_OK },
  { "playing", WORDS (GLASS_SOUND_STATE, GLASS_SOUND_PLAYING), 0, PARSE_OK },
  { "wants a microphone that was not offered", WORDS (GLASS_SOUND_STATE, GLASS_SOUND_RECORDING), 0,
    PARSE_BAD },
  { "unknown state", WORDS (GLASS_SOUND_STATE, 4), 0, PARSE_BAD },
  { "a frame", WORDS (GLASS_SOUND_PLAYED, 1, 0x00010002), 0, PARSE_OK },
  { "no frames", WORDS (GLASS_SOUND_PLAYED, 0), 0, PARSE_BAD },
  { "fewer frames than stated", WORDS (GLASS_SOUND_PLAYED, 2, 0), 0, PARSE_BAD },
  { "more frames than stated", WORDS (GLASS_SOUND_PLAYED, 1, 0, 0), 0, PARSE_BAD },
  { "far more stated", WORDS (GLASS_SOUND_PLAYED, 0xffffffff, 0), 0, PARSE_BAD },
  { "frames whose size wraps to the true one", WORDS (GLASS_SOUND_PLAYED, 0x40000001, 0), 0,
    PARSE_BAD },
  { "sound with a descriptor", WORDS (GLASS_SOUND_PLAYED, 1, 0), 1, PARSE_BAD },
};

static void
test_longest_sound (void)
{
  guint32 words[2 + GLASS_SOUND_FRAMES_MAX + 1] = { GLASS_SOUND_PLAYED, GLASS_SOUND_FRAMES_MAX };
  GlassMessage message;
  gsize size = (2 + GLASS_SOUND_FRAMES_MAX) * 4;

  words[1 + GLASS_SOUND_FRAMES_MAX] = 0x7fff8000;
  g_assert_cmpint (glass_parse_message (&hearing, words, size, 0, &message), ==, PARSE_OK);
  g_assert_cmpmem (message.played.frames, size - 8, words + 2, size - 8);
  for (gsize cut = 0; cut < size; cut++)
    g_assert_cmpint (glass_parse_message (&hearing, words, cut, 0, &message), ==, PARSE_BAD);
  words[1]++;
  g_assert_cmpint (glass_parse_message (&hearing, words, sizeof words, 0, &message), ==, PARSE_BAD);
}

static void
run_vectors (const GlassState *state, const Vector *vectors, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      GlassMessage message;
      g_autofree guint8 *exact = g_memdup2 (vectors[i].words, vectors[i].n_words * 4);

      if (glass_parse_message (state, exact, vectors[i].n_words * 4, vectors[i].n_fds, &message) !=
          vectors[i].result)
        g_error ("%s: not judged as it should be", vectors[i].what);
      if (vectors[i].result == PARSE_OK)
        g_assert_cmpuint (message.fd_bytes > 0, ==, vectors[i].n_fds);
    }
}

static void
test_vectors (void)
{
  run_vectors (&fresh, before_welcome, G_N_ELEMENTS (before_welcome));
  run_vectors (&welcomed, after_welcome, G_N_ELEMENTS (after_welcome));
  run_vectors (&shown, after_welcome, G_N_ELEMENTS (after_welcome));
  run_vectors (&shown, with_frame, G_N_ELEMENTS (with_frame));
  run_vectors (&hearing, with_sound, G_N_ELEMENTS (with_sound));
}

/* Every good packet, cut at each byte and with one too many, is bad. */
static void
test_sizes (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (after_welcome); i++)
    {
      const Vector *v = &after_welcome[i];
      GlassMessage message;

      if (v->result != PARSE_OK)
        continue;
      for (gsize size = 0; size <= v->n_words * 4 + 1; size++)
        g_assert_cmpint (glass_parse_message (&welcomed, v->words, size, v->n_fds, &message) ==
                             PARSE_OK,
                         ==, size == v->n_words * 4);
    }
}

static void
test_most_rectangles (void)
{
  struct
  {
    GlassDamage header;
    GlassRect rects[GLASS_RECTS_MAX + 1];
  } packet = { .header = { GLASS_DAMAGE, 8, GLASS_RECTS_MAX, 3 } };
  GlassMessage message;

  for (guint i = 0; i < G_N_ELEMENTS (packet.rects); i++)
    packet.rects[i] = (GlassRect) { i, i % 50, 1, 1 };
  g_assert_cmpint (glass_parse_message (&shown, &packet,
                                        sizeof packet.header + GLASS_RECTS_MAX * sizeof (GlassRect),
                                        0, &message),
                   ==, PARSE_OK);
  g_assert_cmpuint (message.damage.n_rects, ==, GLASS_RECTS_MAX);
  g_assert_cmpuint (message.damage.n_updates, ==, 3);
  g_assert_cmpmem (message.damage.rects, sizeof message.damage.rects, packet.rects,
                   GLASS_RECTS_MAX * sizeof (GlassRect));
  packet.header.n_rects++;
  g_assert_cmpint (glass_parse_message (&shown, &packet, sizeof packet, 0, &message), ==,
                   PARSE_BAD);
}

static void
test_bad_writes_nothing (void)
{
  const guint32 words[] = { GLASS_LEDS, 8 };
  GlassMessage message;
  GlassMessage before;

  memset (&message, 0xa5, sizeof message);
  before = message;
  g_assert_cmpint (glass_parse_message (&welcomed, words, sizeof words, 0, &message), ==,
                   PARSE_BAD);
  g_assert_cmpmem (&message, sizeof message, &before, sizeof before);
}

static ParseResult
step (GlassState *state, const guint32 *words, guint n, guint n_fds)
{
  GlassMessage message;
  ParseResult result = glass_parse_message (state, words, n * 4, n_fds, &message);

  if (result == PARSE_OK)
    glass_state_apply (state, &message);
  return result;
}
#define STEP(state, n_fds, ...)                                                                    \
  step (state, (guint32[]) { __VA_ARGS__ }, sizeof ((guint32[]) { __VA_ARGS__ }) / 4, n_fds)

/* What may follow what. */
static void
test_order (void)
{
  GlassState state = { 0 };

  g_assert_cmpint (STEP (&state, 0, GLASS_LEDS, 1), ==, PARSE_BAD);
  g_assert_cmpint (STEP (&state, 0, GLASS_WELCOME, 1, 0), ==, PARSE_OK);
  g_assert_cmpint (STEP (&state, 1, GLASS_SCANOUT, 0xffffffff, 8, 8, 32, XRGB), ==, PARSE_OK);
  g_assert_true (state.outstanding);
  /* Not before we have painted. */
  g_assert_cmpint (STEP (&state, 0, GLASS_DAMAGE, 0, 1, 1, 0, 0, 8, 8), ==, PARSE_BAD);
  state.outstanding = FALSE;
  /* The serial wraps. */
  g_assert_cmpint (STEP (&state, 0, GLASS_DAMAGE, 0, 1, 1, 0, 0, 8, 8), ==, PARSE_OK);
  g_assert_true (state.outstanding);
  g_assert_cmpint (STEP (&state, 0, GLASS_DAMAGE, 1, 1, 1, 0, 0, 8, 8), ==, PARSE_BAD);
  /* A new frame needs no acknowledgement of the old one, and its size holds from now on. */
  g_assert_cmpint (STEP (&state, 1, GLASS_SCANOUT, 1, 4, 4, 16, XRGB), ==, PARSE_OK);
  state.outstanding = FALSE;
  g_assert_cmpint (STEP (&state, 0, GLASS_DAMAGE, 2, 1, 1, 0, 0, 8, 8), ==, PARSE_BAD);
  g_assert_cmpint (STEP (&state, 0, GLASS_DAMAGE, 2, 1, 1, 0, 0, 4, 4), ==, PARSE_OK);
  g_assert_cmpint (STEP (&state, 0, GLASS_BLANK), ==, PARSE_OK);
  g_assert_false (state.outstanding);
  g_assert_cmpint (STEP (&state, 0, GLASS_DAMAGE, 3, 1, 1, 0, 0, 1, 1), ==, PARSE_BAD);
  g_assert_cmpint (STEP (&state, 1, GLASS_SCANOUT, 3, 4, 4, 16, XRGB), ==, PARSE_OK);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/glass-parse/vectors", test_vectors);
  g_test_add_func ("/glass-parse/sizes", test_sizes);
  g_test_add_func ("/glass-parse/most-rectangles", test_most_rectangles);
  g_test_add_func ("/glass-parse/longest-sound", test_longest_sound);
  g_test_add_func ("/glass-parse/bad-writes-nothing", test_bad_writes_nothing);
  g_test_add_func ("/glass-parse/order", test_order);
  return g_test_run ();
}
