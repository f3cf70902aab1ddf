/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Connects to an NBD server, by TCP or a Unix socket, without waiting. Not one byte that the server
 * says is read here. Runs in vitrine-vmm.
 */
#pragma once

#include "nbd-address-parse.h"

typedef struct _NbdConnect NbdConnect;

#define NBD_CONNECT_SECONDS 10

/* `fd` is the callee's, or -1 with `why`, the end of a sentence ("there is no host of that name").
 * The attempt is over then, and freed. */
typedef void (*NbdConnected) (int fd, const char *why, gpointer user_data);

/* `done` is called from the main loop. */
NbdConnect *nbd_connect_begin (const NbdAddress *address, NbdConnected done, gpointer user_data);
/* `done` is not called any more. */
void nbd_connect_cancel (NbdConnect *connect);

/* To a Unix socket, at once; -1 with errno. */
int nbd_connect_unix (const char *path);
