/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The application object. Runs in `vitrine`.
 */
#include "config.h"

#include "vt-application.h"

#include "vt-backup-dialog.h"
#include "vt-library.h"
#include "vt-window-actions.h"
#include "vt-window.h"

#include <glib/gi18n.h>
#include <handy.h>

struct _VtApplication
{
  GtkApplication parent_instance;

  /* owned */
  VtLibrary *library;
};

G_DEFINE_FINAL_TYPE (VtApplication, vt_application, GTK_TYPE_APPLICATION)

static const GOptionEntry options[] = {
  { "new", 'n', 0, G_OPTION_ARG_FILENAME, NULL, N_ ("Create a guest from an ISO file"),
    N_ ("FILE") },
  { "version", 'v', 0, G_OPTION_ARG_NONE, NULL, N_ ("Print the version and exit"), NULL },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, NULL, NULL, N_ ("[GUEST]") },
  { NULL },
};

static void
on_about (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  static const char *const authors[] = { "The Vitrine authors", NULL };

  gtk_show_about_dialog (gtk_application_get_active_window (GTK_APPLICATION (data)), "program-name",
                         _ ("Vitrine"), "version", PACKAGE_VERSION, "logo-icon-name", APP_ID,
                         "license-type", GTK_LICENSE_GPL_2_0, "authors", authors, "comments",
                         _ ("Desktop virtual machines behind glass"),
                         /* Translators: your names, one a line. */
                         "translator-credits", _ ("translator-credits"), NULL);
}

static void
quit_again (gpointer application)
{
  g_action_group_activate_action (G_ACTION_GROUP (application), "quit", NULL);
}

static void
on_quit (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GtkWindow *window;

  if (vt_backup_dialog_holds (NULL, quit_again, data))
    return;
  while ((window = gtk_application_get_active_window (GTK_APPLICATION (data))))
    gtk_widget_destroy (GTK_WIDGET (window));
}

static const GActionEntry entries[] = {
  { "about", on_about },
  { "quit", on_quit },
};

static void
load_style (void)
{
  g_autoptr (GtkCssProvider) provider = gtk_css_provider_new ();

  gtk_css_provider_load_from_resource (provider, "/org/vitrine/Vitrine/style.css");
  gtk_style_context_add_provider_for_screen (gdk_screen_get_default (),
                                             GTK_STYLE_PROVIDER (provider),
                                             GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

static void
vt_application_startup (GApplication *application)
{
  VtApplication *self = VT_APPLICATION (application);
  g_autoptr (GError) error = NULL;

  /* On Wayland this is what names the window's desktop file. */
  g_set_prgname (APP_ID);
  G_APPLICATION_CLASS (vt_application_parent_class)->startup (application);
  hdy_init ();
  load_style ();
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  vt_window_actions_set_accels (GTK_APPLICATION (self));
  self->library = vt_library_new (&error);
  if (!self->library)
    g_printerr ("vitrine: %s\n", error->message);
}

/* The window that shows the guest already, else one that shows the library, else a new one. */
static VtWindow *
window_for (VtApplication *self, VtGuest *guest)
{
  VtWindow *idle = NULL;

  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (self)); l; l = l->next)
    {
      if (!VT_IS_WINDOW (l->data))
        continue;
      if (guest && vt_window_get_open_guest (VT_WINDOW (l->data)) == guest)
        return VT_WINDOW (l->data);
      if (!guest || !vt_window_get_open_guest (VT_WINDOW (l->data)))
        idle = idle ? idle : VT_WINDOW (l->data);
    }
  return idle ? idle : vt_window_new (GTK_APPLICATION (self), self->library);
}

static int
vt_application_command_line (GApplication *application, GApplicationCommandLine *line)
{
  VtApplication *self = VT_APPLICATION (application);
  GVariantDict *dict = g_application_command_line_get_options_dict (line);
  g_autofree const char **names = NULL;
  const char *iso = NULL;
  VtGuest *guest = NULL;
  VtWindow *window;
  g_autoptr (GError) error = NULL;

  if (!self->library)
    return 1;
  g_variant_dict_lookup (dict, G_OPTION_REMAINING, "^a&s", &names);
  g_variant_dict_lookup (dict, "new", "^&ay", &iso);
  if (names && !(guest = vt_library_find (self->library, names[0], &error)))
    {
      g_application_command_line_printerr (line, "vitrine: %s\n", error->message);
      if (!gtk_application_get_windows (GTK_APPLICATION (self)))
        return 1;
    }
  window = window_for (self, guest);
  if (guest)
    vt_window_open_guest (window, guest);
  else if (error)
    vt_window_report (window, GTK_MESSAGE_ERROR, error->message);
  gtk_window_present (GTK_WINDOW (window));
  if (iso)
    {
      g_autoptr (GFile) file = g_application_command_line_create_file_for_arg (line, iso);
      g_autofree char *path = g_file_get_path (file);

      if (path)
        vt_window_new_guest (window, path);
    }
  return 0;
}

static int
vt_application_handle_local_options (GApplication *application, GVariantDict *dict)
{
  if (!g_variant_dict_contains (dict, "version"))
    return -1;
  g_print ("vitrine %s\n", PACKAGE_VERSION);
  return 0;
}

static void
vt_application_activate (GApplication *application)
{
  VtApplication *self = VT_APPLICATION (application);

  if (self->library)
    gtk_window_present (GTK_WINDOW (window_for (self, NULL)));
}

static void
vt_application_dispose (GObject *object)
{
  g_clear_object (&VT_APPLICATION (object)->library);
  G_OBJECT_CLASS (vt_application_parent_class)->dispose (object);
}

static void
vt_application_class_init (VtApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = vt_application_dispose;
  application_class->startup = vt_application_startup;
  application_class->activate = vt_application_activate;
  application_class->command_line = vt_application_command_line;
  application_class->handle_local_options = vt_application_handle_local_options;
}

static void
vt_application_init (VtApplication *self)
{
  GApplication *application = G_APPLICATION (self);

  g_application_add_main_option_entries (application, options);
  g_application_set_option_context_parameter_string (application, NULL);
  g_application_set_option_context_summary (
      application, _ ("Desktop virtual machines behind glass. Without arguments the library of "
                      "guests is shown; with a guest's name, its screen."));
}

/* Whether a session bus can be reached without starting one. */
static gboolean
has_session_bus (void)
{
  g_autofree char *path = g_build_filename (g_get_user_runtime_dir (), "bus", NULL);

  return g_getenv ("DBUS_SESSION_BUS_ADDRESS") || g_file_test (path, G_FILE_TEST_EXISTS);
}

VtApplication *
vt_application_new (void)
{
  GApplicationFlags flags = G_APPLICATION_HANDLES_COMMAND_LINE;

  if (!has_session_bus ())
    {
      flags |= G_APPLICATION_NON_UNIQUE;
      g_setenv ("NO_AT_BRIDGE", "1", TRUE); /* it would start a bus of its own */
    }
  return g_object_new (VT_TYPE_APPLICATION, "application-id", APP_ID, "flags", flags,
                       "resource-base-path", "/org/vitrine/Vitrine", NULL);
}
