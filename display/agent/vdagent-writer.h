/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Messages of ours to the bytes of chunks, made as there is room for them: contents are never
 * copied but into the buffer that is sent. Pure.
 */
#pragma once

#include "agent/vdagent-wire.h"

typedef struct
{
  GByteArray *head; /* owned: the message up to its contents; NULL: nothing is being written */
  GBytes *contents; /* owned, or NULL */
  gsize at;         /* in both */
  gsize size;
  guint8 chunk_head[VDAGENT_CHUNK_HEADER_BYTES];
  gsize chunk_head_left;
  gsize chunk_left;
} VdagentWriter;

void vdagent_writer_clear (VdagentWriter *writer);

/* A little-endian word more. */
void vdagent_append_u32 (GByteArray *body, guint32 value);

/* Begins the message of that body, behind which the contents come if there are any. The one before
 * must have been written. */
void vdagent_writer_begin (VdagentWriter *writer,
                           guint32 type,
                           const GByteArray *body,
                           GBytes *contents);
gboolean vdagent_writer_is_busy (const VdagentWriter *writer);

/* The next bytes of it, as many as there is room for. 0: it has been written. */
gsize vdagent_writer_fill (VdagentWriter *writer, guint8 *buffer, gsize size);
