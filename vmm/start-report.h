/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Progress of a start, told to whoever asked for it (common/ipc/start-wire.h). A reader that is
 * gone before the end wants the start undone.
 */
#pragma once

#include <gio/gio.h>

typedef struct _StartReport StartReport;

/* Takes `fd`, the pipe's end, or -1: then everything below does nothing. */
StartReport *start_report_new_take (int fd);
void start_report_free (StartReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (StartReport, start_report_free)

void start_report_step (StartReport *report, const char *text);
/* The last line; the pipe is closed. */
void start_report_ready (StartReport *report);
void start_report_failed (StartReport *report, const char *text);

/* Calls `gone` once from the main context if the reader closes before the last line. */
void start_report_watch (StartReport *report,
                         void (*gone) (gpointer user_data),
                         gpointer user_data);
