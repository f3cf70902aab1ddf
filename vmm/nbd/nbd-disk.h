/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One disk on an NBD server: its connection, its vitrine-nbd, and one connection after another
 * while the server comes and goes. QEMU keeps the same socket all the time. Runs in vitrine-vmm;
 * reads no byte of the server's.
 */
#pragma once

#include "jail/jail.h"
#include "nbd/nbd-source.h"

/* A server that is gone for so long makes the guest pause; before, requests wait. */
#define NBD_DISK_GRACE_MS 5000
/* A server that owes an answer for so long is gone. */
#define NBD_DISK_ANSWER_MS 12000
/* vitrine-nbd, which times the server, says how a connection came out within this, or hangs. */
#define NBD_DISK_SILENCE_MS (NBD_DISK_ANSWER_MS + 3000)
#define NBD_DISK_RETRY_SECONDS_MAX 15
/* One that stayed for less was never quite back. */
#define NBD_DISK_STABLE_SECONDS 30

typedef struct _NbdDisk NbdDisk;

typedef struct
{
  /* For the first time: QEMU may use its socket. */
  void (*ready) (gpointer user_data);
  /* It never was ready, and will not be; `why` is a sentence. */
  void (*failed) (const char *why, gpointer user_data);
  /* The server is gone and requests fail from now on, so that the guest pauses; `why` is a
   * sentence. `for_good`: only another start helps. */
  void (*lost) (const char *why, gboolean for_good, gpointer user_data);
  /* It is back after that. */
  void (*back) (gpointer user_data);
  /* Something a person should know: a sentence. */
  void (*warning) (const char *text, gpointer user_data);
  /* Another process, or none. */
  void (*changed) (gpointer user_data);
} NbdDiskEvents;

/* `source` is borrowed. `writable`: the guest is to write. *ret_client is QEMU's end, the caller's.
 */
NbdDisk *nbd_disk_new (const char *binary,
                       NbdSource *source,
                       gboolean writable,
                       const NbdDiskEvents *events,
                       gpointer user_data,
                       int *ret_client,
                       GError **error);
void nbd_disk_free (NbdDisk *disk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NbdDisk, nbd_disk_free)

/* QEMU ends: nothing shall make it wait, nothing is connected again. */
void nbd_disk_expect_end (NbdDisk *disk);

/* NULL while the guest's requests are answered; else why they are not. Borrowed. */
const char *nbd_disk_get_trouble (NbdDisk *disk);

/* Whether the guest would be answered now. */
gboolean nbd_disk_is_open (NbdDisk *disk);

/* NULL: it has ended. Borrowed. */
Jail *nbd_disk_get_jail (NbdDisk *disk);
