/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The certificate by which a shared console is known: one a user, made at its first need and kept,
 * so that a viewer who has once compared its fingerprint sees when another machine answers.
 */
#pragma once

#include <gio/gio.h>

#define TLS_IDENTITY_YEARS 10
#define TLS_IDENTITY_BYTES_MAX (64u * 1024)

typedef struct
{
  char *certificate; /* PEM */
  char *key;         /* PEM; overwritten when freed */
} TlsIdentity;

void tls_identity_free (TlsIdentity *identity);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlsIdentity, tls_identity_free)

/* The user's own files. Fails with a sentence that names the file if one cannot be read, or if they
 * do not belong together. */
TlsIdentity *tls_identity_load (const char *certificate_file, const char *key_file, GError **error);

/* $XDG_DATA_HOME/vitrine/tls/{cert,key}.pem, made if they are not there; two processes may do so at
 * once. Waits for the disk: call it in a thread. */
TlsIdentity *tls_identity_ensure (GError **error);
