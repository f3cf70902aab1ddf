/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * TLS to an NBD server, as its client: whom to trust, who we are, and whether the server is the one
 * that was meant. Runs in vitrine-nbd.
 */
#pragma once

#include <gio/gio.h>
#include <gnutls/gnutls.h>

/* PEM in sealed memory; -1: none. `ca` without a usable certificate, or a certificate without its
 * key, are refused with a sentence's end. */
gnutls_certificate_credentials_t nbd_tls_credentials (int ca, int cert, int key, GError **error);

/* A session that asks for TLS 1.2 or newer. `host` "": none is named. NULL: no memory. */
gnutls_session_t nbd_tls_session (gnutls_certificate_credentials_t credentials, const char *host);

/* After the handshake: NULL if the server may be trusted, else why not, with the fingerprint. */
char *nbd_tls_distrust (gnutls_session_t session, const char *host);
