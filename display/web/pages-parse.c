/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Parser of the memory that holds the page. It comes from vmm, which is trusted more than we are;
 * a mistake there must not become one of ours. Runs in vitrine-display. Pure.
 */
#include "pages-parse.h"

static gboolean
is_path (const char *path)
{
  gsize length = strnlen (path, WEB_PATH_BYTES);

  if (path[0] != '/' || length == WEB_PATH_BYTES)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (path[i]) && strchr ("/._-", path[i]) == NULL)
      return FALSE;
  for (gsize i = length; i < WEB_PATH_BYTES; i++)
    if (path[i] != '\0')
      return FALSE;
  return TRUE;
}

static gboolean
is_entry (const WebPagesEntry *entry, gsize start, gsize size)
{
  return is_path (entry->path) && entry->size <= WEB_PAGES_FILE_BYTES_MAX &&
         entry->offset >= start && entry->offset <= size && entry->size <= size - entry->offset;
}

ParseResult
pages_parse (const void *data, gsize size, WebPagesIndex *ret_index)
{
  Cursor cursor = cursor_init (data, size);
  guint32 magic = cursor_u32 (&cursor);
  guint32 count = cursor_u32 (&cursor);
  const WebPagesEntry *entries;
  gsize start;

  if (cursor.failed || size > WEB_PAGES_BYTES_MAX || magic != WEB_PAGES_MAGIC || count < 1 ||
      count > WEB_PAGES_COUNT_MAX || cursor_left (&cursor) < count * sizeof *entries)
    return PARSE_BAD;
  entries = (const void *) (cursor.data + cursor.offset);
  start = cursor.offset + count * sizeof *entries;
  for (guint i = 0; i < count; i++)
    if (!is_entry (&entries[i], start, size) ||
        (i > 0 && strcmp (entries[i - 1].path, entries[i].path) >= 0))
      return PARSE_BAD;
  *ret_index = (WebPagesIndex) { count, entries };
  return PARSE_OK;
}

const WebPagesEntry *
pages_find (const WebPagesIndex *index, const char *path)
{
  guint low = 0;
  guint high = index->count;

  while (low < high)
    {
      guint middle = (low + high) / 2;
      int order = strcmp (path, index->entries[middle].path);

      if (order == 0)
        return &index->entries[middle];
      if (order < 0)
        high = middle;
      else
        low = middle + 1;
    }
  return NULL;
}
