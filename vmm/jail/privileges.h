/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Leaving root for good. A vmm started by root (a container, a test machine) opens what the guest's
 * definition names, then becomes an unprivileged uid of this guest's own and stays it.
 */
#pragma once

#include <gio/gio.h>

/* The uid and gid that guest `uuid` gets under root: derived from the uuid, outside the ranges that
 * distributions hand out, so that two guests differ. */
uid_t privileges_guest_uid (const char *uuid);

/* As root: clears groups, bounding set, ambient and all other capabilities, sets real, effective
 * and saved uid and gid, verifies that there is no way back. As a user: does nothing and succeeds.
 */
gboolean privileges_drop (uid_t uid, GError **error);
