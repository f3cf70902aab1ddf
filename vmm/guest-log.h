/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's log: what vmm did and what the jailed programs printed, which is untrusted and thus
 * made printable and limited.
 */
#pragma once

#include <gio/gio.h>

#define GUEST_LOG_BYTES_MAX (1u << 20)     /* of the file at a start; a longer one is set aside */
#define GUEST_LOG_PROGRAM_MAX (256u << 10) /* bytes taken of one program in one run */
#define GUEST_LOG_LINE_MAX 500

/* Opens guests/UUID/log for appending and makes it standard output and error. Without it, standard
 * error stays what it was. */
void guest_log_open (const char *uuid);

/* One line with the time. */
void guest_log (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* The last line of a process that has no memory left for another: takes none. */
void guest_log_last_words (const char *text);

/* What a stranger said, for a line of the log: escaped, and cut to GUEST_LOG_QUOTE_MAX bytes.
 * Transfer full. */
#define GUEST_LOG_QUOTE_MAX 200u
char *guest_log_quote (const char *text);

typedef struct _LogPipe LogPipe;

/* A pipe whose lines go into the log behind `name`. *ret_write_fd is the caller's. */
LogPipe *log_pipe_new (const char *name, int *ret_write_fd, GError **error);
/* Reads what is left. */
void log_pipe_free (LogPipe *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LogPipe, log_pipe_free)

/* The last line that came, after reading what is there; "" if none did. */
const char *log_pipe_last_line (LogPipe *log);
