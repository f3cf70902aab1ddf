/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A disk of the running guest as it is at one moment, to be read over a Unix socket while the guest
 * goes on: QEMU keeps what the guest overwrites in a scratch file (copy-before-write), and its NBD
 * server shows the whole as a snapshot. Runs in vitrine-vmm; never waits.
 *
 * The front end brings the listening socket, the scratch file, and one end of a pair: when the
 * other end closes the backup is over, and before it ends a sentence is written there.
 */
#pragma once

#include "qmp/qmp-client.h"

#define BACKUP_READERS_MAX 8
#define BACKUP_TEXT_MAX 512

typedef struct _Backup Backup;

typedef struct
{
  int listener; /* all three are taken */
  int scratch;
  int life;
  guint disk;    /* of the definition: diskN */
  guint seconds; /* until it ends by itself */
} BackupOrder;

typedef struct
{
  /* The snapshot is taken and can be read, or `error` says why not. Once. */
  void (*begun) (const GError *error, gpointer user_data);
  /* QEMU holds nothing of it any more; to be freed now. */
  void (*ended) (gpointer user_data);
} BackupEvents;

/* `folder` is the guest's runtime folder, in which a socket may be made for a moment; `starter` may
 * read, and root. `binary` is vitrine-nbd's. Borrowed. */
Backup *backup_new_take (const BackupOrder *order,
                         QmpClient *qmp,
                         const char *binary,
                         int folder,
                         uid_t starter,
                         const BackupEvents *events,
                         gpointer user_data);

/* Ends it; `why` is a sentence. `ended` follows once QEMU has let go. */
void backup_end (Backup *backup, const char *why);
/* Whether it was ended because QEMU does not answer: it may be long until `ended`. */
gboolean backup_is_silent (const Backup *backup);
/* QEMU is gone. */
void backup_free (Backup *backup);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Backup, backup_free)
