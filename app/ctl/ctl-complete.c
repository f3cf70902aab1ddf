/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Completion of a shell's command line from the table of commands (data of vitrinectl.bash). Runs
 * in vitrinectl; says nothing rather than fail.
 */
#include "config.h"

#include "ctl-guests.h"
#include "ctl-help.h"

#include <string.h>

static void
offer (const char *prefix, const char *candidate, const char *suffix)
{
  if (g_str_has_prefix (candidate, prefix))
    g_print ("%s%s\n", candidate, suffix);
}

static void
offer_commands (const char *prefix)
{
  for (const CtlCommand *command = ctl_commands; command->name; command++)
    offer (prefix, command->name, "");
}

static void
offer_guests (const char *prefix)
{
  g_autoptr (VtLibrary) library = vt_library_new (NULL);
  guint n = library ? g_list_model_get_n_items (G_LIST_MODEL (library)) : 0;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (VtGuest) guest = g_list_model_get_item (G_LIST_MODEL (library), i);

      offer (prefix, vt_guest_get_name (guest), "");
    }
}

static void
offer_keys (const char *name, const char *prefix)
{
  g_autoptr (VtLibrary) library = vt_library_new (NULL);
  VtGuest *guest = library ? vt_library_find (library, name, NULL) : NULL;
  const GuestDefinition *definition = guest ? vt_guest_get_definition (guest) : NULL;
  g_auto (GStrv) list = definition ? guest_definition_list (definition) : NULL;

  for (guint i = 0; list && list[i]; i += 2)
    offer (prefix, list[i], "=");
}

static const CtlOption *
find_option (const CtlCommand *command, const char *word)
{
  for (const CtlOption *option = command->options; option && option->name; option++)
    if (g_str_has_prefix (word, "--") && strcmp (option->name, word + 2) == 0)
      return option;
  return NULL;
}

static void
offer_options (const CtlCommand *command, const char *prefix)
{
  for (const CtlOption *option = command->options; option && option->name; option++)
    {
      g_autofree char *word = g_strdup_printf ("--%s", option->name);

      if (!(option->flags & CTL_OPTION_HIDDEN))
        offer (prefix, word, "");
    }
}

/* The place of the last word among the arguments, and the first of them. */
static guint
place_of_last (const CtlCommand *command, int n_words, char **words, const char **ret_first)
{
  guint place = 0;

  *ret_first = NULL;
  for (int i = 1; i < n_words - 1; i++)
    {
      const CtlOption *option = find_option (command, words[i]);

      if (option && option->value)
        i++;
      else if (words[i][0] != '-' && place++ == 0)
        *ret_first = words[i];
    }
  return place;
}

void
ctl_complete (int n_words, char **words)
{
  const char *last = n_words > 0 ? words[n_words - 1] : "";
  const CtlCommand *command = n_words > 1 ? ctl_command_find (words[0]) : NULL;
  const CtlOption *before =
      command && n_words > 2 ? find_option (command, words[n_words - 2]) : NULL;
  const char *first;
  guint place;

  if (!command)
    {
      if (n_words <= 1)
        offer_commands (last);
      return;
    }
  if (before && before->value)
    {
      g_auto (GStrv) allowed = g_strsplit (before->words ? before->words : "", "|", -1);

      for (guint i = 0; allowed[i]; i++)
        offer (last, allowed[i], "");
      return;
    }
  if (last[0] == '-')
    {
      offer_options (command, last);
      return;
    }
  place = place_of_last (command, n_words, words, &first);
  if (place == 0 && (command->flags & CTL_COMMAND_ON_GUEST))
    offer_guests (last);
  else if (place == 0 && (command->flags & CTL_COMMAND_TAKES_NAMES))
    offer_commands (last);
  else if (place > 0 && (command->flags & CTL_COMMAND_TAKES_KEYS))
    offer_keys (first, last);
}
