/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What may be shared, and how. Runs in vitrine-vmm; nothing is opened here.
 */
#include "share-request.h"

#include "ipc/link-wire.h"
#include "plain-text.h"
#include "share-address.h"

#include <string.h>

#define REFUSE(...) g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, __VA_ARGS__)

/* The values as they came; what is missing has its default. Borrowed from the variant. */
typedef struct
{
  const char *protocol;
  const char *address;
  const char *host;
  guint32 port;
  const char *password;
  guint32 head;
  gboolean view_only;
  gboolean ask;
  guint32 expire;
  const char *tls;
  const char *certificate;
  const char *key;
} Options;

typedef struct
{
  const char *name;
  const char *type;
  gsize offset;
} OptionRule;

static const OptionRule rules[] = {
  { "protocol", "s", G_STRUCT_OFFSET (Options, protocol) },
  { "address", "s", G_STRUCT_OFFSET (Options, address) },
  { "host", "s", G_STRUCT_OFFSET (Options, host) },
  { "port", "u", G_STRUCT_OFFSET (Options, port) },
  { "password", "s", G_STRUCT_OFFSET (Options, password) },
  { "head", "u", G_STRUCT_OFFSET (Options, head) },
  { "view-only", "b", G_STRUCT_OFFSET (Options, view_only) },
  { "ask", "b", G_STRUCT_OFFSET (Options, ask) },
  { "expire", "u", G_STRUCT_OFFSET (Options, expire) },
  { "tls", "s", G_STRUCT_OFFSET (Options, tls) },
  { "certificate", "s", G_STRUCT_OFFSET (Options, certificate) },
  { "key", "s", G_STRUCT_OFFSET (Options, key) },
};

static gboolean
take_option (Options *options, const char *name, GVariant *value, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    if (strcmp (name, rules[i].name) == 0)
      {
        if (!g_variant_is_of_type (value, G_VARIANT_TYPE (rules[i].type)))
          {
            REFUSE ("The option “%s” of a share is of the wrong type", name);
            return FALSE;
          }
        g_variant_get (value, *rules[i].type == 's' ? "&s" : rules[i].type,
                       G_STRUCT_MEMBER_P (options, rules[i].offset));
        return TRUE;
      }
  REFUSE ("A share has no option “%.64s”", name);
  return FALSE;
}

