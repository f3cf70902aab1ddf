/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Members of JSON that another process wrote: what is missing or of another type is empty. All is
 * borrowed. Pure.
 */
#pragma once

#include <json-glib/json-glib.h>

const char *ctl_json_text (JsonObject *object, const char *member);
gint64 ctl_json_number (JsonObject *object, const char *member);
/* NULL if it is none. */
JsonObject *ctl_json_object (JsonObject *object, const char *member);
JsonArray *ctl_json_array (JsonObject *object, const char *member);
JsonObject *ctl_json_element (JsonArray *array, guint index);
