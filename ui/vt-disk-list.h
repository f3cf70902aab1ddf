/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The disks of a definition's draft: one expandable row a disk, and buttons to add an ISO or a disk
 * image. Changes the draft it was given; removing a disk from a guest deletes no file.
 *
 * Signals: "changed" () after the draft changed or an error came or went.
 */
#pragma once

#include "guest-definition.h"

#include <handy.h>

#define VT_TYPE_DISK_LIST (vt_disk_list_get_type ())
G_DECLARE_FINAL_TYPE (VtDiskList, vt_disk_list, VT, DISK_LIST, HdyPreferencesGroup)

/* `draft` is borrowed and must outlive the widget's use. */
VtDiskList *vt_disk_list_new (GuestDefinition *draft);
gboolean vt_disk_list_has_error (VtDiskList *self);
