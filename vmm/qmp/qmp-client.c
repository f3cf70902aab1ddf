/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * QMP over a socketpair that only vitrine-vmm holds. Never blocks, never believes a number that it
 * did not send itself.
 */
#include "qmp-client.h"

#include "fds.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>

#define FILL_SECONDS_MAX 60 /* fills it up anyway, and keeps the product in range */

G_DEFINE_QUARK (qmp - client - error - quark, qmp_client_error)

typedef struct
{
  guint64 id;
  char *name;
  GBytes *line; /* until it is sent in full */
  gsize sent;
  int fd; /* own duplicate, or -1 */
  guint deadline;
  QmpReply reply;
  gpointer user_data;
  QmpClient *client; /* borrowed */
} Command;

struct _QmpClient
{
  QmpClientEvents events;
  gpointer user_data;
  int socket;
  guint readable;
  guint writable;
  guint greeting_deadline;
  gint64 credit; /* so much more is read of QEMU, in bytes; negative: it waits */
  gint64 filled; /* when that was last filled up, monotonic */
  guint pause;   /* the end of the wait */
  guint64 last_id;
  gboolean greeted;
  gboolean is_lost;
  GByteArray *input;
  GQueue unsent;       /* of Command, in order; all are in `pending` too */
  GHashTable *pending; /* id -> Command */
  QmpMessage *greeting;
};

static void
command_free (Command *command)
{
  g_clear_handle_id (&command->deadline, g_source_remove);
  g_clear_pointer (&command->line, g_bytes_unref);
  fds_clear (&command->fd);
  g_free (command->name);
  g_free (command);
}

/* Takes the command out of the books and answers its sender. */
static void
finish_command (QmpClient *client, Command *command, JsonNode *result, const GError *error)
{
  guint64 id = command->id;

  g_queue_remove (&client->unsent, command);
  g_hash_table_steal (client->pending, &id);
  if (command->reply != NULL)
    command->reply (result, error, command->user_data);
  command_free (command);
}

static void
fail_all (QmpClient *client, const char *why)
{
  g_autoptr (GError) error = g_error_new_literal (QMP_CLIENT_ERROR, QMP_CLIENT_ERROR_LOST, why);
  g_autoptr (GList) commands = g_hash_table_get_values (client->pending);

  for (GList *l = commands; l != NULL; l = l->next)
    finish_command (client, l->data, NULL, error);
}

static void
close_socket (QmpClient *client)
{
  g_clear_handle_id (&client->readable, g_source_remove);
  g_clear_handle_id (&client->writable, g_source_remove);
  g_clear_handle_id (&client->greeting_deadline, g_source_remove);
  g_clear_handle_id (&client->pause, g_source_remove);
  fds_clear (&client->socket);
}

static void
lose (QmpClient *client, const char *why)
{
  if (client->is_lost)
    return;
  client->is_lost = TRUE;
  close_socket (client);
  fail_all (client, why);
  client->events.lost (why, client->user_data);
}

static void
lose_peer (QmpClient *client, const char *what)
{
  g_autofree char *why = g_strdup_printf ("QEMU's monitor broke the protocol: it %s", what);

  lose (client, why);
}

static gboolean
on_deadline (gpointer data)
{
  Command *command = data;
  g_autoptr (GError) error = NULL;

  command->deadline = 0;
  error =
      g_error_new (QMP_CLIENT_ERROR, QMP_CLIENT_ERROR_TIMEOUT,
                   "QEMU did not answer “%s” in time. It may get over it; else force the guest off "
                   "('vitrinectl stop --force')",
                   command->name);
  if (command->line != NULL && command->sent > 0)
    {
      lose (command->client, "QEMU stopped reading its monitor");
      return G_SOURCE_REMOVE;
    }
  /* The id stays unknown from here on: a late answer is ignored, not an offence. */
  finish_command (command->client, command, NULL, error);
  return G_SOURCE_REMOVE;
}

static void
on_negotiated (JsonNode *result, const GError *error, gpointer data)
{
  QmpClient *client = data;

  if (client->is_lost)
    return;
  if (error != NULL)
    {
      g_autofree char *why = g_strdup_printf ("QEMU refused its monitor: %s", error->message);

      lose (client, why);
    }
  else
    client->events.ready (client->greeting, client->user_data);
}

