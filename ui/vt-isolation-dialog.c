/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The isolation page. Runs in `vitrine`; shows vmm's report as it is, and what it cannot read it
 * says it cannot read.
 */
#include "config.h"

#include "vt-isolation-dialog.h"

#include "drill-result.h"
#include "vt-badge-label.h"
#include "vt-message-bar.h"
#include "vt-text.h"

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>

struct _VtIsolationDialog
{
  HdyWindow parent_instance;

  /* template */
  HdyHeaderBar *header;
  GtkButton *refresh_button;
  GtkButton *drill_button;
  GtkSpinner *drill_spinner;
  VtMessageBar *messages;
  VtBadgeLabel *badge;
  GtkLabel *reason_label;
  GtkBox *drill_box;
  GtkBox *groups;

  /* owned */
  VtGuest *guest;
  GCancellable *cancellable;
};

G_DEFINE_FINAL_TYPE (VtIsolationDialog, vt_isolation_dialog, HDY_TYPE_WINDOW)

static const char *
get_string (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : "";
}

static VtBadge
badge_from_word (const char *word)
{
  if (g_str_equal (word, "green"))
    return VT_BADGE_GREEN;
  return g_str_equal (word, "amber") ? VT_BADGE_AMBER : VT_BADGE_RED;
}

static const char *
verdict_text (VtBadge badge)
{
  switch (badge)
    {
    case VT_BADGE_GREEN:
      return _ ("Holds");
    case VT_BADGE_AMBER:
      return _ ("In part");
    default:
      return C_ ("isolation", "Open");
    }
}

/* vmm's words for what it looked at, for people; a word unknown here is shown as it is. */
static const char *
title_for (const char *word)
{
  static const struct
  {
    const char *word;
    const char *title;
  } table[] = {
    { "qemu", "QEMU" },
    { "display", N_ ("Display server") },
    { "net", N_ ("Network") },
    { "nbd", N_ ("Disk on an NBD server") },
    { "nbd-server", N_ ("NBD server") },
    { "vmm", N_ ("Supervisor") },
    { "qemu-img", N_ ("Reader of disk images") },
    { "process", N_ ("Process") },
    { "accelerator", N_ ("Acceleration") },
    { "machine", N_ ("Machine") },
    { "user", N_ ("User") },
    { "capabilities", N_ ("Privileges of the kernel (capabilities)") },
    { "no-new-privileges", N_ ("No new privileges") },
    { "seccomp", N_ ("System calls (seccomp)") },
    { "landlock", N_ ("Files and network by name (Landlock)") },
    { "code", N_ ("Memory that could hold code") },
    { "namespaces", N_ ("A world of its own (namespaces)") },
    { "files", N_ ("Writable files") },
    { "descriptors", N_ ("Open files and sockets") },
    { "limits", N_ ("Limits of the process") },
    { "cgroup", N_ ("Ceilings of memory and processors (cgroup)") },
    { "lsm", N_ ("Security module (AppArmor, SELinux)") },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    if (g_str_equal (table[i].word, word))
      return _ (table[i].title);
  return word;
}

static GtkWidget *
make_row (const char *title, const char *text, VtBadge badge)
{
  GtkWidget *row = hdy_action_row_new ();
  GtkWidget *verdict = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 4);
  GtkWidget *icon = gtk_image_new_from_icon_name (vt_text_badge_icon (badge), GTK_ICON_SIZE_MENU);
  GtkWidget *label = gtk_label_new (verdict_text (badge));
  GtkStyleContext *context = gtk_widget_get_style_context (verdict);
  g_autofree char *spoken = g_strdup_printf ("%s: %s", title, verdict_text (badge));

  hdy_preferences_row_set_title (HDY_PREFERENCES_ROW (row), title);
  hdy_action_row_set_subtitle (HDY_ACTION_ROW (row), text);
  hdy_action_row_set_subtitle_lines (HDY_ACTION_ROW (row), 0);
  gtk_style_context_add_class (context, "badge");
  gtk_style_context_add_class (context, vt_text_badge_class (badge));
  gtk_widget_set_valign (verdict, GTK_ALIGN_CENTER);
  gtk_box_pack_start (GTK_BOX (verdict), icon, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (verdict), label, FALSE, FALSE, 0);
  gtk_container_add (GTK_CONTAINER (row), verdict);
  atk_object_set_name (gtk_widget_get_accessible (row), spoken);
  atk_object_set_description (gtk_widget_get_accessible (row), text);
  gtk_widget_show_all (row);
  return row;
}

