/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How a viewer is told of a share by SPICE: an address to type, and the file that remote-viewer
 * opens, with the password and all that it needs to know our certificate by.
 */
#pragma once

#include "vt-share.h"

/* "spice://…", or "spice+tls://…"; NULL for other protocols. Transfer full. */
char *connection_file_uri (const VtShare *share);

/* Reads or makes the certificate that the share was made with, as vt_guest_share_async () did (NULL:
 * the user's own), and writes the file, for its owner only; remote-viewer removes it once it is
 * read. `title` is for its window. Waits for the disk. A sentence that names the file, or TRUE. */
gboolean connection_file_write (const char *path,
                                const VtShare *share,
                                const char *title,
                                const char *password,
                                const char *certificate_file,
                                const char *key_file,
                                GError **error);

/* The same in a thread, with the user's own certificate. */
void connection_file_write_async (const char *path,
                                  const VtShare *share,
                                  const char *title,
                                  const char *password,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer data);
gboolean connection_file_write_finish (GAsyncResult *result, GError **error);