static gboolean
check_password (const Options *options, gboolean loopback, GError **error)
{
  const char *password = options->password;

  if (*password == '\0')
    {
      REFUSE ("A shared console needs a password");
      return FALSE;
    }
  if (strlen (password) > LINK_PASSWORD_MAX)
    {
      REFUSE ("The password is longer than %u bytes", LINK_PASSWORD_MAX);
      return FALSE;
    }
  if (strcmp (options->protocol, "spice") == 0 && strlen (password) > SHARE_TICKET_MAX)
    {
      REFUSE ("The password is longer than the %d bytes that SPICE viewers can send",
              SHARE_TICKET_MAX);
      return FALSE;
    }
  if (plain_text_has_controls (password, strlen (password)))
    {
      REFUSE ("The password contains a control character, which cannot be typed everywhere");
      return FALSE;
    }
  if (!loopback && g_utf8_strlen (password, -1) < SHARE_PASSWORD_NETWORK_MIN)
    {
      REFUSE ("The password is too short: beyond this computer it needs at least %d characters",
              SHARE_PASSWORD_NETWORK_MIN);
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_tls (const Options *options, gboolean loopback, gboolean *ret_tls, GError **error)
{
  gboolean off = strcmp (options->tls, "off") == 0;
  gboolean on = strcmp (options->tls, "on") == 0;

  if (!off && !on && strcmp (options->tls, "auto") != 0)
    {
      REFUSE ("TLS is auto, on or off, not “%.64s”", options->tls);
      return FALSE;
    }
  if (off && !loopback)
    {
      REFUSE ("Without TLS everyone on the way to %s could read and change what is seen and typed: "
              "TLS can be off on this computer's own addresses (127.0.0.1, ::1) only",
              options->address);
      return FALSE;
    }
  *ret_tls = on || !loopback;
  if (*ret_tls && (*options->certificate == '\0' || *options->key == '\0'))
    {
      REFUSE ("TLS needs a certificate and its key");
      return FALSE;
    }
  if (strlen (options->certificate) > LINK_PEM_BYTES_MAX ||
      strlen (options->key) > LINK_PEM_BYTES_MAX)
    {
      REFUSE ("The certificate or its key is longer than %u bytes", LINK_PEM_BYTES_MAX);
      return FALSE;
    }
  return TRUE;
}

gboolean
share_request_is_host (const char *text)
{
  gsize length = strlen (text);

  return length > 0 && length <= LINK_HOST_MAX &&
         strspn (text, "abcdefghijklmnopqrstuvwxyz0123456789-.:") == length;
}

static gboolean
check_host (const Options *options, GError **error)
{
  g_autofree char *lower = g_ascii_strdown (options->host, -1);

  if (*lower == '\0')
    return TRUE;
  if (strcmp (options->protocol, "web") != 0)
    {
      REFUSE ("Only a console that is shared by web needs a host name");
      return FALSE;
    }
  if (!share_request_is_host (lower))
    {
      REFUSE ("“%.64s” is no host name or address that a browser could ask for", options->host);
      return FALSE;
    }
  return TRUE;
}

static gboolean
check (const Options *options, gboolean *ret_tls, GError **error)
{
  g_autoptr (GInetAddress) address = NULL;
  gboolean loopback;

  if (share_protocol_find (options->protocol) == NULL)
    {
      REFUSE ("Consoles cannot be shared by “%.64s”", options->protocol);
      return FALSE;
    }
  address = share_address_parse (options->address, error);
  if (address == NULL || !check_host (options, error))
    return FALSE;
  if (options->port > G_MAXUINT16)
    {
      REFUSE ("%u is no port: they go up to %d", options->port, G_MAXUINT16);
      return FALSE;
    }
  if (options->head < 1 || options->head > LINK_HEADS_MAX)
    {
      REFUSE ("%u is no display: they are numbered from 1 to at most %u", options->head,
              LINK_HEADS_MAX);
      return FALSE;
    }
  if (options->expire > SHARE_EXPIRE_MAX)
    {
      REFUSE ("A console is shared for at most %u days", SHARE_EXPIRE_MAX / (24 * 3600));
      return FALSE;
    }
  loopback = g_inet_address_get_is_loopback (address);
  return check_password (options, loopback, error) && check_tls (options, loopback, ret_tls, error);
}

gboolean
share_request_parse (GVariant *variant, ShareRequest *ret_request, GError **error)
{
  Options options = { .protocol = share_protocols[0].word,
                      .address = SHARE_ADDRESS_DEFAULT,
                      .host = "",
                      .password = "",
                      .head = 1,
                      .tls = "auto",
                      .certificate = "",
                      .key = "" };
  GVariantIter iter;
  const char *name;
  GVariant *value;
  gboolean tls;

  g_variant_iter_init (&iter, variant);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
    {
      gboolean taken = take_option (&options, name, value, error);

      g_variant_unref (value); /* its strings lie in `variant` */
      if (!taken)
        return FALSE;
    }
  if (!check (&options, &tls, error))
    return FALSE;
  *ret_request =
      (ShareRequest) { .protocol = share_protocol_find (options.protocol),
                       .address = g_strdup (options.address),
                       .host = g_ascii_strdown (options.host, -1),
                       .port = options.port,
                       .password = g_strdup (options.password),
                       .head = options.head,
                       .view_only = options.view_only,
                       .ask = options.ask,
                       .tls = tls,
                       .expire_s = options.expire != 0 ? options.expire : SHARE_EXPIRE_DEFAULT,
                       .certificate = tls ? g_strdup (options.certificate) : NULL,
                       .key = tls ? g_strdup (options.key) : NULL };
  return TRUE;
}

void
share_request_clear (ShareRequest *request)
{
  g_free (request->address);
  g_free (request->host);
  g_free (request->password);
  g_free (request->certificate);
  g_free (request->key);
  *request = (ShareRequest) { 0 };
}
