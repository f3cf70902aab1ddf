/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The clipboard beside a console. Runs in `vitrine`; must never wait for the desktop or the guest,
 * nor let anything pass while the console has no focus.
 */
#include "config.h"

#include "vt-clipboard-bar.h"

#include <glib/gi18n.h>

struct _VtClipboardBar
{
  GtkBin parent_instance;

  /* owned */
  VtGlassClient *client;
  char *guest_name;

  /* borrowed */
  GtkClipboard *clipboard;
  VtConsole *console;
  GtkInfoBar *bar;
  GtkLabel *label;
  GtkButton *allow_button;
  GtkButton *refuse_button;
  char *held; /* the guest's text, while the desktop's clipboard is that; owned by it */

  guint policy;
  guint question;
  guint direction;
  guint serial;       /* of the desktop's clipboard */
  gboolean given;     /* it is offered to the guest */
  gboolean available; /* the guest has copied text that we do not have */
  guint refocus;      /* source: the focus has moved */
};

G_DEFINE_FINAL_TYPE (VtClipboardBar, vt_clipboard_bar, GTK_TYPE_BIN)

enum
{
  PROP_POLICY = 1,
  N_PROPS,
};
static GParamSpec *props[N_PROPS];

enum
{
  ANSWERED,
  MESSAGE,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static gboolean
may (VtClipboardBar *self, ClipboardDirection direction)
{
  return self->client &&
         clipboard_policy_judge (self->policy, direction, CLIPBOARD_SIDE_LOCAL) != CLIPBOARD_REFUSE;
}

/* While a person is asked, the question may have the focus instead. */
static gboolean
has_focus (VtClipboardBar *self)
{
  GtkWidget *top = gtk_widget_get_toplevel (GTK_WIDGET (self));

  if (!self->console || !gtk_widget_get_mapped (GTK_WIDGET (self->console)))
    return FALSE;
  if (gtk_widget_has_focus (GTK_WIDGET (self->console)))
    return TRUE;
  return self->question != 0 && GTK_IS_WINDOW (top) && gtk_window_is_active (GTK_WINDOW (top));
}

/* --- The desktop's text to the guest --- */

static void
take_back (VtClipboardBar *self)
{
  if (self->given && self->client)
    vt_glass_client_clipboard_give (self->client, self->serial, 0);
  self->given = FALSE;
}

static void
on_targets (GtkClipboard *clipboard, GdkAtom *targets, int n_targets, gpointer data)
{
  g_autoptr (VtClipboardBar) self = data;

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
give (VtClipboardBar *self)
{
  if (may (self, CLIPBOARD_TO_GUEST) && has_focus (self) && !self->held)
    gtk_clipboard_request_targets (self->clipboard, on_targets, g_object_ref (self));
}

typedef struct
{
  VtClipboardBar *self;
  VtGlassClient *client;
  guint number;
} Want;

static void
on_text (GtkClipboard *clipboard, const char *text, gpointer data)
{
  g_autofree Want *want = data;
  g_autoptr (VtClipboardBar) self = want->self;
  g_autoptr (VtGlassClient) client = want->client;
  g_autoptr (GBytes) contents = NULL;
  gsize size = text ? strlen (text) : 0;

  if (size > CLIPBOARD_TO_GUEST_TEXT_MAX)
    g_signal_emit (self, signals[MESSAGE], 0,
                   _ ("The clipboard holds more text than QEMU can pass to a guest (1 MiB), so the "
                      "guest was given none."));
  else if (size > 0 && client == self->client && may (self, CLIPBOARD_TO_GUEST) && has_focus (self))
    contents = g_bytes_new (text, size);
  vt_glass_client_clipboard_answer (client, want->number, GLASS_CLIPBOARD_TEXT, contents);
}

static void
on_want (VtClipboardBar *self, guint number, guint kind, VtGlassClient *client)
{
  Want *want;

  if (kind != GLASS_CLIPBOARD_TEXT || !self->given || !has_focus (self))
    {
      vt_glass_client_clipboard_answer (client, number, kind, NULL);
      return;
    }
  want = g_new (Want, 1);
  *want = (Want) { g_object_ref (self), g_object_ref (client), number };
  gtk_clipboard_request_text (self->clipboard, on_text, want);
}

static void
on_owner_change (VtClipboardBar *self)
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
on_paste (GtkClipboard *clipboard, GtkSelectionData *selection, guint info, gpointer data)
{
  Held *held = data;

  gtk_selection_data_set_text (selection, held->text, -1);
}

static void
on_lost (GtkClipboard *clipboard, gpointer data)
{
  Held *held = data;
  g_autoptr (VtClipboardBar) self = g_weak_ref_get (&held->self);

  if (self && self->held == held->text)
    self->held = NULL;
  g_weak_ref_clear (&held->self);
  g_free (held->text);
  g_free (held);
}

static void
hold (VtClipboardBar *self, GBytes *contents)
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
  if (gtk_clipboard_set_with_data (self->clipboard, targets, n, on_paste, on_lost, held))
    {
      self->held = held->text;
      gtk_clipboard_set_can_store (self->clipboard, NULL, 0);
    }
  else
    on_lost (self->clipboard, held);
  gtk_target_table_free (targets, n);
}

static void
fetch (VtClipboardBar *self)
{
  if (self->available && may (self, CLIPBOARD_FROM_GUEST) && has_focus (self) &&
      vt_glass_client_clipboard_fetch (self->client, GLASS_CLIPBOARD_TEXT))
    self->available = FALSE;
}

static void
on_offer (VtClipboardBar *self, guint kinds)
{
  self->available = (kinds & GLASS_CLIPBOARD_TEXT) != 0;
  if (self->available)
    self->given = FALSE; /* the guest has its own now */
  fetch (self);
}

static void
on_data (VtClipboardBar *self, guint kind, GBytes *contents)
{
  if (contents && kind == GLASS_CLIPBOARD_TEXT && has_focus (self))
    hold (self, contents);
  else if (contents)
    self->available = TRUE; /* with the focus again */
  fetch (self);
}

/* --- Questions and policy --- */

static void
show_question (VtClipboardBar *self)
{
  gboolean to = self->direction == CLIPBOARD_TO_GUEST;
  g_autofree char *text = NULL;

  if (self->question == 0)
    {
      gtk_widget_hide (GTK_WIDGET (self->bar));
      return;
    }
  /* Translators: %s is a guest's name. */
  text = g_strdup_printf (to ? _ ("%s wants to read the clipboard. Once allowed, paste there again.")
                             : _ ("%s has copied text."),
                          self->guest_name ? self->guest_name : "");
  gtk_label_set_text (self->label, text);
  gtk_button_set_label (self->allow_button, to ? _ ("_Allow Once") : _ ("_Take It"));
  gtk_button_set_label (self->refuse_button, to ? _ ("_Refuse") : _ ("_Ignore"));
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self->bar)), text);
  gtk_widget_show (GTK_WIDGET (self->bar));
}

