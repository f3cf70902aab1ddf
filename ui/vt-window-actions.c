/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The window's actions. Runs in `vitrine`; each is a call into app/ or a page, none knows more of a
 * guest than its state.
 */
#include "config.h"

#include "vt-window-actions.h"

#include "question.h"
#include "screenshot-save.h"
#include "sound-memory.h"
#include "vt-backup-dialog.h"
#include "vt-isolation-dialog.h"
#include "vt-monitor-dialog.h"
#include "vt-settings.h"
#include "vt-share-dialog.h"
#include "vt-window-choices.h"

#include <glib/gi18n.h>

/* What an action needs beside a guest in one of its states. */
typedef enum
{
  NEEDS_NOTHING,
  NEEDS_GUEST = 1 << 0,
  NEEDS_PAGE = 1 << 1, /* the guest's page is shown */
  NEEDS_LIBRARY = 1 << 2,
} Needs;

#define IN(state) (1u << VT_GUEST_##state)
#define LIVE (IN (RUNNING) | IN (PAUSED) | IN (STOPPING))
#define OFF (IN (STOPPED))
#define ANY 0xffffu

static const struct
{
  const char *name;
  Needs needs;
  guint states;
} rules[] = {
  { "open", NEEDS_GUEST | NEEDS_LIBRARY, ANY },
  { "open-window", NEEDS_GUEST | NEEDS_LIBRARY, ANY },
  { "start", NEEDS_GUEST, OFF },
  { "pause", NEEDS_GUEST, IN (RUNNING) },
  { "resume", NEEDS_GUEST, IN (PAUSED) },
  { "reset", NEEDS_GUEST, LIVE },
  { "power-off", NEEDS_GUEST, IN (RUNNING) },
  { "force-off", NEEDS_GUEST, LIVE | IN (STARTING) | IN (FAILED) },
  { "settings", NEEDS_GUEST, ANY & ~IN (BROKEN) },
  { "delete", NEEDS_GUEST, OFF | IN (BROKEN) },
  { "isolation", NEEDS_GUEST, LIVE },
  { "monitor", NEEDS_GUEST, LIVE },
  { "network", NEEDS_GUEST | NEEDS_PAGE, IN (RUNNING) | IN (PAUSED) },
  { "share", NEEDS_GUEST, IN (RUNNING) | IN (PAUSED) },
  { "backup", NEEDS_GUEST, IN (RUNNING) | IN (PAUSED) },
  { "screenshot", NEEDS_GUEST | NEEDS_PAGE, LIVE },
  { "send-keys", NEEDS_GUEST | NEEDS_PAGE, LIVE },
  { "type-clipboard", NEEDS_GUEST | NEEDS_PAGE, IN (RUNNING) },
  { "grab", NEEDS_GUEST | NEEDS_PAGE, LIVE },
  { "clipboard-policy", NEEDS_GUEST | NEEDS_PAGE, LIVE | OFF },
  { "mute", NEEDS_GUEST | NEEDS_PAGE, ANY },
  { "microphone", NEEDS_GUEST | NEEDS_PAGE, LIVE },
  { "scale-to-fit", NEEDS_GUEST | NEEDS_PAGE, ANY },
  { "fullscreen", NEEDS_GUEST | NEEDS_PAGE, ANY },
  { "back", NEEDS_NOTHING, ANY },
  { "search", NEEDS_LIBRARY, ANY },
};

/* Reports a verb's failure on the window that asked, if it still exists. */
static void
on_verb_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (VtWindow) self = data;
  g_autoptr (GError) error = NULL;

  if (!vt_guest_verb_finish (VT_GUEST (source), result, &error) &&
      !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    vt_window_report (self, GTK_MESSAGE_ERROR, error->message);
}

static void
run_verb (VtWindow *self, VtGuest *guest, VtVerb verb)
{
  vt_guest_verb_async (guest, verb, NULL, on_verb_done, g_object_ref (self));
}

/* About the guest that the window has now. */
static void
ask (VtWindow *self,
     const char *title_format,
     const char *text,
     const char *verb,
     QuestionAgreed agreed)
{
  VtGuest *guest = vt_window_get_guest (self);
  /* The formats are this file's own, each with one %s for the guest's name. */
  g_auto (GStrv) parts = g_strsplit (title_format, "%s", 2);
  g_autofree char *title = g_strjoinv (vt_guest_get_name (guest), parts);

  question_ask (GTK_WINDOW (self),
                &(QuestionText) { .title = title, .text = text, .no = _ ("_Cancel"), .yes = verb },
                agreed, guest);
}

static void
reset_now (gpointer self, gpointer guest)
{
  run_verb (self, guest, VT_VERB_RESET);
}

