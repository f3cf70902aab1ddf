/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's display process: started, joined to QEMU, watched, and replaced when it dies, falls
 * silent or holds QEMU up. The guest never notices; viewers reconnect to the same listening socket.
 * Runs on the main context of vitrine-vmm.
 */
#pragma once

#include "ipc/link-wire.h"
#include "jail/jail.h"
#include "qmp/qmp-client.h"

typedef struct _DisplayLink DisplayLink;

typedef struct
{
  /* A display process shows the guest; the first time, and after each replacement. */
  void (*ready) (gpointer user_data);
  void (*viewers) (guint viewers, gpointer user_data);
  /* Of a remote viewer. FALSE: it contradicts what was said before, so the display is replaced. */
  gboolean (*viewer) (const LinkViewer *event, gpointer user_data);
  /* A link was used; also if it is the last thing that a display process said. */
  void (*token_used) (const LinkWebTokenUsed *used, gpointer user_data);
  /* It cannot go on with the connection to the guest's agent that it was given, and closed it. */
  void (*agent_over) (guint32 closed_ms, gpointer user_data);
  /* The display process is over; another may follow. */
  void (*gone) (gpointer user_data);
  /* The first display did not come up; `why` is a sentence. Not called after `ready`. */
  void (*failed) (const char *why, gpointer user_data);
  /* A person should know: there is no display for now. */
  void (*warning) (const char *text, gpointer user_data);
  /* Another process runs. */
  void (*replaced) (gpointer user_data);
} DisplayLinkEvents;

/* No answer of QEMU for so long while a display attaches, and the display is killed. */
#define DISPLAY_ATTACH_MS 2000
/* From being attached to a first picture. */
#define DISPLAY_READY_MS 5000
#define DISPLAY_PING_SECONDS 1
#define DISPLAY_START_TRIES 3
/* What is read of it between two pings. One that has more to say waits: whoever connects to a
 * shared console could make it say much. Without shares it is not well, and is replaced. */
#define DISPLAY_PACKETS_MAX 64
#define DISPLAY_PACKETS_SHARED_MAX 512

/* Starts `binary` with the listening socket `glass`, which stays the caller's; with `microphone` it
 * lets the guest hear. NULL if its jail cannot be made. */
DisplayLink *display_link_new (const char *binary,
                               int glass,
                               gboolean microphone,
                               const DisplayLinkEvents *events,
                               gpointer user_data,
                               GError **error);
/* Kills the process. */
void display_link_free (DisplayLink *link);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DisplayLink, display_link_free)

/* QEMU answers: joins the display to it, and every later one. `qmp` outlives the link. */
void display_link_attach (DisplayLink *link, QmpClient *qmp);

/* QEMU is about to end: a display that ends now is not replaced. */
void display_link_expect_end (DisplayLink *link);

/* QEMU is gone: the display process may say goodbye to its viewers, and then ends by itself, which
 * `gone` tells. FALSE: there is none. After display_link_expect_end (). */
gboolean display_link_part (DisplayLink *link);

/* It shows the guest. */
gboolean display_link_is_ready (DisplayLink *link);

/* One packet for the display process; dropped if it shows nothing yet: `ready` will be called. */
void display_link_send (DisplayLink *link,
                        const void *packet,
                        gsize size,
                        const int *fds,
                        guint n_fds);

/* Whether what it says is read at once, which remote viewers need, or with each ping. */
void display_link_set_attentive (DisplayLink *link, gboolean attentive);

/* Ends the present process, for a reason that is a sentence, and starts another. */
void display_link_replace (DisplayLink *link, const char *why);

/* The present process, or NULL while there is none. Borrowed. */
Jail *display_link_get_jail (DisplayLink *link);
