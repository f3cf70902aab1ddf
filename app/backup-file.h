/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The files of a backup: what it is read by, what keeps what the guest overwrites meanwhile, and the
 * copy. Runs in the front ends. The copy has no name until it is whole, so that nothing is left of
 * one that was broken off, whatever ended it; where a file system cannot do that, it has a hidden one.
 */
#pragma once

#include <gio/gio.h>

/* A listening Unix socket at `path`, for its owner only from its first moment. -1 with a sentence. */
int backup_file_listen (const char *path, GError **error);

/* A listening socket that has no name any more, and in *ret_reader a connection to it. `uuid`: of the
 * guest, in whose runtime folder it has a name for a moment. -1 with a sentence. */
int backup_file_listen_for_one (const char *uuid, int *ret_reader, GError **error);

/* An empty file without a name in `folder`. -1 with a sentence. */
int backup_file_scratch (const char *folder, GError **error);

typedef struct _BackupTarget BackupTarget;

/* A file that shall once be `path`. Unless it may `replace` one, there must be none; it never replaces
 * a disk image that is in use. NULL with a sentence. */
BackupTarget *backup_target_new (const char *path, gboolean replace, GError **error);
void backup_target_free (BackupTarget *target);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BackupTarget, backup_target_free)

/* Empty, open for reading and writing; the target's. */
int backup_target_get_fd (BackupTarget *target);

/* Gives it its name, durably. Waits for the medium: not on the main thread. */
gboolean backup_target_finish (BackupTarget *target, GError **error);
