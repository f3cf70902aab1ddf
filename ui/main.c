/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * `vitrine`, the window: sets the locale up and runs the application. Runs as the user (T0); opens
 * Unix sockets only, and those only through app/.
 */
#include "config.h"

#include "vt-application.h"

#include <glib/gi18n.h>
#include <locale.h>

/* Catalogues of the build folder for a program that runs in it, else the installed ones. */
static const char *
locale_dir (void)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = program ? g_path_get_dirname (program) : NULL;
  g_autofree char *build = g_path_get_dirname (BUILD_LOCALE_DIR);

  return g_strcmp0 (folder, build) == 0 ? BUILD_LOCALE_DIR : LOCALE_DIR;
}

int
main (int argc, char **argv)
{
  g_autoptr (VtApplication) application = NULL;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, locale_dir ());
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_application_name (_ ("Vitrine"));
  g_set_prgname ("vitrine"); /* until the window system asks: see vt_application_startup */

  application = vt_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
