/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The client's side of the NBD protocol, in one state after another. Runs in vitrine-nbd.
 */
#include "nbd-server.h"

#include "nbd/nbd-stream.h"
#include "nbd/nbd-tls.h"

#include <string.h>

#define INPUT_BYTES (64u << 10)
#define TURN_BYTES (8u << 20)    /* read at most before others have their turn */
#define PROGRESS_BYTES 4096u     /* so much moved counts as being alive */

typedef enum
{
  STATE_GREETING,
  STATE_STARTTLS, /* the option is sent */
  STATE_TLS,      /* the handshake of TLS */
  STATE_GO,       /* the option is sent */
  STATE_LIST,     /* GO was refused; which exports are there? */
  STATE_OPEN,     /* requests and replies */
} State;

struct _NbdServer
{
  const NbdSetup *setup;
  gnutls_certificate_credentials_t credentials;
  NbdServerEvents events;
  gpointer user_data;
  NbdStream *stream;
  State state;
  gnutls_session_t session; /* borrowed from the stream */
  guint8 input[INPUT_BYTES];
  gsize input_at; /* what lies before has been taken */
  gsize input_end;
  guint n_replies; /* to options */
  NbdInfo info;
  GString *listed;
  guint n_listed;

  guint8 *into; /* where the payload of the present reply goes, or NULL */
  gsize into_left;
  NbdReply present;
  guint owed; /* replies */
  gsize moved; /* bytes since the deadline was set */
  guint deadline;

  gboolean failed;
  NbdWhy why;
  char *text;
};

/* The first reason counts. `text` is taken and may be NULL. */
static void
fail (NbdServer *server, NbdWhy why, char *text)
{
  if (server->failed)
    {
      g_free (text);
      return;
    }
  server->failed = TRUE;
  server->why = why;
  server->text = text;
}

static void
fail_broken (NbdServer *server, const char *how)
{
  fail (server, NBD_WHY_BROKEN, g_strdup (how));
}

static void
tell_over (NbdServer *server)
{
  g_autofree char *text = g_strdup (server->text != NULL ? server->text : "");

  server->events.over (server->why, text, server->user_data);
}

static const guint8 *
present_input (const NbdServer *server)
{
  return server->input + server->input_at;
}

static gsize
left_input (const NbdServer *server)
{
  return server->input_end - server->input_at;
}

/* --- time --- */

static gboolean
on_deadline (gpointer data)
{
  NbdServer *server = data;

  server->deadline = 0;
  fail (server, NBD_WHY_SILENT, NULL);
  tell_over (server);
  return G_SOURCE_REMOVE;
}

static void
set_deadline (NbdServer *server, gboolean wanted)
{
  g_clear_handle_id (&server->deadline, g_source_remove);
  server->moved = 0;
  if (wanted)
    server->deadline = g_timeout_add (server->setup->answer_ms, on_deadline, server);
}

/* A handshake has one deadline in all; afterwards whatever moves puts it off. */
static void
note_moved (NbdServer *server, gsize bytes)
{
  server->moved += bytes;
  if (server->state == STATE_OPEN && server->moved >= PROGRESS_BYTES && server->deadline != 0)
    set_deadline (server, TRUE);
}

/* --- options --- */

static void
send_option (NbdServer *server, guint32 option, const void *data, guint32 size)
{
  struct
  {
    guint64 magic;
    guint32 option;
    guint32 size;
  } __attribute__ ((packed)) head = { GUINT64_TO_BE (NBD_MAGIC_OPTION), GUINT32_TO_BE (option),
                                      GUINT32_TO_BE (size) };

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
      fail (server, NBD_WHY_TLS, g_strdup ("it could not be set up"));
      return;
    }
  nbd_stream_take_tls (server->stream, server->session);
  server->state = STATE_TLS;
}

