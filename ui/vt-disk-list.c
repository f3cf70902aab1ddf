/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The disks in the settings. Runs in `vitrine`; opens no image: a format is stated, never probed.
 */
#include "config.h"

#include "vt-disk-list.h"

#include "nbd-address-parse.h"
#include "new-guest-create.h"
#include "row-names.h"
#include "vt-setting-row.h"
#include "vt-text.h"

#include <glib/gi18n.h>

struct _VtDiskList
{
  HdyPreferencesGroup parent_instance;

  /* owned */
  GtkFileChooserNative *chooser;
  GPtrArray *rows; /* of the disks' VtSettingRow, borrowed from the widgets */

  /* borrowed */
  GuestDefinition *draft;
  GtkWidget *add_row;
  GtkEntry *address;
  GtkLabel *address_help;
};

G_DEFINE_FINAL_TYPE (VtDiskList, vt_disk_list, HDY_TYPE_PREFERENCES_GROUP)

enum
{
  CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static const SettingSpec specs[] = {
  { "file", N_ ("File"), NULL, SETTING_FILE },
  { "address", N_ ("Address"), NULL, SETTING_TEXT }, /* the file of a disk on a server */
  { "format",
    N_ ("Format"),
    N_ ("Stated, never guessed: a guest could forge it"),
    SETTING_CHOICE,
    { { "raw" }, { "qcow2" } } },
  { "bus",
    N_ ("Connected by"),
    N_ ("Older systems know SATA or IDE only"),
    SETTING_CHOICE,
    { { "virtio", "VirtIO" }, { "sata", "SATA" }, { "scsi", "SCSI" }, { "ide", "IDE" } } },
  { "read-only", N_ ("Read only"), NULL, SETTING_SWITCH },
  { "tls-ca", N_ ("Trusted authority"),
    N_ ("A file with certificates; none: those that this computer trusts"), SETTING_FILE },
  { "tls-cert", N_ ("Own certificate"), N_ ("If the server asks who connects"), SETTING_FILE },
  { "tls-key", N_ ("Key of the own certificate"), NULL, SETTING_FILE },
};

static void rebuild (VtDiskList *self);

static void
changed (VtDiskList *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
on_edited (VtDiskList *self, const char *value, VtSettingRow *row)
{
  g_autoptr (GError) error = NULL;
  guint index = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (row), "vt-index"));
  const char *name = vt_setting_row_get_spec (row)->key;
  g_autofree char *key =
      g_strdup_printf ("disk%u.%s", index, g_str_equal (name, "address") ? "file" : name);

  /* To remove the disk there is a button. */
  if (*value == '\0' && g_str_equal (name, "address"))
    vt_setting_row_set_error (row, _ ("An address is needed, such as nbd://server/export"));
  else if (guest_definition_set (self->draft, key, value, &error))
    vt_setting_row_set_error (row, NULL);
  else
    vt_setting_row_set_error (row, error->message);
  changed (self);
}

static void
on_remove (VtDiskList *self, GtkWidget *button)
{
  guint index = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "vt-index"));
  g_autofree char *key = g_strdup_printf ("disk%u.file", index);

  guest_definition_set (self->draft, key, "", NULL);
  rebuild (self);
  changed (self);
}

static char *
value_of (const GuestDisk *disk, const char *key)
{
  if (g_str_equal (key, "file") || g_str_equal (key, "address"))
    return g_strdup (disk->file);
  if (g_str_equal (key, "tls-ca"))
    return g_strdup (disk->tls_ca ? disk->tls_ca : "");
  if (g_str_equal (key, "tls-cert"))
    return g_strdup (disk->tls_cert ? disk->tls_cert : "");
  if (g_str_equal (key, "tls-key"))
    return g_strdup (disk->tls_key ? disk->tls_key : "");
  if (g_str_equal (key, "format"))
    return g_strdup (guest_disk_format_word (disk->format));
  if (g_str_equal (key, "bus"))
    return g_strdup (guest_bus_word (disk->bus));
  return g_strdup (disk->read_only ? "true" : "false");
}

