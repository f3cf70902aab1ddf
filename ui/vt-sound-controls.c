/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Volume, mute and microphone of a guest. Runs in `vitrine`; shows and sets what VtSound says.
 */
#include "config.h"

#include "vt-sound-controls.h"

#include "vt-sound.h"

#include <glib/gi18n.h>

struct _VtSoundControls
{
  GtkBox parent_instance;

  /* template */
  GtkToggleButton *microphone_button;
  GtkImage *microphone_icon;
  GtkMenuButton *volume_button;
  GtkImage *volume_icon;
  GtkPopover *popover;
  GtkToggleButton *mute_button;
  GtkImage *mute_icon;
  GtkAdjustment *volume;
  GtkLabel *note;

  /* owned */
  VtSound *sound;
  VtGlassClient *client;

  gboolean refreshing; /* what changes now is not the user's wish */
};

G_DEFINE_FINAL_TYPE (VtSoundControls, vt_sound_controls, GTK_TYPE_BOX)

static const char *
get_icon (guint volume, gboolean muted)
{
  if (muted || volume == 0)
    return "audio-volume-muted-symbolic";
  if (volume < 34)
    return "audio-volume-low-symbolic";
  return volume < 67 ? "audio-volume-medium-symbolic" : "audio-volume-high-symbolic";
}

static void
set_name (GtkWidget *widget, const char *name)
{
  atk_object_set_name (gtk_widget_get_accessible (widget), name);
}

static void
refresh_microphone (VtSoundControls *self)
{
  VtMicrophone microphone = vt_sound_get_microphone (self->sound);
  GtkWidget *button = GTK_WIDGET (self->microphone_button);
  GtkStyleContext *context = gtk_widget_get_style_context (button);
  gboolean used = microphone == VT_MICROPHONE_USED;
  const char *text = used ? _ ("The guest hears your microphone: press to switch it off")
                          : _ ("Your microphone is off for the guest: press to switch it on");

  gtk_widget_set_visible (button, microphone != VT_MICROPHONE_IDLE);
  gtk_toggle_button_set_active (self->microphone_button, used);
  gtk_image_set_from_icon_name (self->microphone_icon,
                                used ? "audio-input-microphone-symbolic"
                                     : "microphone-sensitivity-muted-symbolic",
                                GTK_ICON_SIZE_BUTTON);
  gtk_widget_set_tooltip_text (button, text);
  set_name (button, text);
  if (used)
    gtk_style_context_add_class (context, "recording");
  else
    gtk_style_context_remove_class (context, "recording");
}

static void
refresh_volume (VtSoundControls *self)
{
  guint volume = vt_sound_get_volume (self->sound);
  gboolean muted = vt_sound_get_muted (self->sound);
  const char *icon = get_icon (volume, muted);
  const char *text = muted ? _ ("Sound of this guest: muted") : _ ("Sound of this guest");

  gtk_image_set_from_icon_name (self->volume_icon, icon, GTK_ICON_SIZE_BUTTON);
  gtk_image_set_from_icon_name (self->mute_icon, icon, GTK_ICON_SIZE_BUTTON);
  gtk_adjustment_set_value (self->volume, volume);
  gtk_toggle_button_set_active (self->mute_button, muted);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->volume_button), text);
  set_name (GTK_WIDGET (self->volume_button), text);
}

static void
refresh (VtSoundControls *self)
{
  if (self->sound == NULL)
    return;
  self->refreshing = TRUE;
  refresh_microphone (self);
  refresh_volume (self);
  gtk_widget_set_visible (GTK_WIDGET (self->note),
                          vt_sound_get_state (self->sound) == VT_SOUND_UNHEARD);
  self->refreshing = FALSE;
}

static void
refresh_definition (VtSoundControls *self, GParamSpec *spec, VtGuest *guest)
{
  const GuestDefinition *definition = vt_guest_get_definition (guest);

  gtk_widget_set_visible (GTK_WIDGET (self),
                          definition != NULL && definition->sound != GUEST_SOUND_NONE);
}

static void
on_volume (VtSoundControls *self)
{
  if (!self->refreshing && self->sound != NULL)
    vt_sound_set_volume (self->sound, gtk_adjustment_get_value (self->volume));
}

static void
on_mute (VtSoundControls *self)
{
  if (!self->refreshing && self->sound != NULL)
    vt_sound_set_muted (self->sound, gtk_toggle_button_get_active (self->mute_button));
}

static void
on_microphone (VtSoundControls *self)
{
  if (!self->refreshing && self->sound != NULL)
    vt_sound_set_microphone_off (self->sound,
                                 !gtk_toggle_button_get_active (self->microphone_button));
}

void
vt_sound_controls_toggle_mute (VtSoundControls *self)
{
  if (self->sound != NULL)
    vt_sound_set_muted (self->sound, !vt_sound_get_muted (self->sound));
}

void
vt_sound_controls_toggle_microphone (VtSoundControls *self)
{
  if (self->sound != NULL)
    vt_sound_set_microphone_off (self->sound,
                                 vt_sound_get_microphone (self->sound) != VT_MICROPHONE_OFF);
}

void
vt_sound_controls_set_client (VtSoundControls *self, VtGlassClient *client)
{
  if (self->client == client)
    return;
  if (self->client != NULL)
    vt_sound_remove_client (self->sound, self->client);
  g_set_object (&self->client, client);
  if (client != NULL)
    vt_sound_add_client (self->sound, client);
}

void
vt_sound_controls_set_guest (VtSoundControls *self, VtGuest *guest)
{
  if (self->sound != NULL)
    {
      vt_sound_controls_set_client (self, NULL);
      g_signal_handlers_disconnect_by_data (self->sound, self);
      g_clear_object (&self->sound);
    }
  gtk_widget_hide (GTK_WIDGET (self));
  if (guest == NULL)
    return;
  self->sound = vt_sound_get (guest);
  g_signal_connect_object (self->sound, "changed", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (guest, "notify::state", G_CALLBACK (refresh_definition), self,
                           G_CONNECT_SWAPPED);
  refresh_definition (self, NULL, guest);
  refresh (self);
}

static void
vt_sound_controls_dispose (GObject *object)
{
  VtSoundControls *self = VT_SOUND_CONTROLS (object);

  if (self->sound != NULL)
    vt_sound_controls_set_guest (self, NULL);
  G_OBJECT_CLASS (vt_sound_controls_parent_class)->dispose (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, VtSoundControls, name)

static void
vt_sound_controls_class_init (VtSoundControlsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = vt_sound_controls_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/vitrine/Vitrine/vt-sound-controls.ui");
  BIND (microphone_button);
  BIND (microphone_icon);
  BIND (volume_button);
  BIND (volume_icon);
  BIND (popover);
  BIND (mute_button);
  BIND (mute_icon);
  BIND (volume);
  BIND (note);
}

static void
vt_sound_controls_init (VtSoundControls *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_swapped (self->volume, "value-changed", G_CALLBACK (on_volume), self);
  g_signal_connect_swapped (self->mute_button, "toggled", G_CALLBACK (on_mute), self);
  g_signal_connect_swapped (self->microphone_button, "toggled", G_CALLBACK (on_microphone), self);
}
