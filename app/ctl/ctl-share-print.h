/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Shares and their viewers on standard output. The keys of the JSON stay the same from version to
 * version.
 */
#pragma once

#include "vt-share.h"

#include <json-glib/json-glib.h>

/* One share as an object. `password` is told, unless it is NULL. */
void ctl_share_add_json (JsonBuilder *builder, const VtShare *share, const char *password);
/* The same for people; `several`: the guest has more displays than one. */
void ctl_share_print (const VtShare *share, gboolean several, const char *password);

/* Of VtShare and VtViewer: all of both; the shares; the viewers. */
void ctl_share_print_json (const GPtrArray *shares, const GPtrArray *viewers);
void ctl_share_print_all (const GPtrArray *shares);
void ctl_share_print_viewers (const GPtrArray *shares, const GPtrArray *viewers);