/* A CD is always raw and read only; a disk that Vitrine made keeps its file; TLS is for servers. */
static gboolean
has_setting (const GuestDisk *disk, const char *key)
{
  if (g_str_equal (key, "read-only") || g_str_equal (key, "format"))
    return disk->media != GUEST_MEDIA_CDROM;
  if (g_str_equal (key, "file"))
    return g_path_is_absolute (disk->file);
  if (g_str_equal (key, "address"))
    return guest_disk_is_remote (disk);
  if (g_str_has_prefix (key, "tls-"))
    return g_str_has_prefix (disk->file, "nbds");
  return TRUE;
}

static void
add_settings (VtDiskList *self, GtkContainer *expander, const GuestDisk *disk)
{
  for (gsize i = 0; i < G_N_ELEMENTS (specs); i++)
    {
      g_autofree char *value = value_of (disk, specs[i].key);
      VtSettingRow *row;

      if (!has_setting (disk, specs[i].key))
        continue;
      row = vt_setting_row_new (&specs[i], value);
      g_object_set_data (G_OBJECT (row), "vt-index", GUINT_TO_POINTER (disk->index));
      g_signal_connect_object (row, "edited", G_CALLBACK (on_edited), self, G_CONNECT_SWAPPED);
      g_ptr_array_add (self->rows, row);
      gtk_container_add (expander, GTK_WIDGET (row));
    }
}

/* Where the disk is, in small print. */
static char *
place_of (const GuestDisk *disk)
{
  const char *why;
  g_autoptr (NbdAddress) address = NULL;
  g_autofree char *server = NULL;

  if (g_path_is_absolute (disk->file))
    return g_path_get_dirname (disk->file);
  if (!guest_disk_is_remote (disk))
    return g_strdup (_ ("Made by Vitrine for this guest"));
  address = nbd_address_parse (disk->file, &why);
  server = address ? nbd_address_describe_server (address) : g_strdup (disk->file);
  /* Translators: a server's name and port. */
  return g_strdup_printf (address && address->tls ? _ ("On the NBD server %s, by TLS")
                                                  : _ ("On the NBD server %s"),
                          server);
}

static void
add_disk (VtDiskList *self, const GuestDisk *disk)
{
  GtkWidget *expander = hdy_expander_row_new ();
  GtkWidget *remove = gtk_button_new_from_icon_name ("user-trash-symbolic", GTK_ICON_SIZE_BUTTON);
  g_autofree char *base = vt_text_disk (disk);
  g_autofree char *place = place_of (disk);
  g_autofree char *label = g_strdup_printf (_ ("Remove %s from this guest (the file stays)"), base);
  gboolean cd = disk->media == GUEST_MEDIA_CDROM;

  hdy_preferences_row_set_title (HDY_PREFERENCES_ROW (expander), base);
  hdy_expander_row_add_prefix (HDY_EXPANDER_ROW (expander),
                               gtk_image_new_from_icon_name (cd ? "media-optical-symbolic"
                                                             : guest_disk_is_remote (disk)
                                                                 ? "network-server-symbolic"
                                                                 : "drive-harddisk-symbolic",
                                                             GTK_ICON_SIZE_BUTTON));
  hdy_expander_row_set_subtitle (HDY_EXPANDER_ROW (expander), place);
  gtk_widget_set_valign (remove, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (remove, label);
  atk_object_set_name (gtk_widget_get_accessible (remove), label);
  g_object_set_data (G_OBJECT (remove), "vt-index", GUINT_TO_POINTER (disk->index));
  g_signal_connect_object (remove, "clicked", G_CALLBACK (on_remove), self, G_CONNECT_SWAPPED);
  hdy_expander_row_add_action (HDY_EXPANDER_ROW (expander), remove);
  add_settings (self, GTK_CONTAINER (expander), disk);
  row_names_bind (HDY_PREFERENCES_ROW (expander));
  gtk_widget_show_all (expander);
  gtk_container_add (GTK_CONTAINER (self), expander);
}

static gboolean
set_disk (VtDiskList *self, guint index, const char *key, const char *value, GError **error)
{
  g_autofree char *full = g_strdup_printf ("disk%u.%s", index, key);

  return guest_definition_set (self->draft, full, value, error);
}

static gboolean
index_is_free (VtDiskList *self, guint index)
{
  for (guint i = 0; i < self->draft->disks->len; i++)
    if (((GuestDisk *) self->draft->disks->pdata[i])->index == index)
      return FALSE;
  return TRUE;
}

/* FALSE with what is wrong with `file`, a path or an address. */
static gboolean
add_file (VtDiskList *self, const char *file, gboolean cd, GError **error)
{
  gboolean raw = cd || nbd_address_is_meant (file);
  guint index = 0;

  while (index < GUEST_DISKS_MAX && !index_is_free (self, index))
    index++;
  if (index == GUEST_DISKS_MAX)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _ ("A guest has at most %d disks"),
                   GUEST_DISKS_MAX);
      return FALSE;
    }
  if (!set_disk (self, index, "file", file, error) ||
      !set_disk (self, index, "format", raw ? "raw" : new_guest_suggest_format (file), error) ||
      !set_disk (self, index, "media", cd ? "cdrom" : "disk", error) ||
      !set_disk (self, index, "bus", cd ? "sata" : "virtio", error))
    {
      set_disk (self, index, "file", "", NULL);
      return FALSE;
    }
  rebuild (self);
  changed (self);
  return TRUE;
}

