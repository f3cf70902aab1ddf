/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a guest's page shows of its state: its screen, or what happened and what can be done. Runs
 * in `vitrine`; a start goes on when its page is left.
 */
#include "config.h"

#include "vt-console-page-private.h"

#include "vt-text.h"

#include <glib/gi18n.h>

/* The screen of a guest that has one, else what there is to say. */
static void
show_state (VtConsolePage *self, VtGuestState state)
{
  const char *child = "status";

  if (self->starting || state == VT_GUEST_STARTING)
    vt_guest_status_show_starting (self->status, self->guest, self->step, self->starting != NULL);
  else if (vt_text_is_live (state) && self->lost)
    vt_guest_status_show_lost (self->status, self->lost);
  else if (vt_text_is_live (state))
    child = "screen";
  else if (state == VT_GUEST_FAILED || state == VT_GUEST_BROKEN)
    vt_guest_status_show_bad (self->status, self->guest);
  else if (self->start_error)
    vt_guest_status_show_start_error (self->status, self->guest, self->start_error,
                                      self->short_of_memory);
  else
    vt_guest_status_show_stopped (self->status, self->guest, self->ended);
  if (g_str_equal (child, "screen"))
    vt_guest_status_rest (self->status);
  gtk_stack_set_visible_child_name (self->stack, child);
}

gboolean
vt_console_page_shows_screen (VtConsolePage *self)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), "screen") == 0;
}

void
vt_console_page_refresh (VtConsolePage *self)
{
  VtGuestState state;
  gboolean was_screen;

  if (!self->guest)
    return;
  state = vt_guest_get_state (self->guest);
  was_screen = vt_console_page_shows_screen (self);
  /* A start that failed is on its way through "stopping". */
  if (state == VT_GUEST_RUNNING || state == VT_GUEST_PAUSED)
    {
      g_clear_pointer (&self->ended, g_free);
      g_clear_pointer (&self->start_error, g_free);
    }
  vt_console_set_guest_name (self->console, vt_guest_get_name (self->guest));
  vt_clipboard_bar_set_guest_name (self->question, vt_guest_get_name (self->guest));
  show_state (self, state);
  vt_console_page_refresh_header (self);
  if (was_screen != vt_console_page_shows_screen (self) &&
      gtk_widget_get_mapped (GTK_WIDGET (self)))
    vt_console_page_focus (self);
}

static void
on_lost (VtConsolePage *self, const char *reason)
{
  g_free (self->lost);
  self->lost = g_strdup (reason);
  vt_console_page_refresh (self);
}

static void
on_ended (VtConsolePage *self, const char *reason)
{
  g_free (self->ended);
  self->ended = g_strdup (reason);
  vt_console_page_refresh (self);
}

static void
on_step (VtConsolePage *self, const char *step)
{
  g_free (self->step);
  self->step = g_strdup (step);
  vt_console_page_refresh (self);
}

static void
on_started (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (VtConsolePage) self = data;
  VtGuest *guest = VT_GUEST (source);
  g_autoptr (GError) error = NULL;
  gboolean started = vt_guest_start_finish (guest, result, &error);

  if (guest != self->guest)
    {
      g_autofree char *text = NULL;

      if (started || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
      text = g_strdup_printf (_ ("%s could not be started: %s"), vt_guest_get_name (guest),
                              error->message);
      vt_console_page_emit_problem (self, text);
      return;
    }
  g_clear_object (&self->starting);
  g_clear_pointer (&self->step, g_free);
  if (!started && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      self->start_error = g_strdup (error->message);
      self->short_of_memory = g_error_matches (error, VT_GUEST_ERROR, VT_GUEST_ERROR_MEMORY);
    }
  vt_console_page_refresh (self);
  vt_console_page_focus (self);
}

void
vt_console_page_start (VtConsolePage *self, gboolean force)
{
  if (!self->guest || self->starting)
    return;
  g_clear_pointer (&self->start_error, g_free);
  g_clear_pointer (&self->ended, g_free);
  self->starting = g_cancellable_new ();
  vt_guest_start_async (self->guest, NULL, force, self->starting, on_started, g_object_ref (self));
  vt_console_page_refresh (self);
}

void
vt_console_page_cancel_start (VtConsolePage *self)
{
  if (self->starting)
    g_cancellable_cancel (self->starting);
}

static void
on_retry (VtConsolePage *self)
{
  g_clear_pointer (&self->lost, g_free);
  vt_display_link_retry (self->link);
  vt_console_page_refresh (self);
}

static void
on_start_clicked (VtConsolePage *self)
{
  vt_console_page_start (self, FALSE);
}

static void
on_force_clicked (VtConsolePage *self)
{
  vt_console_page_start (self, TRUE);
}

void
vt_console_page_forget_state (VtConsolePage *self)
{
  g_clear_object (&self->starting); /* goes on; its end is reported by "problem" */
  g_clear_pointer (&self->step, g_free);
  g_clear_pointer (&self->start_error, g_free);
  g_clear_pointer (&self->ended, g_free);
  g_clear_pointer (&self->lost, g_free);
}

void
vt_console_page_follow_state (VtConsolePage *self)
{
  static const char *const notifies[] = { "notify::state",        "notify::state-reason",
                                          "notify::name",         "notify::badge",
                                          "notify::badge-reason", "notify::accelerator" };

  for (gsize i = 0; i < G_N_ELEMENTS (notifies); i++)
    g_signal_connect_object (self->guest, notifies[i], G_CALLBACK (vt_console_page_refresh), self,
                             G_CONNECT_SWAPPED);
  g_signal_connect_object (self->guest, "ended", G_CALLBACK (on_ended), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->guest, "start-step", G_CALLBACK (on_step), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->link, "lost", G_CALLBACK (on_lost), self, G_CONNECT_SWAPPED);
}

void
vt_console_page_init_state (VtConsolePage *self)
{
  const struct
  {
    const char *signal;
    GCallback callback;
  } table[] = {
    { "start", G_CALLBACK (on_start_clicked) },
    { "force-start", G_CALLBACK (on_force_clicked) },
    { "retry", G_CALLBACK (on_retry) },
    { "cancel", G_CALLBACK (vt_console_page_cancel_start) },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    g_signal_connect_object (self->status, table[i].signal, table[i].callback, self,
                             G_CONNECT_SWAPPED);
}