/* TRUE: the handshake is over, and more may be read. */
static gboolean
go_on_with_tls (NbdServer *server)
{
  int result = nbd_stream_handshake (server->stream);
  char *distrust;

  if (result < 0)
    fail (server, NBD_WHY_TLS, g_strdup (gnutls_strerror (result)));
  if (result <= 0)
    return FALSE;
  distrust = nbd_tls_distrust (server->session, server->setup->host);
  if (distrust != NULL)
    {
      fail (server, NBD_WHY_UNTRUSTED, distrust);
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
      fail (server, NBD_WHY_TLS_ONLY, NULL);
      break;
    case NBD_REP_ERR_UNKNOWN:
      server->state = STATE_LIST;
      send_option (server, NBD_OPT_LIST, NULL, 0);
      break;
    case NBD_REP_ERR_UNSUP:
      fail (server, NBD_WHY_OLD, NULL);
      break;
    case NBD_REP_ERR_BLOCK_SIZE_REQD:
      fail (server, NBD_WHY_BLOCK_SIZE, NULL);
      break;
    default:
      fail (server, NBD_WHY_REFUSED, clean (reply->data, reply->size));
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
    fail_broken (server, "it did not say how large the export is");
  else if (info->size == 0)
    fail (server, NBD_WHY_EMPTY, NULL);
  else if (info->size > NBD_SIZE_MAX)
    fail (server, NBD_WHY_SIZE, NULL);
  else if (info->block_least > NBD_BLOCK_SIZE_MAX || info->payload_max < info->block_least)
    fail (server, NBD_WHY_BLOCK_SIZE, NULL);
  else if ((info->flags & NBD_FLAG_READ_ONLY) != 0 &&
           (server->setup->flags & NBD_SETUP_WRITABLE) != 0)
    fail (server, NBD_WHY_READ_ONLY, NULL);
}

static void
take_go_reply (NbdServer *server, const NbdOptionReply *reply)
{
  if (is_error (reply))
    refuse_option (server, reply);
  else if (reply->type == NBD_REP_INFO)
    {
      if (nbd_parse_info (reply->data, reply->size, &server->info) != PARSE_OK)
        fail_broken (server, "what it said of the export makes no sense");
    }
  else if (reply->type != NBD_REP_ACK || reply->size != 0)
    fail_broken (server, "its answer about the export makes no sense");
  else
    {
      judge_export (server);
      if (server->failed)
        return;
      server->state = STATE_OPEN;
      set_deadline (server, FALSE);
      server->info.flags &= NBD_FLAGS_KNOWN;
      if (!server->events.ready (&server->info, server->user_data))
        fail (server, NBD_WHY_CHANGED, NULL);
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
      fail_broken (server, "its list of exports makes no sense");
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
    fail (server, NBD_WHY_UNKNOWN_EXPORT, g_strdup (server->listed->str));
}

static void
take_tls_reply (NbdServer *server, const NbdOptionReply *reply)
{
  if (is_error (reply))
    fail (server, NBD_WHY_NO_TLS, NULL);
  else if (reply->type != NBD_REP_ACK || reply->size != 0)
    fail_broken (server, "its answer about TLS makes no sense");
  else if (left_input (server) > NBD_OPTION_REPLY_BYTES)
    /* What came in clear must not be taken for what comes by TLS. */
    fail_broken (server, "it went on in clear where TLS was to begin");
  else
    begin_tls (server);
}

static ParseResult
take_option_reply (NbdServer *server, gsize *used)
{
  static const guint32 options[] = { [STATE_STARTTLS] = NBD_OPT_STARTTLS,
                                     [STATE_GO] = NBD_OPT_GO,
                                     [STATE_LIST] = NBD_OPT_LIST };
  NbdOptionReply reply;
  ParseResult result = nbd_parse_option_reply (present_input (server), left_input (server),
                                               options[server->state], &reply, used);

  if (result == PARSE_BAD || ++server->n_replies > NBD_OPTION_REPLIES_MAX)
    fail_broken (server, "its answer to an option makes no sense");
  else if (result == PARSE_OK && server->state == STATE_STARTTLS)
    take_tls_reply (server, &reply);
  else if (result == PARSE_OK && server->state == STATE_GO)
    take_go_reply (server, &reply);
  else if (result == PARSE_OK)
    take_list_reply (server, &reply);
  return result;
}

static ParseResult
take_greeting (NbdServer *server, gsize *used)
{
  NbdGreeting greeting;
  ParseResult result = nbd_parse_greeting (present_input (server), left_input (server), &greeting);
  guint32 flags;

  if (result != PARSE_OK)
    return result;
  *used = NBD_GREETING_BYTES;
  if (greeting.kind == NBD_GREETING_WRONG || greeting.kind == NBD_GREETING_OLD)
    {
      fail (server, greeting.kind == NBD_GREETING_OLD ? NBD_WHY_OLD : NBD_WHY_NOT_NBD, NULL);
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

/* --- replies --- */

static void
finish_reply (NbdServer *server)
{
  server->into = NULL;
  server->owed--;
  set_deadline (server, server->owed > 0);
  server->events.replied (server->present.cookie, server->present.error, server->user_data);
}

static ParseResult
take_reply (NbdServer *server, gsize *used)
{
  ParseResult result = nbd_parse_reply (present_input (server), left_input (server), &server->present);
  gsize size = 0;

  if (result == PARSE_NEED_MORE)
    return result;
  *used = NBD_REPLY_BYTES;
  if (result == PARSE_BAD)
    fail_broken (server, "it sent something that is no reply");
  else if (server->owed == 0 ||
           !server->events.reply (server->present.cookie, server->present.error, &server->into,
                                  &size, server->user_data))
    fail_broken (server, "it answered what nobody had asked");
  else if (server->into == NULL)
    finish_reply (server);
  server->into_left = size;
  return result;
}

/* --- bytes --- */

/* The payload of a reply, as far as it is there. */
static void
fill (NbdServer *server, const guint8 *data, gsize size)
{
  if (data != NULL)
    memcpy (server->into, data, size);
  server->into += size;
  server->into_left -= size;
  if (server->into_left == 0)
    finish_reply (server);
}

static void
take_input (NbdServer *server)
{
  ParseResult result = PARSE_OK;

  while (!server->failed && result == PARSE_OK && left_input (server) > 0 &&
         server->state != STATE_TLS)
    {
      gsize used = 0;

      if (server->into != NULL)
        {
          used = MIN (left_input (server), server->into_left);
          fill (server, present_input (server), used);
        }
      else if (server->state == STATE_GREETING)
        result = take_greeting (server, &used);
      else if (server->state == STATE_OPEN)
        result = take_reply (server, &used);
      else
        result = take_option_reply (server, &used);
      if (!server->failed && result == PARSE_OK)
        server->input_at += MIN (used, left_input (server));
    }
  memmove (server->input, present_input (server), left_input (server));
  server->input_end = left_input (server);
  server->input_at = 0;
}

/* One read; FALSE if there is nothing more for now, or the connection is over. */
static gboolean
read_some (NbdServer *server, gsize *total)
{
  gboolean direct = server->into != NULL && server->input_end == 0;
  gssize got = direct ? nbd_stream_receive (server->stream, server->into, server->into_left)
                      : nbd_stream_receive (server->stream, server->input + server->input_end,
                                            INPUT_BYTES - server->input_end);

  if (got < 0)
    fail (server, NBD_WHY_CLOSED, NULL);
  if (got <= 0)
    return FALSE;
  *total += got;
  note_moved (server, got);
  if (direct)
    fill (server, NULL, got);
  else
    server->input_end += got;
  take_input (server);
  return !server->failed;
}

static void
on_readable (gpointer data)
{
  NbdServer *server = data;
  gsize total = 0;
  gboolean more = TRUE;

  while (more && total < TURN_BYTES)
    more = server->state == STATE_TLS ? go_on_with_tls (server) : read_some (server, &total);
  if (server->failed)
    tell_over (server);
  else if (more)
    nbd_stream_read_again (server->stream);
}

static void
on_broken (gpointer data)
{
  NbdServer *server = data;

  fail (server, NBD_WHY_CLOSED, NULL);
  tell_over (server);
}

static void
on_sent (gsize bytes, gpointer data)
{
  note_moved (data, bytes);
}

NbdServer *
nbd_server_new_take (int fd,
                     const NbdSetup *setup,
                     gnutls_certificate_credentials_t credentials,
                     const NbdServerEvents *events,
                     gpointer user_data)
{
  static const NbdStreamEvents stream_events = { on_readable, on_broken, on_sent };
  NbdServer *server = g_new0 (NbdServer, 1);

  server->setup = setup;
  server->credentials = credentials;
  server->events = *events;
  server->user_data = user_data;
  server->listed = g_string_new (NULL);
  server->info = (NbdInfo) { .block_least = 1,
                             .block_preferred = 4096,
                             .payload_max = NBD_PAYLOAD_MAX };
  server->stream = nbd_stream_new_take (fd, &stream_events, server);
  set_deadline (server, TRUE);
  return server;
}

void
nbd_server_free (NbdServer *server)
{
  g_clear_handle_id (&server->deadline, g_source_remove);
  nbd_stream_free (server->stream);
  g_string_free (server->listed, TRUE);
  g_free (server->text);
  g_free (server);
}

void
nbd_server_send (NbdServer *server,
                 const NbdRequest *request,
                 guint64 cookie,
                 GBytes *payload)
{
  NbdWireRequest head = {
    GUINT32_TO_BE (NBD_MAGIC_REQUEST), GUINT16_TO_BE (request->flags),
    GUINT16_TO_BE (request->type),     GUINT64_TO_BE (cookie),
    GUINT64_TO_BE (request->offset),   GUINT32_TO_BE (request->length),
  };

  nbd_stream_send (server->stream, &head, sizeof head);
  if (payload != NULL)
    nbd_stream_send_bytes (server->stream, payload);
  if (server->owed++ == 0)
    set_deadline (server, TRUE);
}
