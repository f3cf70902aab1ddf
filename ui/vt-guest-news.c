/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * News of a guest. Runs in `vitrine`; says what vmm says, and no longer than vmm does.
 */
#include "config.h"

#include "vt-guest-news.h"

#include <glib/gi18n.h>

struct _VtGuestNews
{
  GObject parent_instance;

  /* owned */
  VtGuest *guest;
  char *told;  /* of its state, in the message bar */
  char *knock; /* of the viewer that was last reported to wait */

  /* borrowed */
  VtMessageBar *messages;
  GtkButton *shared_button;
  GtkLabel *shared_label;

  guint asked; /* number of the viewer that knocks; 0: none waits */
};

G_DEFINE_FINAL_TYPE (VtGuestNews, vt_guest_news, G_TYPE_OBJECT)

/* With the way on, which is not always to resume. */
static void
tell_paused (VtGuestNews *self, const char *reason)
{
  static const struct
  {
    const char *label;
    const char *action;
  } ways[] = {
    [VT_REMEDY_RESUME] = { N_ ("_Resume"), "win.resume" },
    [VT_REMEDY_RESET] = { N_ ("R_eset…"), "win.reset" },
    [VT_REMEDY_FORCE_OFF] = { N_ ("Force _Off…"), "win.force-off" },
  };
  VtRemedy remedy = vt_guest_get_remedy (self->guest);

  vt_message_bar_offer (self->messages, GTK_MESSAGE_WARNING, reason, _ (ways[remedy].label),
                        ways[remedy].action);
}

/* What a person should know of a guest that was paused against the user's wish (a full disk, an
 * error of QEMU), or that runs although something is wrong (its disk was deleted). */
static void
tell_reason (VtGuestNews *self)
{
  const char *reason = vt_guest_get_state_reason (self->guest);
  VtGuestState state = vt_guest_get_state (self->guest);

  if (self->told)
    vt_message_bar_withdraw (self->messages, self->told);
  g_clear_pointer (&self->told, g_free);
  if (!reason || !*reason)
    return;
  if (state == VT_GUEST_PAUSED)
    tell_paused (self, reason);
  else if (state == VT_GUEST_RUNNING)
    vt_message_bar_show (self->messages, GTK_MESSAGE_WARNING, reason);
  else
    return;
  self->told = g_strdup (reason);
}

static void
on_warning (VtGuestNews *self, const char *text)
{
  vt_message_bar_show (self->messages, GTK_MESSAGE_WARNING, text);
}

/* Those who see the console: whoever only knocks is not one of them. */
static guint
count_in (GPtrArray *viewers)
{
  guint n = 0;

  for (guint i = 0; i < viewers->len; i++)
    n += ((const VtViewer *) viewers->pdata[i])->state == VT_VIEWER_IN;
  return n;
}

/* The newest of those who wait to be let in. */
static const VtViewer *
find_asking (GPtrArray *viewers)
{
  const VtViewer *newest = NULL;

  for (guint i = 0; i < viewers->len; i++)
    {
      const VtViewer *viewer = viewers->pdata[i];

      if (viewer->state == VT_VIEWER_ASKS && (!newest || viewer->number > newest->number))
        newest = viewer;
    }
  return newest;
}

/* Says who waits, for as long as they do. */
static void
refresh_question (VtGuestNews *self, GPtrArray *viewers)
{
  const VtViewer *asking = find_asking (viewers);
  guint number = asking ? asking->number : 0;

  if (number == self->asked)
    return;
  self->asked = number;
  if (self->knock)
    vt_message_bar_withdraw (self->messages, self->knock);
  g_clear_pointer (&self->knock, g_free);
  if (!asking)
    return;
  /* Translators: %s is a network address. */
  self->knock = g_strdup_printf (_ ("%s asks to see this console: let it in or not under Share "
                                    "Console"),
                                 asking->address);
  vt_message_bar_offer (self->messages, GTK_MESSAGE_WARNING, self->knock, _ ("S_hare Console…"),
                        "win.share");
}

/* Whether other machines can see the console is never hidden. */
static void
refresh_sharing (VtGuestNews *self)
{
  g_autoptr (GPtrArray) viewers = vt_guest_get_remote_viewers (self->guest);
  guint n = count_in (viewers);
  g_autofree char *text = NULL;

  if (n == 0)
    text = g_strdup (_ ("Shared"));
  else
    text = g_strdup_printf (ngettext ("Shared: %u viewer", "Shared: %u viewers", n), n);
  gtk_label_set_text (self->shared_label, text);
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self->shared_button)), text);
  gtk_widget_set_visible (GTK_WIDGET (self->shared_button), vt_guest_get_shared (self->guest));
  refresh_question (self, viewers);
}

void
vt_guest_news_set_guest (VtGuestNews *self, VtGuest *guest)
{
  static const struct
  {
    const char *signal;
    GCallback callback;
  } handlers[] = {
    { "notify::state", G_CALLBACK (tell_reason) },
    { "notify::state-reason", G_CALLBACK (tell_reason) },
    { "notify::remedy", G_CALLBACK (tell_reason) },
    { "warning", G_CALLBACK (on_warning) },
    { "sharing-changed", G_CALLBACK (refresh_sharing) },
  };

  if (self->guest)
    g_signal_handlers_disconnect_by_data (self->guest, self);
  g_clear_pointer (&self->knock, g_free);
  g_clear_pointer (&self->told, g_free);
  self->asked = 0;
  vt_message_bar_hide (self->messages);
  g_set_object (&self->guest, guest);
  if (!guest)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (handlers); i++)
    g_signal_connect_object (guest, handlers[i].signal, handlers[i].callback, self,
                             G_CONNECT_SWAPPED);
  tell_reason (self);
  refresh_sharing (self);
}

VtGuestNews *
vt_guest_news_new (VtMessageBar *messages, GtkButton *shared, GtkLabel *viewers)
{
  VtGuestNews *self = g_object_new (VT_TYPE_GUEST_NEWS, NULL);

  self->messages = messages;
  self->shared_button = shared;
  self->shared_label = viewers;
  return self;
}

static void
vt_guest_news_finalize (GObject *object)
{
  VtGuestNews *self = VT_GUEST_NEWS (object);

  g_clear_object (&self->guest);
  g_free (self->told);
  g_free (self->knock);
  G_OBJECT_CLASS (vt_guest_news_parent_class)->finalize (object);
}

static void
vt_guest_news_class_init (VtGuestNewsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vt_guest_news_finalize;
}

static void
vt_guest_news_init (VtGuestNews *self)
{
}
