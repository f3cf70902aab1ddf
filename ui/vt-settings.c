/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The settings of a guest. Runs in `vitrine`; what may be set and to what is decided by
 * guest_definition_set alone.
 */
#include "config.h"

#include "vt-settings.h"

#include "limits-text.h"
#include "vt-disk-list.h"
#include "vt-message-bar.h"
#include "vt-setting-row.h"

#include <glib/gi18n.h>

struct _VtSettings
{
  HdyWindow parent_instance;

  /* template */
  HdyHeaderBar *header;
  GtkButton *cancel_button;
  GtkButton *save_button;
  VtMessageBar *messages;
  GtkBox *groups;

  /* owned */
  VtGuest *guest;
  GuestDefinition *draft;
  GPtrArray *rows; /* VtSettingRow, borrowed from the widgets */
  GCancellable *cancellable;

  /* borrowed */
  VtDiskList *disks;
  HdyPreferencesGroup *limits;
  gboolean changed;
};

G_DEFINE_FINAL_TYPE (VtSettings, vt_settings, HDY_TYPE_WINDOW)

static const SettingSpec guest_specs[] = {
  { "guest.name", N_ ("Name"), NULL, SETTING_TEXT },
  { "guest.memory", N_ ("Memory"), N_ ("In MiB"), SETTING_NUMBER },
  { "guest.cpus", N_ ("Processors"), NULL, SETTING_NUMBER },
  { "guest.firmware",
    N_ ("Firmware"),
    NULL,
    SETTING_CHOICE,
    { { "bios", "BIOS" }, { "uefi", "UEFI" } } },
  { "guest.machine",
    N_ ("Machine"),
    NULL,
    SETTING_CHOICE,
    { { "q35", N_ ("Current PC (q35)") }, { "pc", N_ ("Old PC (i440FX)") } } },
};

static const SettingSpec isolation_specs[] = {
  { "guest.accel",
    N_ ("Acceleration"),
    N_ ("Software emulation is slow and guarantees no isolation"),
    SETTING_CHOICE,
    { { "auto", N_ ("KVM if it works here") },
      { "kvm", N_ ("KVM only") },
      { "tcg", N_ ("Software emulation") } } },
  { "guest.isolation",
    N_ ("Isolation"),
    N_ ("Required: the guest does not start where a layer is missing"),
    SETTING_CHOICE,
    { { "preferred", N_ ("Every layer there is") }, { "required", N_ ("Required") } } },
};

static const SettingSpec display_specs[] = {
  { "display.device",
    N_ ("Graphics"),
    NULL,
    SETTING_CHOICE,
    { { "std", N_ ("Standard VGA") }, { "virtio", "VirtIO" }, { "qxl", "QXL" } } },
  { "display.heads", N_ ("Displays"), N_ ("Up to 4 with VirtIO graphics"), SETTING_NUMBER },
  { "display.pointer",
    N_ ("Pointer"),
    N_ ("A mouse needs a grab; a tablet follows the pointer"),
    SETTING_CHOICE,
    { { "tablet", N_ ("Tablet") }, { "mouse", N_ ("Mouse") } } },
};

static const SettingSpec clipboard_specs[] = {
  { "clipboard.policy",
    N_ ("Clipboard"),
    N_ ("For text; the guest needs spice-vdagent. Passes only while its console has the focus"),
    SETTING_CHOICE,
    { { "off", N_ ("Off") },
      { "to-guest", N_ ("To the guest") },
      { "from-guest", N_ ("From the guest") },
      { "both", N_ ("Both ways") },
      { "ask", N_ ("Ask each time") } } },
};

static const SettingSpec sound_specs[] = {
  { "sound.device",
    N_ ("Sound card"),
    N_ ("With it comes the PC speaker"),
    SETTING_CHOICE,
    { { "hda", "Intel HD Audio" }, { "ac97", N_ ("Old (AC'97)") }, { "none", N_ ("None") } } },
  { "sound.microphone",
    N_ ("Microphone"),
    N_ ("The guest may hear your microphone while its window is open"),
    SETTING_SWITCH },
};

