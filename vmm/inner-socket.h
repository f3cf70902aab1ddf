/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A listening socket for QEMU that nobody but vmm finds: made in the guest's own folder, opened as
 * a path, and at once without a name. QEMU, which may make no socket, gets the listening end by
 * descriptor; vmm connects to it for whoever is to speak with QEMU.
 */
#pragma once

#include <gio/gio.h>

typedef struct
{
  int listening;
  int path; /* the way to it */
} InnerSocket;

#define INNER_SOCKET_NONE ((InnerSocket) { -1, -1 })

/* `name` in `folder` is there for a moment only. */
gboolean inner_socket_make (InnerSocket *socket,
                            int folder,
                            const char *name,
                            int backlog,
                            GError **error);
/* A stream that QEMU will accept, non-blocking; the caller's. -1 with errno set: EAGAIN if as many
 * as may wait to be accepted do. */
int inner_socket_connect (const InnerSocket *socket);
void inner_socket_clear (InnerSocket *socket);