static void
on_state (VtClipboardBar *self, guint policy, guint question, guint direction)
{
  gboolean changed = self->policy != policy;

  self->policy = policy;
  self->question = question;
  self->direction = direction;
  show_question (self);
  if (!changed)
    return;
  self->given = FALSE; /* forgotten by the display process, too */
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_POLICY]);
  give (self);
}

static void
decide (VtClipboardBar *self, gboolean allow)
{
  guint question = self->question;

  if (question == 0 || !self->client)
    return;
  /* The console has the focus again before anything passes. */
  g_signal_emit (self, signals[ANSWERED], 0);
  vt_glass_client_clipboard_decide (self->client, question, allow);
  self->question = 0;
  show_question (self);
}

static void
on_allow (VtClipboardBar *self)
{
  decide (self, TRUE);
}

static void
on_refuse (VtClipboardBar *self)
{
  decide (self, FALSE);
}

/* --- Focus --- */

/* Once it has settled: from the console to the question is no loss. */
static gboolean
on_refocus (gpointer data)
{
  VtClipboardBar *self = data;

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
on_focus (VtClipboardBar *self)
{
  if (self->refocus == 0)
    self->refocus = g_idle_add (on_refocus, self);
}

void
vt_clipboard_bar_set_console (VtClipboardBar *self, VtConsole *console)
{
  self->console = console;
  g_signal_connect_object (console, "notify::has-focus", G_CALLBACK (on_focus), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (console, "unmap", G_CALLBACK (on_focus), self, G_CONNECT_SWAPPED);
}

void
vt_clipboard_bar_set_client (VtClipboardBar *self, VtGlassClient *client)
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

void
vt_clipboard_bar_set_guest_name (VtClipboardBar *self, const char *name)
{
  g_free (self->guest_name);
  self->guest_name = g_strdup (name);
}

ClipboardPolicy
vt_clipboard_bar_get_policy (VtClipboardBar *self)
{
  return self->policy;
}

gboolean
vt_clipboard_bar_focus (VtClipboardBar *self)
{
  if (self->question == 0)
    return FALSE;
  gtk_widget_grab_focus (GTK_WIDGET (self->refuse_button));
  return TRUE;
}

/* --- Life --- */

static void
vt_clipboard_bar_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  if (id == PROP_POLICY)
    g_value_set_uint (value, VT_CLIPBOARD_BAR (object)->policy);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
}

static void
vt_clipboard_bar_dispose (GObject *object)
{
  VtClipboardBar *self = VT_CLIPBOARD_BAR (object);

  g_clear_handle_id (&self->refocus, g_source_remove);
  self->console = NULL;
  if (self->client)
    g_signal_handlers_disconnect_by_data (self->client, self);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (vt_clipboard_bar_parent_class)->dispose (object);
}

static void
vt_clipboard_bar_finalize (GObject *object)
{
  g_free (VT_CLIPBOARD_BAR (object)->guest_name);
  G_OBJECT_CLASS (vt_clipboard_bar_parent_class)->finalize (object);
}

static void
vt_clipboard_bar_class_init (VtClipboardBarClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = vt_clipboard_bar_get_property;
  object_class->dispose = vt_clipboard_bar_dispose;
  object_class->finalize = vt_clipboard_bar_finalize;
  props[PROP_POLICY] =
      g_param_spec_uint ("policy", NULL, NULL, 0, CLIPBOARD_POLICY_LAST, CLIPBOARD_POLICY_OFF,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
  signals[ANSWERED] = g_signal_new ("answered", VT_TYPE_CLIPBOARD_BAR, G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 0);
  signals[MESSAGE] = g_signal_new ("message", VT_TYPE_CLIPBOARD_BAR, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static GtkButton *
add_button (VtClipboardBar *self, GCallback callback)
{
  GtkWidget *button = gtk_button_new_with_mnemonic ("");

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_show (button);
  g_signal_connect_object (button, "clicked", callback, self, G_CONNECT_SWAPPED);
  gtk_box_pack_start (GTK_BOX (gtk_info_bar_get_content_area (self->bar)), button, FALSE, FALSE, 0);
  return GTK_BUTTON (button);
}

static void
vt_clipboard_bar_init (VtClipboardBar *self)
{
  self->clipboard = gtk_clipboard_get (GDK_SELECTION_CLIPBOARD);
  self->bar = GTK_INFO_BAR (gtk_info_bar_new ());
  self->label = GTK_LABEL (gtk_label_new (NULL));
  gtk_info_bar_set_message_type (self->bar, GTK_MESSAGE_QUESTION);
  gtk_label_set_line_wrap (self->label, TRUE);
  gtk_label_set_xalign (self->label, 0);
  gtk_widget_set_hexpand (GTK_WIDGET (self->label), TRUE);
  gtk_widget_show (GTK_WIDGET (self->label));
  gtk_container_add (GTK_CONTAINER (gtk_info_bar_get_content_area (self->bar)),
                     GTK_WIDGET (self->label));
  self->allow_button = add_button (self, G_CALLBACK (on_allow));
  self->refuse_button = add_button (self, G_CALLBACK (on_refuse));
  gtk_widget_set_no_show_all (GTK_WIDGET (self->bar), TRUE);
  gtk_container_add (GTK_CONTAINER (self), GTK_WIDGET (self->bar));
  g_signal_connect_object (self->clipboard, "owner-change", G_CALLBACK (on_owner_change), self,
                           G_CONNECT_SWAPPED);
}
