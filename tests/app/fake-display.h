/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The display's end of a glass connection, in the test's own process, which says whatever a test
 * wants. What the client tells its owner is written down as text, one word a signal.
 */
#pragma once

#include "fds.h"
#include "vt-glass-client.h"

typedef struct
{
  int socket;            /* the display's end */
  VtGlassClient *client; /* owned */
  GString *events;       /* "scanout damage(0,0,1,1) closed" */
  char *reason;          /* of "closed" */
  gboolean painting;     /* acknowledge at once, as a window does */
} FakeDisplay;

/* Connected and its HELLO taken. patience in ms, 0: the usual. */
FakeDisplay *fake_display_new (guint patience);
void fake_display_free (FakeDisplay *fake);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeDisplay, fake_display_free)

/* One packet; whether the socket took it. */
gboolean fake_display_send (FakeDisplay *fake,
                            const void *data,
                            gsize size,
                            const int *fds,
                            guint n_fds);
#define fake_display_say(fake, ...)                                                                \
  g_assert_true (fake_display_send (fake, (guint32[]) { __VA_ARGS__ },                             \
                                    sizeof ((guint32[]) { __VA_ARGS__ }), NULL, 0))
#define fake_display_say_fd(fake, fd, ...)                                                         \
  g_assert_true (fake_display_send (fake, (guint32[]) { __VA_ARGS__ },                             \
                                    sizeof ((guint32[]) { __VA_ARGS__ }), (int[]) { fd }, 1))

/* Lets the client do what there is to do now. */
void fake_display_turn (void);
/* WELCOME, taken. */
void fake_display_welcome (FakeDisplay *fake);
/* A sealed memory of `size` bytes, mapped writable at *ret_map. */
int fake_display_memory (gsize size, void **ret_map);
/* WELCOME and a frame of that size with serial 1, taken and its ACK too. Returns its pixels. */
guint32 *fake_display_show (FakeDisplay *fake, guint32 width, guint32 height);

/* The next packet from the client as words; FALSE: none is there. */
gboolean fake_display_hear (FakeDisplay *fake, guint32 *words, guint *ret_n);
#define fake_display_expect(fake, ...)                                                             \
  fake_display_expect_words (fake, (guint32[]) { __VA_ARGS__ },                                    \
                             sizeof ((guint32[]) { __VA_ARGS__ }) / 4)
void fake_display_expect_words (FakeDisplay *fake, const guint32 *words, guint n);
void fake_display_expect_nothing (FakeDisplay *fake);
/* What was told since the last time. */
void fake_display_expect_events (FakeDisplay *fake, const char *events);
