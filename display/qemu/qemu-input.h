/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Viewers' keyboard, pointer and touch to QEMU, and their wish for another screen size. Pointer
 * motion and sizes are state: while QEMU has not answered the last, only the newest is kept. All
 * that a viewer holds down is released when it goes. Main thread only; never waits.
 */
#pragma once

#include "ipc/glass-wire.h"
#include "qemu/head-layout.h"

#include <gio/gio.h>

/* Unanswered calls at which their viewer should be read no further (input_source_is_busy). Each has
 * its own: one that floods QEMU delays nobody by more than these. When a QEMU that stood still goes
 * on it hands all of them to the guest at once, whose keyboard (PS/2, USB) holds 16 bytes, or as
 * many keys, and loses the rest. */
#define INPUT_SOURCE_CALLS_MAX 4

typedef struct _QemuInput QemuInput;
typedef struct _InputSource InputSource;

/* `relieved` is called when a source is busy no more. */
QemuInput *qemu_input_new (GDBusConnection *connection,
                           void (*relieved) (gpointer user_data),
                           gpointer user_data);
/* The next head, whose console is the object `path`. At most GLASS_HEADS_MAX. */
gboolean qemu_input_add_head (QemuInput *input, const char *path, GError **error);
/* What a head < GLASS_HEADS_MAX shows now: pointers are placed by it. */
void qemu_input_set_head (QemuInput *input,
                          guint head,
                          guint32 width,
                          guint32 height,
                          gboolean lit);
/* What the guest says of its keyboard's lights: GLASS_LED_*. */
void qemu_input_set_leds (QemuInput *input, guint32 leds);
void qemu_input_free (QemuInput *input);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuInput, qemu_input_free)

/* One for each viewer of a head; freeing it releases what it holds. The input outlives it. */
InputSource *input_source_new (QemuInput *input, guint head);
void input_source_free (InputSource *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (InputSource, input_source_free)

gboolean input_source_is_busy (InputSource *source);

/* Numbers are within the limits of glass-wire.h. */
void input_source_key (InputSource *source, guint32 key, gboolean down);
/* Brings those of the guest's lock keys that `mask` names in line with `leds`, both of GLASS_LED_*.
 * A guest that does not say what became of a key is taken to have followed it. Does nothing while
 * anybody holds a lock key: what it does is not settled yet. */
void input_source_locks (InputSource *source, guint32 leds, guint32 mask);
gboolean input_source_holds (InputSource *source, guint32 key);
void input_source_button (InputSource *source, guint32 button, gboolean down);
void input_source_touch (InputSource *source, guint32 kind, guint32 slot, guint32 x, guint32 y);
void input_source_move (InputSource *source, guint32 x, guint32 y);
void input_source_move_relative (InputSource *source, gint32 dx, gint32 dy);
/* Of the source's head; switches it on if it is off. */
void input_source_resize (InputSource *source, const GlassResize *resize);
/* FALSE once QEMU has said that the guest's device cannot follow. */
gboolean qemu_input_can_resize (QemuInput *input, guint head);
/* As if its monitor were unplugged. Nothing for the first head. */
void input_source_head_off (InputSource *source);
