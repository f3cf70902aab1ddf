/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a guest's disks rested on when they were last used: guests/UUID/backing, written by vmm
 * alone. A guest that has taken over its QEMU can write any backing name into its own image;
 * without this record the next start would open a neighbour's image for it.
 */
#pragma once

#include <gio/gio.h>

typedef struct _BackingRecord BackingRecord;

/* A missing or unreadable file is an empty record. */
BackingRecord *backing_record_load (const char *uuid);
void backing_record_free (BackingRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BackingRecord, backing_record_free)

/* Whether `image` is new here, or rested on `backing` before. */
gboolean backing_record_allows (BackingRecord *record, const char *image, const char *backing);

/* From now on `image` rests on these (NULL at the end) and no others. */
void backing_record_note (BackingRecord *record, const char *image, const char *const *backings);

/* From now on `image` is the file of this inode. Returns the one that it was before; 0: unknown. */
guint64 backing_record_note_inode (BackingRecord *record, const char *image, guint64 inode);

/* Writes it if it has changed. */
gboolean backing_record_save (BackingRecord *record, GError **error);
