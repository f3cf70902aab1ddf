/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Judges what a program of the user says on the control socket: by the control interface of this
 * very supervisor, on a connection that was let in. It must refuse, and answer a proper question on
 * another connection afterwards. Runs in vitrine-vmm, which asks itself.
 */
#include "drill/drill-judge.h"

#include "fds.h"

#include <sys/socket.h>
#include <sys/wait.h>

#define OBJECT "/org/vitrine/Guest"

typedef struct
{
  GCancellable *cancellable;
  GDBusConnection *connection; /* for the question */
} Question;

/* `talk` is gone if this was cancelled. */
static gboolean
is_cancelled (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer data)
{
  DrillTalk *talk = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (is_cancelled (error))
    return;
  drill_talk_judge (talk, answer != NULL,
                    answer != NULL ? "the supervisor refused, and answers others" : error->message);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer data)
{
  DrillTalk *talk = data;
  Question *question;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = g_dbus_connection_new_finish (result, &error);

  if (is_cancelled (error))
    return;
  if (connection == NULL)
    {
      drill_talk_judge (talk, FALSE, error->message);
      return;
    }
  question = talk->state;
  question->connection = g_steal_pointer (&connection);
  g_dbus_connection_call (question->connection, NULL, OBJECT, "org.freedesktop.DBus.Properties",
                          "Get", g_variant_new ("(ss)", "org.vitrine.Guest1", "State"),
                          G_VARIANT_TYPE ("(v)"), G_DBUS_CALL_FLAGS_NONE, -1, question->cancellable,
                          on_answered, talk);
}

/* Both ends of a connection to the supervisor that runs here; *ret_ours is the caller's. */
static gboolean
open_connection (DrillTalk *talk, int *ret_ours, GError **error)
{
  int pair[2];

  if (!fds_socketpair (SOCK_STREAM, pair, error))
    return FALSE;
  *ret_ours = pair[0];
  talk->programs->serve_take (pair[1], talk->programs->serve_data);
  return TRUE;
}

static gboolean
begin (DrillTalk *talk, int *ret_speaker, GError **error)
{
  Question *question = talk->state = g_new0 (Question, 1);

  question->cancellable = g_cancellable_new ();
  return open_connection (talk, ret_speaker, error);
}

static void
ask (DrillTalk *talk, int fd)
{
  Question *question = talk->state;
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, NULL);
  g_autoptr (GSocketConnection) stream = NULL;

  g_return_if_fail (socket != NULL);
  stream = g_socket_connection_factory_create_connection (socket);
  g_dbus_connection_new (G_IO_STREAM (stream), NULL, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT,
                         NULL, question->cancellable, on_connected, talk);
}

static void
spoken (DrillTalk *talk, int wait_status)
{
  g_autoptr (GError) error = NULL;
  int ours;

  if (!WIFEXITED (wait_status) || WEXITSTATUS (wait_status) != 0)
    drill_talk_judge (talk, FALSE, "the supervisor did as it was told");
  else if (!open_connection (talk, &ours, &error))
    drill_talk_judge (talk, FALSE, error->message);
  else
    ask (talk, ours);
}

static void
end (DrillTalk *talk)
{
  Question *question = talk->state;

  if (question == NULL)
    return;
  g_cancellable_cancel (question->cancellable);
  if (question->connection != NULL)
    g_dbus_connection_close (question->connection, NULL, NULL, NULL);
  g_clear_object (&question->connection);
  g_object_unref (question->cancellable);
  g_free (question);
}

const DrillJudge drill_judge_control = { begin, spoken, end };
