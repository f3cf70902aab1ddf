/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The address of a disk on an NBD server, as people write it (NBD project, doc/uri.md):
 *
 *   nbd://HOST[:PORT]/EXPORT              nbds:// the same by TLS
 *   nbd+unix:///EXPORT?socket=/PATH       nbds+unix:// the same by TLS
 *
 * An export without a name is the server's default one. %XX stands for a byte. Part of guest.conf
 * (B6), so used by the front ends and vitrine-vmm. Pure.
 */
#pragma once

#include <glib.h>

#define NBD_ADDRESS_BYTES_MAX 2048u
#define NBD_HOST_BYTES_MAX 253u    /* RFC 1035, 2.3.4 */
#define NBD_SOCKET_BYTES_MAX 107u  /* unix(7) */
#define NBD_EXPORT_BYTES_MAX 1024u /* the protocol allows 4096 */
#define NBD_PORT 10809

typedef struct
{
  gboolean tls;
  char *host; /* a name or a literal address, without brackets; NULL: a Unix socket */
  guint16 port;
  char *socket; /* absolute; NULL: TCP */
  char *name; /* of the export, UTF-8, may be empty */
} NbdAddress;

/* Whether `text` is meant as such an address, well-formed or not. */
gboolean nbd_address_is_meant (const char *text);

/* NULL with *ret_why: N_(), the end of a sentence ("it names no server"). */
NbdAddress *nbd_address_parse (const char *text, const char **ret_why);
void nbd_address_free (NbdAddress *address);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NbdAddress, nbd_address_free)

/* "host:10809" or the socket's path, for messages. */
char *nbd_address_describe_server (const NbdAddress *address);
