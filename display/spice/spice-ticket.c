/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Tickets by libcrypto, which the SPICE library brings along and GnuTLS of Debian 12 cannot replace
 * (RSA-OAEP). Must never read OpenSSL's configuration: the jail opens no file.
 */
#include "spice-ticket.h"

#include "ipc/link-wire.h"

#include <gnutls/gnutls.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

struct _SpiceTicket
{
  EVP_PKEY *pair;
  guint8 key[SPICE_WIRE_KEY_BYTES];
};

/* The public half as it goes over the wire. */
static gboolean
write_key (SpiceTicket *ticket)
{
  guint8 *at = ticket->key;

  return i2d_PUBKEY (ticket->pair, NULL) == SPICE_WIRE_KEY_BYTES &&
         i2d_PUBKEY (ticket->pair, &at) == SPICE_WIRE_KEY_BYTES;
}

SpiceTicket *
spice_ticket_new (void)
{
  g_autoptr (SpiceTicket) ticket = g_new0 (SpiceTicket, 1);

  if (OPENSSL_init_crypto (OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
    return NULL;
  ticket->pair = EVP_RSA_gen (SPICE_WIRE_KEY_BITS);
  if (ticket->pair == NULL || !write_key (ticket))
    return NULL;
  return g_steal_pointer (&ticket);
}

void
spice_ticket_free (SpiceTicket *ticket)
{
  if (ticket == NULL)
    return;
  EVP_PKEY_free (ticket->pair);
  g_free (ticket);
}

const guint8 *
spice_ticket_get_key (SpiceTicket *ticket)
{
  return ticket->key;
}

gboolean
spice_ticket_check (SpiceTicket *ticket,
                    const guint8 sealed[SPICE_WIRE_TICKET_BYTES],
                    const char *password)
{
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new (ticket->pair, NULL);
  guint8 plain[SPICE_WIRE_TICKET_BYTES + 1] = { 0 };
  char wanted[LINK_PASSWORD_MAX + 1] = { 0 };
  char given[LINK_PASSWORD_MAX + 1] = { 0 };
  gsize size = SPICE_WIRE_TICKET_BYTES;
  gboolean fits;

  fits = context != NULL && EVP_PKEY_decrypt_init (context) > 0 &&
         EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_OAEP_PADDING) > 0 &&
         EVP_PKEY_decrypt (context, plain, &size, sealed, SPICE_WIRE_TICKET_BYTES) > 0;
  ERR_clear_error ();
  if (fits)
    plain[size] = '\0';
  fits = fits && strlen ((char *) plain) <= LINK_PASSWORD_MAX;
  g_strlcpy (wanted, password, sizeof wanted);
  if (fits)
    g_strlcpy (given, (char *) plain, sizeof given);
  /* All of both, so that the time says nothing of where they differ. */
  fits = gnutls_memcmp (wanted, given, sizeof wanted) == 0 && fits;
  gnutls_memset (plain, 0, sizeof plain);
  gnutls_memset (given, 0, sizeof given);
  gnutls_memset (wanted, 0, sizeof wanted);
  EVP_PKEY_CTX_free (context);
  return fits;
}

gboolean
spice_ticket_seal_nothing (const guint8 key[SPICE_WIRE_KEY_BYTES],
                           guint8 ret_sealed[SPICE_WIRE_TICKET_BYTES])
{
  EVP_PKEY *public = d2i_PUBKEY (NULL, &key, SPICE_WIRE_KEY_BYTES);
  EVP_PKEY_CTX *context = public != NULL ? EVP_PKEY_CTX_new (public, NULL) : NULL;
  gsize size = SPICE_WIRE_TICKET_BYTES;
  gboolean sealed;

  sealed = context != NULL && EVP_PKEY_get_size (public) == SPICE_WIRE_TICKET_BYTES &&
           EVP_PKEY_encrypt_init (context) > 0 &&
           EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_OAEP_PADDING) > 0 &&
           EVP_PKEY_encrypt (context, ret_sealed, &size, (const guint8 *) "", 1) > 0 &&
           size == SPICE_WIRE_TICKET_BYTES;
  ERR_clear_error ();
  EVP_PKEY_CTX_free (context);
  EVP_PKEY_free (public);
  return sealed;
}
