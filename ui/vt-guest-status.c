/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A guest without a screen. Runs in `vitrine`; says what is so and leaves doing to the page.
 */
#include "config.h"

#include "vt-guest-status.h"

#include <glib/gi18n.h>
#include <handy.h>

struct _VtGuestStatus
{
  GtkBin parent_instance;

  /* template */
  HdyStatusPage *page;
  GtkSpinner *spinner;
  GtkButton *start_button;
  GtkButton *force_button;
  GtkButton *retry_button;
  GtkButton *off_button;
  GtkButton *settings_button;
  GtkButton *cancel_button;
};

G_DEFINE_FINAL_TYPE (VtGuestStatus, vt_guest_status, GTK_TYPE_BIN)

typedef enum
{
  SHOW_SPINNER = 1 << 0,
  SHOW_START = 1 << 1,
  SHOW_FORCE = 1 << 2,
  SHOW_RETRY = 1 << 3,
  SHOW_OFF = 1 << 4,
  SHOW_SETTINGS = 1 << 5,
  SHOW_CANCEL = 1 << 6,
} Show;

static void
set_status (VtGuestStatus *self, const char *icon, const char *title, const char *text, Show show)
{
  g_autofree char *escaped = g_markup_escape_text (text ? text : "", -1);
  AtkObject *accessible = gtk_widget_get_accessible (GTK_WIDGET (self->page));
  const struct
  {
    gpointer widget;
    Show bit;
  } table[] = {
    { self->spinner, SHOW_SPINNER },      { self->start_button, SHOW_START },
    { self->force_button, SHOW_FORCE },   { self->retry_button, SHOW_RETRY },
    { self->off_button, SHOW_OFF },       { self->settings_button, SHOW_SETTINGS },
    { self->cancel_button, SHOW_CANCEL },
  };

  hdy_status_page_set_icon_name (self->page, icon);
  hdy_status_page_set_title (self->page, title);
  hdy_status_page_set_description (self->page, escaped);
  atk_object_set_name (accessible, title);
  atk_object_set_description (accessible, text ? text : "");
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    gtk_widget_set_visible (table[i].widget, (show & table[i].bit) != 0);
  g_object_set (self->spinner, "active", (show & SHOW_SPINNER) != 0, NULL);
}

void
vt_guest_status_show_starting (VtGuestStatus *self,
                               VtGuest *guest,
                               const char *step,
                               gboolean can_cancel)
{
  g_autofree char *title = g_strdup_printf (_ ("Starting %s"), vt_guest_get_name (guest));

  set_status (self, NULL, title, step, SHOW_SPINNER | (can_cancel ? SHOW_CANCEL : 0));
}

void
vt_guest_status_show_start_error (VtGuestStatus *self,
                                  VtGuest *guest,
                                  const char *error,
                                  gboolean can_force)
{
  g_autofree char *title =
      g_strdup_printf (_ ("%s could not be started"), vt_guest_get_name (guest));

  gtk_button_set_label (self->start_button, _ ("_Try Again"));
  set_status (self, "dialog-error-symbolic", title, error,
              SHOW_START | SHOW_SETTINGS | (can_force ? SHOW_FORCE : 0));
}

void
vt_guest_status_show_stopped (VtGuestStatus *self, VtGuest *guest, const char *ended)
{
  const char *name = vt_guest_get_name (guest);
  g_autofree char *title = ended ? g_strdup_printf (_ ("%s has ended"), name)
                                 : g_strdup_printf (_ ("%s is switched off"), name);

  gtk_button_set_label (self->start_button, ended ? _ ("_Start Again") : _ ("_Start"));
  set_status (self, "system-shutdown-symbolic", title, ended, SHOW_START | SHOW_SETTINGS);
}

void
vt_guest_status_show_lost (VtGuestStatus *self, const char *reason)
{
  set_status (self, "video-display-symbolic", _ ("The display cannot be reached"), reason,
              SHOW_RETRY | SHOW_OFF);
}

void
vt_guest_status_show_bad (VtGuestStatus *self, VtGuest *guest)
{
  gboolean broken = vt_guest_get_state (guest) == VT_GUEST_BROKEN;
  const char *name = vt_guest_get_name (guest);
  g_autofree char *title = broken ? g_strdup_printf (_ ("%s cannot be read"), name)
                                  : g_strdup_printf (_ ("%s has failed"), name);

  set_status (self, "dialog-warning-symbolic", title, vt_guest_get_state_reason (guest),
              broken ? 0 : SHOW_OFF);
}

void
vt_guest_status_rest (VtGuestStatus *self)
{
  gtk_spinner_stop (self->spinner);
}

void
vt_guest_status_focus (VtGuestStatus *self)
{
  GtkButton *const buttons[] = { self->start_button, self->retry_button, self->cancel_button,
                                 self->off_button };

  for (gsize i = 0; i < G_N_ELEMENTS (buttons); i++)
    if (gtk_widget_get_visible (GTK_WIDGET (buttons[i])))
      {
        gtk_widget_grab_focus (GTK_WIDGET (buttons[i]));
        return;
      }
}

static void
emit_by_name (VtGuestStatus *self, GtkButton *button)
{
  const char *signal = g_object_get_data (G_OBJECT (button), "vt-signal");

  g_signal_emit_by_name (self, signal);
}

static void
vt_guest_status_class_init (VtGuestStatusClass *klass)
{
  static const char *const names[] = { "start", "force-start", "retry", "cancel" };
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_signal_new (names[i], VT_TYPE_GUEST_STATUS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/vitrine/Vitrine/vt-guest-status.ui");
  gtk_widget_class_bind_template_child (widget_class, VtGuestStatus, page);
  gtk_widget_class_bind_template_child (widget_class, VtGuestStatus, spinner);
  gtk_widget_class_bind_template_child (widget_class, VtGuestStatus, start_button);
  gtk_widget_class_bind_template_child (widget_class, VtGuestStatus, force_button);
  gtk_widget_class_bind_template_child (widget_class, VtGuestStatus, retry_button);
  gtk_widget_class_bind_template_child (widget_class, VtGuestStatus, off_button);
  gtk_widget_class_bind_template_child (widget_class, VtGuestStatus, settings_button);
  gtk_widget_class_bind_template_child (widget_class, VtGuestStatus, cancel_button);
}

static void
vt_guest_status_init (VtGuestStatus *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  const struct
  {
    GtkButton *button;
    const char *signal;
  } table[] = {
    { self->start_button, "start" },
    { self->force_button, "force-start" },
    { self->retry_button, "retry" },
    { self->cancel_button, "cancel" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_object_set_data (G_OBJECT (table[i].button), "vt-signal", (gpointer) table[i].signal);
      g_signal_connect_swapped (table[i].button, "clicked", G_CALLBACK (emit_by_name), self);
    }
}
