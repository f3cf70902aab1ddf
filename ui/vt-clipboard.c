/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The clipboard beside a guest's consoles. Runs in `vitrine`; must never wait for the desktop or the
 * guest, nor let anything pass while none of its consoles has the focus.
 */
#include "config.h"

#include "vt-clipboard.h"

#include <glib/gi18n.h>

struct _VtClipboard
{
  GObject parent_instance;

  /* owned */
  VtGlassClient *client;
  GPtrArray *consoles; /* of VtConsole, borrowed: each leaves when it is destroyed */

  /* borrowed */
  GtkClipboard *desktop;
  char *held; /* the guest's text, while the desktop's clipboard is that; owned by it */

  guint policy;
  guint question;
  guint direction;
  guint serial;       /* of the desktop's clipboard */
  gboolean given;     /* it is offered to the guest */
  gboolean available; /* the guest has copied text that we do not have */
  guint refocus;      /* source: the focus has moved */
};

G_DEFINE_FINAL_TYPE (VtClipboard, vt_clipboard, G_TYPE_OBJECT)

enum
{
  CHANGED,
  MESSAGE,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static gboolean
may (VtClipboard *self, ClipboardDirection direction)
{
  return self->client &&
         clipboard_policy_judge (self->policy, direction, CLIPBOARD_SIDE_LOCAL) != CLIPBOARD_REFUSE;
}

/* The guest's window has the focus on that console; while a person is asked, perhaps on the question. */
static gboolean
console_has_focus (VtClipboard *self, VtConsole *console)
{
  GtkWidget *top = gtk_widget_get_toplevel (GTK_WIDGET (console));

  if (!gtk_widget_get_mapped (GTK_WIDGET (console)))
    return FALSE;
  if (gtk_widget_has_focus (GTK_WIDGET (console)))
    return TRUE;
  return self->question != 0 && GTK_IS_WINDOW (top) && gtk_window_is_active (GTK_WINDOW (top));
}

static gboolean
has_focus (VtClipboard *self)
{
  for (guint i = 0; i < self->consoles->len; i++)
    if (console_has_focus (self, self->consoles->pdata[i]))
      return TRUE;
  return FALSE;
}

/* --- The desktop's text to the guest --- */

static void
take_back (VtClipboard *self)
{
  if (self->given && self->client)
    vt_glass_client_clipboard_give (self->client, self->serial, 0);
  self->given = FALSE;
}

static void
on_targets (GtkClipboard *desktop, GdkAtom *targets, int n_targets, gpointer data)
{
  g_autoptr (VtClipboard) self = data;

  if (!may (self, CLIPBOARD_TO_GUEST) || !has_focus (self) || self->held)
    return;
  if (!targets || !gtk_targets_include_text (targets, n_targets))
    {
      take_back (self);
      return;
    }
  self->given = TRUE;
  vt_glass_client_clipboard_give (self->client, self->serial, GLASS_CLIPBOARD_TEXT);
}

static void
give (VtClipboard *self)
{
  if (may (self, CLIPBOARD_TO_GUEST) && has_focus (self) && !self->held)
    gtk_clipboard_request_targets (self->desktop, on_targets, g_object_ref (self));
}

typedef struct
{
  VtClipboard *self;
  VtGlassClient *client;
  guint number;
} Want;

static void
on_text (GtkClipboard *desktop, const char *text, gpointer data)
{
  g_autofree Want *want = data;
  g_autoptr (VtClipboard) self = want->self;
  g_autoptr (VtGlassClient) client = want->client;
  g_autoptr (GBytes) contents = NULL;
  gsize size = text ? strlen (text) : 0;

  if (size > GLASS_CLIPBOARD_BYTES_MAX)
    g_signal_emit (self, signals[MESSAGE], 0,
                   _ ("The clipboard holds more text than can pass to a guest (8 MiB), so the guest "
                      "was given none."));
  else if (size > 0 && client == self->client && may (self, CLIPBOARD_TO_GUEST) && has_focus (self))
    contents = g_bytes_new (text, size);
  vt_glass_client_clipboard_answer (client, want->number, GLASS_CLIPBOARD_TEXT, contents);
}

static void
on_want (VtClipboard *self, guint number, guint kind, VtGlassClient *client)
{
  Want *want;

  if (kind != GLASS_CLIPBOARD_TEXT || !self->given || !has_focus (self))
    {
      vt_glass_client_clipboard_answer (client, number, kind, NULL);
      return;
    }
  want = g_new (Want, 1);
  *want = (Want) { g_object_ref (self), g_object_ref (client), number };
  gtk_clipboard_request_text (self->desktop, on_text, want);
}

static void
on_owner_change (VtClipboard *self)
{
  if (self->held) /* ours: the guest's own text */
    return;
  self->serial++;
  give (self);
}

/* --- The guest's text to the desktop --- */

typedef struct
{
  GWeakRef self;
  char *text;
} Held;

static void
on_paste (GtkClipboard *desktop, GtkSelectionData *selection, guint info, gpointer data)
{
  Held *held = data;

  gtk_selection_data_set_text (selection, held->text, -1);
}

static void
on_lost (GtkClipboard *desktop, gpointer data)
{
  Held *held = data;
  g_autoptr (VtClipboard) self = g_weak_ref_get (&held->self);

  if (self && self->held == held->text)
    self->held = NULL;
  g_weak_ref_clear (&held->self);
  g_free (held->text);
  g_free (held);
}

static void
hold (VtClipboard *self, GBytes *contents)
{
  GtkTargetList *list = gtk_target_list_new (NULL, 0);
  Held *held = g_new0 (Held, 1);
  GtkTargetEntry *targets;
  gsize size;
  const char *text = g_bytes_get_data (contents, &size);
  int n;

  gtk_target_list_add_text_targets (list, 0);
  targets = gtk_target_table_new_from_list (list, &n);
  gtk_target_list_unref (list);
  g_weak_ref_init (&held->self, self);
  held->text = g_strndup (text, size);
  if (gtk_clipboard_set_with_data (self->desktop, targets, n, on_paste, on_lost, held))
    {
      self->held = held->text;
      gtk_clipboard_set_can_store (self->desktop, NULL, 0);
    }
  else
    on_lost (self->desktop, held);
  gtk_target_table_free (targets, n);
}

static void
fetch (VtClipboard *self)
{
  if (self->available && may (self, CLIPBOARD_FROM_GUEST) && has_focus (self) &&
      vt_glass_client_clipboard_fetch (self->client, GLASS_CLIPBOARD_TEXT))
    self->available = FALSE;
}

static void
on_offer (VtClipboard *self, guint kinds)
{
  self->available = (kinds & GLASS_CLIPBOARD_TEXT) != 0;
  if (self->available)
    self->given = FALSE; /* the guest has its own now */
  fetch (self);
}

static void
on_data (VtClipboard *self, guint kind, GBytes *contents)
{
  if (contents && kind == GLASS_CLIPBOARD_TEXT && has_focus (self))
    hold (self, contents);
  else if (contents)
    self->available = TRUE; /* with the focus again */
  fetch (self);
}

/* --- Questions and policy --- */

static void
on_state (VtClipboard *self, guint policy, guint question, guint direction)
{
  gboolean changed = self->policy != policy;

  self->policy = policy;
  self->question = question;
  self->direction = direction;
  if (changed)
    self->given = FALSE; /* forgotten by the display process, too */
  g_signal_emit (self, signals[CHANGED], 0);
  if (changed)
    give (self);
}

ClipboardPolicy
vt_clipboard_get_policy (VtClipboard *self)
{
  return self->policy;
}

guint
vt_clipboard_get_question (VtClipboard *self, ClipboardDirection *ret_direction)
{
  *ret_direction = self->direction;
  return self->question;
}

void
vt_clipboard_decide (VtClipboard *self, guint question, gboolean allow)
{
  if (question == 0 || question != self->question || !self->client)
    return;
  vt_glass_client_clipboard_decide (self->client, question, allow);
  self->question = 0;
  g_signal_emit (self, signals[CHANGED], 0);
}

/* --- Focus --- */

/* Once it has settled: from the console to the question, or to the guest's next console, is no loss. */
static gboolean
on_refocus (gpointer data)
{
  VtClipboard *self = data;

  self->refocus = 0;
  if (!has_focus (self))
    take_back (self);
  else
    {
      give (self);
      fetch (self);
    }
  return G_SOURCE_REMOVE;
}

static void
on_focus (VtClipboard *self)
{
  if (self->refocus == 0)
    self->refocus = g_idle_add (on_refocus, self);
}

static void
on_destroyed (VtClipboard *self, GtkWidget *console)
{
  g_ptr_array_remove_fast (self->consoles, console);
  on_focus (self);
}

void
vt_clipboard_add_console (VtClipboard *self, VtConsole *console)
{
  g_ptr_array_add (self->consoles, console);
  g_signal_connect_object (console, "notify::has-focus", G_CALLBACK (on_focus), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (console, "unmap", G_CALLBACK (on_focus), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (console, "destroy", G_CALLBACK (on_destroyed), self, G_CONNECT_SWAPPED);
}

void
vt_clipboard_set_client (VtClipboard *self, VtGlassClient *client)
{
  if (self->client == client)
    return;
  take_back (self);
  if (self->client)
    g_signal_handlers_disconnect_by_data (self->client, self);
  g_set_object (&self->client, client);
  self->available = FALSE;
  on_state (self, CLIPBOARD_POLICY_OFF, 0, 0);
  if (!client)
    return;
  g_signal_connect_object (client, "clipboard-offer", G_CALLBACK (on_offer), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "clipboard-want", G_CALLBACK (on_want), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "clipboard-data", G_CALLBACK (on_data), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "clipboard-state", G_CALLBACK (on_state), self,
                           G_CONNECT_SWAPPED);
}

/* --- Life --- */

VtClipboard *
vt_clipboard_new (void)
{
  return g_object_new (VT_TYPE_CLIPBOARD, NULL);
}

static void
vt_clipboard_dispose (GObject *object)
{
  VtClipboard *self = VT_CLIPBOARD (object);

  g_clear_handle_id (&self->refocus, g_source_remove);
  if (self->client)
    g_signal_handlers_disconnect_by_data (self->client, self);
  g_clear_object (&self->client);
  g_ptr_array_set_size (self->consoles, 0);
  G_OBJECT_CLASS (vt_clipboard_parent_class)->dispose (object);
}

static void
vt_clipboard_finalize (GObject *object)
{
  g_ptr_array_unref (VT_CLIPBOARD (object)->consoles);
  G_OBJECT_CLASS (vt_clipboard_parent_class)->finalize (object);
}

static void
vt_clipboard_class_init (VtClipboardClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = vt_clipboard_dispose;
  object_class->finalize = vt_clipboard_finalize;
  signals[CHANGED] = g_signal_new ("changed", VT_TYPE_CLIPBOARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
  signals[MESSAGE] = g_signal_new ("message", VT_TYPE_CLIPBOARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
vt_clipboard_init (VtClipboard *self)
{
  self->consoles = g_ptr_array_new ();
  self->desktop = gtk_clipboard_get (GDK_SELECTION_CLIPBOARD);
  g_signal_connect_object (self->desktop, "owner-change", G_CALLBACK (on_owner_change), self,
                           G_CONNECT_SWAPPED);
}
