/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Accepts local front ends on the guest's display socket and keeps them informed. Main thread only.
 */
#pragma once

#include "clipboard/clipboard.h"
#include "heads.h"
#include "sound/sound.h"

typedef struct _GlassServer GlassServer;

/* What the server needs of the process. */
typedef struct
{
  QemuInput *(*get_input) (gpointer user_data);
  void (*viewers_changed) (guint n_viewers, gpointer user_data);
  gpointer user_data;
} GlassServerHost;

/* Takes the listening socket. `heads`, `sound`, `clipboard` and `host` outlive the server. */
GlassServer *glass_server_new (int socket,
                               Heads *heads,
                               Sound *sound,
                               Clipboard *clipboard,
                               const GlassServerHost *host);
void glass_server_free (GlassServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GlassServer, glass_server_free)

/* The head has news. */
void glass_server_update (GlassServer *server, Head *head);
/* The number of heads, or which are lit, may have changed. */
void glass_server_update_heads (GlassServer *server);

/* QEMU takes input again: viewers whose input was too much for it are read on. */
void glass_server_resume (GlassServer *server);