static void
force_off_now (gpointer self, gpointer guest)
{
  run_verb (self, guest, VT_VERB_FORCE_OFF);
}

static void
delete_now (gpointer self, gpointer guest)
{
  g_autoptr (GError) error = NULL;

  vt_window_show_library (self);
  if (!vt_guest_delete (guest, &error))
    vt_window_report (self, GTK_MESSAGE_ERROR, error->message);
  sound_memory_forget_deleted ();
}

#define HANDLER(name) static void name (GSimpleAction *action, GVariant *parameter, gpointer data)

HANDLER (on_new_guest)
{
  vt_window_new_guest (VT_WINDOW (data), NULL);
}

HANDLER (on_open)
{
  vt_window_open_guest (VT_WINDOW (data), vt_window_get_guest (VT_WINDOW (data)));
}

HANDLER (on_open_window)
{
  VtWindow *self = VT_WINDOW (data);
  VtWindow *other =
      vt_window_new (gtk_window_get_application (GTK_WINDOW (self)), vt_window_get_library (self));

  vt_window_open_guest (other, vt_window_get_guest (self));
  gtk_window_present (GTK_WINDOW (other));
}

HANDLER (on_start)
{
  VtWindow *self = VT_WINDOW (data);

  vt_window_open_guest (self, vt_window_get_guest (self));
  vt_console_page_start (vt_window_get_console_page (self), FALSE);
}

HANDLER (on_pause)
{
  run_verb (VT_WINDOW (data), vt_window_get_guest (VT_WINDOW (data)), VT_VERB_PAUSE);
}

HANDLER (on_resume)
{
  run_verb (VT_WINDOW (data), vt_window_get_guest (VT_WINDOW (data)), VT_VERB_RESUME);
}

HANDLER (on_power_off)
{
  run_verb (VT_WINDOW (data), vt_window_get_guest (VT_WINDOW (data)), VT_VERB_POWER_OFF);
}

HANDLER (on_reset)
{
  ask (VT_WINDOW (data), _ ("Reset %s?"),
       _ ("The guest restarts at once, as if its reset button were pressed. What it has not saved "
          "is lost."),
       _ ("_Reset"), reset_now);
}

HANDLER (on_force_off)
{
  ask (VT_WINDOW (data), _ ("Force %s off?"),
       _ ("The guest is switched off at once, as if its power cable were pulled. What it has not "
          "saved is lost."),
       _ ("_Force Off"), force_off_now);
}

HANDLER (on_delete)
{
  VtWindow *self = VT_WINDOW (data);
  const GuestDefinition *definition = vt_guest_get_definition (vt_window_get_guest (self));
  guint own = 0;

  for (guint i = 0; definition && i < definition->disks->len; i++)
    own += guest_disk_is_own (definition->disks->pdata[i]);
  ask (self, _ ("Delete %s?"),
       own ? _ ("Its settings and the disks that Vitrine made for it are deleted for ever. Disk "
                "images and ISO files elsewhere on this computer are kept.")
           : _ ("Its settings are deleted for ever. Disk images and ISO files elsewhere on this "
                "computer are kept."),
       _ ("_Delete"), delete_now);
}

HANDLER (on_settings)
{
  VtWindow *self = VT_WINDOW (data);

  gtk_window_present (GTK_WINDOW (vt_settings_new (GTK_WINDOW (self), vt_window_get_library (self),
                                                   vt_window_get_guest (self))));
}

HANDLER (on_isolation)
{
  VtWindow *self = VT_WINDOW (data);

  gtk_window_present (
      GTK_WINDOW (vt_isolation_dialog_new (GTK_WINDOW (self), vt_window_get_guest (self))));
}

HANDLER (on_monitor)
{
  VtWindow *self = VT_WINDOW (data);

  gtk_window_present (
      GTK_WINDOW (vt_monitor_dialog_new (GTK_WINDOW (self), vt_window_get_guest (self))));
}

HANDLER (on_share)
{
  VtWindow *self = VT_WINDOW (data);

  gtk_window_present (
      GTK_WINDOW (vt_share_dialog_new (GTK_WINDOW (self), vt_window_get_guest (self))));
}

HANDLER (on_backup)
{
  VtWindow *self = VT_WINDOW (data);

  vt_backup_dialog_open (GTK_WINDOW (self), vt_window_get_guest (self));
}

HANDLER (on_screenshot)
{
  screenshot_save (VT_WINDOW (data));
}

