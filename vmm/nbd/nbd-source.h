/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What of the host goes into the way to an NBD server: a Unix socket, authorities, this side's own
 * certificate. Opened as the one who starts the guest, before vmm drops root.
 */
#pragma once

#include "guest-definition.h"
#include "nbd-address-parse.h"

#include <gio/gio.h>

typedef struct
{
  NbdAddress *address;
  int socket; /* connected, for the first time; -1: TCP, or used */
  int ca;     /* PEM in sealed memory, -1: none. Likewise the next two. */
  int cert;
  int key;
} NbdSource;

/* A sentence that names file or address on failure. Never waits for a server. */
NbdSource *nbd_source_open (const GuestDisk *disk, GError **error);
void nbd_source_free (NbdSource *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NbdSource, nbd_source_free)
