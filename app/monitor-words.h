/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The monitor in a person's words: "info block", "sendkey ctrl-alt-delete" to the QMP command that
 * vmm's allow-list knows. Offers only what passes; other words go to vmm, which says why it refuses
 * them. Pure.
 */
#pragma once

#include <glib.h>

#define MONITOR_LINE_MAX 1024u /* bytes that a person types */
#define MONITOR_KEYS_MAX 16u   /* held at once by sendkey */

/* One line as typed, to {"execute": …, "arguments": {…}}. Lines that begin with a brace are QMP
 * already. "NAME key=value …" gives a command of QMP arguments that are text. NULL if the words make
 * no command; `error` says what is expected. */
char *monitor_words_to_json (const char *typed, GError **error);

/* Whether the line asks for help, which is answered here. */
gboolean monitor_words_is_help (const char *typed);
/* The commands, a line each, translated. */
char *monitor_words_help (void);
/* The n-th of the words that are offered, for completion; NULL after the last. Static. */
const char *monitor_words_offer (guint n);