HANDLER (on_send_keys)
{
  VtWindow *self = VT_WINDOW (data);
  VtConsole *console = vt_console_page_get_console (vt_window_get_console_page (self));
  g_autoptr (GError) error = NULL;

  if (!vt_console_send_chord (console, g_variant_get_string (parameter, NULL), &error))
    vt_window_report (self, GTK_MESSAGE_ERROR, error->message);
  gtk_widget_grab_focus (GTK_WIDGET (console));
}

HANDLER (on_type_clipboard)
{
  vt_console_page_type_clipboard (vt_window_get_console_page (VT_WINDOW (data)));
}

HANDLER (on_grab)
{
  VtWindow *self = VT_WINDOW (data);
  VtConsole *console = vt_console_page_get_console (vt_window_get_console_page (self));

  vt_console_set_grabbed (console, !vt_console_get_grabbed (console));
}

HANDLER (on_mute)
{
  vt_sound_controls_toggle_mute (
      vt_console_page_get_sound (vt_window_get_console_page (VT_WINDOW (data))));
}

HANDLER (on_microphone)
{
  vt_sound_controls_toggle_microphone (
      vt_console_page_get_sound (vt_window_get_console_page (VT_WINDOW (data))));
}

HANDLER (on_fullscreen)
{
  VtWindow *self = VT_WINDOW (data);

  if (vt_window_is_fullscreen (self))
    gtk_window_unfullscreen (GTK_WINDOW (self));
  else
    gtk_window_fullscreen (GTK_WINDOW (self));
  vt_console_page_focus (vt_window_get_console_page (self));
}

HANDLER (on_back)
{
  VtWindow *self = VT_WINDOW (data);

  if (vt_console_page_stop_typing (vt_window_get_console_page (self)))
    return;
  if (vt_window_is_fullscreen (self))
    gtk_window_unfullscreen (GTK_WINDOW (self));
  else
    vt_window_show_library (self);
}

HANDLER (on_search)
{
  vt_library_page_search (vt_window_get_library_page (VT_WINDOW (data)));
}

HANDLER (on_menu)
{
  VtWindow *self = VT_WINDOW (data);

  if (vt_window_get_open_guest (self))
    vt_console_page_popup_menu (vt_window_get_console_page (self));
  else
    vt_library_page_popup_menu (vt_window_get_library_page (self));
}

HANDLER (on_close)
{
  gtk_window_close (GTK_WINDOW (data));
}

static const GActionEntry entries[] = {
  { "new-guest", on_new_guest },
  { "open", on_open },
  { "open-window", on_open_window },
  { "start", on_start },
  { "pause", on_pause },
  { "resume", on_resume },
  { "reset", on_reset },
  { "power-off", on_power_off },
  { "force-off", on_force_off },
  { "settings", on_settings },
  { "delete", on_delete },
  { "isolation", on_isolation },
  { "monitor", on_monitor },
  { "share", on_share },
  { "backup", on_backup },
  { "screenshot", on_screenshot },
  { "send-keys", on_send_keys, "s" },
  { "type-clipboard", on_type_clipboard },
  { "grab", on_grab },
  { "mute", on_mute },
  { "microphone", on_microphone },
  { "fullscreen", on_fullscreen },
  { "back", on_back },
  { "search", on_search },
  { "menu", on_menu },
  { "close", on_close },
};

void
vt_window_actions_add (VtWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  vt_window_choices_add (self);
}

/* A guest that cannot go on as it is cannot be resumed. */
static void
show_resume (VtWindow *self, VtGuest *guest)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), "resume");

  if (guest && vt_guest_get_remedy (guest) != VT_REMEDY_RESUME)
    g_simple_action_set_enabled (G_SIMPLE_ACTION (action), FALSE);
}

/* A guest without a disk has nothing to back up. */
static void
show_backup (VtWindow *self, VtGuest *guest)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), "backup");

  if (guest && !vt_backup_dialog_is_possible (guest))
    g_simple_action_set_enabled (G_SIMPLE_ACTION (action), FALSE);
}

void
vt_window_actions_update (VtWindow *self)
{
  VtGuest *guest = vt_window_get_guest (self);
  gboolean page = vt_window_get_open_guest (self) != NULL;
  guint state = guest ? 1u << vt_guest_get_state (guest) : 0;

  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++)
    {
      GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), rules[i].name);
      gboolean enabled = TRUE;

      if (!action)
        continue;
      if (rules[i].needs & NEEDS_GUEST)
        enabled = guest && (rules[i].states & state);
      if (rules[i].needs & NEEDS_PAGE)
        enabled = enabled && page;
      if (rules[i].needs & NEEDS_LIBRARY)
        enabled = enabled && !page;
      g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
    }
  vt_window_choices_update (self, guest);
  show_resume (self, guest);
  show_backup (self, guest);
}
