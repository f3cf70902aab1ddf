/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The client's side of the NBD protocol, in one state after another. Runs in vitrine-nbd.
 */
#include "nbd-server-private.h"

#include <string.h>

#define TURN_BYTES (8u << 20) /* read at most before others have their turn */
#define PROGRESS_BYTES 4096u  /* so much moved counts as being alive */

void
nbd_server_fail (NbdServer *server, NbdWhy why, char *text)
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

void
nbd_server_fail_broken (NbdServer *server, const char *how)
{
  nbd_server_fail (server, NBD_WHY_BROKEN, g_strdup (how));
}

static void
tell_over (NbdServer *server)
{
  g_autofree char *text = g_strdup (server->text != NULL ? server->text : "");

  server->events.over (server->why, text, server->user_data);
}

const guint8 *
nbd_server_input (const NbdServer *server)
{
  return server->input + server->input_at;
}

gsize
nbd_server_left (const NbdServer *server)
{
  return server->input_end - server->input_at;
}

/* --- time --- */

static gboolean
on_deadline (gpointer data)
{
  NbdServer *server = data;

  server->deadline = 0;
  nbd_server_fail (server, NBD_WHY_SILENT, NULL);
  tell_over (server);
  return G_SOURCE_REMOVE;
}

void
nbd_server_set_deadline (NbdServer *server, gboolean wanted)
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
    nbd_server_set_deadline (server, TRUE);
}

/* --- replies --- */

static void
finish_reply (NbdServer *server)
{
  server->into = NULL;
  server->owed--;
  nbd_server_set_deadline (server, server->owed > 0);
  server->events.replied (server->present.cookie, server->present.error, server->user_data);
}

static ParseResult
take_reply (NbdServer *server, gsize *used)
{
  ParseResult result =
      nbd_parse_reply (nbd_server_input (server), nbd_server_left (server), &server->present);
  gsize size = 0;

  if (result == PARSE_NEED_MORE)
    return result;
  *used = NBD_REPLY_BYTES;
  if (result == PARSE_BAD)
    nbd_server_fail_broken (server, "it sent something that is no reply");
  else if (server->owed == 0 ||
           !server->events.reply (server->present.cookie, server->present.error, &server->into,
                                  &size, server->user_data))
    nbd_server_fail_broken (server, "it answered what nobody had asked");
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

  while (!server->failed && result == PARSE_OK && nbd_server_left (server) > 0 &&
         server->state != STATE_TLS)
    {
      gsize used = 0;

      if (server->into != NULL)
        {
          used = MIN (nbd_server_left (server), server->into_left);
          fill (server, nbd_server_input (server), used);
        }
      else if (server->state == STATE_GREETING)
        result = nbd_options_begin (server, &used);
      else if (server->state == STATE_OPEN)
        result = take_reply (server, &used);
      else
        result = nbd_options_take (server, &used);
      if (!server->failed && result == PARSE_OK)
        server->input_at += MIN (used, nbd_server_left (server));
    }
  memmove (server->input, nbd_server_input (server), nbd_server_left (server));
  server->input_end = nbd_server_left (server);
  server->input_at = 0;
}

/* One read; FALSE if there is nothing more for now, or the connection is over. */
static gboolean
read_some (NbdServer *server, gsize *total)
{
  gboolean direct = server->into != NULL && server->input_end == 0;
  gssize got = direct ? nbd_stream_receive (server->stream, server->into, server->into_left)
                      : nbd_stream_receive (server->stream, server->input + server->input_end,
                                            NBD_SERVER_INPUT_BYTES - server->input_end);

  if (got < 0)
    nbd_server_fail (server, NBD_WHY_CLOSED, NULL);
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
    more = server->state == STATE_TLS ? nbd_options_go_on_with_tls (server)
                                      : read_some (server, &total);
  if (server->failed)
    tell_over (server);
  else if (more)
    nbd_stream_read_again (server->stream);
}

static void
on_broken (gpointer data)
{
  NbdServer *server = data;

  nbd_server_fail (server, NBD_WHY_CLOSED, NULL);
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
  server->info =
      (NbdInfo) { .block_least = 1, .block_preferred = 4096, .payload_max = NBD_PAYLOAD_MAX };
  server->stream = nbd_stream_new_take (fd, &stream_events, server);
  nbd_server_set_deadline (server, TRUE);
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
nbd_server_send (NbdServer *server, const NbdRequest *request, guint64 cookie, GBytes *payload)
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
    nbd_server_set_deadline (server, TRUE);
}
