/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Why bubblewrap could not make a jail's namespaces: which of them this host refuses, found by
 * trying each in a child. Private to vmm/jail.
 */
#pragma once

#include <glib.h>

/* A sentence without a full stop: which namespaces are refused and how to get them. `complaint` is
 * bubblewrap's own, or NULL. The caller's. Waits for the child, a few milliseconds. */
char *jail_namespaces_explain (const char *complaint);
