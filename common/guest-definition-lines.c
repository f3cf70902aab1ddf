/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The lines of guest.conf (B6). Runs in app and vmm; must never assert on what the file holds.
 */
#include "config.h"

#include "guest-definition-lines.h"

#include "guest-definition.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static void
line_free (DefinitionLine *line)
{
  g_free (line->group);
  g_free (line->key);
  g_free (line);
}

G_GNUC_PRINTF (4, 5)
static gboolean
fail (GError **error, const char *file, guint number, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  /* Translators: the first is a file's name. */
  g_set_error (error, GUEST_DEFINITION_ERROR, GUEST_DEFINITION_ERROR_SYNTAX, _ ("%s, line %u: %s"),
               file, number, text);
  return FALSE;
}

static guint
line_at (const char *text, const char *at)
{
  guint number = 1;

  for (const char *c = text; c < at; c++)
    number += *c == '\n';
  return number;
}

/* Size, NULs and UTF-8: what must hold before the text is looked at as lines. */
static gboolean
check_bytes (const char *text, gsize size, const char *file, GError **error)
{
  const char *nul;
  const char *end;

  if (size > GUEST_DEFINITION_BYTES_MAX)
    {
      g_set_error (error, GUEST_DEFINITION_ERROR, GUEST_DEFINITION_ERROR_SYNTAX,
                   _ ("%s is larger than the %u bytes allowed"), file, GUEST_DEFINITION_BYTES_MAX);
      return FALSE;
    }
  if (size == 0)
    return TRUE;
  nul = memchr (text, '\0', size);
  if (nul != NULL)
    return fail (error, file, line_at (text, nul), _ ("a zero byte is not allowed"));
  if (!g_utf8_validate (text, size, &end))
    return fail (error, file, line_at (text, end), _ ("the text is not valid UTF-8"));
  return TRUE;
}

/* [name], nothing but white space behind it; what GKeyFile takes for a group's name. */
static char *
group_name (const char *start, const char *end)
{
  const char *close = memchr (start, ']', end - start);

  if (close == NULL || close == start + 1)
    return NULL;
  for (const char *c = start + 1; c < close; c++)
    if (*c == '[' || g_ascii_iscntrl (*c))
      return NULL;
  for (const char *c = close + 1; c < end; c++)
    if (*c != ' ' && *c != '\t')
      return NULL;
  return g_strndup (start + 1, close - start - 1);
}

