/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * QEMU's side of the display link, played by a test against the real vitrine-display: well-behaved
 * until the listener is registered, after which the test sends what it likes. Blocking; every wait
 * has an end that fails the test.
 */
#pragma once

#include "ipc/glass-wire.h"
#include "ipc/link-wire.h"

#include <gio/gio.h>

#define FAKE_X8R8G8B8 0x20020888u

typedef struct
{
  GPid pid;
  char *folder;
  char *glass_path;
  int link;                    /* to display, as vmm's end */
  int socket;                  /* QEMU's end of the display link, before it is authenticated */
  GDBusConnection *connection; /* the same, after */
  GDBusConnection *listener;   /* to the registered listener */
  int listener_socket;         /* instead, where the test authenticates by hand */

  int audio_socket;           /* to the listener for sound; atomic until it is authenticated */
  GDBusConnection *audio;     /* the same, after */
  int ear;                    /* a viewer who hears but reads nothing; -1: none */

  gboolean answers;        /* RegisterListener */
  gint registered;         /* atomic */
  GAsyncQueue *calls;      /* of char *: every other call, "Keyboard.Press (uint32 30,)" */
  gint mute;               /* atomic: calls are not answered */
  GAsyncQueue *unanswered; /* of GDBusMessage */

  /* Before fake_qemu_accept. */
  GVariant *consoles;        /* what ConsoleIDs says, floating; NULL: the first only */
  const char *text_consoles; /* digits of those that are no heads */

  GAsyncQueue *registrations;        /* of char *: paths of consoles */
  int more_sockets[GLASS_HEADS_MAX]; /* to the listeners of further heads, in order */
  GDBusConnection *more_listeners[GLASS_HEADS_MAX];
} FakeQemu;

/* Starts vitrine-display and sends it QEMU's socket. */
FakeQemu *fake_qemu_start (void);
/* Authenticates and waits for RegisterListener; `answer` it or leave it. */
void fake_qemu_accept (FakeQemu *fake, gboolean answer);
/* Authenticates the listener. */
void fake_qemu_listen (FakeQemu *fake);
/* The same for a further head (from 1), once it is registered. */
void fake_qemu_listen_head (FakeQemu *fake, guint head);
/* The next console for which a listener was registered. */
void fake_qemu_expect_registration (FakeQemu *fake, const char *path);
void fake_qemu_send_head (FakeQemu *fake,
                          guint head,
                          const char *interface,
                          const char *member,
                          GVariant *body);
/* As fake_qemu_change, for the console of this number. */
void fake_qemu_change_console (FakeQemu *fake,
                               guint console,
                               const char *interface,
                               const char *property,
                               GVariant *value);
/* As above, but as bytes on listener_socket, which nobody reads. */
void fake_qemu_listen_raw (FakeQemu *fake);
/* Lets a viewer hear, waits for RegisterOutListener and authenticates that listener. */
void fake_qemu_listen_audio (FakeQemu *fake);
void fake_qemu_send_audio (FakeQemu *fake, const char *member, GVariant *body);
/* All of it, but for the sound. */
FakeQemu *fake_qemu_new (void);
/* Kills display if it still runs. */
void fake_qemu_free (FakeQemu *fake);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeQemu, fake_qemu_free)

/* A call to the listener that wants no reply; takes the floating body. */
GDBusMessage *fake_qemu_message (const char *interface, const char *member, GVariant *body);
void fake_qemu_send (FakeQemu *fake, const char *interface, const char *member, GVariant *body);
void fake_qemu_send_fd (FakeQemu *fake,
                        const char *interface,
                        const char *member,
                        GVariant *body,
                        int fd);

/* A whole frame of one colour. */
void fake_qemu_scanout (FakeQemu *fake, guint32 width, guint32 height, guint32 colour);
/* `n` zero bytes as "ay". */
GVariant *fake_qemu_bytes (gsize n);

/* The next message of this type on the link, others passed over. -1 if the link was closed. */
gint64 fake_qemu_expect (FakeQemu *fake, LinkType type);
/* The exit status; fails if it does not end in time. */
int fake_qemu_wait_end (FakeQemu *fake);
gsize fake_qemu_memory_kib (FakeQemu *fake);

/* The next call to QEMU must be this one. */
void fake_qemu_expect_call (FakeQemu *fake, const char *call);
/* FALSE: calls are kept unanswered from now on. TRUE: those are answered, and later ones. */
void fake_qemu_set_answering (FakeQemu *fake, gboolean answering);
/* org.freedesktop.DBus.Properties.PropertiesChanged of the console; takes the floating value. */
void fake_qemu_change (FakeQemu *fake,
                       const char *interface,
                       const char *property,
                       GVariant *value);

/* A viewer that has said HELLO. */
int fake_qemu_view (FakeQemu *fake);
int fake_qemu_view_head (FakeQemu *fake, guint32 head);
/* A connection that has said nothing. */
int fake_qemu_connect (FakeQemu *fake);
/* The next packet, which may be of any type; its size, or 0 if the connection was closed. */
gsize fake_qemu_read_packet (int viewer,
                             guint32 packet[static GLASS_MESSAGE_BYTES_MAX / 4],
                             int *ret_fd);
/* Reads until a packet of this type; descriptors are dropped. */
void fake_qemu_expect_packet (int viewer,
                              GlassType type,
                              guint32 packet[static GLASS_MESSAGE_BYTES_MAX / 4]);
/* Fails if a packet comes within 100 ms. */
void fake_qemu_expect_silence (int viewer);
void fake_qemu_send_words (int viewer, guint n, const guint32 *words);
/* Reads, acknowledging, until pixel 0,0 has this colour. */
void fake_qemu_expect_pixel (int viewer, guint32 colour);
