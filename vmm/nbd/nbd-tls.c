/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * GnuTLS as an NBD client uses it. Runs in vitrine-nbd, which opens no file: everything is handed in.
 */
#include "nbd-tls.h"

#include "fds.h"
#include "ipc/nbd-link-wire.h"

#include <gnutls/x509.h>
#include <string.h>
#include <sys/stat.h>

#define TLS_PRIORITY "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

static GBytes *
read_pem (int fd, GError **error)
{
  struct stat info;

  if (fstat (fd, &info) != 0 || info.st_size > NBD_LINK_PEM_BYTES_MAX)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "a file of it is too long");
      return NULL;
    }
  return fds_read_memory (fd, info.st_size, error);
}

static gnutls_datum_t
datum (GBytes *bytes)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);

  return (gnutls_datum_t) { (unsigned char *) data, size };
}

static gboolean
add_authorities (gnutls_certificate_credentials_t credentials, int fd, GError **error)
{
  g_autoptr (GBytes) pem = read_pem (fd, error);
  gnutls_datum_t text;

  if (pem == NULL)
    return FALSE;
  text = datum (pem);
  if (gnutls_certificate_set_x509_trust_mem (credentials, &text, GNUTLS_X509_FMT_PEM) > 0)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                       "tls-ca holds no certificate in PEM form");
  return FALSE;
}

static gboolean
add_own (gnutls_certificate_credentials_t credentials, int cert, int key, GError **error)
{
  g_autoptr (GBytes) cert_pem = read_pem (cert, error);
  g_autoptr (GBytes) key_pem = cert_pem != NULL ? read_pem (key, error) : NULL;
  gnutls_datum_t cert_text;
  gnutls_datum_t key_text;
  int result;

  if (key_pem == NULL)
    return FALSE;
  cert_text = datum (cert_pem);
  key_text = datum (key_pem);
  result =
      gnutls_certificate_set_x509_key_mem (credentials, &cert_text, &key_text, GNUTLS_X509_FMT_PEM);
  if (result >= 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               "tls-cert and tls-key cannot be used together: %s", gnutls_strerror (result));
  return FALSE;
}

gnutls_certificate_credentials_t
nbd_tls_credentials (int ca, int cert, int key, GError **error)
{
  gnutls_certificate_credentials_t credentials;

  if (gnutls_certificate_allocate_credentials (&credentials) != GNUTLS_E_SUCCESS)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "there is not enough memory");
      return NULL;
    }
  if ((ca < 0 || add_authorities (credentials, ca, error)) &&
      (cert < 0 || add_own (credentials, cert, key, error)))
    return credentials;
  gnutls_certificate_free_credentials (credentials);
  return NULL;
}

gnutls_session_t
nbd_tls_session (gnutls_certificate_credentials_t credentials, const char *host)
{
  gnutls_session_t session;

  if (gnutls_init (&session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) !=
      GNUTLS_E_SUCCESS)
    return NULL;
  gnutls_handshake_set_timeout (session, GNUTLS_INDEFINITE_TIMEOUT); /* ours is enough */
  if (gnutls_priority_set_direct (session, TLS_PRIORITY, NULL) == GNUTLS_E_SUCCESS &&
      gnutls_credentials_set (session, GNUTLS_CRD_CERTIFICATE, credentials) == GNUTLS_E_SUCCESS &&
      (*host == '\0' || g_hostname_is_ip_address (host) ||
       gnutls_server_name_set (session, GNUTLS_NAME_DNS, host, strlen (host)) == GNUTLS_E_SUCCESS))
    return session;
  gnutls_deinit (session);
  return NULL;
}

/* SHA-256 of the certificate that the server showed, as viewers and servers write it. */
static char *
fingerprint (gnutls_session_t session)
{
  guint n = 0;
  const gnutls_datum_t *chain = gnutls_certificate_get_peers (session, &n);
  g_autoptr (GString) text = g_string_new (NULL);
  guint8 digest[32];
  gsize size = sizeof digest;

  if (chain == NULL || n == 0 ||
      gnutls_fingerprint (GNUTLS_DIG_SHA256, &chain[0], digest, &size) != GNUTLS_E_SUCCESS)
    return g_strdup ("none");
  for (gsize i = 0; i < size; i++)
    g_string_append_printf (text, "%s%02X", i > 0 ? ":" : "", digest[i]);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static const char *
describe (guint status)
{
  if (status & GNUTLS_CERT_UNEXPECTED_OWNER)
    return "it was made for another host";
  if (status & GNUTLS_CERT_EXPIRED)
    return "it has expired";
  if (status & GNUTLS_CERT_NOT_ACTIVATED)
    return "it is not valid yet; is the clock right?";
  if (status & GNUTLS_CERT_REVOKED)
    return "it was revoked";
  if (status & (GNUTLS_CERT_SIGNER_NOT_FOUND | GNUTLS_CERT_SIGNER_NOT_CA))
    return "nobody who is trusted has signed it";
  if (status & GNUTLS_CERT_INSECURE_ALGORITHM)
    return "it was signed by a method that is too weak";
  return "it does not hold";
}

char *
nbd_tls_distrust (gnutls_session_t session, const char *host)
{
  guint status = 0;
  int result =
      gnutls_certificate_verify_peers3 (session, *host != '\0' ? host : NULL, &status);
  g_autofree char *print = NULL;

  if (result == GNUTLS_E_SUCCESS && status == 0)
    return NULL;
  print = fingerprint (session);
  return g_strdup_printf ("%s (SHA-256 fingerprint %s)",
                          result == GNUTLS_E_SUCCESS ? describe (status)
                                                     : "it cannot be checked",
                          print);
}
