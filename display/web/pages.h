/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The files of the page, in memory that vmm has sealed. Nothing is opened and nothing copied.
 */
#pragma once

#include <glib.h>

typedef struct _Pages Pages;

/* Takes the descriptor. NULL if it is not sealed or not what common/ipc/web-wire.h says. */
Pages *pages_new (int memory);
void pages_free (Pages *pages);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pages, pages_free)

/* A file's bytes, which live as long as the pages; NULL: there is none of that path. */
const guint8 *pages_get (Pages *pages, const char *path, gsize *ret_size);
