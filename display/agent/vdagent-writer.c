/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Chunks of a message of ours. Runs in vitrine-display.
 */
#include "agent/vdagent-writer.h"

#include <string.h>

void
vdagent_writer_clear (VdagentWriter *writer)
{
  g_clear_pointer (&writer->head, g_byte_array_unref);
  g_clear_pointer (&writer->contents, g_bytes_unref);
  memset (writer, 0, sizeof *writer);
}

void
vdagent_append_u32 (GByteArray *body, guint32 value)
{
  guint32 wire = GUINT32_TO_LE (value);

  g_byte_array_append (body, (const guint8 *) &wire, sizeof wire);
}

void
vdagent_writer_begin (VdagentWriter *writer, guint32 type, const GByteArray *body, GBytes *contents)
{
  gsize size = contents != NULL ? g_bytes_get_size (contents) : 0;

  vdagent_writer_clear (writer);
  writer->head = g_byte_array_new ();
  vdagent_append_u32 (writer->head, VDAGENT_PROTOCOL);
  vdagent_append_u32 (writer->head, type);
  vdagent_append_u32 (writer->head, 0); /* opaque, two words */
  vdagent_append_u32 (writer->head, 0);
  vdagent_append_u32 (writer->head, body->len + size);
  if (body->len > 0)
    g_byte_array_append (writer->head, body->data, body->len);
  if (size > 0)
    writer->contents = g_bytes_ref (contents);
  writer->size = writer->head->len + size;
}

gboolean
vdagent_writer_is_busy (const VdagentWriter *writer)
{
  return writer->head != NULL;
}

static void
begin_chunk (VdagentWriter *writer)
{
  const guint32 words[] = { GUINT32_TO_LE (VDAGENT_CLIENT_PORT), 0 };
  guint32 size;

  writer->chunk_left = MIN (writer->size - writer->at, VDAGENT_CHUNK_BYTES_MAX);
  size = GUINT32_TO_LE (writer->chunk_left);
  memcpy (writer->chunk_head, words, sizeof words);
  memcpy (writer->chunk_head + sizeof size, &size, sizeof size);
  writer->chunk_head_left = sizeof writer->chunk_head;
}

/* What lies at writer->at, up to the end of the head or of the contents. */
static const guint8 *
present_bytes (const VdagentWriter *writer, gsize *ret_size)
{
  gsize size;
  const guint8 *data;

  if (writer->at < writer->head->len)
    {
      *ret_size = writer->head->len - writer->at;
      return writer->head->data + writer->at;
    }
  data = g_bytes_get_data (writer->contents, &size);
  *ret_size = size - (writer->at - writer->head->len);
  return data + (writer->at - writer->head->len);
}

static gsize
fill_some (VdagentWriter *writer, guint8 *buffer, gsize size)
{
  const guint8 *data;
  gsize n;

  if (writer->chunk_left == 0)
    begin_chunk (writer);
  if (writer->chunk_head_left > 0)
    {
      n = MIN (writer->chunk_head_left, size);
      memcpy (buffer, writer->chunk_head + sizeof writer->chunk_head - writer->chunk_head_left, n);
      writer->chunk_head_left -= n;
      return n;
    }
  data = present_bytes (writer, &n);
  n = MIN (MIN (n, writer->chunk_left), size);
  memcpy (buffer, data, n);
  writer->at += n;
  writer->chunk_left -= n;
  if (writer->at == writer->size)
    vdagent_writer_clear (writer);
  return n;
}

gsize
vdagent_writer_fill (VdagentWriter *writer, guint8 *buffer, gsize size)
{
  gsize filled = 0;

  while (filled < size && vdagent_writer_is_busy (writer))
    filled += fill_some (writer, buffer + filled, size - filled);
  return filled;
}
