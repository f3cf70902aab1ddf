/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The server's side of the NBD protocol. Runs in vitrine-nbd. A client that breaks it is gone.
 */
#include "nbd-client.h"

#include "nbd/nbd-stream.h"

#include <string.h>

#define INPUT_BYTES (64u << 10)
#define TURN_BYTES (8u << 20)
#define UNSENT_MAX (32u << 20) /* of replies, to a client that does not read */

typedef enum
{
  STATE_FLAGS,
  STATE_OPTIONS,
  STATE_REQUESTS,
} State;

struct _NbdClient
{
  NbdInfo info;
  NbdClientEvents events;
  gpointer user_data;
  NbdStream *stream;
  State state;
  gboolean no_zeroes;
  guint n_options;
  guint8 input[INPUT_BYTES];
  gsize input_at;
  gsize input_end;
  NbdRequest present;
  guint8 *payload; /* of the present request, while it arrives */
  gsize payload_got;
  gboolean wanted; /* the relay takes requests */
  gboolean taking; /* and the client reads what it asked for */
  gboolean is_gone;
};

static const guint8 *
present_input (const NbdClient *client)
{
  return client->input + client->input_at;
}

static gsize
left_input (const NbdClient *client)
{
  return client->input_end - client->input_at;
}

/* --- options --- */

static void
send_option_reply (NbdClient *client, guint32 option, guint32 type, const void *data, guint32 size)
{
  struct
  {
    guint64 magic;
    guint32 option;
    guint32 type;
    guint32 size;
  } __attribute__ ((packed)) head = { GUINT64_TO_BE (NBD_MAGIC_OPTION_REPLY),
                                      GUINT32_TO_BE (option), GUINT32_TO_BE (type),
                                      GUINT32_TO_BE (size) };

  nbd_stream_send (client->stream, &head, sizeof head);
  if (size > 0)
    nbd_stream_send (client->stream, data, size);
}

typedef struct
{
  guint64 size;
  guint16 flags;
} __attribute__ ((packed)) ExportWire;

static ExportWire
export_wire (const NbdClient *client)
{
  return (ExportWire) { GUINT64_TO_BE (client->info.size), GUINT16_TO_BE (client->info.flags) };
}

/* GO and INFO. Whatever name is asked for, there is one export. */
static void
answer_go (NbdClient *client, const NbdOption *option)
{
  struct
  {
    guint16 type;
    ExportWire export;
  } __attribute__ ((packed)) told = { GUINT16_TO_BE (NBD_INFO_EXPORT), export_wire (client) };
  struct
  {
    guint16 type;
    guint32 least, preferred, most;
  } __attribute__ ((packed)) blocks = { GUINT16_TO_BE (NBD_INFO_BLOCK_SIZE),
                                        GUINT32_TO_BE (client->info.block_least),
                                        GUINT32_TO_BE (client->info.block_preferred),
                                        GUINT32_TO_BE (client->info.payload_max) };
  gboolean wants_blocks;

  if (!nbd_parse_go (option->data, option->size, &wants_blocks))
    {
      send_option_reply (client, option->option, NBD_REP_ERR_INVALID, NULL, 0);
      return;
    }
  send_option_reply (client, option->option, NBD_REP_INFO, &told, sizeof told);
  if (wants_blocks)
    send_option_reply (client, option->option, NBD_REP_INFO, &blocks, sizeof blocks);
  send_option_reply (client, option->option, NBD_REP_ACK, NULL, 0);
  if (option->option == NBD_OPT_GO)
    client->state = STATE_REQUESTS;
}

static void
answer_export_name (NbdClient *client)
{
  static const guint8 zeroes[NBD_OLD_EXPORT_ZEROES];
  ExportWire told = export_wire (client);

  nbd_stream_send (client->stream, &told, sizeof told);
  if (!client->no_zeroes)
    nbd_stream_send (client->stream, zeroes, sizeof zeroes);
  client->state = STATE_REQUESTS;
}

