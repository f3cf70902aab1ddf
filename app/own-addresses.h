/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The addresses under which this computer's networks know it, as the kernel tells in /proc/net.
 * Runs in the front ends, which open no network socket to ask for them.
 */
#pragma once

#include <glib.h>

/* More are not told of: a choice of them must be readable. */
#define OWN_ADDRESSES_MAX 12u

/* The addresses in the texts of /proc/net/fib_trie and if_inet6 (either may be NULL), in that
 * order, each once: none of this computer's own (127.0.0.1, ::1) or of one card only (fe80::…). */
GStrv own_addresses_parse (const char *fib_trie, const char *if_inet6);

/* As they are now. */
GStrv own_addresses_read (void);

/* Those that lead to what listens on every address (0.0.0.0, ::), for people; NULL if there are
 * none, or for another address, which is itself the one. Transfer full. */
char *own_addresses_describe (const char *listening);
