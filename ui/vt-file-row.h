/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A row that asks for one file: its title, the path chosen, and a button for the file chooser.
 * Opens no file.
 *
 * Signals: "chosen" (string path).
 */
#pragma once

#include <handy.h>

#define VT_TYPE_FILE_ROW (vt_file_row_get_type ())
G_DECLARE_FINAL_TYPE (VtFileRow, vt_file_row, VT, FILE_ROW, HdyActionRow)

/* `title` of the chooser, also the button's name for screen readers. `filter` and `patterns` (a
 * static array), or NULL, are offered first: every file can be chosen all the same. */
void vt_file_row_setup (VtFileRow *self,
                        const char *title,
                        const char *filter,
                        const char *const *patterns);

/* Absolute, or NULL. Borrowed. Setting emits nothing. */
const char *vt_file_row_get_path (VtFileRow *self);
void vt_file_row_set_path (VtFileRow *self, const char *path);
void vt_file_row_focus (VtFileRow *self);
