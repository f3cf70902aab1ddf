/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The user's TLS certificate. Runs in the front ends; reads and writes two files, and no socket.
 */
#include "config.h"

#include "tls-identity.h"

#include "fds.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

G_DEFINE_AUTO_CLEANUP_FREE_FUNC (gnutls_x509_crt_t, gnutls_x509_crt_deinit, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC (gnutls_x509_privkey_t, gnutls_x509_privkey_deinit, NULL)

void
tls_identity_free (TlsIdentity *identity)
{
  if (identity == NULL)
    return;
  if (identity->key != NULL)
    explicit_bzero (identity->key, strlen (identity->key));
  g_free (identity->key);
  g_free (identity->certificate);
  g_free (identity);
}

/* A whole small file; refuses anything that is not one. */
static char *
read_pem (const char *path, GError **error)
{
  autofd fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  g_autofree char *text = g_malloc0 (TLS_IDENTITY_BYTES_MAX + 1);
  gsize size = 0;
  gssize got = 0;
  struct stat info;

  if (fd < 0 || fstat (fd, &info) != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), _ ("Cannot read %s: %s"), path,
                   g_strerror (errno));
      return NULL;
    }
  if (!S_ISREG (info.st_mode))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, _ ("%s is not a file"), path);
      return NULL;
    }
  while (size <= TLS_IDENTITY_BYTES_MAX &&
         (got = read (fd, text + size, TLS_IDENTITY_BYTES_MAX + 1 - size)) > 0)
    size += got;
  if (got < 0 || size > TLS_IDENTITY_BYTES_MAX || strlen (text) != size)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   _ ("%s is no PEM file of at most %u bytes"), path, TLS_IDENTITY_BYTES_MAX);
      return NULL;
    }
  return g_steal_pointer (&text);
}

/* That GnuTLS in the display process will take the pair. */
static gboolean
check_pair (const TlsIdentity *identity,
            const char *cert_file,
            const char *key_file,
            GError **error)
{
  gnutls_datum_t certificate = { (guchar *) identity->certificate, strlen (identity->certificate) };
  gnutls_datum_t key = { (guchar *) identity->key, strlen (identity->key) };
  gnutls_certificate_credentials_t credentials;
  int code = gnutls_certificate_allocate_credentials (&credentials);

  if (code < 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "GnuTLS: %s", gnutls_strerror (code));
      return FALSE;
    }
  code = gnutls_certificate_set_x509_key_mem (credentials, &certificate, &key, GNUTLS_X509_FMT_PEM);
  gnutls_certificate_free_credentials (credentials);
  if (code >= 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               /* Translators: two files, and the reason in English. */
               _ ("The certificate %s and the key %s cannot be used: %s"), cert_file, key_file,
               gnutls_strerror (code));
  return FALSE;
}

TlsIdentity *
tls_identity_load (const char *certificate_file, const char *key_file, GError **error)
{
  g_autoptr (TlsIdentity) identity = g_new0 (TlsIdentity, 1);

  identity->certificate = read_pem (certificate_file, error);
  if (identity->certificate == NULL)
    return NULL;
  identity->key = read_pem (key_file, error);
  if (identity->key == NULL || !check_pair (identity, certificate_file, key_file, error))
    return NULL;
  return g_steal_pointer (&identity);
}

/* Names by which viewers reach this computer; GnuTLS copies them. */
static int
set_names (gnutls_x509_crt_t certificate)
{
  static const guint8 loopback4[4] = { 127, 0, 0, 1 };
  static const guint8 loopback6[16] = { [15] = 1 };
  const char *host = g_get_host_name ();
  g_autofree char *name = g_strdup_printf ("Vitrine on %.40s", host);
  int code = gnutls_x509_crt_set_dn_by_oid (certificate, GNUTLS_OID_X520_COMMON_NAME, 0, name,
                                            strlen (name));

  if (code >= 0)
    code = gnutls_x509_crt_set_subject_alt_name (certificate, GNUTLS_SAN_DNSNAME, "localhost",
                                                 strlen ("localhost"), GNUTLS_FSAN_SET);
  /* A host whose name is no DNS name goes without. */
  if (code >= 0 && g_str_is_ascii (host))
    gnutls_x509_crt_set_subject_alt_name (certificate, GNUTLS_SAN_DNSNAME, host, strlen (host),
                                          GNUTLS_FSAN_APPEND);
  if (code >= 0)
    code = gnutls_x509_crt_set_subject_alt_name (certificate, GNUTLS_SAN_IPADDRESS, loopback4,
                                                 sizeof loopback4, GNUTLS_FSAN_APPEND);
  if (code >= 0)
    code = gnutls_x509_crt_set_subject_alt_name (certificate, GNUTLS_SAN_IPADDRESS, loopback6,
                                                 sizeof loopback6, GNUTLS_FSAN_APPEND);
  return code;
}

