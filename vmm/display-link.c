/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One display process after another. QEMU takes one display client and freezes while that does not
 * answer (facts: the D-Bus handshake and the listener's properties are synchronous there), so the
 * display gets its socket first and has deadlines; killing it frees QEMU at once. What it says is
 * parsed in link-parse.c. Runs in vitrine-vmm; never waits.
 */
#include "display-link.h"

#include "fds.h"
#include "guest-log.h"
#include "link-parse.h"
#include "restart-budget.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/socket.h>

#define CHILD_LINK_FD 3
#define CHILD_GLASS_FD 4

/* One process. QEMU's answers may come after its end, hence the count of references. */
typedef struct
{
  DisplayLink *link; /* NULL once it has ended */
  Jail *jail;
  LogPipe *log;
  int socket;
  guint readable;
  guint deadline; /* until READY */
  guint ping;
  guint32 serial; /* of the last ping */
  gboolean answered;
  gboolean is_ready;
  guint packets; /* read since the last ping */
} Incarnation;

struct _DisplayLink
{
  DisplayLinkEvents events;
  gpointer user_data;
  char *binary;
  int glass;
  gboolean microphone;
  QmpClient *qmp;   /* NULL until it answers */
  Incarnation *now; /* NULL while none runs */
  guint restart;    /* the source that starts the next */
  gboolean was_ready;
  gboolean is_ending;
  gboolean is_attentive;
  guint start_failures;
  RestartBudget budget;
};

static void end (Incarnation *incarnation, const char *why);

static void
clear_incarnation (gpointer data)
{
  Incarnation *incarnation = data;

  g_clear_pointer (&incarnation->jail, jail_free);
  g_clear_pointer (&incarnation->log, log_pipe_free);
  fds_clear (&incarnation->socket);
}

static void
release (Incarnation *incarnation)
{
  g_rc_box_release_full (incarnation, clear_incarnation);
}

static void
stop_sources (Incarnation *incarnation)
{
  g_clear_handle_id (&incarnation->readable, g_source_remove);
  g_clear_handle_id (&incarnation->deadline, g_source_remove);
  g_clear_handle_id (&incarnation->ping, g_source_remove);
}

static void
send_message (Incarnation *incarnation, LinkType type, guint32 value, int fd)
{
  LinkMessage message = { type, value };

  /* A full socket is a display that does not read: the next ping finds it silent. */
  if (fds_send (incarnation->socket, &message, sizeof message, &fd, fd >= 0 ? 1 : 0) < 0)
    g_debug ("The display process does not take messages: %s", g_strerror (errno));
}

static gboolean on_ping (gpointer data);
static gboolean on_readable (int fd, GIOCondition condition, gpointer data);

/* Unless there are remote viewers, what a display says is read with each ping once it is ready: an
 * answer shall not wake this process. Its end is told by its jail. */
static void
update_attention (Incarnation *incarnation)
{
  gboolean listens = !incarnation->is_ready || (incarnation->link->is_attentive &&
                                                incarnation->packets < DISPLAY_PACKETS_SHARED_MAX);

  if (listens && incarnation->readable == 0)
    incarnation->readable = g_unix_fd_add (incarnation->socket, G_IO_IN | G_IO_HUP | G_IO_ERR,
                                           on_readable, incarnation);
  else if (!listens)
    g_clear_handle_id (&incarnation->readable, g_source_remove);
}

static void
become_ready (Incarnation *incarnation)
{
  DisplayLink *link = incarnation->link;

  g_clear_handle_id (&incarnation->deadline, g_source_remove);
  incarnation->is_ready = TRUE;
  update_attention (incarnation);
  incarnation->answered = TRUE;
  incarnation->ping = g_timeout_add_seconds (DISPLAY_PING_SECONDS, on_ping, incarnation);
  link->was_ready = TRUE;
  link->events.ready (link->user_data);
}

static const char *
failure_text (guint32 failure)
{
  switch (failure)
    {
    case LINK_FAILURE_QEMU_PROTOCOL:
      return "QEMU sent it something that the display protocol does not allow";
    case LINK_FAILURE_QEMU_GONE:
      return "QEMU closed its display";
    case LINK_FAILURE_MEMORY:
      return "it has no memory left";
    default:
      return "its sandbox could not be completed";
    }
}

static void
handle_message (Incarnation *incarnation, const LinkMessage *message)
{
  DisplayLink *link = incarnation->link;

  switch (message->type)
    {
    case LINK_READY:
      if (incarnation->is_ready || incarnation->deadline == 0)
        end (incarnation, "it broke the protocol of its link");
      else
        become_ready (incarnation);
      break;
    case LINK_PONG:
      if (incarnation->is_ready && message->value == incarnation->serial)
        incarnation->answered = TRUE;
      break;
    case LINK_VIEWERS:
      link->events.viewers (message->value, link->user_data);
      break;
    case LINK_AGENT_OVER:
      if (incarnation->is_ready)
        link->events.agent_over (message->value, link->user_data);
      break;
    case LINK_FAILED:
      end (incarnation, failure_text (message->value));
      break;
    }
}

static gboolean
take_token_used (DisplayLink *link, const char *packet, gsize size)
{
  LinkWebTokenUsed used;

  if (link_parse_token_used (packet, size, &used) != PARSE_OK)
    return FALSE;
  link->events.token_used (&used, link->user_data);
  return TRUE;
}

/* FALSE if it is not what a display process says that keeps the protocol. */
static gboolean
handle_packet (Incarnation *incarnation, const char *packet, gsize size)
{
  DisplayLink *link = incarnation->link;
  LinkMessage message;
  LinkViewer viewer;

  if (size == sizeof viewer)
    return incarnation->is_ready && link_parse_viewer (packet, size, &viewer) == PARSE_OK &&
           link->events.viewer (&viewer, link->user_data);
  if (size == sizeof (LinkWebTokenUsed))
    return incarnation->is_ready && take_token_used (link, packet, size);
  if (link_parse (packet, size, &message) != PARSE_OK)
    return FALSE;
  handle_message (incarnation, &message);
  return TRUE;
}

/* Handles one packet. FALSE if there is none for now, or the process is over. */
static gboolean
read_packet (Incarnation *incarnation)
{
  char packet[sizeof (LinkViewer) + 1];
  guint n_fds = 0;
  gssize got = fds_receive (incarnation->socket, packet, sizeof packet, NULL, &n_fds);

  if (got < 0 && errno == EAGAIN)
    return FALSE;
  incarnation->packets++;
  if (got <= 0)
    end (incarnation, "it closed its link");
  else if (!handle_packet (incarnation, packet, got))
    end (incarnation, "it broke the protocol of its link");
  return incarnation->link != NULL;
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer data)
{
  Incarnation *incarnation = g_rc_box_acquire (data);

  if (read_packet (incarnation))
    update_attention (incarnation);
  release (incarnation);
  return G_SOURCE_CONTINUE; /* end () and update_attention () have removed the source */
}

/* Reads what has come since the last ping. The answer to that is among it: the socket holds fewer
 * packets than are read in a second. */
static gboolean
ping (Incarnation *incarnation)
{
  gboolean is_shared = incarnation->link->is_attentive;
  guint most = is_shared ? DISPLAY_PACKETS_SHARED_MAX : DISPLAY_PACKETS_MAX;
  gboolean floods;

  while (incarnation->packets <= most && read_packet (incarnation))
    continue;
  if (incarnation->link == NULL)
    return FALSE;
  floods = !is_shared && incarnation->packets > most;
  if (floods || !incarnation->answered)
    {
      end (incarnation, floods ? "it floods its link" : "it stopped answering");
      return FALSE;
    }
  incarnation->answered = FALSE;
  incarnation->packets = 0;
  update_attention (incarnation);
  send_message (incarnation, LINK_PING, ++incarnation->serial, -1);
  return TRUE;
}

static gboolean
on_ping (gpointer data)
{
  Incarnation *incarnation = g_rc_box_acquire (data);
  gboolean goes_on = ping (incarnation);

  release (incarnation);
  return goes_on;
}

static gboolean
on_deadline (gpointer data)
{
  Incarnation *incarnation = data;

  incarnation->deadline = 0;
  end (incarnation, "it showed no picture in time");
  return G_SOURCE_REMOVE;
}

static void
on_attach_answer (JsonNode *result, const GError *error, gpointer data)
{
  Incarnation *incarnation = data;

  if (incarnation->link != NULL && error != NULL && qmp_client_is_alive (incarnation->link->qmp))
    end (incarnation, error->message);
  release (incarnation);
}

/* Both ends of QEMU's display. The display process has its own before QEMU asks anything of it. */
static void
attach (Incarnation *incarnation)
{
  QmpClient *qmp = incarnation->link->qmp;
  Incarnation *held; /* an answer may come at once */
  JsonObject *name = json_object_new ();
  JsonObject *client = json_object_new ();
  int pair[2];

  json_object_set_string_member (name, "fdname", "display");
  json_object_set_string_member (client, "protocol", "@dbus-display");
  json_object_set_string_member (client, "fdname", "display");
  if (!fds_socketpair (SOCK_STREAM, pair, NULL))
    {
      json_object_unref (name);
      json_object_unref (client);
      end (incarnation, "no more descriptors can be opened");
      return;
    }
  held = g_rc_box_acquire (incarnation);
  incarnation->deadline = g_timeout_add (DISPLAY_READY_MS, on_deadline, incarnation);
  send_message (incarnation, LINK_QEMU, 0, pair[1]);
  close (pair[1]);
  qmp_client_send (qmp, "getfd", name, pair[0], DISPLAY_ATTACH_MS, on_attach_answer,
                   g_rc_box_acquire (incarnation));
  close (pair[0]);
  qmp_client_send (qmp, "add_client", client, -1, DISPLAY_ATTACH_MS, on_attach_answer,
                   g_rc_box_acquire (incarnation));
  release (held);
}

static void
on_process_ended (Jail *jail, int wait_status, const char *text, gpointer data)
{
  g_autofree char *why = g_strdup_printf ("it %s", text);

  end (data, why);
}

static gboolean
spawn (Incarnation *incarnation, int socket, GError **error)
{
  DisplayLink *link = incarnation->link;
  const char *argv[] = { link->binary, "--link-fd", "3",
                         "--glass-fd", "4",         link->microphone ? "--microphone" : NULL,
                         NULL };
  JailFd fds[] = { { socket, CHILD_LINK_FD }, { link->glass, CHILD_GLASS_FD } };
  autofd messages = -1;
  JailRequest request = { .kind = JAIL_DISPLAY,
                          .binary = link->binary,
                          .argv = argv,
                          .fds = fds,
                          .n_fds = G_N_ELEMENTS (fds),
                          .stdin_fd = -1,
                          .stdout_fd = -1 };

  incarnation->log = log_pipe_new ("display", &messages, error);
  if (incarnation->log == NULL)
    return FALSE;
  request.stderr_fd = messages;
  incarnation->jail = jail_spawn (&request, error);
  return incarnation->jail != NULL;
}

static gboolean
start (DisplayLink *link, GError **error)
{
  Incarnation *incarnation = g_rc_box_new0 (Incarnation);
  int pair[2];

  incarnation->link = link;
  incarnation->socket = -1;
  if (!fds_socketpair (SOCK_SEQPACKET, pair, error))
    {
      release (incarnation);
      return FALSE;
    }
  incarnation->socket = pair[0];
  if (!spawn (incarnation, pair[1], error))
    {
      close (pair[1]);
      release (incarnation);
      return FALSE;
    }
  close (pair[1]);
  jail_set_ended (incarnation->jail, on_process_ended, incarnation);
  update_attention (incarnation);
  link->now = incarnation;
  if (link->qmp != NULL)
    attach (incarnation);
  return TRUE;
}

static gboolean
on_restart (gpointer data)
{
  DisplayLink *link = data;
  g_autoptr (GError) error = NULL;
  guint delay;

  link->restart = 0;
  if (start (link, &error))
    {
      link->events.replaced (link->user_data);
      return G_SOURCE_REMOVE;
    }
  delay = restart_budget_refused (&link->budget);
  guest_log ("The display process cannot be started: %s; the next try is in %u seconds",
             error->message, delay);
  link->restart = g_timeout_add_seconds (delay, on_restart, link);
  return G_SOURCE_REMOVE;
}

static void
schedule_next (DisplayLink *link, const char *why)
{
  guint delay = restart_budget_spend (&link->budget, g_get_monotonic_time ());
  g_autofree char *text = NULL;

  if (delay == 0)
    {
      link->restart = g_idle_add (on_restart, link);
      return;
    }
  text =
      g_strdup_printf ("The display ended too often (%s). The guest runs on without one; the next "
                       "try is in %u seconds",
                       why, delay);
  link->restart = g_timeout_add_seconds (delay, on_restart, link);
  link->events.warning (text, link->user_data);
}

/* A link whose use was reported before the end must not work again at the next process. Nothing
 * more can be sent to us from here on, so a link that is used yet is refused where it is. */
static void
read_last_words (Incarnation *incarnation, DisplayLink *link)
{
  char packet[sizeof (LinkViewer) + 1];

  shutdown (incarnation->socket, SHUT_RD);
  for (guint i = 0; i < DISPLAY_PACKETS_SHARED_MAX; i++)
    {
      guint n_fds = 0;
      gssize got = fds_receive (incarnation->socket, packet, sizeof packet, NULL, &n_fds);

      if (got <= 0)
        return;
      if (incarnation->is_ready && got == sizeof (LinkWebTokenUsed))
        take_token_used (link, packet, got);
    }
}

/* Ends this process, whatever state it is in, and sees to the next. */
static void
end (Incarnation *incarnation, const char *why)
{
  DisplayLink *link = incarnation->link;
  g_autofree char *reason = g_strdup (why);

  if (link == NULL)
    return;
  if (!link->is_ending)
    guest_log ("The display process is over: %s", reason);
  incarnation->link = NULL;
  link->now = NULL;
  stop_sources (incarnation);
  jail_set_ended (incarnation->jail, NULL, NULL);
  jail_kill (incarnation->jail);
  read_last_words (incarnation, link);
  fds_clear (&incarnation->socket);
  release (incarnation);
  link->events.gone (link->user_data);
  if (link->is_ending)
    return;
  if (!link->was_ready && ++link->start_failures >= DISPLAY_START_TRIES)
    link->events.failed (reason, link->user_data);
  else
    schedule_next (link, reason);
}

DisplayLink *
display_link_new (const char *binary,
                  int glass,
                  gboolean microphone,
                  const DisplayLinkEvents *events,
                  gpointer user_data,
                  GError **error)
{
  DisplayLink *link = g_new0 (DisplayLink, 1);

  link->events = *events;
  link->user_data = user_data;
  link->binary = g_strdup (binary);
  link->glass = glass;
  link->microphone = microphone;
  if (start (link, error))
    return link;
  display_link_free (link);
  return NULL;
}

void
display_link_free (DisplayLink *link)
{
  g_clear_handle_id (&link->restart, g_source_remove);
  if (link->now != NULL)
    {
      stop_sources (link->now);
      jail_set_ended (link->now->jail, NULL, NULL);
      link->now->link = NULL;
      jail_kill (link->now->jail);
      release (link->now);
    }
  g_free (link->binary);
  g_free (link);
}

void
display_link_attach (DisplayLink *link, QmpClient *qmp)
{
  link->qmp = qmp;
  if (link->now != NULL)
    attach (link->now);
}

void
display_link_expect_end (DisplayLink *link)
{
  link->is_ending = TRUE;
  g_clear_handle_id (&link->restart, g_source_remove);
}

gboolean
display_link_part (DisplayLink *link)
{
  Incarnation *now = link->now;

  if (now == NULL || !now->is_ready)
    return FALSE;
  g_clear_handle_id (&now->ping, g_source_remove);
  shutdown (now->socket, SHUT_WR);
  return TRUE;
}

gboolean
display_link_is_ready (DisplayLink *link)
{
  return link->now != NULL && link->now->is_ready;
}

void
display_link_send (DisplayLink *link, const void *packet, gsize size, const int *fds, guint n_fds)
{
  if (!display_link_is_ready (link))
    return;
  /* As in send_message (). */
  if (fds_send (link->now->socket, packet, size, fds, n_fds) < 0)
    g_debug ("The display process does not take messages: %s", g_strerror (errno));
}

void
display_link_set_attentive (DisplayLink *link, gboolean attentive)
{
  link->is_attentive = attentive;
  if (link->now != NULL)
    update_attention (link->now);
}

void
display_link_replace (DisplayLink *link, const char *why)
{
  if (link->now != NULL)
    end (link->now, why);
}

Jail *
display_link_get_jail (DisplayLink *link)
{
  return link->now != NULL ? link->now->jail : NULL;
}
