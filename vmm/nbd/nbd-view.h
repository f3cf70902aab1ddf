/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One reader of a backup: a vitrine-nbd between it and QEMU's NBD server, so that a QEMU that was
 * taken over reaches the reader's program with nothing but data of the length asked for. Runs in
 * vitrine-vmm.
 */
#pragma once

#include "inner-socket.h"
#include "jail/jail.h"

/* What QEMU calls the export. */
#define NBD_VIEW_EXPORT "backup"

typedef struct _NbdView NbdView;

/* The reader or QEMU is gone; to be freed now. */
typedef void (*NbdViewGone) (NbdView *view, gpointer user_data);

/* `reader` is a connected socket and stays the caller's; QEMU's server listens behind `server`. */
NbdView *nbd_view_new (const char *binary,
                       int reader,
                       const InnerSocket *server,
                       NbdViewGone gone,
                       gpointer user_data,
                       GError **error);
void nbd_view_free (NbdView *view);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NbdView, nbd_view_free)