static const SettingSpec network_specs[] = {
  { "network.policy",
    N_ ("Network"),
    N_ ("Internet: neither this computer nor private networks"),
    SETTING_CHOICE,
    { { "internet", N_ ("Internet") },
      { "lan", N_ ("Internet and local network") },
      { "bridge", N_ ("Bridge (a tap)") },
      { "offline", N_ ("Offline") } } },
  { "network.device",
    N_ ("Network card"),
    N_ ("VirtIO is fastest; old systems know the others"),
    SETTING_CHOICE,
    { { "virtio", "VirtIO" },
      { "e1000e", "Intel 82574L" },
      { "rtl8139", "Realtek RTL8139" },
      { "none", N_ ("None") } } },
  { "network.forward",
    N_ ("Forwarded ports"),
    N_ ("Such as tcp:127.0.0.1:8080:80; more, apart by “;”"),
    SETTING_TEXT },
  { "network.dns", N_ ("Name server"), N_ ("Empty: this computer's"), SETTING_TEXT },
};

#define NO_LIMIT N_ ("No limit")
#define AUTOMATIC N_ ("Automatic")
/* Stored in kB/s. */
#define MEGABYTES                                                                                  \
  {                                                                                                \
    1, GUEST_LIMIT_RATE_MAX, 1000, 1000, N_ ("MB/s"), NO_LIMIT                                  \
  }

static const SettingSpec limit_specs[] = {
  { "limits.cpu",
    N_ ("Processor time"),
    N_ ("In per cent of one processor; 200 are two"),
    SETTING_LIMIT,
    .range = { GUEST_LIMIT_CPU_MIN, GUEST_LIMIT_CPU_MAX, 5, 1, "%", NO_LIMIT } },
  { "limits.memory",
    N_ ("Memory ceiling"),
    N_ ("Of all its processes. Automatic: the guest's memory and 640 MiB"),
    SETTING_LIMIT,
    .range = { GUEST_LIMIT_MEMORY_MIN, GUEST_MEMORY_MIB_MAX, 128, 1, N_ ("MiB"), AUTOMATIC } },
  { "limits.disk-rate",
    N_ ("Disk throughput"),
    N_ ("All disks together, reading and writing"),
    SETTING_LIMIT,
    .range = MEGABYTES },
  { "limits.disk-iops",
    N_ ("Disk requests"),
    N_ ("All disks together, reading and writing"),
    SETTING_LIMIT,
    .range = { 1, GUEST_LIMIT_RATE_MAX, 50, 1, N_ ("requests/s"), NO_LIMIT } },
  { "network.rate-in", N_ ("Network to the guest"), NULL, SETTING_LIMIT, .range = MEGABYTES },
  { "network.rate-out", N_ ("Network from the guest"), NULL, SETTING_LIMIT, .range = MEGABYTES },
  { "limits.processes",
    N_ ("Processes"),
    N_ ("And threads, of QEMU and its helpers. Automatic: 4096"),
    SETTING_LIMIT,
    .range = { GUEST_LIMIT_PROCESSES_MIN, GUEST_LIMIT_PROCESSES_MAX, 16, 1, NULL, AUTOMATIC } },
  { "limits.descriptors",
    N_ ("Open files"),
    N_ ("Descriptors of QEMU. Automatic: 4096"),
    SETTING_LIMIT,
    .range = { GUEST_LIMIT_DESCRIPTORS_MIN, GUEST_LIMIT_DESCRIPTORS_MAX, 64, 1, NULL, AUTOMATIC } },
};

static const SettingSpec boot_specs[] = {
  { "boot.kernel", N_ ("Kernel"), N_ ("Started directly, without a boot loader"), SETTING_FILE },
  { "boot.initrd", N_ ("Initrd"), NULL, SETTING_FILE },
  { "boot.cmdline", N_ ("Command line"), NULL, SETTING_TEXT },
};

/* Running or paused: what can change then takes effect at once. */
static gboolean
is_live (VtSettings *self)
{
  VtGuestState state = vt_guest_get_state (self->guest);

  return state == VT_GUEST_RUNNING || state == VT_GUEST_PAUSED;
}

static void
refresh (VtSettings *self)
{
  gboolean stopped = vt_guest_get_state (self->guest) == VT_GUEST_STOPPED;
  gboolean wrong = vt_disk_list_has_error (self->disks);

  for (guint i = 0; i < self->rows->len; i++)
    wrong = wrong || vt_setting_row_has_error (self->rows->pdata[i]);
  gtk_widget_set_sensitive (GTK_WIDGET (self->save_button),
                            (stopped || is_live (self)) && self->changed && !wrong);
}

