/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Keyboard and pointer of one SPICE viewer, as devices of the library: scan codes and button masks
 * to QEMU's numbers. Main thread only.
 */
#pragma once

#include "qemu/qemu-input.h"

#include <spice.h>

typedef struct _SpiceInput SpiceInput;

/* `get_input` may return NULL while QEMU is not linked. A viewer that may only look has devices
 * that do nothing. */
SpiceInput *spice_input_new (SpiceServer *server,
                             guint head,
                             gboolean view_only,
                             QemuInput *(*get_input) (gpointer user_data),
                             gpointer user_data);
/* After the library's end. Releases what the viewer holds. */
void spice_input_free (SpiceInput *input);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SpiceInput, spice_input_free)

/* More of it is to be read only once QEMU has taken what there is. */
gboolean spice_input_is_busy (SpiceInput *input);

/* Whether the guest takes positions (a tablet) or motions. */
void spice_input_set_absolute (SpiceInput *input, gboolean absolute);
void spice_input_set_leds (SpiceInput *input, guint32 leds);
/* Asks the guest for another screen size. */
void spice_input_resize (SpiceInput *input, guint32 width, guint32 height);