static GtkContainer *
find_group (VtIsolationDialog *self, GHashTable *groups, const char *process)
{
  GtkWidget *group = g_hash_table_lookup (groups, process);

  if (group)
    return GTK_CONTAINER (group);
  group = hdy_preferences_group_new ();
  hdy_preferences_group_set_title (HDY_PREFERENCES_GROUP (group), title_for (process));
  gtk_widget_show (group);
  gtk_box_pack_start (self->groups, group, FALSE, FALSE, 0);
  g_hash_table_insert (groups, g_strdup (process), group);
  return GTK_CONTAINER (group);
}

static void
destroy_child (GtkWidget *child, gpointer data)
{
  gtk_widget_destroy (child);
}

static gboolean
fill (VtIsolationDialog *self, const char *json)
{
  g_autoptr (JsonNode) root = json_from_string (json, NULL);
  g_autoptr (GHashTable) groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  JsonNode *rows = NULL;
  JsonArray *array;

  if (root && JSON_NODE_HOLDS_OBJECT (root))
    rows = json_object_get_member (json_node_get_object (root), "rows");
  if (!rows || !JSON_NODE_HOLDS_ARRAY (rows))
    return FALSE;
  gtk_container_foreach (GTK_CONTAINER (self->groups), destroy_child, NULL);
  array = json_node_get_array (rows);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      JsonObject *row = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

      if (row)
        gtk_container_add (find_group (self, groups, get_string (row, "process")),
                           make_row (title_for (get_string (row, "layer")),
                                     get_string (row, "text"),
                                     badge_from_word (get_string (row, "level"))));
    }
  return TRUE;
}

static void
on_report (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (VtIsolationDialog) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *json = vt_guest_isolation_finish (VT_GUEST (source), result, &error);

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (!json)
    vt_message_bar_show (self->messages, GTK_MESSAGE_ERROR, error->message);
  else if (!fill (self, json))
    vt_message_bar_show (self->messages, GTK_MESSAGE_ERROR,
                         _ ("The isolation report of this guest cannot be read."));
  else
    gtk_label_set_text (self->reason_label, vt_guest_get_badge_reason (self->guest));
}

static void
read_again (VtIsolationDialog *self)
{
  gtk_label_set_text (self->reason_label, vt_guest_get_badge_reason (self->guest));
  vt_guest_isolation_async (self->guest, self->cancellable, on_report, g_object_ref (self));
}

/* --- The drill --- */

static GtkWidget *
make_drill_row (const DrillJailResult *jail)
{
  g_autofree char *sentence = drill_result_sentence (jail);
  VtBadge badge = VT_BADGE_GREEN;

  if (drill_result_count (jail, DRILL_WAY_OPEN) > 0)
    badge = VT_BADGE_RED;
  else if (drill_result_count (jail, DRILL_WAY_NEEDED) > 0 ||
           drill_result_count (jail, DRILL_WAY_UNBOUNDED) > 0)
    badge = VT_BADGE_AMBER;
  return make_row (title_for (jail->process), sentence, badge);
}

/* What a jail did not hold, by name. */
static void
add_open_ways (GtkContainer *group, const DrillJailResult *jail)
{
  for (guint i = 0; i < jail->ways->len; i++)
    {
      const DrillWay *way = jail->ways->pdata[i];

      if (way->result != DRILL_WAY_CLOSED)
        gtk_container_add (
            group, make_row (way->name, way->what,
                             way->result == DRILL_WAY_OPEN ? VT_BADGE_RED : VT_BADGE_AMBER));
    }
}

static void
show_drill (VtIsolationDialog *self, GPtrArray *jails)
{
  GtkWidget *group = hdy_preferences_group_new ();

  hdy_preferences_group_set_title (HDY_PREFERENCES_GROUP (group), _ ("Drill"));
  gtk_container_foreach (GTK_CONTAINER (self->drill_box), destroy_child, NULL);
  for (guint i = 0; i < jails->len; i++)
    {
      gtk_container_add (GTK_CONTAINER (group), make_drill_row (jails->pdata[i]));
      add_open_ways (GTK_CONTAINER (group), jails->pdata[i]);
    }
  gtk_widget_show (group);
  gtk_container_add (GTK_CONTAINER (self->drill_box), group);
  gtk_widget_show (GTK_WIDGET (self->drill_box));
}

