/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One key of a guest's definition as a row: title, what it is for, an editor, and in place of the
 * explanation what is wrong with the value, if something is.
 *
 * Signals: "edited" (string value) after each change by the user.
 */
#pragma once

#include "limit-spin.h"

#include <handy.h>

typedef enum
{
  SETTING_TEXT,
  SETTING_NUMBER,
  SETTING_CHOICE,
  SETTING_SWITCH, /* "true" or "false" */
  SETTING_FILE,   /* a path, or empty */
  SETTING_LIMIT,  /* a number of `range` */
} SettingKind;

typedef struct
{
  const char *word;  /* as in the file */
  const char *label; /* N_ (); NULL: the word itself */
} SettingChoice;

typedef struct
{
  const char *key;   /* as guest_definition_set wants it; of disks: without the group */
  const char *title; /* N_ () */
  const char *help;  /* N_ () or NULL */
  SettingKind kind;
  SettingChoice choices[6];
  LimitRange range;
} SettingSpec;

#define VT_TYPE_SETTING_ROW (vt_setting_row_get_type ())
G_DECLARE_FINAL_TYPE (VtSettingRow, vt_setting_row, VT, SETTING_ROW, HdyActionRow)

/* `spec` must live as long as the program. */
VtSettingRow *vt_setting_row_new (const SettingSpec *spec, const char *value);
const SettingSpec *vt_setting_row_get_spec (VtSettingRow *self);

/* What is wrong with the value, NULL: nothing. */
void vt_setting_row_set_error (VtSettingRow *self, const char *text);
gboolean vt_setting_row_has_error (VtSettingRow *self);
