/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The sound of one guest in this process: what its display process sends goes to the user's sound
 * server, what the microphone hears goes the other way, and only while the guest's definition
 * permits that, the guest really records and the user has not switched it off. One for all windows
 * of a guest, so that it is not heard twice.
 *
 * Signals: "changed" ()  any of what can be asked here
 */
#pragma once

#include "vt-guest.h"

typedef enum
{
  VT_SOUND_SILENT,   /* the guest plays nothing */
  VT_SOUND_HEARD,    /* it plays, and is heard (or muted) */
  VT_SOUND_UNHEARD,  /* it plays, and there is no sound server that answers */
} VtSoundState;

typedef enum
{
  VT_MICROPHONE_IDLE, /* the guest does not record, or must not */
  VT_MICROPHONE_USED, /* the guest hears the user */
  VT_MICROPHONE_OFF,  /* the user has switched it off */
} VtMicrophone;

#define VT_TYPE_SOUND (vt_sound_get_type ())
G_DECLARE_FINAL_TYPE (VtSound, vt_sound, VT, SOUND, GObject)

/* The guest's one. Transfer full. */
VtSound *vt_sound_get (VtGuest *guest);

/* A window shows the guest: the latest one's connection is used. */
void vt_sound_add_client (VtSound *self, VtGlassClient *client);
void vt_sound_remove_client (VtSound *self, VtGlassClient *client);

VtSoundState vt_sound_get_state (VtSound *self);
/* Per cent, remembered for the guest. */
guint vt_sound_get_volume (VtSound *self);
void vt_sound_set_volume (VtSound *self, guint volume);
gboolean vt_sound_get_muted (VtSound *self);
void vt_sound_set_muted (VtSound *self, gboolean muted);

VtMicrophone vt_sound_get_microphone (VtSound *self);
/* Off stays off until it is switched on, or all windows of the guest have closed. */
void vt_sound_set_microphone_off (VtSound *self, gboolean off);