static void
on_drilled (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (VtIsolationDialog) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *json = vt_guest_drill_finish (VT_GUEST (source), result, &error);
  g_autoptr (GPtrArray) jails = json ? drill_result_parse (json) : NULL;

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  gtk_spinner_stop (self->drill_spinner);
  gtk_widget_set_sensitive (GTK_WIDGET (self->drill_button), TRUE);
  if (jails)
    show_drill (self, jails);
  else
    vt_message_bar_show (self->messages, GTK_MESSAGE_ERROR,
                         error ? error->message
                               : _ ("The guest's supervisor sent no report of the drill"));
}

static void
drill (VtIsolationDialog *self)
{
  gtk_spinner_start (self->drill_spinner);
  gtk_widget_set_sensitive (GTK_WIDGET (self->drill_button), FALSE);
  vt_guest_drill_async (self->guest, self->cancellable, on_drilled, g_object_ref (self));
}

static gboolean
vt_isolation_dialog_key_press_event (GtkWidget *widget, GdkEventKey *event)
{
  if (GTK_WIDGET_CLASS (vt_isolation_dialog_parent_class)->key_press_event (widget, event))
    return GDK_EVENT_STOP;
  if (event->keyval == GDK_KEY_F5)
    read_again (VT_ISOLATION_DIALOG (widget));
  else if (event->keyval == GDK_KEY_Escape)
    gtk_window_close (GTK_WINDOW (widget));
  else
    return GDK_EVENT_PROPAGATE;
  return GDK_EVENT_STOP;
}

VtIsolationDialog *
vt_isolation_dialog_new (GtkWindow *parent, VtGuest *guest)
{
  VtIsolationDialog *self = g_object_new (VT_TYPE_ISOLATION_DIALOG, "transient-for", parent,
                                          "destroy-with-parent", TRUE, NULL);
  /* Translators: %s is a guest's name. */
  g_autofree char *title = g_strdup_printf (_ ("Isolation of %s"), vt_guest_get_name (guest));

  self->guest = g_object_ref (guest);
  vt_badge_label_set_guest (self->badge, guest);
  gtk_window_set_title (GTK_WINDOW (self), title);
  hdy_header_bar_set_title (self->header, title);
  read_again (self);
  return self;
}

static void
vt_isolation_dialog_dispose (GObject *object)
{
  VtIsolationDialog *self = VT_ISOLATION_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->guest);
  G_OBJECT_CLASS (vt_isolation_dialog_parent_class)->dispose (object);
}

static void
vt_isolation_dialog_finalize (GObject *object)
{
  g_clear_object (&VT_ISOLATION_DIALOG (object)->cancellable);
  G_OBJECT_CLASS (vt_isolation_dialog_parent_class)->finalize (object);
}

static void
vt_isolation_dialog_class_init (VtIsolationDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = vt_isolation_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = vt_isolation_dialog_finalize;
  widget_class->key_press_event = vt_isolation_dialog_key_press_event;
  g_type_ensure (VT_TYPE_BADGE_LABEL);
  g_type_ensure (VT_TYPE_MESSAGE_BAR);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/vitrine/Vitrine/vt-isolation-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, VtIsolationDialog, header);
  gtk_widget_class_bind_template_child (widget_class, VtIsolationDialog, refresh_button);
  gtk_widget_class_bind_template_child (widget_class, VtIsolationDialog, drill_button);
  gtk_widget_class_bind_template_child (widget_class, VtIsolationDialog, drill_spinner);
  gtk_widget_class_bind_template_child (widget_class, VtIsolationDialog, drill_box);
  gtk_widget_class_bind_template_child (widget_class, VtIsolationDialog, messages);
  gtk_widget_class_bind_template_child (widget_class, VtIsolationDialog, badge);
  gtk_widget_class_bind_template_child (widget_class, VtIsolationDialog, reason_label);
  gtk_widget_class_bind_template_child (widget_class, VtIsolationDialog, groups);
}

static void
vt_isolation_dialog_init (VtIsolationDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->cancellable = g_cancellable_new ();
  g_signal_connect_swapped (self->refresh_button, "clicked", G_CALLBACK (read_again), self);
  g_signal_connect_swapped (self->drill_button, "clicked", G_CALLBACK (drill), self);
}
