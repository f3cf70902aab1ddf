/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Two changes of one guest.conf at the same time. Pure.
 */
#pragma once

#include "guest-definition.h"

/* What changed from wanted->original to `wanted`, done to `text` (read from `file`) instead. Error
 * if text is not valid, or no longer is with the changes. */
GuestDefinition *guest_merge (const GuestDefinition *wanted,
                              const char *text,
                              gsize size,
                              const char *file,
                              GError **error);