/* A key is anything without brackets, but for one locale at its end: name[ko]. */
static gboolean
key_is_valid (const char *key)
{
  gsize plain = strcspn (key, "[]");
  const char *locale = key + plain;

  if (plain == 0 || key[plain - 1] == ' ' || g_ascii_isspace (key[0]))
    return FALSE;
  for (const char *c = key; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      return FALSE;
  if (*locale == '\0')
    return TRUE;
  if (*locale++ != '[')
    return FALSE;
  locale += strspn (locale, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.@");
  return strcmp (locale, "]") == 0;
}

static gboolean
scan_key (DefinitionLine *line,
          const char *start,
          const char *end,
          const char *file,
          GError **error)
{
  const char *equals = memchr (start, '=', end - start);
  const char *key_end = equals;

  if (equals == NULL)
    return fail (error, file, line->number,
                 _ ("this is neither [group] nor key=value nor # comment"));
  while (key_end > start && g_ascii_isspace (key_end[-1]))
    key_end--;
  line->key = g_strndup (start, key_end - start);
  if (!key_is_valid (line->key))
    return fail (error, file, line->number, _ ("this is not a valid name before the “=”"));
  if (line->group == NULL)
    return fail (error, file, line->number, _ ("a [group] must come before the first key"));
  line->value = equals + 1;
  while (line->value < end && g_ascii_isspace (*line->value))
    line->value++;
  line->value_size = end - line->value;
  line->kind = DEFINITION_LINE_KEY;
  return TRUE;
}

/* One line, its end at `end` (before the line end's own bytes). */
static gboolean
scan_line (DefinitionLine *line, const char *end, const char *file, GError **error)
{
  const char *start = line->start;

  while (start < end && g_ascii_isspace (*start))
    start++;
  if (start == end || *start == '#')
    return TRUE;
  if (*start != '[')
    return scan_key (line, start, end, file, error);
  g_clear_pointer (&line->group, g_free);
  line->group = group_name (start, end);
  if (line->group == NULL)
    return fail (error, file, line->number, _ ("this is not a valid [group]"));
  line->kind = DEFINITION_LINE_GROUP;
  return TRUE;
}

/* The same group or key twice: which of them counts would be a guess. */
static gboolean
check_unique (const DefinitionLine *line, GHashTable *seen, const char *file, GError **error)
{
  g_autofree char *name = NULL;
  gpointer first;

  if (line->kind == DEFINITION_LINE_OTHER)
    return TRUE;
  name = line->kind == DEFINITION_LINE_GROUP ? g_strdup_printf ("[%s]", line->group)
                                             : g_strdup_printf ("%s]%s", line->group, line->key);
  if (g_hash_table_lookup_extended (seen, name, NULL, &first))
    return line->kind == DEFINITION_LINE_GROUP
               ? fail (error, file, line->number, _ ("the group [%s] is already on line %u"),
                       line->group, GPOINTER_TO_UINT (first))
               : fail (error, file, line->number, _ ("%s is already on line %u"), line->key,
                       GPOINTER_TO_UINT (first));
  g_hash_table_insert (seen, g_steal_pointer (&name), GUINT_TO_POINTER (line->number));
  return TRUE;
}

GPtrArray *
definition_lines_scan (const char *text, gsize size, const char *file, GError **error)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func ((GDestroyNotify) line_free);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const char *group = NULL;

  if (!check_bytes (text, size, file, error))
    return NULL;
  for (gsize offset = 0; offset < size;)
    {
      DefinitionLine *line = g_new0 (DefinitionLine, 1);
      const char *newline = memchr (text + offset, '\n', size - offset);
      const char *end = newline != NULL ? newline : text + size;

      g_ptr_array_add (lines, line);
      line->number = lines->len;
      line->start = text + offset;
      line->size = (newline != NULL ? newline + 1 : end) - line->start;
      line->group = g_strdup (group);
      if (newline != NULL && end > line->start && end[-1] == '\r')
        end--;
      if (!scan_line (line, end, file, error) || !check_unique (line, seen, file, error))
        return NULL;
      group = line->group;
      offset += line->size;
    }
  return g_steal_pointer (&lines);
}

/* Undoes one escape at value[1]; 0 if there is none such. */
static char
unescape_char (char escaped)
{
  switch (escaped)
    {
    case 's':
      return ' ';
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case '\\':
      return '\\';
    default:
      return 0;
    }
}

char *
definition_lines_unescape (const char *value, gsize size)
{
  g_autoptr (GString) out = g_string_sized_new (size);

  for (gsize i = 0; i < size; i++)
    {
      char plain = value[i];

      if (plain == '\\')
        {
          plain = i + 1 < size ? unescape_char (value[++i]) : 0;
          if (plain == 0)
            return NULL;
        }
      g_string_append_c (out, plain);
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

GStrv
definition_lines_unescape_list (const char *value, gsize size)
{
  g_autoptr (GStrvBuilder) list = g_strv_builder_new ();
  g_autoptr (GString) piece = g_string_new (NULL);

  for (gsize i = 0; i < size; i++)
    {
      char plain = value[i];

      if (plain == ';')
        {
          g_strv_builder_add (list, piece->str);
          g_string_truncate (piece, 0);
          continue;
        }
      if (plain == '\\')
        {
          i++;
          plain = i >= size ? 0 : value[i] == ';' ? ';' : unescape_char (value[i]);
          if (plain == 0)
            return NULL;
        }
      g_string_append_c (piece, plain);
    }
  if (piece->len > 0)
    g_strv_builder_add (list, piece->str);
  return g_strv_builder_end (list);
}

/* The letter that stands for a character behind a backslash; 0 if it stands for itself. */
static char
escape_letter (char plain)
{
  switch (plain)
    {
    case '\n':
      return 'n';
    case '\t':
      return 't';
    case '\r':
      return 'r';
    case '\\':
      return '\\';
    default:
      return 0;
    }
}

static void
append_escaped (GString *out, const char *text, char separator)
{
  gboolean leading = TRUE;

  for (const char *c = text; *c != '\0'; c++)
    {
      char letter = escape_letter (*c);

      leading = leading && *c == ' ';
      if (leading)
        letter = 's';
      else if (separator != '\0' && *c == separator)
        letter = separator;
      if (letter != 0)
        g_string_append_c (out, '\\');
      g_string_append_c (out, letter != 0 ? letter : *c);
    }
}

char *
definition_lines_escape (const char *text)
{
  g_autoptr (GString) out = g_string_new (NULL);

  append_escaped (out, text, '\0');
  return g_string_free (g_steal_pointer (&out), FALSE);
}

char *
definition_lines_escape_list (const char *const *texts)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (; *texts != NULL; texts++)
    {
      if (out->len > 0)
        g_string_append_c (out, ';');
      append_escaped (out, *texts, ';');
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}
