/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Copies out of a mapping whose file somebody else may cut off at any time. What is gone then is no
 * SIGBUS for the process, but a failure of the copy.
 */
#pragma once

#include <glib.h>

/* Copies `size` bytes once, from first to last; FALSE if some of them are gone. On any thread. The
 * first call installs the process's handler of SIGBUS, which leaves every other one deadly. */
gboolean guarded_copy (void *out, const void *from, gsize size);
