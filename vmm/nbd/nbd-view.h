/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One reader of a backup: a vitrine-nbd between it and QEMU's NBD server, so that a QEMU that was
 * taken over reaches the reader's program with nothing but data of the length asked for. Runs in
 * vitrine-vmm.
 */
#pragma once

#include "jail/jail.h"

/* What QEMU calls the export. */
#define NBD_VIEW_EXPORT "backup"

typedef struct _NbdView NbdView;

/* The reader or QEMU is gone; to be freed now. */
typedef void (*NbdViewGone) (NbdView *view, gpointer user_data);

/* `reader` and `server` are connected sockets and stay the caller's. */
NbdView *nbd_view_new (const char *binary,
                       int reader,
                       int server,
                       NbdViewGone gone,
                       gpointer user_data,
                       GError **error);
void nbd_view_free (NbdView *view);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NbdView, nbd_view_free)