/* Takes `message`. */
static void
handle_greeting (QmpClient *client, QmpMessage *message)
{
  g_autoptr (QmpMessage) owned = message;

  if (client->greeted)
    {
      lose_peer (client, "greeted twice");
      return;
    }
  client->greeted = TRUE;
  client->greeting = g_steal_pointer (&owned);
  g_clear_handle_id (&client->greeting_deadline, g_source_remove);
  qmp_client_send (client, "qmp_capabilities", NULL, -1, QMP_NEGOTIATION_TIMEOUT_MS, on_negotiated,
                   client);
  client->events.greeted (client->user_data);
}

static void
handle_answer (QmpClient *client, const QmpMessage *message)
{
  Command *command = g_hash_table_lookup (client->pending, &message->id);
  g_autoptr (GError) error = NULL;

  if (message->id == 0 || message->id > client->last_id)
    {
      lose_peer (client, "answered a command that was never sent");
      return;
    }
  if (command == NULL)
    return; /* late: its deadline has passed */
  if (command->line != NULL)
    {
      lose_peer (client, "answered a command before it was sent");
      return;
    }
  if (message->kind == QMP_ERROR)
    error = g_error_new (QMP_CLIENT_ERROR, QMP_CLIENT_ERROR_REFUSED, "%s", message->text);
  finish_command (client, command, message->data, error);
}

static void
handle_message (QmpClient *client, QmpMessage *message)
{
  g_autoptr (QmpMessage) owned = message;

  if (message->kind == QMP_GREETING)
    handle_greeting (client, g_steal_pointer (&owned));
  else if (!client->greeted)
    lose_peer (client, "spoke before its greeting");
  else if (message->kind == QMP_EVENT)
    client->events.event (message, client->user_data);
  else
    handle_answer (client, message);
}

static void
handle_input (QmpClient *client)
{
  gsize used_total = 0;

  while (!client->is_lost)
    {
      QmpMessage *message = NULL;
      const char *why = NULL;
      gsize used;
      ParseResult result = qmp_parse ((char *) client->input->data + used_total,
                                      client->input->len - used_total, &message, &used, &why);

      if (result == PARSE_BAD)
        lose_peer (client, why);
      if (result != PARSE_OK)
        break;
      used_total += used;
      client->credit -= QMP_MESSAGE_COST;
      if (message != NULL)
        handle_message (client, message);
    }
  if (used_total > 0)
    g_byte_array_remove_range (client->input, 0, used_total);
}

static gboolean on_readable (int fd, GIOCondition condition, gpointer data);
static void watch (QmpClient *client);

static gboolean
on_pause_over (gpointer data)
{
  QmpClient *client = data;

  client->pause = 0;
  watch (client);
  return G_SOURCE_REMOVE;
}

/* Reads on at once, or once QEMU's turn has come again. What it says is read at our own cost, which
 * no limit of the guest's counts. */
static void
watch (QmpClient *client)
{
  gint64 now = g_get_monotonic_time ();
  gint64 since = MIN (now - client->filled, FILL_SECONDS_MAX * G_USEC_PER_SEC);
  gint64 earned = since * QMP_BYTES_PER_SECOND / G_USEC_PER_SEC;

  client->credit = MIN (client->credit + earned, QMP_BURST_BYTES);
  client->filled = now;
  if (client->credit >= 0)
    {
      if (client->readable == 0)
        client->readable =
            g_unix_fd_add (client->socket, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, client);
      return;
    }
  g_clear_handle_id (&client->readable, g_source_remove);
  client->pause =
      g_timeout_add (1 + -client->credit * 1000 / QMP_BYTES_PER_SECOND, on_pause_over, client);
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer data)
{
  QmpClient *client = data;
  guint8 chunk[16 * 1024];
  gssize got;

  do
    got = recv (fd, chunk, sizeof chunk, MSG_DONTWAIT);
  while (got < 0 && errno == EINTR);
  if (got < 0 && errno == EAGAIN)
    return G_SOURCE_CONTINUE;
  if (got <= 0)
    {
      client->readable = 0;
      lose (client, "QEMU closed its monitor");
      return G_SOURCE_REMOVE;
    }
  client->credit -= MAX (got, QMP_MESSAGE_COST);
  g_byte_array_append (client->input, chunk, got);
  /* A line that comes in crumbs is not searched from its start for each. */
  if (memchr (chunk, '\n', got) != NULL || client->input->len >= QMP_LINE_MAX)
    handle_input (client);
  if (client->is_lost)
    return G_SOURCE_REMOVE;
  watch (client);
  return G_SOURCE_CONTINUE; /* unless it has been removed */
}

