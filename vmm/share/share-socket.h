/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The listening socket of a share and the sealed memory of its certificate, which the display
 * process is handed because it can make neither.
 */
#pragma once

#include <gio/gio.h>

#define SHARE_BACKLOG 16

/* Listens. Returns the descriptor and the port that it got, or -1 with a sentence. */
int share_socket_listen (const char *address, guint16 port, guint16 *ret_port, GError **error);

/* Ends listening for every process that holds the socket. */
void share_socket_close (int *fd);

/* A sealed memfd that holds `text`; -1 with error. */
int share_memory_new (const char *name, const char *text, GError **error);

/* SHA-256 of the first certificate of a PEM text, as "AB:CD:…"; NULL with a sentence. */
char *share_fingerprint (const char *pem, GError **error);
