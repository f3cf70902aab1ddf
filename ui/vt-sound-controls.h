/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The sound of a guest in its header: a button for volume and mute, and another that is there while
 * the guest hears the user, or would if that were not switched off. Hidden for a guest without sound.
 */
#pragma once

#include "vt-guest.h"

#include <gtk/gtk.h>

#define VT_TYPE_SOUND_CONTROLS (vt_sound_controls_get_type ())
G_DECLARE_FINAL_TYPE (VtSoundControls, vt_sound_controls, VT, SOUND_CONTROLS, GtkBox)

/* NULL: none. */
void vt_sound_controls_set_guest (VtSoundControls *self, VtGuest *guest);
/* The guest's sound is heard while this window is connected to its display. NULL: it is not. */
void vt_sound_controls_set_client (VtSoundControls *self, VtGlassClient *client);

void vt_sound_controls_toggle_mute (VtSoundControls *self);
/* Of a guest that may hear it: switches the microphone off, or on again. */
void vt_sound_controls_toggle_microphone (VtSoundControls *self);
