/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a person may say to QEMU's monitor. The table decides; whatever it does not name is refused.
 * Pure.
 */
#pragma once

#include <json-glib/json-glib.h>

#define ALLOW_LIST_COMMAND_BYTES_MAX (16u << 10)
/* Why a command is refused that the table does not name. */
#define ALLOW_LIST_UNKNOWN "is not on the list of commands known to be harmless"

/* One command as {"execute": NAME, "arguments": {…}}, checked against limits and the table. Sets
 * the name and the arguments (NULL: none), both the caller's; else `error` says why not. */
gboolean allow_list_check (const char *json,
                           char **ret_name,
                           JsonObject **ret_arguments,
                           GError **error);

/* For tests and help: the verdict on one name, and the reason in *ret_reason (static). */
gboolean allow_list_allows (const char *name, const char **ret_reason);
