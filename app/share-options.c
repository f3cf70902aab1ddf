/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Words about shares. Runs in the front ends; must never ask a name server.
 */
#include "config.h"

#include "share-options.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/random.h>

static gboolean
bad_place (GError **error, const char *text)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               /* Translators: %s is what was written. */
               _ ("“%s” is no place to listen: write ADDRESS:PORT, such as 127.0.0.1:5901 or "
                  "[::1]:0; port 0 takes any free one"),
               text);
  return FALSE;
}

static gboolean
parse_port (const char *text, guint16 *ret_port)
{
  guint64 port;

  if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT16, &port, NULL))
    return FALSE;
  *ret_port = port;
  return TRUE;
}

/* Where the port begins, behind its colon; NULL if there is none. *ret_address may be empty. */
static const char *
split (const char *text, char **ret_address)
{
  const char *close = *text == '[' ? strchr (text, ']') : NULL;
  const char *colon = strrchr (text, ':');

  if (close != NULL)
    {
      *ret_address = g_strndup (text + 1, close - text - 1);
      return close[1] == ':' ? close + 2 : close[1] == '\0' ? NULL : "?";
    }
  if (colon != NULL && colon == strchr (text, ':'))
    {
      *ret_address = g_strndup (text, colon - text);
      return colon + 1;
    }
  if (colon == NULL && *text != '\0' && strspn (text, "0123456789") == strlen (text))
    {
      *ret_address = g_strdup ("");
      return text;
    }
  *ret_address = g_strdup (text);
  return NULL;
}

gboolean
share_options_parse_place (const char *text, char **ret_address, guint16 *ret_port, GError **error)
{
  g_autofree char *address = NULL;
  g_autoptr (GInetAddress) parsed = NULL;
  const char *port_text;
  guint16 port = 0;

  if (!g_utf8_validate (text, -1, NULL) || *text == '\0')
    return bad_place (error, "");
  port_text = split (text, &address);
  if (port_text != NULL && !parse_port (port_text, &port))
    return bad_place (error, text);
  if (*address == '\0' && *text == '[')
    return bad_place (error, text);
  if (*address == '\0')
    {
      g_free (address);
      address = g_strdup (SHARE_ADDRESS_DEFAULT);
    }
  parsed = share_address_parse (address, NULL);
  if (parsed == NULL)
    return bad_place (error, text);
  *ret_address = g_inet_address_to_string (parsed);
  *ret_port = port;
  return TRUE;
}

static guint
unit_seconds (char unit)
{
  switch (unit)
    {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3600;
    case 'd':
      return 24 * 3600;
    default:
      return 0;
    }
}

static gboolean
parse_duration (const char *text, guint64 *ret_seconds)
{
  guint64 total = 0;

  if (*text == '\0')
    return FALSE;
  while (*text != '\0')
    {
      gsize digits = strspn (text, "0123456789");
      g_autofree char *number_text = g_strndup (text, digits);
      gboolean plain = total == 0 && text[digits] == '\0';
      guint unit = plain ? 60 : unit_seconds (text[digits]);
      guint64 number;

      if (unit == 0 ||
          !g_ascii_string_to_unsigned (number_text, 10, 0, SHARE_EXPIRE_MAX, &number, NULL))
        return FALSE;
      total += number * unit;
      if (total > SHARE_EXPIRE_MAX)
        return FALSE;
      text += digits + (plain ? 0 : 1);
    }
  *ret_seconds = total;
  return total > 0;
}

gboolean
share_options_parse_duration (const char *text, guint *ret_seconds, GError **error)
{
  guint64 seconds;

  if (!parse_duration (text, &seconds))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   _ ("“%s” is no time from 1s to %ud: write 30m, 1h or 2d"), text,
                   SHARE_EXPIRE_MAX / (24 * 3600));
      return FALSE;
    }
  *ret_seconds = seconds;
  return TRUE;
}

char *
share_options_place (const char *address, guint port)
{
  return g_strdup_printf (strchr (address, ':') != NULL ? "[%s]:%u" : "%s:%u", address, port);
}

char *
share_options_make_password (void)
{
  static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
  guint8 random[SHARE_PASSWORD_CHARACTERS];
  char *password = g_malloc0 (SHARE_PASSWORD_CHARACTERS + 1);

  G_STATIC_ASSERT (sizeof letters - 1 == 32);
  if (getrandom (random, sizeof random, 0) != sizeof random)
    g_error ("The kernel gives no random numbers"); /* a password that can be guessed is none */
  for (guint i = 0; i < SHARE_PASSWORD_CHARACTERS; i++)
    password[i] = letters[random[i] % 32];
  return password;
}
