/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Key numbers: X11/evdev hardware codes, names ("ctrl", "alt", "delete", "f1", "a", "ret") and
 * characters of a US keyboard to QEMU's qnum (set 1, 0xe0 prefix folded into bit 7). Pure tables.
 */
#pragma once

#include <glib.h>

/* From a GdkEventKey's hardware_keycode (evdev + 8, on X11 and Wayland alike); 0 if unknown. */
guint keymap_from_hardware (guint hardware_keycode);

/* From QEMU's key name, with "del", "enter", "win" and their like as aliases; 0 if unknown. */
guint keymap_from_name (const char *name);

/* Caps, Num or Scroll Lock. */
gboolean keymap_is_lock (guint qnum);

/* "ctrl-alt-delete" to numbers, pressed in order and released in reverse. NULL with an error that
 * names the unknown part. */
GArray *keymap_from_chord (const char *chord, GError **error);

/* A character typed on a US keyboard: its key and whether shift is held. */
gboolean keymap_from_char (gunichar character, guint *ret_qnum, gboolean *ret_shift);
