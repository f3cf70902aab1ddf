/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The front end: every viewer from elsewhere meets it first. Listens on the sockets of the shares
 * that vmm has handed in, caps and times connections, lets viewers in. Main thread only.
 */
#pragma once

#include "clipboard/clipboard.h"
#include "heads.h"
#include "ipc/link-wire.h"

typedef struct _Front Front;

typedef struct
{
  void (*report) (const LinkViewer *report, gpointer user_data);
  /* Told to vmm at once; FALSE if it cannot be. */
  gboolean (*token_used) (const LinkWebTokenUsed *used, gpointer user_data);
  gboolean (*is_behind) (gpointer user_data);   /* no further viewers until front_relieved () */
  void (*left) (gpointer user_data);            /* after front_leave (), which had to wait */
  QemuInput *(*get_input) (gpointer user_data); /* NULL: QEMU is not linked yet */
  gpointer user_data;
  Clipboard *clipboard;
  Sound *sound;
  gboolean microphone; /* the guest may hear its viewers */
} FrontHost;

/* `heads` and `host` outlive it. */
Front *front_new (Heads *heads, const FrontHost *host);
void front_free (Front *front);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Front, front_free)

/* The head has news that VNC has had already. */
void front_update (Front *front, const Head *head);

/* Takes the descriptors, certificate and key in PEM or -1. FALSE if vmm may not ask for that. */
gboolean front_share (Front *front,
                      const LinkShare *share,
                      int listening,
                      int certificate,
                      int key);
/* What the next share by web serves besides the console; takes the descriptor. FALSE as above. */
gboolean front_web (Front *front, const LinkWeb *web, int pages);
void front_web_token (Front *front, const LinkWebToken *token);
void front_share_end (Front *front, guint32 share, LinkWhy why);
void front_viewer_drop (Front *front, guint32 viewer);
void front_viewer_allow (Front *front, guint32 viewer);

/* Ends all shares, for good. TRUE: nothing is left to be said; else host->left is called, or
 * front_free () when that takes too long. */
gboolean front_leave (Front *front, LinkWhy why);

/* Reports can be taken again. */
void front_relieved (Front *front);
/* QEMU takes input again. */
void front_resume (Front *front);