static int
fill_certificate (gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key)
{
  time_t now = g_get_real_time () / G_USEC_PER_SEC;
  guint8 serial[16];
  int code = gnutls_rnd (GNUTLS_RND_NONCE, serial, sizeof serial);

  serial[0] = (serial[0] & 0x7f) | 0x40; /* positive, and never shorter */
  if (code >= 0)
    code = gnutls_x509_crt_set_version (certificate, 3);
  if (code >= 0)
    code = gnutls_x509_crt_set_serial (certificate, serial, sizeof serial);
  if (code >= 0) /* clocks differ */
    code = gnutls_x509_crt_set_activation_time (certificate, now - 24 * 3600);
  if (code >= 0)
    code = gnutls_x509_crt_set_expiration_time (certificate,
                                                now + TLS_IDENTITY_YEARS * 365L * 24 * 3600);
  if (code >= 0)
    code = set_names (certificate);
  if (code >= 0)
    code = gnutls_x509_crt_set_basic_constraints (certificate, 0, -1);
  if (code >= 0)
    code = gnutls_x509_crt_set_key_usage (certificate, GNUTLS_KEY_DIGITAL_SIGNATURE);
  if (code >= 0)
    code = gnutls_x509_crt_set_key_purpose_oid (certificate, GNUTLS_KP_TLS_WWW_SERVER, 0);
  if (code >= 0)
    code = gnutls_x509_crt_set_key (certificate, key);
  return code >= 0 ? gnutls_x509_crt_sign2 (certificate, certificate, key, GNUTLS_DIG_SHA256, 0)
                   : code;
}

static char *
take_text (gnutls_datum_t *datum)
{
  char *text = g_strndup ((const char *) datum->data, datum->size);

  explicit_bzero (datum->data, datum->size);
  gnutls_free (datum->data);
  return text;
}

static TlsIdentity *
make_identity (GError **error)
{
  g_auto (gnutls_x509_crt_t) certificate = NULL;
  g_auto (gnutls_x509_privkey_t) key = NULL;
  g_autoptr (TlsIdentity) identity = g_new0 (TlsIdentity, 1);
  gnutls_datum_t out;
  int code = gnutls_x509_crt_init (&certificate);

  if (code >= 0)
    code = gnutls_x509_privkey_init (&key);
  if (code >= 0)
    code = gnutls_x509_privkey_generate (key, GNUTLS_PK_ECDSA,
                                         GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1), 0);
  if (code >= 0)
    code = fill_certificate (certificate, key);
  if (code >= 0)
    code = gnutls_x509_crt_export2 (certificate, GNUTLS_X509_FMT_PEM, &out);
  if (code >= 0)
    {
      identity->certificate = take_text (&out);
      code = gnutls_x509_privkey_export2 (key, GNUTLS_X509_FMT_PEM, &out);
    }
  if (code < 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                   _ ("No certificate could be made for the shared console: %s"),
                   gnutls_strerror (code));
      return NULL;
    }
  identity->key = take_text (&out);
  return g_steal_pointer (&identity);
}

/* Whole or not at all, and on the disk. */
static gboolean
write_pem (int dir, const char *folder, const char *name, const char *text, GError **error)
{
  g_autofree char *temporary = g_strconcat (".", name, ".new", NULL);
  gsize size = strlen (text);
  autofd fd = -1;

  unlinkat (dir, temporary, 0);
  fd = openat (dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd >= 0 && write (fd, text, size) == (gssize) size && fsync (fd) == 0 &&
      renameat (dir, temporary, dir, name) == 0 && fsync (dir) == 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), _ ("Cannot write %s/%s: %s"),
               folder, name, g_strerror (errno));
  unlinkat (dir, temporary, 0);
  return FALSE;
}

/* The folder, locked: only one process makes the files. */
static int
open_folder (const char *folder, GError **error)
{
  autofd dir = -1;

  if (g_mkdir_with_parents (folder, 0700) == 0)
    dir = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir >= 0 && flock (dir, LOCK_EX) == 0)
    return fds_steal (&dir);
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), _ ("Cannot open %s: %s"), folder,
               g_strerror (errno));
  return -1;
}

TlsIdentity *
tls_identity_ensure (GError **error)
{
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "vitrine", "tls", NULL);
  g_autofree char *certificate = g_build_filename (folder, "cert.pem", NULL);
  g_autofree char *key = g_build_filename (folder, "key.pem", NULL);
  g_autoptr (TlsIdentity) identity = NULL;
  autofd dir = open_folder (folder, error);

  if (dir < 0)
    return NULL;
  if (g_access (certificate, F_OK) == 0 || errno != ENOENT)
    {
      identity = tls_identity_load (certificate, key, error);
      g_prefix_error (error, "%s ", _ ("Delete both files to have new ones made:"));
      return g_steal_pointer (&identity);
    }
  identity = make_identity (error);
  /* The certificate last: where it is, the key is. */
  if (identity == NULL || !write_pem (dir, folder, "key.pem", identity->key, error) ||
      !write_pem (dir, folder, "cert.pem", identity->certificate, error))
    return NULL;
  return g_steal_pointer (&identity);
}
