/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What can be shown on a line, be it a terminal's, and typed. Pure.
 */
#pragma once

#include <glib.h>

/* Whether a control character is among these bytes, which are valid UTF-8 (end of line, escape and
 * their like, those of Latin-1 too). */
gboolean plain_text_has_controls (const char *text, gsize size);
