/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What GLib and the libraries on it have to say (g_warning() and its like), as one short line each.
 * GDBus writes the whole of a message that it cannot read, in hexadecimal, so a peer could fill a
 * log with whatever it liked.
 */
#pragma once

#include <glib.h>

#define LOG_LINE_MAX 300 /* bytes */

/* `fatal`: GLib ends the process afterwards, since there is no more memory, thread or descriptor
 * for it. */
typedef void (*LogLineWriter) (const char *line, gboolean fatal);

/* One line of printable text from a message, without the bytes of a peer that GDBus shows, into
 * LOG_LINE_MAX + 1 bytes. Takes no memory. `domain` may be NULL. */
void log_line_make (char *ret_line, const char *domain, const char *message);

/* From now on, for the whole process; before there are threads. `write_line`, which any thread may
 * call, gets each line, without its end; NULL: the standard error output. */
void log_line_install (LogLineWriter write_line);
