/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One line of QEMU's monitor protocol (B2) to a validated message. Pure.
 * Source: QEMU, docs/interop/qmp-spec.rst.
 */
#pragma once

#include "cursor.h"

#include <json-glib/json-glib.h>

#define QMP_LINE_MAX (1u << 20) /* bytes with the newline; the schema alone is 250 KiB */
#define QMP_DEPTH_MAX 24
#define QMP_VALUES_MAX 100000
#define QMP_STRING_MAX (512u << 10) /* what the human monitor says of 255 processors */
#define QMP_NAME_MAX 64             /* of an event or an error class */
#define QMP_ERROR_TEXT_MAX 1024 /* bytes kept of an error's description */

typedef enum
{
  QMP_GREETING,
  QMP_RETURN,
  QMP_ERROR,
  QMP_EVENT,
} QmpMessageKind;

typedef struct
{
  QmpMessageKind kind;
  guint64 id;          /* RETURN, ERROR: as we sent it; 0 if the message bears none */
  guint version_major; /* GREETING */
  guint version_minor;
  guint version_micro;
  char name[QMP_NAME_MAX + 1];       /* EVENT: its name; ERROR: its class */
  char text[QMP_ERROR_TEXT_MAX + 1]; /* ERROR: description, printable UTF-8 in one line */
  JsonNode *data;                    /* RETURN: the value; EVENT: its data object or NULL. Owned */
} QmpMessage;

void qmp_message_free (QmpMessage *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QmpMessage, qmp_message_free)

/* Looks for one line at the start of `data`. OK: *ret_message (NULL for a blank line) and
 * *ret_used, the bytes with the newline. NEED_MORE: no newline yet. BAD: this peer does not speak
 * QMP; *ret_why is a static phrase. */
ParseResult qmp_parse (const char *data,
                       gsize size,
                       QmpMessage **ret_message,
                       gsize *ret_used,
                       const char **ret_why);

/* Untrusted text to one printable line of at most `max` bytes: control characters become spaces. */
void qmp_copy_printable (char *out, gsize max, const char *text);
