/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The clipboard beside a guest's consoles. Runs in `vitrine`; must never wait for the desktop or the
 * guest, believe a display process that something may pass, nor let anything pass while none of its
 * consoles has the focus.
 */
#include "config.h"

#include "vt-clipboard.h"

#include <glib/gi18n.h>

#define N_KINDS 2
/* The one format in which pictures pass, as the bytes that they are: nothing here decodes them. */
#define PNG_TYPE "image/png"

struct _VtClipboard
{
  GObject parent_instance;

  /* owned */
  VtGlassClient *client;
  GPtrArray *consoles; /* of VtConsole, borrowed: each leaves when it is destroyed */

  GBytes *got[N_KINDS]; /* of the guest's offer, until all of it is here */

  /* borrowed */
  GtkClipboard *desktop;
  gpointer held; /* the guest's contents, while the desktop's clipboard is that; owned by it */

  ClipboardPolicy ruled; /* by the guest's vmm */
  guint policy;          /* and as the display process says, which may want more than it may */
  guint question;
  guint direction;
  gboolean consent[2]; /* by direction: a person has agreed to what there is now */
  gboolean agreed;     /* what the guest has copied was */
  guint serial;        /* of the desktop's clipboard */
  guint given;         /* kinds of it that are offered to the guest */
  guint available;     /* kinds that the guest has copied and we do not have */
  guint fetching;      /* the kind that is asked for; 0: none */
  gboolean outdated;   /* what was asked for is not what the guest has copied now */
  guint refocus;       /* source: the focus has moved */
};

static const guint kinds[N_KINDS] = { GLASS_CLIPBOARD_TEXT, GLASS_CLIPBOARD_PNG };

G_DEFINE_FINAL_TYPE (VtClipboard, vt_clipboard, G_TYPE_OBJECT)

