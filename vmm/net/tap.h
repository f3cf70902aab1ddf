/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The tap that a start was handed, for a guest that is to be a machine of the network behind it.
 * Vitrine makes none itself: that takes a right that it does not have. Runs in vitrine-vmm.
 */
#pragma once

#include <glib.h>

/* Whether `fd` is a tap whose frames have no header, as far as the kernel says; makes it non-blocking and close-on-exec. FALSE
 * with a sentence that says what it has to be. */
gboolean tap_check (int fd, GError **error);
