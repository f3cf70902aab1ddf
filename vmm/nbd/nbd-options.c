/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How a connection to an NBD server begins: its greeting, TLS and options. Runs in vitrine-nbd.
 */
#include "nbd-server-private.h"

#include "nbd/nbd-tls.h"

#include <string.h>

static void
send_option (NbdServer *server, guint32 option, const void *data, guint32 size)
{
  struct
  {
    guint64 magic;
    guint32 option;
    guint32 size;
  } __attribute__ ((packed))
  head = { GUINT64_TO_BE (NBD_MAGIC_OPTION), GUINT32_TO_BE (option), GUINT32_TO_BE (size) };

  nbd_stream_send (server->stream, &head, sizeof head);
  if (size > 0)
    nbd_stream_send (server->stream, data, size);
}

/* The export by its name, with the sizes of its blocks. */
static void
send_go (NbdServer *server)
{
  g_autoptr (GByteArray) data = g_byte_array_new ();
  guint32 length = strlen (server->setup->name);
  guint32 length_be = GUINT32_TO_BE (length);
  guint16 infos[] = { GUINT16_TO_BE (1), GUINT16_TO_BE (NBD_INFO_BLOCK_SIZE) };

  g_byte_array_append (data, (const guint8 *) &length_be, sizeof length_be);
  g_byte_array_append (data, (const guint8 *) server->setup->name, length);
  g_byte_array_append (data, (const guint8 *) infos, sizeof infos);
  server->state = STATE_GO;
  send_option (server, NBD_OPT_GO, data->data, data->len);
}

static void
begin_tls (NbdServer *server)
{
  server->session = nbd_tls_session (server->credentials, server->setup->host);
  if (server->session == NULL)
    {
      nbd_server_fail (server, NBD_WHY_TLS, g_strdup ("it could not be set up"));
      return;
    }
  nbd_stream_take_tls (server->stream, server->session);
  server->state = STATE_TLS;
}

gboolean
nbd_options_go_on_with_tls (NbdServer *server)
{
  int result = nbd_stream_handshake (server->stream);
  char *distrust;

  if (result < 0)
    nbd_server_fail (server, NBD_WHY_TLS, g_strdup (gnutls_strerror (result)));
  if (result <= 0)
    return FALSE;
  distrust = nbd_tls_distrust (server->session, server->setup->host);
  if (distrust != NULL)
    {
      nbd_server_fail (server, NBD_WHY_UNTRUSTED, distrust);
      return FALSE;
    }
  send_go (server);
  return TRUE;
}

/* A peer's words for people. */
static char *
clean (const guint8 *data, gsize size)
{
  g_autofree char *valid = g_utf8_make_valid ((const char *) data, MIN (size, 256u));
  GString *text = g_string_new (NULL);

  for (const char *c = valid; *c != '\0'; c = g_utf8_next_char (c))
    g_string_append_unichar (text, g_unichar_isprint (g_utf8_get_char (c)) ? g_utf8_get_char (c)
                                                                           : 0xfffd);
  return g_string_free (text, FALSE);
}

static void
refuse_option (NbdServer *server, const NbdOptionReply *reply)
{
  switch (reply->type)
    {
    case NBD_REP_ERR_TLS_REQD:
      nbd_server_fail (server, NBD_WHY_TLS_ONLY, NULL);
      break;
    case NBD_REP_ERR_UNKNOWN:
      server->state = STATE_LIST;
      send_option (server, NBD_OPT_LIST, NULL, 0);
      break;
    case NBD_REP_ERR_UNSUP:
      nbd_server_fail (server, NBD_WHY_OLD, NULL);
      break;
    case NBD_REP_ERR_BLOCK_SIZE_REQD:
      nbd_server_fail (server, NBD_WHY_BLOCK_SIZE, NULL);
      break;
    default:
      nbd_server_fail (server, NBD_WHY_REFUSED, clean (reply->data, reply->size));
      break;
    }
}

static gboolean
is_error (const NbdOptionReply *reply)
{
  return (reply->type & NBD_REP_ERROR) != 0;
}

/* Whether a guest's disk can be made of the export. */
static void
judge_export (NbdServer *server)
{
  const NbdInfo *info = &server->info;

  if (!info->has_size)
    nbd_server_fail_broken (server, "it did not say how large the export is");
  else if (info->size == 0)
    nbd_server_fail (server, NBD_WHY_EMPTY, NULL);
  else if (info->size > NBD_SIZE_MAX)
    nbd_server_fail (server, NBD_WHY_SIZE, NULL);
  else if (info->block_least > NBD_BLOCK_SIZE_MAX || info->payload_max < info->block_least)
    nbd_server_fail (server, NBD_WHY_BLOCK_SIZE, NULL);
  else if ((info->flags & NBD_FLAG_READ_ONLY) != 0 &&
           (server->setup->flags & NBD_SETUP_WRITABLE) != 0)
    nbd_server_fail (server, NBD_WHY_READ_ONLY, NULL);
}