/* Sends what the socket takes. Returns whether something is left. */
static gboolean
flush (QmpClient *client)
{
  while (!client->is_lost && !g_queue_is_empty (&client->unsent))
    {
      Command *command = g_queue_peek_head (&client->unsent);
      gsize size;
      const char *data = g_bytes_get_data (command->line, &size);
      gssize sent = fds_send (client->socket, data + command->sent, size - command->sent,
                              &command->fd, command->fd >= 0 ? 1 : 0);

      if (sent < 0 && errno == EAGAIN)
        return TRUE;
      if (sent < 0)
        {
          lose (client, "QEMU closed its monitor");
          return FALSE;
        }
      fds_clear (&command->fd);
      command->sent += sent;
      if (command->sent < size)
        return TRUE;
      g_clear_pointer (&command->line, g_bytes_unref);
      g_queue_pop_head (&client->unsent);
    }
  return FALSE;
}

static gboolean
on_writable (int fd, GIOCondition condition, gpointer data)
{
  QmpClient *client = data;

  if (flush (client))
    return G_SOURCE_CONTINUE;
  client->writable = 0;
  return G_SOURCE_REMOVE;
}

static gboolean
on_no_greeting (gpointer data)
{
  QmpClient *client = data;

  client->greeting_deadline = 0;
  lose (client, "QEMU's monitor did not answer in time");
  return G_SOURCE_REMOVE;
}

QmpClient *
qmp_client_new_take (int socket, const QmpClientEvents *events, gpointer user_data)
{
  QmpClient *client = g_new0 (QmpClient, 1);

  client->events = *events;
  client->user_data = user_data;
  client->socket = socket;
  client->input = g_byte_array_new ();
  client->pending = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_queue_init (&client->unsent);
  client->credit = QMP_BURST_BYTES;
  client->filled = g_get_monotonic_time ();
  watch (client);
  client->greeting_deadline = g_timeout_add (QMP_GREETING_TIMEOUT_MS, on_no_greeting, client);
  return client;
}

void
qmp_client_free (QmpClient *client)
{
  client->is_lost = TRUE;
  close_socket (client);
  fail_all (client, "The connection to QEMU was closed");
  g_clear_pointer (&client->greeting, qmp_message_free);
  g_byte_array_unref (client->input);
  g_hash_table_unref (client->pending);
  g_free (client);
}

/* {"execute": …, "arguments": …, "id": …} and a newline */
static GBytes *
format_command (const char *name, JsonObject *arguments, guint64 id)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();
  g_autofree char *text = NULL;
  char *line;

  json_object_set_string_member (object, "execute", name);
  if (arguments != NULL)
    json_object_set_object_member (object, "arguments", arguments);
  json_object_set_int_member (object, "id", id);
  json_node_take_object (root, object);
  text = json_to_string (root, FALSE);
  line = g_strconcat (text, "\n", NULL);
  return g_bytes_new_take (line, strlen (line));
}

static void
refuse (QmpReply reply, gpointer user_data, JsonObject *arguments, const char *why)
{
  g_autoptr (GError) error = g_error_new_literal (QMP_CLIENT_ERROR, QMP_CLIENT_ERROR_LOST, why);

  g_clear_pointer (&arguments, json_object_unref);
  if (reply != NULL)
    reply (NULL, error, user_data);
}

void
qmp_client_send (QmpClient *client,
                 const char *name,
                 JsonObject *arguments,
                 int fd,
                 guint timeout_ms,
                 QmpReply reply,
                 gpointer user_data)
{
  Command *command;

  if (client->is_lost)
    {
      refuse (reply, user_data, arguments, "QEMU's monitor is gone");
      return;
    }
  if (g_hash_table_size (client->pending) >= QMP_PENDING_MAX)
    {
      refuse (reply, user_data, arguments, "Too many commands wait for QEMU's answer");
      return;
    }
  command = g_new0 (Command, 1);
  command->id = ++client->last_id;
  command->name = g_strdup (name);
  command->line = format_command (name, arguments, command->id);
  command->fd = fd >= 0 ? fcntl (fd, F_DUPFD_CLOEXEC, 3) : -1;
  command->reply = reply;
  command->user_data = user_data;
  command->client = client;
  command->deadline =
      g_timeout_add (timeout_ms > 0 ? timeout_ms : QMP_COMMAND_TIMEOUT_MS, on_deadline, command);
  g_hash_table_insert (client->pending, &command->id, command);
  g_queue_push_tail (&client->unsent, command);
  if (client->writable == 0 && flush (client))
    client->writable = g_unix_fd_add (client->socket, G_IO_OUT, on_writable, client);
}

gboolean
qmp_client_is_alive (QmpClient *client)
{
  return !client->is_lost;
}