/* In the guest that runs now, on this host. */
static gboolean
is_changeable (VtSettings *self, VtSettingRow *row)
{
  const char *key = vt_setting_row_get_spec (row)->key;
  g_autoptr (GVariant) limits = vt_guest_dup_limits (self->guest);

  return is_live (self) && vt_guest_key_is_live (key) &&
         (!limits || !g_str_has_prefix (key, "limits.") ||
          limits_text_holds (limits, key + strlen ("limits.")));
}

/* The group's own labels are out of a screen reader's sight. */
static void
describe_limits (VtSettings *self, const char *text)
{
  hdy_preferences_group_set_description (self->limits, text);
  atk_object_set_description (gtk_widget_get_accessible (GTK_WIDGET (self->limits)), text);
}

/* What holds the limits. Of a guest that is switched off the doctor has said it. */
static void
show_limits (VtSettings *self)
{
  g_autoptr (GVariant) limits = is_live (self) ? vt_guest_dup_limits (self->guest) : NULL;
  g_autofree char *text = limits ? limits_text_running (limits) : NULL;

  if (text)
    describe_limits (self, text);
}

static void
on_doctor (GObject *source, GAsyncResult *result, gpointer data)
{
  VtSettings *self = data;
  g_autofree char *json = vt_library_doctor_finish (VT_LIBRARY (source), result, NULL);
  g_autofree char *text = NULL;

  if (!json) /* cancelled: the window is gone */
    return;
  text = limits_text_stopped (json);
  if (text && !is_live (self))
    describe_limits (self, text);
}

static void
on_state (VtSettings *self)
{
  gboolean stopped = vt_guest_get_state (self->guest) == VT_GUEST_STOPPED;

  for (guint i = 0; i < self->rows->len; i++)
    gtk_widget_set_sensitive (self->rows->pdata[i],
                              stopped || is_changeable (self, self->rows->pdata[i]));
  gtk_widget_set_sensitive (GTK_WIDGET (self->disks), stopped);
  show_limits (self);
  if (stopped)
    vt_message_bar_hide (self->messages);
  else
    vt_message_bar_show (self->messages, GTK_MESSAGE_INFO,
                         _ ("The guest is running: what is grey can be changed when it is "
                            "switched off, the rest at once."));
  refresh (self);
}

static void
on_edited (VtSettings *self, const char *value, VtSettingRow *row)
{
  g_autoptr (GError) error = NULL;

  self->changed = TRUE;
  if (guest_definition_set (self->draft, vt_setting_row_get_spec (row)->key, value, &error))
    vt_setting_row_set_error (row, NULL);
  else
    vt_setting_row_set_error (row, error->message);
  refresh (self);
}

static void
on_disks_changed (VtSettings *self)
{
  self->changed = TRUE;
  refresh (self);
}

static GtkWidget *
add_group (VtSettings *self, const char *title, const SettingSpec *specs, gsize n_specs)
{
  GtkWidget *group = hdy_preferences_group_new ();

  hdy_preferences_group_set_title (HDY_PREFERENCES_GROUP (group), title);
  atk_object_set_name (gtk_widget_get_accessible (group), title);
  for (gsize i = 0; i < n_specs; i++)
    {
      g_autofree char *value = guest_definition_get (self->draft, specs[i].key);
      VtSettingRow *row = vt_setting_row_new (&specs[i], value);

      g_signal_connect_object (row, "edited", G_CALLBACK (on_edited), self, G_CONNECT_SWAPPED);
      g_ptr_array_add (self->rows, row);
      gtk_container_add (GTK_CONTAINER (group), GTK_WIDGET (row));
    }
  gtk_widget_show (group);
  gtk_box_pack_start (self->groups, group, FALSE, FALSE, 0);
  return group;
}

static void
on_saved (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (VtSettings) self = data;
  g_autoptr (GError) error = NULL;

  if (gtk_widget_in_destruction (GTK_WIDGET (self)))
    return;
  gtk_widget_set_sensitive (GTK_WIDGET (self->groups), TRUE);
  if (vt_guest_change_finish (VT_GUEST (source), result, &error))
    gtk_window_close (GTK_WINDOW (self));
  else
    vt_message_bar_show (self->messages, GTK_MESSAGE_ERROR, error->message);
}

static void
save (VtSettings *self)
{
  gtk_widget_set_sensitive (GTK_WIDGET (self->groups), FALSE);
  vt_guest_change_async (self->guest, self->draft, NULL, NULL, on_saved, g_object_ref (self));
}

