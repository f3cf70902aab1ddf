/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's pointer for one SPICE viewer: the newest shape and place, as commands of the library.
 * Set on the main thread, taken on a worker.
 */
#pragma once

#include "frame/screen.h"

#include <spice.h>

/* In the id of a command of this kind, whose memory is aligned. */
#define SPICE_CURSOR_TAG ((guint64) 1)

typedef struct _SpiceCursor SpiceCursor;

SpiceCursor *spice_cursor_new (void);
void spice_cursor_free (SpiceCursor *cursor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SpiceCursor, spice_cursor_free)

/* The screen's present shape. */
void spice_cursor_load (SpiceCursor *cursor, Screen *screen);
void spice_cursor_place (SpiceCursor *cursor, const GlassCursorPosition *position);
/* The viewer's cursor channel knows nothing (any more). */
void spice_cursor_again (SpiceCursor *cursor);

/* FALSE: nothing new. */
gboolean spice_cursor_next (SpiceCursor *cursor, QXLCommandExt *ret_command);
/* Of a command from above. */
void spice_cursor_release (QXLReleaseInfo *info);
