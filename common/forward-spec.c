/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Forwards as text. Runs in the front ends and in vitrine-vmm; opens nothing.
 */
#include "config.h"

#include "forward-spec.h"

#include "share-address.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define TEXT_MAX 128

static ForwardSpec *
fail (GError **error, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, strnlen (text, TEXT_MAX));

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               /* Translators: %s is what was written. */
               _ ("“%s” is no forward: write PROTOCOL:ADDRESS:PORT:GUEST-PORT, such as "
                  "tcp:127.0.0.1:8080:80"),
               valid);
  return NULL;
}

static gboolean
parse_port (const char *text, guint16 *ret_port)
{
  guint64 port;

  if (!g_ascii_string_to_unsigned (text, 10, 1, 65535, &port, NULL))
    return FALSE;
  *ret_port = port;
  return TRUE;
}

/* Cuts the last ":PORT" off. */
static gboolean
take_port (char *text, guint16 *ret_port)
{
  char *colon = strrchr (text, ':');

  if (colon == NULL || !parse_port (colon + 1, ret_port))
    return FALSE;
  *colon = '\0';
  return TRUE;
}

/* "127.0.0.1", "[::1]" */
static char *
parse_address (const char *text, GError **error)
{
  gsize size = strlen (text);
  gboolean bracketed = size > 2 && text[0] == '[' && text[size - 1] == ']';
  g_autofree char *plain = bracketed ? g_strndup (text + 1, size - 2) : g_strdup (text);
  g_autoptr (GInetAddress) address = share_address_parse (plain, error);

  return address != NULL ? g_inet_address_to_string (address) : NULL;
}

ForwardSpec *
forward_spec_parse (const char *text, GError **error)
{
  g_autofree char *rest = g_strstrip (g_strndup (text, TEXT_MAX + 1));
  g_autoptr (ForwardSpec) spec = g_new0 (ForwardSpec, 1);
  char *at = rest + 4;

  spec->udp = g_str_has_prefix (rest, "udp:");
  if (!g_utf8_validate (rest, -1, NULL) || strlen (rest) > TEXT_MAX ||
      (!spec->udp && !g_str_has_prefix (rest, "tcp:")))
    return fail (error, text);
  if (!take_port (at, &spec->guest_port))
    return fail (error, text);
  if (parse_port (at, &spec->port))
    {
      spec->address = g_strdup (SHARE_ADDRESS_DEFAULT);
      return g_steal_pointer (&spec);
    }
  if (!take_port (at, &spec->port))
    return fail (error, text);
  spec->address = parse_address (at, error);
  return spec->address != NULL ? g_steal_pointer (&spec) : NULL;
}

void
forward_spec_free (ForwardSpec *spec)
{
  if (spec == NULL)
    return;
  g_free (spec->address);
  g_free (spec);
}

char *
forward_spec_format (const ForwardSpec *spec)
{
  gboolean six = strchr (spec->address, ':') != NULL;

  return g_strdup_printf ("%s:%s%s%s:%u:%u", spec->udp ? "udp" : "tcp", six ? "[" : "",
                          spec->address, six ? "]" : "", spec->port, spec->guest_port);
}

gboolean
forward_spec_is_open (const ForwardSpec *spec)
{
  return !share_address_is_loopback (spec->address);
}
