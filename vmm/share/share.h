/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The living shares of a guest: made, told to the display process (again after each restart of it),
 * expired, ended; and the viewers that came by them.
 */
#pragma once

#include "ipc/link-wire.h"

#include <gio/gio.h>

typedef struct _Shares Shares;

typedef struct
{
  /* One packet for the display process; lost if there is none, since shares_display_ready () tells
   * the next one everything. */
  void (*send) (const void *packet, gsize size, const int *fds, guint n_fds, gpointer user_data);
  /* The display process did not do what it was told: it is to be replaced, which cuts off all. */
  void (*distrust) (const char *why, gpointer user_data);
  /* The lists are to be shown anew. */
  void (*changed) (gpointer user_data);
} SharesEvents;

/* For so long the display process may keep a viewer that it was told to cut off. */
#define SHARES_DROP_MS 3000
/* News are shown after so long, figures after so long. */
#define SHARES_NEWS_MS 50
#define SHARES_TRAFFIC_MS 1000

/* Of a guest of this name with so many displays. `novnc` is the folder of noVNC. */
Shares *shares_new (const SharesEvents *events,
                    const char *novnc,
                    const char *name,
                    guint n_heads,
                    gpointer user_data);
/* Ends them all, silently. */
void shares_free (Shares *shares);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Shares, shares_free)

/* Share of the control interface: options as there, and the a{sv} returned there (floating), or
 * NULL with a sentence. */
GVariant *shares_add (Shares *shares, GVariant *options, GError **error);
/* Unshare: one, or all for 0. */
gboolean shares_end (Shares *shares, guint id, GError **error);
/* ShareLink: a fresh link to a share by web, "(s)" (floating), or NULL with a sentence. */
GVariant *shares_make_link (Shares *shares, guint id, GError **error);
gboolean shares_drop_viewer (Shares *shares, guint number, GError **error);
gboolean shares_allow_viewer (Shares *shares, guint number, GError **error);

/* A display process can be spoken to; it is gone. */
void shares_display_ready (Shares *shares);
void shares_display_gone (Shares *shares);
/* It says that a link was used: no other display process is told of that. */
void shares_void_token (Shares *shares, const LinkWebTokenUsed *used);
/* It says something of a viewer. FALSE: it broke the protocol. */
gboolean shares_take_event (Shares *shares, const LinkViewer *event);

/* Whether there is anything that the display process may report on. */
gboolean shares_are_alive (Shares *shares);
/* Whether there are viewers who can be told that the guest is off, or are being told. */
gboolean shares_have_browsers (Shares *shares);
/* aa{sv}, floating. */
GVariant *shares_describe (Shares *shares);
GVariant *shares_describe_viewers (Shares *shares);
