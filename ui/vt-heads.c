/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Which of a guest's displays have a window. Runs in `vitrine`; a guest that switches its displays
 * on and off must not be able to make windows come and go.
 */
#include "config.h"

#include "vt-heads.h"

#include "ipc/glass-wire.h"
#include "vt-head-window.h"
#include "vt-text.h"

struct _VtHeads
{
  GObject parent_instance;

  GtkApplicationWindow *owner;         /* borrowed */
  VtClipboard *clipboard;              /* owned */
  VtGuest *guest;                      /* owned */
  GtkWidget *windows[GLASS_HEADS_MAX]; /* weak; NULL: none */
  guint32 opened;                      /* mask of those that were opened since the guest started */
  gboolean automatic;
};

G_DEFINE_FINAL_TYPE (VtHeads, vt_heads, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
on_destroyed (VtHeads *self, GtkWidget *window)
{
  for (guint i = 1; i < GLASS_HEADS_MAX; i++)
    if (self->windows[i] == window)
      self->windows[i] = NULL;
  g_signal_emit (self, signals[CHANGED], 0);
}

/* Another main window may show the same guest. */
static gboolean
has_window (VtHeads *self, guint head)
{
  GList *windows = gtk_application_get_windows (gtk_window_get_application (GTK_WINDOW (self->owner)));

  for (GList *l = windows; l; l = l->next)
    if (VT_IS_HEAD_WINDOW (l->data) &&
        vt_head_window_is_of (VT_HEAD_WINDOW (l->data), self->guest, head))
      return TRUE;
  return FALSE;
}

static void
open_window (VtHeads *self, guint head)
{
  GtkWidget *window;

  self->opened |= 1u << head;
  if (self->windows[head] || has_window (self, head))
    return;
  window = GTK_WIDGET (vt_head_window_new (self->owner, self->guest, head, self->clipboard));
  self->windows[head] = window;
  g_signal_connect_object (window, "destroy", G_CALLBACK (on_destroyed), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (window));
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
close_all (VtHeads *self)
{
  for (guint i = 1; i < GLASS_HEADS_MAX; i++)
    if (self->windows[i])
      gtk_widget_destroy (self->windows[i]);
}

static void
on_state (VtHeads *self)
{
  if (!vt_text_is_live (vt_guest_get_state (self->guest)))
    self->opened = 0;
}

void
vt_heads_set_guest (VtHeads *self, VtGuest *guest)
{
  if (self->guest == guest)
    return;
  close_all (self);
  if (self->guest)
    g_signal_handlers_disconnect_by_data (self->guest, self);
  self->opened = 0;
  g_set_object (&self->guest, guest);
  if (guest)
    g_signal_connect_object (guest, "notify::state", G_CALLBACK (on_state), self,
                             G_CONNECT_SWAPPED);
}

void
vt_heads_take_lit (VtHeads *self, guint n_heads, guint32 lit)
{
  for (guint i = 1; self->guest && self->automatic && i < n_heads; i++)
    if ((lit >> i & 1) != 0 && (self->opened >> i & 1) == 0)
      open_window (self, i);
}

void
vt_heads_set_open (VtHeads *self, guint head, gboolean open)
{
  if (open && self->guest)
    open_window (self, head);
  else if (!open && self->windows[head])
    gtk_window_close (GTK_WINDOW (self->windows[head]));
}

gboolean
vt_heads_get_open (VtHeads *self, guint head)
{
  return self->windows[head] != NULL;
}

void
vt_heads_set_automatic (VtHeads *self, gboolean automatic)
{
  self->automatic = automatic;
}

VtHeads *
vt_heads_new (GtkApplicationWindow *owner, VtClipboard *clipboard)
{
  VtHeads *self = g_object_new (VT_TYPE_HEADS, NULL);

  self->owner = owner;
  self->clipboard = g_object_ref (clipboard);
  return self;
}

static void
vt_heads_dispose (GObject *object)
{
  VtHeads *self = VT_HEADS (object);

  close_all (self);
  g_clear_object (&self->guest);
  g_clear_object (&self->clipboard);
  G_OBJECT_CLASS (vt_heads_parent_class)->dispose (object);
}

static void
vt_heads_class_init (VtHeadsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = vt_heads_dispose;
  signals[CHANGED] = g_signal_new ("changed", VT_TYPE_HEADS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
}

static void
vt_heads_init (VtHeads *self)
{
  self->automatic = TRUE;
}
