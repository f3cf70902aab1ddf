/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's display process: started, joined to QEMU, watched, and replaced when it dies, falls
 * silent or holds QEMU up. The guest never notices; viewers reconnect to the same listening socket.
 * Runs on the main context of vitrine-vmm.
 */
#pragma once

#include "jail/jail.h"
#include "qmp/qmp-client.h"

typedef struct _DisplayLink DisplayLink;

typedef struct
{
  /* A display process shows the guest; the first time, and after each replacement. */
  void (*ready) (gpointer user_data);
  void (*viewers) (guint viewers, gpointer user_data);
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
/* Starts `binary` with the listening socket `glass`, which stays the caller's. NULL if its jail
 * cannot be made. */
DisplayLink *display_link_new (const char *binary,
                               int glass,
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

/* The present process, or NULL while there is none. Borrowed. */
Jail *display_link_get_jail (DisplayLink *link);
