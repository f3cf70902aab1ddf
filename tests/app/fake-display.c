/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The display's end of a glass connection for tests.
 */
#include "fake-display.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define WORDS_MAX 16

static G_GNUC_PRINTF (2, 3) void note (FakeDisplay *fake, const char *format, ...)
{
  va_list args;

  if (fake->events->len > 0)
    g_string_append_c (fake->events, ' ');
  va_start (args, format);
  g_string_append_vprintf (fake->events, format, args);
  va_end (args);
}

static void
on_scanout (VtGlassClient *client, gpointer user_data)
{
  FakeDisplay *fake = user_data;
  cairo_surface_t *frame = vt_glass_client_get_frame (client);

  note (fake, "scanout(%d,%d)", cairo_image_surface_get_width (frame),
        cairo_image_surface_get_height (frame));
  if (fake->painting)
    vt_glass_client_ack (client);
}

static void
on_damage (VtGlassClient *client, const GlassRect *rects, guint n, gpointer user_data)
{
  FakeDisplay *fake = user_data;

  for (guint i = 0; i < n; i++)
    note (fake, "damage(%u,%u,%u,%u)", rects[i].x, rects[i].y, rects[i].width, rects[i].height);
  if (fake->painting)
    vt_glass_client_ack (client);
}

static void
on_blank (VtGlassClient *client, gpointer user_data)
{
  g_assert_null (vt_glass_client_get_frame (client));
  note (user_data, "blank");
}

static void
on_cursor (VtGlassClient *client, gpointer user_data)
{
  note (user_data, "cursor");
}

static void
on_position (VtGlassClient *client, int x, int y, gboolean visible, gpointer user_data)
{
  note (user_data, "position(%d,%d,%d)", x, y, visible);
}

static void
on_mode (VtGlassClient *client, gboolean absolute, gpointer user_data)
{
  note (user_data, absolute ? "absolute" : "relative");
}

static void
on_leds (VtGlassClient *client, guint leds, gpointer user_data)
{
  note (user_data, "leds(%u)", leds);
}

static void
on_sound_state (VtGlassClient *client, guint state, gpointer user_data)
{
  g_assert_cmpuint (vt_glass_client_get_sound_state (client), ==, state);
  note (user_data, "sound-state(%u)", state);
}

static void
on_sound (VtGlassClient *client, const GlassSoundFrame *frames, guint n, gpointer user_data)
{
  note (user_data, "sound(%u,%d,%d)", n, frames[n - 1].left, frames[n - 1].right);
}

static void
on_drained (VtGlassClient *client, gpointer user_data)
{
  g_assert_true (vt_glass_client_is_drained (client));
  note (user_data, "drained");
}

static void
on_closed (VtGlassClient *client, const char *reason, gpointer user_data)
{
  FakeDisplay *fake = user_data;

  g_assert_null (fake->reason);
  fake->reason = g_strdup (reason);
  note (fake, "closed");
}

static const struct
{
  const char *signal;
  GCallback callback;
} handlers[] = {
  { "scanout", G_CALLBACK (on_scanout) },   { "damage", G_CALLBACK (on_damage) },
  { "blank", G_CALLBACK (on_blank) },       { "cursor", G_CALLBACK (on_cursor) },
  { "pointer-mode", G_CALLBACK (on_mode) }, { "cursor-position", G_CALLBACK (on_position) },
  { "leds", G_CALLBACK (on_leds) },         { "drained", G_CALLBACK (on_drained) },
  { "closed", G_CALLBACK (on_closed) },     { "sound", G_CALLBACK (on_sound) },
  { "sound-state", G_CALLBACK (on_sound_state) },
};

FakeDisplay *
fake_display_new (guint patience)
{
  FakeDisplay *fake = g_new0 (FakeDisplay, 1);
  int pair[2];

  g_assert_true (fds_socketpair (SOCK_SEQPACKET, pair, NULL));
  fake->socket = pair[0];
  fake->events = g_string_new (NULL);
  fake->client = patience == 0 ? vt_glass_client_new_take_fd (pair[1], 0)
                               : g_object_new (VT_TYPE_GLASS_CLIENT, "socket", pair[1], "patience",
                                               patience, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (handlers); i++)
    g_signal_connect (fake->client, handlers[i].signal, handlers[i].callback, fake);
  fake_display_expect (fake, GLASS_HELLO, GLASS_VERSION, 0);
  return fake;
}

void
fake_display_free (FakeDisplay *fake)
{
  if (fake->client != NULL)
    g_signal_handlers_disconnect_by_data (fake->client, fake);
  g_clear_object (&fake->client);
  fds_clear (&fake->socket);
  g_string_free (fake->events, TRUE);
  g_free (fake->reason);
  g_free (fake);
}

gboolean
fake_display_send (FakeDisplay *fake, const void *data, gsize size, const int *fds, guint n_fds)
{
  gssize sent = fds_send (fake->socket, data, size, fds, n_fds);

  g_assert_true (sent == (gssize) size || errno == EAGAIN);
  return sent == (gssize) size;
}

void
fake_display_turn (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

void
fake_display_welcome (FakeDisplay *fake)
{
  fake_display_say (fake, GLASS_WELCOME, GLASS_VERSION, 0);
  fake_display_turn ();
  fake_display_expect_events (fake, "drained");
}

int
fake_display_memory (gsize size, void **ret_map)
{
  g_autoptr (GError) error = NULL;
  int fd = fds_sealed_memory ("fake-display", size, ret_map, &error);

  g_assert_no_error (error);
  memset (*ret_map, 0, size);
  return fd;
}

guint32 *
fake_display_show (FakeDisplay *fake, guint32 width, guint32 height)
{
  void *map;
  autofd fd = fake_display_memory ((gsize) width * height * 4, &map);
  g_autofree char *expected = g_strdup_printf ("scanout(%u,%u)", width, height);

  fake_display_welcome (fake);
  fake_display_say_fd (fake, fd, GLASS_SCANOUT, 1, width, height, width * 4, GLASS_FORMAT_XRGB8888);
  fake_display_turn ();
  fake_display_expect_events (fake, expected);
  if (!fake->painting)
    vt_glass_client_ack (fake->client);
  fake_display_expect (fake, GLASS_ACK, 1);
  return map;
}

gboolean
fake_display_hear (FakeDisplay *fake, guint32 *words, guint *ret_n)
{
  guint n_fds = 0;
  gssize size = fds_receive (fake->socket, words, WORDS_MAX * 4, NULL, &n_fds);

  if (size <= 0)
    return FALSE;
  g_assert_cmpint (size % 4, ==, 0);
  *ret_n = size / 4;
  return TRUE;
}

void
fake_display_expect_words (FakeDisplay *fake, const guint32 *words, guint n)
{
  guint32 got[WORDS_MAX];
  guint n_got;

  g_assert_true (fake_display_hear (fake, got, &n_got));
  g_assert_cmpmem (got, n_got * 4, words, n * 4);
}

void
fake_display_expect_nothing (FakeDisplay *fake)
{
  guint32 got[WORDS_MAX];
  guint n_got;

  g_assert_false (fake_display_hear (fake, got, &n_got));
}

void
fake_display_expect_events (FakeDisplay *fake, const char *events)
{
  g_assert_cmpstr (fake->events->str, ==, events);
  g_string_truncate (fake->events, 0);
}
