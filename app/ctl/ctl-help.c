/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Help from the table of commands. Runs in vitrinectl.
 */
#include "config.h"

#include "ctl-help.h"

#include "ctl-parse.h"
#include "ctl-print.h"

#include <glib/gi18n.h>
#include <string.h>

#define COLUMNS 80
#define SUMMARY_COLUMN 25

/* Words of a text from a column on, the first line being at `at` already. */
static void
print_wrapped (const char *text, guint at, guint column)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);

  if (at >= column)
    {
      g_print ("\n");
      at = 0;
    }
  g_print ("%*s", column - at, "");
  at = column;
  for (guint i = 0; words[i]; i++)
    {
      guint width = ctl_width (words[i]);

      if (i > 0 && at + 1 + width >= COLUMNS)
        {
          g_print ("\n%*s", column, "");
          at = column;
        }
      else if (i > 0)
        {
          g_print (" ");
          at++;
        }
      g_print ("%s", words[i]);
      at += width;
    }
  g_print ("\n");
}

static void
print_entry (const char *head, const char *text)
{
  g_print ("  %s", head);
  print_wrapped (text, 2 + ctl_width (head), SUMMARY_COLUMN);
}

/* "name ARGUMENTS"; an empty text must not be asked of gettext, which answers with its header. */
static char *
synopsis (const CtlCommand *command)
{
  const char *arguments = *command->arguments ? _ (command->arguments) : "";

  return g_strjoin (*arguments ? " " : "", command->name, arguments, NULL);
}

void
ctl_help_all (void)
{
  g_print ("%s\n\n%s\n\n%s\n", _ ("Usage: vitrinectl COMMAND [ARGUMENT…]"),
           _ ("Desktop virtual machines behind glass. NAME is a guest's name or its UUID."),
           _ ("Commands:"));
  for (const CtlCommand *command = ctl_commands; command->name; command++)
    {
      g_autofree char *head = synopsis (command);

      print_entry (head, _ (command->summary));
    }
  g_print ("\n%s\n%s\n%s\n", _ ("'vitrinectl help COMMAND' tells a command's options."),
           _ ("'vitrinectl --version' tells the version."),
           _ ("Exit status: 0 done, 1 failed with one line on stderr, 2 wrong command line."));
}

static void
print_option (const CtlOption *option)
{
  g_autofree char *head = option->value
                              ? g_strdup_printf ("--%s %s", option->name, _ (option->value))
                              : g_strdup_printf ("--%s", option->name);

  print_entry (head, _ (option->help));
}

void
ctl_help_command (const CtlCommand *command)
{
  g_autofree char *head = synopsis (command);

  g_print (_ ("Usage: vitrinectl %s"), head);
  g_print ("%s\n\n%s.\n", command->options ? _ (" [OPTION…]") : "", _ (command->summary));
  if (command->details)
    print_wrapped (_ (command->details), 0, 0);
  if (command->options)
    g_print ("\n%s\n", _ ("Options:"));
  for (const CtlOption *option = command->options; option && option->name; option++)
    if (!(option->flags & CTL_OPTION_HIDDEN))
      print_option (option);
}

gboolean
ctl_help (const CtlCall *call, GError **error)
{
  const CtlCommand *command;

  if (call->arguments->len == 0)
    {
      ctl_help_all ();
      return TRUE;
    }
  command = ctl_command_find (ctl_call_argument (call, 0));
  if (!command)
    {
      g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                   _ ("There is no command '%s'; 'vitrinectl help' lists them"),
                   ctl_call_argument (call, 0));
      return FALSE;
    }
  ctl_help_command (command);
  return TRUE;
}
