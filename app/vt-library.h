/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * All guests of this user: a GListModel of VtGuest sorted by name, kept true by watching the guests
 * folder and the runtime folder (another vitrine or vitrinectl may change either at any time).
 */
#pragma once

#include "vt-guest.h"

#define VT_TYPE_LIBRARY (vt_library_get_type ())
G_DECLARE_FINAL_TYPE (VtLibrary, vt_library, VT, LIBRARY, GObject)

/* Reads the folder at once (a few files); creates it if it is missing. */
VtLibrary *vt_library_new (GError **error);

/* By name or uuid. Borrowed; NULL with an error that says so if none or several match. */
VtGuest *vt_library_find (VtLibrary *self, const char *name_or_uuid, GError **error);

/* Stores a new guest. Its uuid must be new and its name must not be taken. Borrowed. */
VtGuest *vt_library_add (VtLibrary *self, const GuestDefinition *definition, GError **error);

/* Makes an empty qcow2 of `bytes` in the guest's disks/ folder by a jailed qemu-img; `name` is the
 * file's plain name. For a definition that is about to be added. Undone if it fails. */
void vt_library_make_disk_async (VtLibrary *self, const char *uuid, const char *name, guint64 bytes,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer data);
gboolean vt_library_make_disk_finish (VtLibrary *self, GAsyncResult *result, GError **error);

/* Removes the folder of a guest that was never added (after a failed creation). */
void vt_library_discard (VtLibrary *self, const char *uuid);

/* What a new guest should get here: half of the free memory at most, 2 GiB if there is room, half of
 * the processors but 1 to 4. */
void vt_library_defaults (guint *ret_memory_mib, guint *ret_cpus);

/* Memory in MiB that a guest could take now (MemAvailable, minus a reserve of 256). */
guint vt_library_free_memory_mib (void);

/* What this host offers, as the JSON of `vitrine-vmm --doctor` (KVM verdict and remedy, jail layers,
 * QEMU version, ...). Takes up to 250 ms in a process of its own. */
void vt_library_doctor_async (VtLibrary *self, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer data);
char *vt_library_doctor_finish (VtLibrary *self, GAsyncResult *result, GError **error);