static void
answer_list (NbdClient *client, const NbdOption *option)
{
  static const guint32 no_name = 0; /* the length of the default export's */

  if (option->size > 0)
    {
      send_option_reply (client, option->option, NBD_REP_ERR_INVALID, NULL, 0);
      return;
    }
  send_option_reply (client, option->option, NBD_REP_SERVER, &no_name, sizeof no_name);
  send_option_reply (client, option->option, NBD_REP_ACK, NULL, 0);
}

static ParseResult
take_option (NbdClient *client)
{
  NbdOption option;
  gsize used = 0;
  ParseResult result =
      nbd_parse_option (present_input (client), left_input (client), &option, &used);

  if (result != PARSE_OK)
    return result;
  client->input_at += used;
  if (++client->n_options > NBD_OPTIONS_MAX)
    return PARSE_BAD;
  if (option.option == NBD_OPT_ABORT)
    return PARSE_BAD;
  if (option.option == NBD_OPT_EXPORT_NAME)
    answer_export_name (client);
  else if (option.option == NBD_OPT_LIST)
    answer_list (client, &option);
  else if (option.option == NBD_OPT_GO || option.option == NBD_OPT_INFO)
    answer_go (client, &option);
  else
    send_option_reply (client, option.option, NBD_REP_ERR_UNSUP, NULL, 0);
  return PARSE_OK;
}

static ParseResult
take_flags (NbdClient *client)
{
  guint32 flags;
  ParseResult result =
      nbd_parse_client_flags (present_input (client), left_input (client), &flags);

  if (result != PARSE_OK)
    return result;
  client->input_at += NBD_CLIENT_FLAGS_BYTES;
  client->no_zeroes = (flags & NBD_NO_ZEROES) != 0;
  client->state = STATE_OPTIONS;
  return PARSE_OK;
}

/* --- requests --- */

static void
pass_on (NbdClient *client)
{
  g_autoptr (GBytes) payload = NULL;
  guint32 error = nbd_judge_request (&client->present, client->info.size, client->info.flags);

  if (client->payload != NULL)
    payload = g_bytes_new_take (g_steal_pointer (&client->payload), client->present.length);
  /* So much need not be held in memory for one request; whoever asked for sizes knows. */
  if (error == 0 && client->present.length > client->info.payload_max &&
      (client->present.type == NBD_CMD_READ || client->present.type == NBD_CMD_WRITE))
    error = NBD_EINVAL;
  if (error != 0)
    nbd_client_reply (client, client->present.cookie, error, NULL);
  else
    client->events.request (&client->present, payload, client->user_data);
}

static ParseResult
take_request (NbdClient *client)
{
  ParseResult result =
      nbd_parse_request (present_input (client), left_input (client), &client->present);

  if (result != PARSE_OK)
    return result;
  client->input_at += NBD_REQUEST_BYTES;
  if (client->present.type == NBD_CMD_DISC)
    return PARSE_BAD;
  if (client->present.type == NBD_CMD_WRITE && client->present.length > 0)
    {
      client->payload = g_malloc (client->present.length);
      client->payload_got = 0;
    }
  else
    pass_on (client);
  return PARSE_OK;
}

static void
fill (NbdClient *client, const guint8 *data, gsize size)
{
  if (data != NULL)
    memcpy (client->payload + client->payload_got, data, size);
  client->payload_got += size;
  if (client->payload_got == client->present.length)
    pass_on (client);
}

/* --- bytes --- */

static void
take_input (NbdClient *client)
{
  ParseResult result = PARSE_OK;

  while (client->taking && result == PARSE_OK && left_input (client) > 0)
    {
      if (client->payload != NULL)
        {
          gsize used =
              MIN (left_input (client), client->present.length - client->payload_got);
          const guint8 *data = present_input (client);

          client->input_at += used;
          fill (client, data, used);
        }
      else if (client->state == STATE_FLAGS)
        result = take_flags (client);
      else if (client->state == STATE_OPTIONS)
        result = take_option (client);
      else
        result = take_request (client);
    }
  memmove (client->input, present_input (client), left_input (client));
  client->input_end = left_input (client);
  client->input_at = 0;
  if (result == PARSE_BAD)
    client->is_gone = TRUE;
}