static gboolean
vt_settings_key_press_event (GtkWidget *widget, GdkEventKey *event)
{
  VtSettings *self = VT_SETTINGS (widget);

  if (GTK_WIDGET_CLASS (vt_settings_parent_class)->key_press_event (widget, event))
    return GDK_EVENT_STOP;
  if (event->keyval == GDK_KEY_Escape)
    gtk_window_close (GTK_WINDOW (widget));
  else if (event->keyval == GDK_KEY_s && (event->state & GDK_CONTROL_MASK))
    gtk_widget_activate (GTK_WIDGET (self->save_button));
  else
    return GDK_EVENT_PROPAGATE;
  return GDK_EVENT_STOP;
}

VtSettings *
vt_settings_new (GtkWindow *parent, VtLibrary *library, VtGuest *guest)
{
  VtSettings *self =
      g_object_new (VT_TYPE_SETTINGS, "transient-for", parent, "destroy-with-parent", TRUE, NULL);
  /* Translators: %s is a guest's name. */
  g_autofree char *title = g_strdup_printf (_ ("Settings of %s"), vt_guest_get_name (guest));

  self->guest = g_object_ref (guest);
  self->draft = guest_definition_copy (vt_guest_get_definition (guest));
  gtk_window_set_title (GTK_WINDOW (self), title);
  hdy_header_bar_set_title (self->header, title);
  add_group (self, _ ("Guest"), guest_specs, G_N_ELEMENTS (guest_specs));
  self->disks = vt_disk_list_new (self->draft);
  g_signal_connect_object (self->disks, "changed", G_CALLBACK (on_disks_changed), self,
                           G_CONNECT_SWAPPED);
  gtk_box_pack_start (self->groups, GTK_WIDGET (self->disks), FALSE, FALSE, 0);
  add_group (self, _ ("Display"), display_specs, G_N_ELEMENTS (display_specs));
  add_group (self, _ ("Clipboard"), clipboard_specs, G_N_ELEMENTS (clipboard_specs));
  add_group (self, _ ("Sound"), sound_specs, G_N_ELEMENTS (sound_specs));
  add_group (self, _ ("Network"), network_specs, G_N_ELEMENTS (network_specs));
  self->limits = HDY_PREFERENCES_GROUP (
      add_group (self, _ ("Limits"), limit_specs, G_N_ELEMENTS (limit_specs)));
  add_group (self, _ ("Isolation"), isolation_specs, G_N_ELEMENTS (isolation_specs));
  add_group (self, _ ("Direct boot"), boot_specs, G_N_ELEMENTS (boot_specs));
  g_signal_connect_object (guest, "notify::state", G_CALLBACK (on_state), self, G_CONNECT_SWAPPED);
  on_state (self);
  vt_library_doctor_async (library, self->cancellable, on_doctor, self);
  return self;
}

static void
vt_settings_dispose (GObject *object)
{
  g_cancellable_cancel (VT_SETTINGS (object)->cancellable);
  G_OBJECT_CLASS (vt_settings_parent_class)->dispose (object);
}

static void
vt_settings_finalize (GObject *object)
{
  VtSettings *self = VT_SETTINGS (object);

  g_clear_object (&self->guest);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->draft, guest_definition_free);
  g_ptr_array_unref (self->rows);
  G_OBJECT_CLASS (vt_settings_parent_class)->finalize (object);
}

static void
vt_settings_class_init (VtSettingsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = vt_settings_dispose;
  G_OBJECT_CLASS (klass)->finalize = vt_settings_finalize;
  widget_class->key_press_event = vt_settings_key_press_event;
  g_type_ensure (VT_TYPE_MESSAGE_BAR);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/vitrine/Vitrine/vt-settings.ui");
  gtk_widget_class_bind_template_child (widget_class, VtSettings, header);
  gtk_widget_class_bind_template_child (widget_class, VtSettings, cancel_button);
  gtk_widget_class_bind_template_child (widget_class, VtSettings, save_button);
  gtk_widget_class_bind_template_child (widget_class, VtSettings, messages);
  gtk_widget_class_bind_template_child (widget_class, VtSettings, groups);
}

static void
vt_settings_init (VtSettings *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->rows = g_ptr_array_new ();
  self->cancellable = g_cancellable_new ();
  g_signal_connect_swapped (self->cancel_button, "clicked", G_CALLBACK (gtk_window_close), self);
  g_signal_connect_swapped (self->save_button, "clicked", G_CALLBACK (save), self);
}
