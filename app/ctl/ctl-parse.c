/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The command line, checked against the table. Runs in vitrinectl; must never act on what it reads.
 */
#include "config.h"

#include "ctl-parse.h"

#include "guest-definition.h"

#include <glib/gi18n.h>
#include <string.h>

G_DEFINE_QUARK (ctl - error - quark, ctl_error)

static gboolean
fail (GError **error, const CtlCommand *command, const char *format, const char *what)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  g_autofree char *text = g_strdup_printf (format, what);
#pragma GCC diagnostic pop

  /* Translators: a command, what is wrong with its command line, the command again. */
  g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, _ ("%s: %s; see 'vitrinectl help %s'"),
               command->name, text, command->name);
  return FALSE;
}

static const CtlOption *
find_option (const CtlCommand *command, const char *name, gsize size)
{
  for (const CtlOption *option = command->options; option && option->name; option++)
    if (strlen (option->name) == size && strncmp (option->name, name, size) == 0)
      return option;
  return NULL;
}

static gboolean
is_word (const char *words, const char *value)
{
  g_auto (GStrv) allowed = g_strsplit (words, "|", -1);

  return g_strv_contains ((const char *const *) allowed, value);
}

static gboolean
take_value (CtlCall *call, const CtlOption *option, const char *value, GError **error)
{
  CtlGiven given = { option, value };

  if (!(option->flags & CTL_OPTION_REPEAT) && ctl_call_has (call, option->name))
    return fail (error, call->command, _ ("--%s is given twice"), option->name);
  if (option->words && !is_word (option->words, value))
    {
      g_auto (GStrv) words = g_strsplit (option->words, "|", -1);
      g_autofree char *allowed = g_strjoinv (", ", words);

      g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                   /* Translators: a command, an option, its wrong value, the values allowed. */
                   _ ("%s: --%s: '%s' is not one of: %s"), call->command->name, option->name, value,
                   allowed);
      return FALSE;
    }
  g_array_append_val (call->given, given);
  return TRUE;
}

/* Whether a word can only be where to listen, and no guest or option. */
static gboolean
is_place (const char *word)
{
  return g_ascii_isdigit (*word) || strchr (word, ':') != NULL;
}

/* One option at argv[*at], which moves on to its value if that is a word of its own. */
static gboolean
take_option (CtlCall *call, int argc, char **argv, int *at, GError **error)
{
  const char *name = argv[*at] + 2;
  const char *equals = strchr (name, '=');
  const CtlOption *option =
      g_str_has_prefix (argv[*at], "--")
          ? find_option (call->command, name, equals ? (gsize) (equals - name) : strlen (name))
          : NULL;

  if (!option)
    return fail (error, call->command, _ ("there is no option %s"), argv[*at]);
  if (!option->value && equals)
    return fail (error, call->command, _ ("--%s takes no value"), option->name);
  if (!option->value)
    return take_value (call, option, NULL, error);
  if (equals)
    return take_value (call, option, equals + 1, error);
  if ((option->flags & CTL_OPTION_PLACE) && (*at + 1 >= argc || !is_place (argv[*at + 1])))
    return take_value (call, option, NULL, error);
  if (*at + 1 >= argc)
    return fail (error, call->command, _ ("--%s needs a value"), option->name);
  *at += 1;
  return take_value (call, option, argv[*at], error);
}

static gboolean
check_count (const CtlCall *call, GError **error)
{
  if (call->arguments->len < call->command->min)
    return fail (error, call->command, _ ("it takes %s, and not all of it is there"),
                 _ (call->command->arguments));
  if (call->arguments->len > call->command->max)
    return fail (error, call->command, _ ("'%s' is one argument too many"),
                 ctl_call_argument (call, call->command->max));
  return TRUE;
}

CtlCall *
ctl_parse (const CtlCommand *command, int argc, char **argv, GError **error)
{
  g_autoptr (CtlCall) call = g_new0 (CtlCall, 1);
  gboolean options = TRUE;

  call->command = command;
  call->arguments = g_ptr_array_new ();
  call->given = g_array_new (FALSE, FALSE, sizeof (CtlGiven));
  for (int i = 0; i < argc; i++)
    {
      if (options && strcmp (argv[i], "--") == 0)
        options = FALSE;
      else if (options && (strcmp (argv[i], "--help") == 0 || strcmp (argv[i], "-h") == 0))
        {
          call->help = TRUE;
          return g_steal_pointer (&call);
        }
      else if (!options || argv[i][0] != '-' || argv[i][1] == '\0')
        g_ptr_array_add (call->arguments, argv[i]);
      else if (!take_option (call, argc, argv, &i, error))
        return NULL;
    }
  return check_count (call, error) ? g_steal_pointer (&call) : NULL;
}

void
ctl_call_free (CtlCall *call)
{
  if (!call)
    return;
  g_ptr_array_unref (call->arguments);
  g_array_unref (call->given);
  g_free (call);
}

static const CtlGiven *
find_given (const CtlCall *call, const char *name)
{
  for (guint i = 0; i < call->given->len; i++)
    {
      const CtlGiven *given = &g_array_index (call->given, CtlGiven, i);

      if (strcmp (given->option->name, name) == 0)
        return given;
    }
  return NULL;
}

gboolean
ctl_call_has (const CtlCall *call, const char *name)
{
  return find_given (call, name) != NULL;
}

const char *
ctl_call_value (const CtlCall *call, const char *name)
{
  const CtlGiven *given = find_given (call, name);

  return given ? given->value : NULL;
}

gboolean
ctl_parse_size (const char *text, guint64 plain_unit, guint64 *ret_bytes)
{
  static const char units[] = "KMGT";
  g_autofree char *digits = g_strndup (text, strspn (text, "0123456789"));
  const char *suffix = text + strlen (digits);
  const char *unit = *suffix != '\0' ? strchr (units, g_ascii_toupper (*suffix)) : NULL;
  guint64 factor = plain_unit;
  guint64 number;

  if (*suffix != '\0')
    {
      if (!unit || (suffix[1] != '\0' && strcmp (suffix + 1, "iB") != 0))
        return FALSE;
      factor = G_GUINT64_CONSTANT (1) << (10 * (unit - units + 1));
    }
  if (factor == 0 ||
      !g_ascii_string_to_unsigned (digits, 10, 1, G_MAXINT64 / factor, &number, NULL))
    return FALSE;
  *ret_bytes = number * factor;
  return TRUE;
}

gboolean
ctl_parse_number (const char *what,
                  const char *text,
                  guint min,
                  guint max,
                  guint *ret,
                  GError **error)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (text, 10, min, max, &number, NULL))
    {
      /* Translators: what the number is, what was given, the bounds. */
      g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, _ ("%s: '%s' is not a number from %u to %u"),
                   what, text, min, max);
      return FALSE;
    }
  *ret = number;
  return TRUE;
}

gboolean
ctl_call_head (const CtlCall *call, guint *ret_head, GError **error)
{
  g_autofree char *what = g_strdup_printf ("%s: --head", call->command->name);
  const char *value = ctl_call_value (call, "head");

  *ret_head = 1;
  return value == NULL || ctl_parse_number (what, value, 1, GUEST_HEADS_MAX, ret_head, error);
}
