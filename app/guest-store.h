/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guests folder (design.md section 4), for one or many processes at a time:
 *
 *   guests/.lock           held (OFD lock) around every change
 *   guests/.new-UUID/      being created; its `lock` is held by the creator
 *   guests/.old-UUID-…/    being removed
 *   guests/UUID/           guest.conf, lock (held by a running vmm), disks/, log, thumbnail.png
 *
 * Names appear and vanish by rename, so a process killed at any point leaves either the old state
 * or the new one, and a dot folder that the next guest_store_open sweeps away. Changes are on the
 * disk when a call returns. Errors are plain sentences; G_IO_ERROR_BUSY: the guest runs;
 * G_IO_ERROR_EXISTS: its uuid or name is taken; G_IO_ERROR_NOT_FOUND: there is no such guest.
 */
#pragma once

#include "guest-definition.h"

#include <gio/gio.h>

typedef struct _GuestStore GuestStore;

/* Opens the user's guests folder, made if it is missing, and removes what killed processes left. */
GuestStore *guest_store_open (GError **error);
GuestStore *guest_store_ref (GuestStore *store);
void guest_store_unref (GuestStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuestStore, guest_store_unref)

const char *guest_store_get_path (const GuestStore *store);

/* The uuids of all guests, in no order. */
GStrv guest_store_list (GuestStore *store, GError **error);

/* Reads and validates guest.conf. */
GuestDefinition *guest_store_read (GuestStore *store, const char *uuid, GError **error);

/* Makes room for a guest that is about to be added, and returns the full path of `file`, a plain
 * name, in its disks/ folder. NULL if the guest exists or the name is no plain one. */
char *guest_store_prepare_disk (GuestStore *store,
                                const char *uuid,
                                const char *file,
                                GError **error);

/* Takes back guest_store_prepare_disk and what was put there. */
void guest_store_discard (GuestStore *store, const char *uuid);

/* Stores a new guest together with what was prepared for it. */
gboolean guest_store_add (GuestStore *store, const GuestDefinition *definition, GError **error);

/* Writes what changed in `definition` since it was read (its `original`). If the file was changed
 * meanwhile by others, only that is changed which the caller changed. */
gboolean guest_store_update (GuestStore *store, const GuestDefinition *definition, GError **error);

/* Removes the guest and its own folder, whether or not its guest.conf can be read. */
gboolean guest_store_remove (GuestStore *store, const char *uuid, GError **error);

/* Whether a vmm holds the guest's lock. Also when this process has no descriptor left to find it
 * out: then connecting to vmm fails and says so. */
gboolean guest_store_is_running (GuestStore *store, const char *uuid);

/* Blocks until no vmm holds it: for threads. */
void guest_store_wait_stopped (GuestStore *store, const char *uuid);

/* Removes the sockets of a vmm that is dead; does nothing if one lives. */
void guest_store_clear_runtime (GuestStore *store, const char *uuid);
