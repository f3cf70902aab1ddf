/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Opens what an NBD disk of a definition names. Runs in vitrine-vmm, as the one who starts the guest.
 */
#include "nbd-source.h"

#include "fds.h"
#include "ipc/nbd-link-wire.h"
#include "nbd/nbd-connect.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* Where a system keeps whom it trusts: Debian's place, then Fedora's. */
static const char *const system_authorities[] = {
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
};

void
nbd_source_free (NbdSource *source)
{
  g_clear_pointer (&source->address, nbd_address_free);
  fds_clear (&source->socket);
  fds_clear (&source->ca);
  fds_clear (&source->cert);
  fds_clear (&source->key);
  g_free (source);
}

/* The file's bytes in sealed memory. */
static int
read_pem (const char *path, const char *key, GError **error)
{
  autofd fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  g_autofree char *data = NULL;
  g_autoptr (GBytes) bytes = NULL;
  struct stat info;
  gssize got = -1;

  if (fd >= 0 && fstat (fd, &info) == 0 && S_ISREG (info.st_mode) && info.st_size > 0 &&
      info.st_size <= NBD_LINK_PEM_BYTES_MAX)
    {
      data = g_malloc (info.st_size);
      got = read (fd, data, info.st_size);
    }
  else if (fd >= 0)
    errno = EINVAL;
  if (got <= 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                   "The file %s (%s) cannot be read: %s", path, key,
                   errno == EINVAL ? "it is no file of a sane size" : g_strerror (errno));
      return -1;
    }
  bytes = g_bytes_new_take (g_steal_pointer (&data), got);
  return fds_memory_of ("pem", bytes, error);
}

static gboolean
open_authorities (NbdSource *source, const GuestDisk *disk, GError **error)
{
  if (disk->tls_ca != NULL)
    return (source->ca = read_pem (disk->tls_ca, "tls-ca", error)) >= 0;
  for (guint i = 0; i < G_N_ELEMENTS (system_authorities); i++)
    if (g_file_test (system_authorities[i], G_FILE_TEST_EXISTS))
      return (source->ca = read_pem (system_authorities[i], "trusted by this computer", error)) >= 0;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               "This computer has no list of authorities whose certificates it trusts: install "
               "ca-certificates, or set disk%u.tls-ca",
               disk->index);
  return FALSE;
}

static gboolean
open_tls (NbdSource *source, const GuestDisk *disk, GError **error)
{
  if ((disk->tls_cert == NULL) != (disk->tls_key == NULL))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "disk%u has a %s without a %s: set both, or none", disk->index,
                   disk->tls_cert != NULL ? "tls-cert" : "tls-key",
                   disk->tls_cert != NULL ? "tls-key" : "tls-cert");
      return FALSE;
    }
  if (!open_authorities (source, disk, error))
    return FALSE;
  if (disk->tls_cert == NULL)
    return TRUE;
  source->cert = read_pem (disk->tls_cert, "tls-cert", error);
  if (source->cert >= 0)
    source->key = read_pem (disk->tls_key, "tls-key", error);
  return source->key >= 0;
}

NbdSource *
nbd_source_open (const GuestDisk *disk, GError **error)
{
  g_autoptr (NbdSource) source = g_new0 (NbdSource, 1);
  const char *why = "";

  source->socket = source->ca = source->cert = source->key = -1;
  source->address = nbd_address_parse (disk->file, &why);
  if (source->address == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "%s is not the address of a disk on an NBD server: %s", disk->file, why);
      return NULL;
    }
  if (!source->address->tls &&
      (disk->tls_ca != NULL || disk->tls_cert != NULL || disk->tls_key != NULL))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "disk%u has settings of TLS, but its address is not one by TLS: begin it with "
                   "nbds, or remove tls-ca, tls-cert and tls-key",
                   disk->index);
      return NULL;
    }
  if (source->address->tls && !open_tls (source, disk, error))
    return NULL;
  /* A failure comes again, and is told of, when the guest starts. */
  if (source->address->socket != NULL)
    source->socket = nbd_connect_unix (source->address->socket);
  return g_steal_pointer (&source);
}
