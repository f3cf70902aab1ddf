/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * `vitrinectl`, the command line: everything that the window does, for shells and scripts. Runs as
 * the user (T0); must never open a network socket or speak QMP itself. Exit status 0: done, 1:
 * failed with one line on stderr, 2: wrong command line.
 */
#include "config.h"

#include "ctl-help.h"
#include "ctl-parse.h"
#include "ctl-print.h"
#include "fds.h"
#include "log-line.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Catalogues of the build folder for a program that runs in it, else the installed ones. */
static const char *
locale_dir (void)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = program ? g_path_get_dirname (program) : NULL;
  g_autofree char *build = g_path_get_dirname (BUILD_LOCALE_DIR);

  return g_strcmp0 (folder, build) == 0 ? BUILD_LOCALE_DIR : LOCALE_DIR;
}

static int
report (const GError *error)
{
  gboolean interrupted = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_autofree char *line =
      ctl_plain (interrupted ? _ ("Interrupted; what was begun is undone") : error->message);

  g_printerr ("vitrinectl: %s\n", line);
  return g_error_matches (error, CTL_ERROR, CTL_ERROR_USAGE) ? 2 : 1;
}

/* Options that stand in a command's place; -1 if this is none of them. */
static int
run_option (int argc, char **argv)
{
  if (strcmp (argv[1], "--version") == 0)
    g_print ("vitrinectl %s\n", PACKAGE_VERSION);
  else if (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0)
    ctl_help_all ();
  else if (strcmp (argv[1], "--complete") == 0 && argc > 2 && strcmp (argv[2], "--") == 0)
    ctl_complete (argc - 3, argv + 3);
  else
    return -1;
  return 0;
}

/* Where GLib cannot go on it would end the program by a signal, and leave a core. */
static void
write_line (const char *line, gboolean fatal)
{
  if (!fatal)
    {
      g_printerr ("%s\n", line);
      return;
    }
  fprintf (stderr, _ ("vitrinectl: This computer does not give what is needed: %s\n"), line);
  _exit (1);
}

/* Not a few descriptors less than a command takes, with which it might take a guest for another
 * than it is. */
static gboolean
check_descriptors (GError **error)
{
  if (fds_have_room (STDERR_FILENO, FDS_ROOM_MAX) || errno != EMFILE)
    return TRUE;
  g_set_error_literal (error, CTL_ERROR, CTL_ERROR_FAILED,
                       _ ("Too few files may be open at once: raise the limit ('ulimit -n')"));
  return FALSE;
}

static gboolean
run_command (int argc, char **argv, GError **error)
{
  const CtlCommand *command = argc > 1 ? ctl_command_find (argv[1]) : NULL;
  g_autoptr (CtlCall) call = NULL;

  if (!command)
    {
      if (argc > 1)
        g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                     _ ("There is no command '%s'; 'vitrinectl help' lists them"), argv[1]);
      else
        g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE,
                             _ ("A command is missing; 'vitrinectl help' lists them"));
      return FALSE;
    }
  call = ctl_parse (command, argc - 2, argv + 2, error);
  if (!call)
    return FALSE;
  if (call->help)
    {
      ctl_help_command (command);
      return TRUE;
    }
  return check_descriptors (error) && command->run (call, error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  int status;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, locale_dir ());
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  log_line_install (write_line);
  status = argc > 1 ? run_option (argc, argv) : -1;
  if (status >= 0)
    return status;
  return run_command (argc, argv, &error) ? 0 : report (error);
}
