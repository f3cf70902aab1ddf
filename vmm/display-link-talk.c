/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What is said to a display process and by it. What it says is parsed in link-parse.c. Runs in
 * vitrine-vmm; never waits.
 */
#include "display-link-private.h"

#include "fds.h"
#include "link-parse.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/socket.h>

static void
send_message (DisplayIncarnation *incarnation, LinkType type, guint32 value, int fd)
{
  LinkMessage message = { type, value };

  /* A full socket is a display that does not read: the next ping finds it silent. */
  if (fds_send (incarnation->socket, &message, sizeof message, &fd, fd >= 0 ? 1 : 0) < 0)
    g_debug ("The display process does not take messages: %s", g_strerror (errno));
}

static gboolean on_ping (gpointer data);
static gboolean on_readable (int fd, GIOCondition condition, gpointer data);

void
display_link_heed (DisplayIncarnation *incarnation)
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
become_ready (DisplayIncarnation *incarnation)
{
  DisplayLink *link = incarnation->link;

  g_clear_handle_id (&incarnation->deadline, g_source_remove);
  incarnation->is_ready = TRUE;
  display_link_heed (incarnation);
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
handle_message (DisplayIncarnation *incarnation, const LinkMessage *message)
{
  DisplayLink *link = incarnation->link;

  switch (message->type)
    {
    case LINK_READY:
      if (incarnation->is_ready || incarnation->deadline == 0)
        display_link_end (incarnation, "it broke the protocol of its link");
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
      display_link_end (incarnation, failure_text (message->value));
      break;
    }
}

gboolean
display_link_take_token_used (DisplayLink *link, const char *packet, gsize size)
{
  LinkWebTokenUsed used;

  if (link_parse_token_used (packet, size, &used) != PARSE_OK)
    return FALSE;
  link->events.token_used (&used, link->user_data);
  return TRUE;
}

/* FALSE if it is not what a display process says that keeps the protocol. */
static gboolean
handle_packet (DisplayIncarnation *incarnation, const char *packet, gsize size)
{
  DisplayLink *link = incarnation->link;
  LinkMessage message;
  LinkViewer viewer;

  if (size == sizeof viewer)
    return incarnation->is_ready && link_parse_viewer (packet, size, &viewer) == PARSE_OK &&
           link->events.viewer (&viewer, link->user_data);
  if (size == sizeof (LinkWebTokenUsed))
    return incarnation->is_ready && display_link_take_token_used (link, packet, size);
  if (link_parse (packet, size, &message) != PARSE_OK)
    return FALSE;
  handle_message (incarnation, &message);
  return TRUE;
}

/* Handles one packet. FALSE if there is none for now, or the process is over. */
static gboolean
read_packet (DisplayIncarnation *incarnation)
{
  char packet[sizeof (LinkViewer) + 1];
  guint n_fds = 0;
  gssize got = fds_receive (incarnation->socket, packet, sizeof packet, NULL, &n_fds);

  if (got < 0 && errno == EAGAIN)
    return FALSE;
  incarnation->packets++;
  if (got <= 0)
    display_link_end (incarnation, "it closed its link");
  else if (!handle_packet (incarnation, packet, got))
    display_link_end (incarnation, "it broke the protocol of its link");
  return incarnation->link != NULL;
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer data)
{
  DisplayIncarnation *incarnation = g_rc_box_acquire (data);

  if (read_packet (incarnation))
    display_link_heed (incarnation);
  display_link_release (incarnation);
  return G_SOURCE_CONTINUE; /* end () and update_attention () have removed the source */
}

/* Reads what has come since the last ping. The answer to that is among it: the socket holds fewer
 * packets than are read in a second. */
static gboolean
ping (DisplayIncarnation *incarnation)
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
      display_link_end (incarnation, floods ? "it floods its link" : "it stopped answering");
      return FALSE;
    }
  incarnation->answered = FALSE;
  incarnation->packets = 0;
  display_link_heed (incarnation);
  send_message (incarnation, LINK_PING, ++incarnation->serial, -1);
  return TRUE;
}

static gboolean
on_ping (gpointer data)
{
  DisplayIncarnation *incarnation = g_rc_box_acquire (data);
  gboolean goes_on = ping (incarnation);

  display_link_release (incarnation);
  return goes_on;
}

static gboolean
on_deadline (gpointer data)
{
  DisplayIncarnation *incarnation = data;

  incarnation->deadline = 0;
  display_link_end (incarnation, "it showed no picture in time");
  return G_SOURCE_REMOVE;
}

static void
on_attach_answer (JsonNode *result, const GError *error, gpointer data)
{
  DisplayIncarnation *incarnation = data;

  if (incarnation->link != NULL && error != NULL && qmp_client_is_alive (incarnation->link->qmp))
    display_link_end (incarnation, error->message);
  display_link_release (incarnation);
}

void
display_link_hand_over (DisplayIncarnation *incarnation)
{
  QmpClient *qmp = incarnation->link->qmp;
  DisplayIncarnation *held; /* an answer may come at once */
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
      display_link_end (incarnation, "no more descriptors can be opened");
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
  display_link_release (held);
}
