/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Line ends of texts whose sides count lines in different ways. Pure.
 */
#pragma once

#include <glib.h>

/* A line feed for each carriage return and line feed; others stay. */
GBytes *line_ends_to_lf (const guint8 *data, gsize size);
/* The other way round; a line feed that has its carriage return stays as it is. */
GBytes *line_ends_to_crlf (const guint8 *data, gsize size);