enum
{
  CHANGED,
  MESSAGE,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static gboolean has_focus (VtClipboard *self);

/* The stricter of the two. */
static ClipboardVerdict
judge (VtClipboard *self, ClipboardDirection direction)
{
  return MIN (clipboard_policy_judge (self->ruled, direction, CLIPBOARD_SIDE_LOCAL),
              clipboard_policy_judge (self->policy, direction, CLIPBOARD_SIDE_LOCAL));
}

static gboolean
may (VtClipboard *self, ClipboardDirection direction)
{
  return self->client && judge (self, direction) != CLIPBOARD_REFUSE;
}

/* Where a person is asked, nothing passes because the display process says that one was. */
static gboolean
may_pass (VtClipboard *self, ClipboardDirection direction, gboolean has_consent)
{
  return may (self, direction) && (has_consent || judge (self, direction) == CLIPBOARD_PASS);
}

static gboolean
may_read (VtClipboard *self)
{
  return may_pass (self, CLIPBOARD_TO_GUEST, self->consent[CLIPBOARD_TO_GUEST]) && has_focus (self);
}

static gboolean
is_asked (VtClipboard *self)
{
  return self->question != 0 && self->client && judge (self, self->direction) == CLIPBOARD_ASK;
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
  return is_asked (self) && GTK_IS_WINDOW (top) && gtk_window_is_active (GTK_WINDOW (top));
}

static gboolean
has_focus (VtClipboard *self)
{
  for (guint i = 0; i < self->consoles->len; i++)
    if (console_has_focus (self, self->consoles->pdata[i]))
      return TRUE;
  return FALSE;
}

/* --- The desktop's clipboard to the guest --- */

static void
take_back (VtClipboard *self)
{
  if (self->given && self->client)
    vt_glass_client_clipboard_give (self->client, self->serial, 0);
  self->given = 0;
}

/* GDK's own test takes any picture that it could turn into another. */
static guint
find_kinds (const GdkAtom *targets, int n_targets)
{
  GdkAtom png = gdk_atom_intern_static_string (PNG_TYPE);
  guint found = 0;

  if (gtk_targets_include_text ((GdkAtom *) targets, n_targets))
    found |= GLASS_CLIPBOARD_TEXT;
  for (int i = 0; i < n_targets; i++)
    if (targets[i] == png)
      found |= GLASS_CLIPBOARD_PNG;
  return found;
}

static void
on_targets (GtkClipboard *desktop, GdkAtom *targets, int n_targets, gpointer data)
{
  g_autoptr (VtClipboard) self = data;
  guint found;

  if (!may (self, CLIPBOARD_TO_GUEST) || !has_focus (self) || self->held)
    return;
  found = targets ? find_kinds (targets, n_targets) : 0;
  if (found == 0)
    {
      take_back (self);
      return;
    }
  self->given = found;
  vt_glass_client_clipboard_give (self->client, self->serial, found);
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

/* Takes `want`. */
static void
answer (Want *want, guint kind, gconstpointer data, gsize size)
{
  g_autoptr (VtClipboard) self = want->self;
  g_autoptr (VtGlassClient) client = want->client;
  g_autoptr (GBytes) contents = NULL;

  if (size > GLASS_CLIPBOARD_BYTES_MAX)
    g_signal_emit (self, signals[MESSAGE], 0,
                   kind == GLASS_CLIPBOARD_TEXT
                       ? _ ("The clipboard holds more text than can pass to a guest (8 MiB), so the "
                            "guest was given none.")
                       : _ ("The picture on the clipboard is larger than can pass to a guest "
                            "(8 MiB), so the guest was given none."));
  else if (size > 0 && client == self->client && may_read (self))
    contents = g_bytes_new (data, size);
  vt_glass_client_clipboard_answer (client, want->number, kind, contents);
  g_free (want);
}

static void
on_text (GtkClipboard *desktop, const char *text, gpointer data)
{
  answer (data, GLASS_CLIPBOARD_TEXT, text, text ? strlen (text) : 0);
}

static void
on_picture (GtkClipboard *desktop, GtkSelectionData *selection, gpointer data)
{
  int size = gtk_selection_data_get_length (selection);

  answer (data, GLASS_CLIPBOARD_PNG, gtk_selection_data_get_data (selection), MAX (size, 0));
}

static void
on_want (VtClipboard *self, guint number, guint kind, VtGlassClient *client)
{
  Want *want;

  if (!(kind & self->given) || !may_read (self))
    {
      vt_glass_client_clipboard_answer (client, number, kind, NULL);
      return;
    }
  want = g_new (Want, 1);
  *want = (Want) { g_object_ref (self), g_object_ref (client), number };
  if (kind == GLASS_CLIPBOARD_TEXT)
    gtk_clipboard_request_text (self->desktop, on_text, want);
  else
    gtk_clipboard_request_contents (self->desktop, gdk_atom_intern_static_string (PNG_TYPE),
                                    on_picture, want);
}

static void
on_owner_change (VtClipboard *self)
{
  if (self->held) /* ours: the guest's own */
    return;
  self->serial++;
  self->consent[CLIPBOARD_TO_GUEST] = FALSE;
  give (self);
}

/* --- The guest's clipboard to the desktop --- */

typedef struct
{
  GWeakRef self;
  GBytes *contents[N_KINDS]; /* owned; some are NULL */
} Held;

static void
on_paste (GtkClipboard *desktop, GtkSelectionData *selection, guint info, gpointer data)
{
  GBytes *contents = ((Held *) data)->contents[info];
  gsize size;
  const guint8 *bytes = g_bytes_get_data (contents, &size);

  if (kinds[info] == GLASS_CLIPBOARD_TEXT)
    gtk_selection_data_set_text (selection, (const char *) bytes, size);
  else
    gtk_selection_data_set (selection, gtk_selection_data_get_target (selection), 8, bytes, size);
}

static void
on_lost (GtkClipboard *desktop, gpointer data)
{
  Held *held = data;
  g_autoptr (VtClipboard) self = g_weak_ref_get (&held->self);

  if (self && self->held == held)
    self->held = NULL;
  g_weak_ref_clear (&held->self);
  for (guint i = 0; i < N_KINDS; i++)
    g_clear_pointer (&held->contents[i], g_bytes_unref);
  g_free (held);
}

static void
forget (VtClipboard *self)
{
  for (guint i = 0; i < N_KINDS; i++)
    g_clear_pointer (&self->got[i], g_bytes_unref);
}

/* All that there is of the guest's offer is the desktop's clipboard now. */
static void
hold (VtClipboard *self)
{
  GtkTargetList *list = gtk_target_list_new (NULL, 0);
  Held *held = g_new0 (Held, 1);
  GtkTargetEntry *targets;
  int n;

  g_weak_ref_init (&held->self, self);
  for (guint i = 0; i < N_KINDS; i++)
    {
      held->contents[i] = g_steal_pointer (&self->got[i]);
      if (held->contents[i] && kinds[i] == GLASS_CLIPBOARD_TEXT)
        gtk_target_list_add_text_targets (list, i);
      else if (held->contents[i])
        gtk_target_list_add (list, gdk_atom_intern_static_string (PNG_TYPE), 0, i);
    }
  targets = gtk_target_table_new_from_list (list, &n);
  gtk_target_list_unref (list);
  if (n > 0 && gtk_clipboard_set_with_data (self->desktop, targets, n, on_paste, on_lost, held))
    {
      self->held = held;
      gtk_clipboard_set_can_store (self->desktop, NULL, 0);
    }
  else
    on_lost (self->desktop, held);
  gtk_target_table_free (targets, n);
}

/* One kind after the other. */
static void
fetch (VtClipboard *self)
{
  guint next = self->available & -self->available;

  if (next == 0 || !may_pass (self, CLIPBOARD_FROM_GUEST, self->agreed) || !has_focus (self) ||
      !vt_glass_client_clipboard_fetch (self->client, next))
    return;
  self->available &= ~next;
  self->fetching = next;
}

static void
on_offer (VtClipboard *self, guint offered)
{
  self->available = offered & GLASS_CLIPBOARD_KINDS_ALL;
  self->agreed = FALSE;
  if (self->available) /* what a person has agreed to, and nothing after it */
    {
      self->agreed = self->consent[CLIPBOARD_FROM_GUEST];
      self->consent[CLIPBOARD_FROM_GUEST] = FALSE;
    }
  self->outdated = self->fetching != 0;
  forget (self);
  if (self->available)
    self->given = 0; /* the guest has its own now */
  fetch (self);
}

static void
on_data (VtClipboard *self, guint kind, GBytes *contents)
{
  gboolean counts = contents && !self->outdated;

  self->fetching = 0;
  self->outdated = FALSE;
  if (counts && !has_focus (self))
    self->available |= kind; /* with the focus again */
  for (guint i = 0; counts && has_focus (self) && i < N_KINDS; i++)
    if (kinds[i] == kind)
      {
        g_clear_pointer (&self->got[i], g_bytes_unref);
        self->got[i] = g_bytes_ref (contents);
      }
  if (self->available)
    fetch (self);
  else if (self->got[0] || self->got[1])
    hold (self);
}

/* --- Questions and policy --- */

static void
withdraw_consent (VtClipboard *self)
{
  self->consent[CLIPBOARD_TO_GUEST] = self->consent[CLIPBOARD_FROM_GUEST] = self->agreed = FALSE;
}

static void
on_state (VtClipboard *self, guint policy, guint question, guint direction)
{
  gboolean changed = self->policy != policy;

  self->policy = policy;
  if (question != self->question) /* one that is shown does not turn around */
    self->direction = direction;
  self->question = question;
  if (changed)
    {
      self->given = 0; /* forgotten by the display process, too */
      withdraw_consent (self);
    }
  g_signal_emit (self, signals[CHANGED], 0);
  if (changed)
    give (self);
}

void
vt_clipboard_set_policy (VtClipboard *self, ClipboardPolicy policy)
{
  if (self->ruled == policy)
    return;
  self->ruled = policy;
  withdraw_consent (self);
  g_signal_emit (self, signals[CHANGED], 0);
  if (!may (self, CLIPBOARD_TO_GUEST))
    take_back (self);
  give (self);
  fetch (self);
}

ClipboardPolicy
vt_clipboard_get_policy (VtClipboard *self)
{
  return self->ruled == CLIPBOARD_POLICY_OFF ? CLIPBOARD_POLICY_OFF : self->policy;
}

guint
vt_clipboard_get_question (VtClipboard *self, ClipboardDirection *ret_direction)
{
  *ret_direction = self->direction;
  return is_asked (self) ? self->question : 0;
}

void
vt_clipboard_decide (VtClipboard *self, guint question, gboolean allow)
{
  if (question != self->question || !is_asked (self))
    return;
  self->consent[self->direction] = allow;
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
  self->available = self->fetching = 0;
  self->outdated = FALSE;
  forget (self);
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
  forget (self);
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
