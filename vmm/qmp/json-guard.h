/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Whether untrusted bytes are one strict JSON value (RFC 8259) within limits, asked before
 * json-glib sees them: its parser recurses without a bound and accepts comments and assignments.
 * Pure.
 */
#pragma once

#include <json-glib/json-glib.h>

#define JSON_GUARD_DEPTH_MAX 32

typedef struct
{
  gsize bytes_max;
  guint depth_max;  /* nested objects and arrays, at most JSON_GUARD_DEPTH_MAX */
  guint values_max; /* scalars, arrays and objects in all */
  gsize string_max; /* bytes of one string as written, quotes excluded */
} JsonLimits;

/* TRUE if `text` is exactly one value, UTF-8, without NUL (written or escaped). `ret_why`, if not
 * NULL, is set on failure to a static phrase ("is nested too deeply"). */
gboolean json_guard_check (const char *text,
                           gsize size,
                           const JsonLimits *limits,
                           const char **ret_why);

/* Members of an untrusted object: NULL, 0 or FALSE when missing or of another type. All is
 * borrowed. */
JsonNode *json_guard_object (JsonNode *object, const char *name);
const char *json_guard_string (JsonNode *object, const char *name);
gint64 json_guard_int (JsonNode *object, const char *name);
gboolean json_guard_boolean (JsonNode *object, const char *name);
