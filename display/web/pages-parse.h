/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The index of the page's files (common/ipc/web-wire.h). Pure.
 */
#pragma once

#include "cursor.h"
#include "ipc/web-wire.h"

typedef struct
{
  guint count;
  const WebPagesEntry *entries; /* in `data` */
} WebPagesIndex;

/* Whether all of it is as the wire header says: OK or BAD. `data` is aligned for a guint32. */
ParseResult pages_parse (const void *data, gsize size, WebPagesIndex *ret_index);

/* NULL: there is no such file. */
const WebPagesEntry *pages_find (const WebPagesIndex *index, const char *path);
