/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * GLib's messages as single lines. Runs in vitrine-vmm, vitrine-display and vitrinectl; never
 * passes on more than LOG_LINE_MAX bytes of one.
 */
#include "log-line.h"

#include <stdio.h>
#include <string.h>

/* How gdbusprivate.c begins what it shows of a message. */
#define SHOWN "The payload is as follows:"

static LogLineWriter write_one;

/* Appends what is text of so many bytes; a question mark for what is not. Returns the new size. */
static gsize
append (char *line, gsize size, const char *text, gsize n)
{
  while (n > 0)
    {
      gunichar c = g_utf8_get_char_validated (text, n);
      gboolean is_text = c != (gunichar) -1 && c != (gunichar) -2;
      gsize step = is_text ? (gsize) g_unichar_to_utf8 (c, NULL) : 1;

      if (size + step > LOG_LINE_MAX)
        break;
      if (is_text && c < 0x80 && g_ascii_iscntrl (*text))
        line[size] = ' ';
      else if (is_text)
        memcpy (line + size, text, step);
      else
        line[size] = '?';
      size += step;
      text += step;
      n -= step;
    }
  return size;
}

void
log_line_make (char *ret_line, const char *domain, const char *message)
{
  const char *shown = strstr (message, SHOWN);
  gsize n = shown != NULL ? (gsize) (shown - message) : strlen (message);
  gsize size;

  if (domain == NULL)
    domain = "GLib";
  size = append (ret_line, 0, domain, strlen (domain));
  size = append (ret_line, size, ": ", 2);
  size = append (ret_line, size, message, n);
  while (size > 0 && ret_line[size - 1] == ' ')
    size--;
  ret_line[size] = '\0';
}

static const char *
find_field (const GLogField *fields, gsize count, const char *key)
{
  for (gsize i = 0; i < count; i++)
    if (strcmp (fields[i].key, key) == 0 && fields[i].length < 0)
      return fields[i].value;
  return NULL;
}

static GLogWriterOutput
on_message (GLogLevelFlags level, const GLogField *fields, gsize count, gpointer data)
{
  const char *domain = find_field (fields, count, "GLIB_DOMAIN");
  const char *message = find_field (fields, count, "MESSAGE");
  char line[LOG_LINE_MAX + 1];

  if (message == NULL || g_log_writer_default_would_drop (level, domain))
    return G_LOG_WRITER_HANDLED;
  log_line_make (line, domain, message);
  if (write_one != NULL)
    write_one (line, (level & (G_LOG_FLAG_FATAL | G_LOG_LEVEL_ERROR)) != 0);
  else
    fprintf (stderr, "%s\n", line);
  return G_LOG_WRITER_HANDLED;
}

void
log_line_install (LogLineWriter write_line)
{
  write_one = write_line;
  g_log_set_writer_func (on_message, NULL, NULL);
}