static void
on_chosen (GtkNativeDialog *dialog, int response, VtDiskList *self)
{
  gboolean cd = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (dialog), "vt-cd"));
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    path = gtk_file_chooser_get_filename (GTK_FILE_CHOOSER (dialog));
  gtk_native_dialog_hide (dialog);
  if (path && !add_file (self, path, cd, &error))
    hdy_action_row_set_subtitle (HDY_ACTION_ROW (self->add_row), error->message);
}

static void
choose (VtDiskList *self, const char *title, gboolean cd)
{
  GtkWidget *window = gtk_widget_get_toplevel (GTK_WIDGET (self));

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (title, GTK_WINDOW (window),
                                               GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_object_set_data (G_OBJECT (self->chooser), "vt-cd", GINT_TO_POINTER (cd));
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (on_chosen), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
choose_iso (VtDiskList *self)
{
  choose (self, _ ("Choose an ISO File"), TRUE);
}

static void
choose_image (VtDiskList *self)
{
  choose (self, _ ("Choose a Disk Image"), FALSE);
}

/* --- disks on a server --- */

/* Beside it, and what a screen reader reads with it. */
static void
show_address_error (VtDiskList *self, const char *text)
{
  gtk_label_set_text (self->address_help, text);
  gtk_style_context_remove_class (gtk_widget_get_style_context (GTK_WIDGET (self->address_help)),
                                  "dim-label");
  gtk_style_context_add_class (gtk_widget_get_style_context (GTK_WIDGET (self->address_help)),
                               "wrong");
  atk_object_set_description (gtk_widget_get_accessible (GTK_WIDGET (self->address)), text);
  gtk_widget_grab_focus (GTK_WIDGET (self->address));
}

static void
on_address_given (VtDiskList *self)
{
  const char *text = gtk_entry_get_text (self->address);
  const char *why;
  g_autoptr (NbdAddress) address = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *sentence = NULL;

  if (!nbd_address_is_meant (text))
    {
      show_address_error (self, _ ("An address is needed, such as nbd://server/export"));
      return;
    }
  address = nbd_address_parse (text, &why);
  if (!address)
    {
      /* Translators: why, such as "it names no server". */
      sentence = g_strdup_printf (_ ("This is not the address of a disk: %s"), _ (why));
      show_address_error (self, sentence);
    }
  else if (!add_file (self, text, FALSE, &error)) /* else the popover is gone with its row */
    show_address_error (self, error->message);
}

static GtkWidget *
make_server_button (VtDiskList *self)
{
  GtkWidget *button = gtk_menu_button_new ();
  GtkWidget *popover = gtk_popover_new (button);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *entry = gtk_entry_new ();
  GtkWidget *help = gtk_label_new (_ ("NBD servers such as qemu-nbd and nbdkit; nbds:// by TLS"));
  GtkWidget *add = gtk_button_new_with_mnemonic (_ ("_Add"));

  self->address = GTK_ENTRY (entry);
  self->address_help = GTK_LABEL (help);
  gtk_button_set_label (GTK_BUTTON (button), _ ("Add _Network Disk…"));
  gtk_button_set_use_underline (GTK_BUTTON (button), TRUE);
  gtk_entry_set_placeholder_text (self->address, "nbd://server/export");
  gtk_entry_set_width_chars (self->address, 32);
  atk_object_set_name (gtk_widget_get_accessible (entry), _ ("Address of the disk"));
  gtk_label_set_line_wrap (self->address_help, TRUE);
  gtk_label_set_max_width_chars (self->address_help, 36);
  gtk_label_set_xalign (self->address_help, 0);
  gtk_style_context_add_class (gtk_widget_get_style_context (help), "dim-label");
  gtk_style_context_add_class (gtk_widget_get_style_context (add), "suggested-action");
  gtk_container_set_border_width (GTK_CONTAINER (popover), 12);
  gtk_container_add (GTK_CONTAINER (box), entry);
  gtk_container_add (GTK_CONTAINER (box), help);
  gtk_container_add (GTK_CONTAINER (box), add);
  gtk_container_add (GTK_CONTAINER (popover), box);
  gtk_widget_show_all (box);
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (button), popover);
  g_signal_connect_object (entry, "activate", G_CALLBACK (on_address_given), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (add, "clicked", G_CALLBACK (on_address_given), self, G_CONNECT_SWAPPED);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  return button;
}

static void
add_buttons (VtDiskList *self)
{
  GtkWidget *iso = gtk_button_new_with_mnemonic (_ ("Add _ISO…"));
  GtkWidget *image = gtk_button_new_with_mnemonic (_ ("Add _Disk Image…"));

  self->add_row = hdy_action_row_new ();
  hdy_action_row_set_subtitle_lines (HDY_ACTION_ROW (self->add_row), 0);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (self->add_row), FALSE);
  gtk_widget_set_valign (iso, GTK_ALIGN_CENTER);
  gtk_widget_set_valign (image, GTK_ALIGN_CENTER);
  g_signal_connect_object (iso, "clicked", G_CALLBACK (choose_iso), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (image, "clicked", G_CALLBACK (choose_image), self, G_CONNECT_SWAPPED);
  gtk_container_add (GTK_CONTAINER (self->add_row), iso);
  gtk_container_add (GTK_CONTAINER (self->add_row), image);
  gtk_container_add (GTK_CONTAINER (self->add_row), make_server_button (self));
  atk_object_set_name (gtk_widget_get_accessible (self->add_row), _ ("Add a disk"));
  gtk_widget_show_all (self->add_row);
  gtk_container_add (GTK_CONTAINER (self), self->add_row);
}

static void
destroy_child (GtkWidget *child, gpointer data)
{
  gtk_widget_destroy (child);
}

static void
rebuild (VtDiskList *self)
{
  g_ptr_array_set_size (self->rows, 0);
  gtk_container_foreach (GTK_CONTAINER (self), destroy_child, NULL);
  for (guint i = 0; i < self->draft->disks->len; i++)
    add_disk (self, self->draft->disks->pdata[i]);
  add_buttons (self);
}

gboolean
vt_disk_list_has_error (VtDiskList *self)
{
  for (guint i = 0; i < self->rows->len; i++)
    if (vt_setting_row_has_error (self->rows->pdata[i]))
      return TRUE;
  return FALSE;
}

VtDiskList *
vt_disk_list_new (GuestDefinition *draft)
{
  VtDiskList *self = g_object_new (VT_TYPE_DISK_LIST, "title", _ ("Disks"), NULL);

  self->draft = draft;
  rebuild (self);
  gtk_widget_show (GTK_WIDGET (self));
  return self;
}

static void
vt_disk_list_finalize (GObject *object)
{
  VtDiskList *self = VT_DISK_LIST (object);

  g_clear_object (&self->chooser);
  g_ptr_array_unref (self->rows);
  G_OBJECT_CLASS (vt_disk_list_parent_class)->finalize (object);
}

static void
vt_disk_list_class_init (VtDiskListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vt_disk_list_finalize;
  signals[CHANGED] = g_signal_new ("changed", VT_TYPE_DISK_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
vt_disk_list_init (VtDiskList *self)
{
  self->rows = g_ptr_array_new ();
}