static gboolean
read_some (NbdClient *client, gsize *total)
{
  gboolean direct = client->payload != NULL && client->input_end == 0;
  gssize got =
      direct ? nbd_stream_receive (client->stream, client->payload + client->payload_got,
                                   client->present.length - client->payload_got)
             : nbd_stream_receive (client->stream, client->input + client->input_end,
                                   INPUT_BYTES - client->input_end);

  if (got < 0)
    client->is_gone = TRUE;
  if (got <= 0)
    return FALSE;
  *total += got;
  if (direct)
    fill (client, NULL, got);
  else
    client->input_end += got;
  take_input (client);
  return !client->is_gone;
}

static void
on_readable (gpointer data)
{
  NbdClient *client = data;
  gsize total = 0;
  gboolean more = TRUE;

  /* What was left when no more could be taken. */
  if (client->taking && client->input_end > 0)
    take_input (client);
  while (!client->is_gone && client->taking && more && total < TURN_BYTES)
    more = read_some (client, &total);
  if (client->is_gone)
    client->events.gone (client->user_data);
  else if (more && client->taking)
    nbd_stream_read_again (client->stream);
}

static void
on_broken (gpointer data)
{
  NbdClient *client = data;

  client->is_gone = TRUE;
  client->events.gone (client->user_data);
}

static void
update_taking (NbdClient *client)
{
  gboolean taking = client->wanted && nbd_stream_get_unsent (client->stream) < UNSENT_MAX;

  if (client->taking == taking)
    return;
  client->taking = taking;
  nbd_stream_set_reading (client->stream, taking);
}

static void
on_sent (gsize bytes, gpointer data)
{
  update_taking (data);
}

NbdClient *
nbd_client_new_take (int fd,
                     const NbdInfo *info,
                     const NbdClientEvents *events,
                     gpointer user_data)
{
  static const NbdStreamEvents stream_events = { on_readable, on_broken, on_sent };
  struct
  {
    guint64 magic, options;
    guint16 flags;
  } __attribute__ ((packed)) greeting = { GUINT64_TO_BE (NBD_MAGIC),
                                          GUINT64_TO_BE (NBD_MAGIC_OPTION),
                                          GUINT16_TO_BE (NBD_FIXED_NEWSTYLE | NBD_NO_ZEROES) };
  NbdClient *client = g_new0 (NbdClient, 1);

  client->info = *info;
  client->info.payload_max = MIN (info->payload_max, NBD_PAYLOAD_PREFERRED);
  client->info.block_preferred = MIN (info->block_preferred, client->info.payload_max);
  client->events = *events;
  client->user_data = user_data;
  client->taking = client->wanted = TRUE;
  client->stream = nbd_stream_new_take (fd, &stream_events, client);
  nbd_stream_send (client->stream, &greeting, sizeof greeting);
  return client;
}

void
nbd_client_free (NbdClient *client)
{
  nbd_stream_free (client->stream);
  g_free (client->payload);
  g_free (client);
}

void
nbd_client_reply (NbdClient *client, guint64 cookie, guint32 error, GBytes *data)
{
  struct
  {
    guint32 magic;
    guint32 error;
    guint64 cookie;
  } __attribute__ ((packed)) head = { GUINT32_TO_BE (NBD_MAGIC_REPLY), GUINT32_TO_BE (error),
                                      GUINT64_TO_BE (cookie) };

  G_STATIC_ASSERT (sizeof head == NBD_REPLY_BYTES);
  nbd_stream_send (client->stream, &head, sizeof head);
  if (data != NULL)
    nbd_stream_send_bytes (client->stream, data);
  update_taking (client);
}

void
nbd_client_set_taking (NbdClient *client, gboolean taking)
{
  client->wanted = taking;
  update_taking (client);
}
