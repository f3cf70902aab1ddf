/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Connection files of virt-viewer (its key file format, group "virt-viewer"). Runs in the front
 * ends; opens no network socket.
 */
#include "config.h"

#include "connection-file.h"

#include "share-options.h"
#include "tls-identity.h"

#include <glib/gi18n-lib.h>
#include <gnutls/x509.h>
#include <string.h>

#define GROUP "virt-viewer"
#define CERTIFICATES_MAX 8u

/* Every address is no address to connect to: the computer's name is. */
static const char *
host_of (const VtShare *share)
{
  gboolean everywhere =
      strcmp (share->address, "0.0.0.0") == 0 || strcmp (share->address, "::") == 0;

  return everywhere ? g_get_host_name () : share->address;
}

char *
connection_file_uri (const VtShare *share)
{
  g_autofree char *place = NULL;

  if (strcmp (share->protocol, "spice") != 0)
    return NULL;
  place = share_options_place (host_of (share), share->port);
  return g_strconcat (share->tls ? "spice+tls://" : "spice://", place, NULL);
}

/* "CN=…" as viewers compare it: the names in the certificate's own order. */
static char *
describe_subject (gnutls_x509_crt_t certificate)
{
  GString *text = g_string_new (NULL);
  gnutls_x509_dn_t name;
  gnutls_x509_ava_st part;

  if (gnutls_x509_crt_get_subject (certificate, &name) != GNUTLS_E_SUCCESS)
    return g_string_free (text, FALSE);
  for (int i = 0; gnutls_x509_dn_get_rdn_ava (name, i, 0, &part) == GNUTLS_E_SUCCESS; i++)
    {
      const char *kind =
          gnutls_x509_dn_oid_name ((const char *) part.oid.data, GNUTLS_X509_DN_OID_RETURN_OID);

      g_string_append_printf (text, "%s%s=", i > 0 ? "," : "", kind);
      for (guint at = 0; at < part.value.size; at++)
        {
          if (strchr (",\\", part.value.data[at]) != NULL)
            g_string_append_c (text, '\\');
          g_string_append_c (text, part.value.data[at]);
        }
    }
  return g_string_free (text, FALSE);
}

/* What the viewer is to trust: a certificate that vouches for itself; one by an authority is for
 * the viewer's system to judge. */
static gboolean
add_certificate (GKeyFile *file, const char *pem, GError **error)
{
  const gnutls_datum_t data = { (guchar *) pem, strlen (pem) };
  gnutls_x509_crt_t chain[CERTIFICATES_MAX];
  guint n = CERTIFICATES_MAX;
  g_autofree char *subject = NULL;
  int code = gnutls_x509_crt_list_import (chain, &n, &data, GNUTLS_X509_FMT_PEM, 0);

  if (code < 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   _ ("The certificate cannot be read: %s"), gnutls_strerror (code));
      return FALSE;
    }
  subject = describe_subject (chain[0]);
  if (gnutls_x509_crt_check_issuer (chain[n - 1], chain[n - 1]) != 0)
    {
      gnutls_datum_t root;

      if (gnutls_x509_crt_export2 (chain[n - 1], GNUTLS_X509_FMT_PEM, &root) == GNUTLS_E_SUCCESS)
        {
          g_autofree char *text = g_strndup ((const char *) root.data, root.size);

          g_key_file_set_string (file, GROUP, "ca", text);
          gnutls_free (root.data);
        }
    }
  for (guint i = 0; i < n; i++)
    gnutls_x509_crt_deinit (chain[i]);
  g_key_file_set_string (file, GROUP, "host-subject", subject);
  return TRUE;
}

gboolean
connection_file_write (const char *path,
                       const VtShare *share,
                       const char *title,
                       const char *password,
                       const char *certificate_file,
                       const char *key_file,
                       GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (TlsIdentity) identity = NULL;
  g_autofree char *text = NULL;
  gsize size;

  if (share->tls)
    {
      identity = certificate_file != NULL ? tls_identity_load (certificate_file, key_file, error)
                                          : tls_identity_ensure (error);
      if (identity == NULL)
        return FALSE;
    }
  g_key_file_set_string (file, GROUP, "type", share->protocol);
  g_key_file_set_string (file, GROUP, "host", host_of (share));
  g_key_file_set_integer (file, GROUP, share->tls ? "tls-port" : "port", share->port);
  g_key_file_set_string (file, GROUP, "password", password);
  g_key_file_set_string (file, GROUP, "title", title);
  g_key_file_set_integer (file, GROUP, "delete-this-file", 1);
  if (identity != NULL && !add_certificate (file, identity->certificate, error))
    return FALSE;
  text = g_key_file_to_data (file, &size, NULL);
  if (g_file_set_contents_full (path, text, size, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error))
    return TRUE;
  g_prefix_error (error, _ ("The connection file cannot be written: "));
  return FALSE;
}

typedef struct
{
  char *path;
  VtShare share; /* its texts are owned */
  char *title;
  char *password;
} Job;

static void
job_free (Job *job)
{
  g_free (job->path);
  g_free (job->share.protocol);
  g_free (job->share.address);
  g_free (job->title);
  g_free (job->password);
  g_free (job);
}

static void
run_job (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Job *job = data;
  GError *error = NULL;

  if (connection_file_write (job->path, &job->share, job->title, job->password, NULL, NULL, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
connection_file_write_async (const char *path,
                             const VtShare *share,
                             const char *title,
                             const char *password,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Job *job = g_new0 (Job, 1);

  job->path = g_strdup (path);
  job->share.protocol = g_strdup (share->protocol);
  job->share.address = g_strdup (share->address);
  job->share.port = share->port;
  job->share.tls = share->tls;
  job->title = g_strdup (title);
  job->password = g_strdup (password);
  g_task_set_task_data (task, job, (GDestroyNotify) job_free);
  g_task_run_in_thread (task, run_job);
}

gboolean
connection_file_write_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
