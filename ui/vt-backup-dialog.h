/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A disk of a running guest, as it is now, copied into a file that a person chooses; how far that
 * is, and what came of it. A copy ends with its dialog, so whoever closes one on the way is asked.
 */
#pragma once

#include "vt-guest.h"

#include <handy.h>

#define VT_TYPE_BACKUP_DIALOG (vt_backup_dialog_get_type ())
G_DECLARE_FINAL_TYPE (VtBackupDialog, vt_backup_dialog, VT, BACKUP_DIALOG, HdyWindow)

/* Whether the guest is one that can be backed up now. */
gboolean vt_backup_dialog_is_possible (VtGuest *guest);

/* Shows the guest's dialog: that which there is, or a new one. */
void vt_backup_dialog_open (GtkWindow *parent, VtGuest *guest);

typedef void (*VtBackupThen) (gpointer object);

/* Whether a copy is being made by a dialog over `parent` (NULL: by any). If so it asks, and should
 * the person let the copy go, calls `then` once it is gone. `object` is a GObject, kept until then.
 */
gboolean vt_backup_dialog_holds (GtkWindow *parent, VtBackupThen then, gpointer object);