static void
take_go_reply (NbdServer *server, const NbdOptionReply *reply)
{
  if (is_error (reply))
    refuse_option (server, reply);
  else if (reply->type == NBD_REP_INFO)
    {
      if (nbd_parse_info (reply->data, reply->size, &server->info) != PARSE_OK)
        nbd_server_fail_broken (server, "what it said of the export makes no sense");
    }
  else if (reply->type != NBD_REP_ACK || reply->size != 0)
    nbd_server_fail_broken (server, "its answer about the export makes no sense");
  else
    {
      judge_export (server);
      if (server->failed)
        return;
      server->state = STATE_OPEN;
      nbd_server_set_deadline (server, FALSE);
      server->info.flags &= NBD_FLAGS_KNOWN;
      if (!server->events.ready (&server->info, server->user_data))
        nbd_server_fail (server, NBD_WHY_CHANGED, NULL);
    }
}

static void
take_listed (NbdServer *server, const NbdOptionReply *reply)
{
  const guint8 *name;
  g_autofree char *text = NULL;
  guint32 size;

  if (nbd_parse_listed (reply->data, reply->size, &name, &size) != PARSE_OK)
    {
      nbd_server_fail_broken (server, "its list of exports makes no sense");
      return;
    }
  if (server->n_listed++ >= NBD_LISTED_MAX)
    return;
  text = clean (name, size);
  g_string_append_printf (server->listed, "%s“%s”", server->listed->len > 0 ? ", " : "", text);
}

static void
take_list_reply (NbdServer *server, const NbdOptionReply *reply)
{
  if (reply->type == NBD_REP_SERVER)
    take_listed (server, reply);
  else
    nbd_server_fail (server, NBD_WHY_UNKNOWN_EXPORT, g_strdup (server->listed->str));
}

static void
take_tls_reply (NbdServer *server, const NbdOptionReply *reply)
{
  if (is_error (reply))
    nbd_server_fail (server, NBD_WHY_NO_TLS, NULL);
  else if (reply->type != NBD_REP_ACK || reply->size != 0)
    nbd_server_fail_broken (server, "its answer about TLS makes no sense");
  else if (nbd_server_left (server) > NBD_OPTION_REPLY_BYTES)
    /* What came in clear must not be taken for what comes by TLS. */
    nbd_server_fail_broken (server, "it went on in clear where TLS was to begin");
  else
    begin_tls (server);
}

ParseResult
nbd_options_take (NbdServer *server, gsize *used)
{
  static const guint32 options[] = {
    [STATE_STARTTLS] = NBD_OPT_STARTTLS, [STATE_GO] = NBD_OPT_GO, [STATE_LIST] = NBD_OPT_LIST
  };
  NbdOptionReply reply;
  ParseResult result = nbd_parse_option_reply (nbd_server_input (server), nbd_server_left (server),
                                               options[server->state], &reply, used);

  if (result == PARSE_BAD || ++server->n_replies > NBD_OPTION_REPLIES_MAX)
    nbd_server_fail_broken (server, "its answer to an option makes no sense");
  else if (result == PARSE_OK && server->state == STATE_STARTTLS)
    take_tls_reply (server, &reply);
  else if (result == PARSE_OK && server->state == STATE_GO)
    take_go_reply (server, &reply);
  else if (result == PARSE_OK)
    take_list_reply (server, &reply);
  return result;
}

ParseResult
nbd_options_begin (NbdServer *server, gsize *used)
{
  NbdGreeting greeting;
  ParseResult result =
      nbd_parse_greeting (nbd_server_input (server), nbd_server_left (server), &greeting);
  guint32 flags;

  if (result != PARSE_OK)
    return result;
  *used = NBD_GREETING_BYTES;
  if (greeting.kind == NBD_GREETING_WRONG || greeting.kind == NBD_GREETING_OLD)
    {
      nbd_server_fail (server, greeting.kind == NBD_GREETING_OLD ? NBD_WHY_OLD : NBD_WHY_NOT_NBD,
                       NULL);
      return PARSE_OK;
    }
  flags = GUINT32_TO_BE (greeting.flags & (NBD_FIXED_NEWSTYLE | NBD_NO_ZEROES));
  nbd_stream_send (server->stream, &flags, sizeof flags);
  if ((server->setup->flags & NBD_SETUP_TLS) != 0)
    {
      server->state = STATE_STARTTLS;
      send_option (server, NBD_OPT_STARTTLS, NULL, 0);
    }
  else
    send_go (server);
  return PARSE_OK;
}
