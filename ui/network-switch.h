/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The network of the guest that a console page shows: an indicator in its header and the action
 * win.network, whose state is the policy in force ("offline", "internet", "lan"). Runs in `vitrine`,
 * which opens no network socket itself.
 */
#pragma once

#include "vt-guest.h"

#include <gtk/gtk.h>

/* What people call a policy, translated. */
const char *network_switch_label (const char *policy);

/* Shows the policy of `guest` on the menu button with its image, hidden where there is no card. */
void network_switch_show (GtkMenuButton *button, GtkImage *image, VtGuest *guest);

/* Changes the policy of a running guest. `failed` hears a sentence, if it fails, as long as `object`
 * lives. */
typedef void (*NetworkSwitchFailed) (gpointer object, const char *text);
void network_switch_change (VtGuest *guest,
                            const char *policy,
                            NetworkSwitchFailed failed,
                            GObject *object);
