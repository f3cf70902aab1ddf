/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Shared memory in pages of 2 MiB, as far as the kernel has any. It gives shared memory none unless
 * asked (shmem_enabled). A socket that is handed a frame, and whoever writes it, take longer for
 * 2000 small pages, each to be faulted in, looked up and counted, than for the bytes in them.
 */
#pragma once

#include <glib.h>

#define LARGE_PAGE_BYTES (2u << 20)

/* How much to allocate for `bytes`: up to an eighth more, if that makes the last page a large one.
 */
gsize large_pages_round (gsize bytes);

/* Where to map so much, for large pages; NULL: anywhere. */
void *large_pages_find_place (gsize bytes);

/* Makes what is mapped there, black memory that nobody else has yet, large pages, or small ones
 * where the kernel has none: all of them are there then (fds_is_whole). */
void large_pages_use (void *map, gsize bytes);
