/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Listens to nonsense. Runs in vitrine-vmm. The channels are like those of the guest's own
 * processes and are read by the same parsers, but what were taken for good changes nothing: it
 * counts as open.
 */
#include "drill/drill-talk.h"

#include "drill/drill-list.h"
#include "fds.h"
#include "guest-log.h"
#include "link-parse.h"
#include "net-report-parse.h"
#include "qmp/qmp-client.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>

#define TALK_FD 3
#define PACKET_MAX 16384u

struct _DrillTalk
{
  const char *name; /* static */
  DrillChannel channel;
  const char *role;
  DrillTalkDone done;
  gpointer data;
  Jail *jail;
  QmpClient *qmp; /* of QMP */
  int socket;     /* of the others */
  guint readable;
  guint deadline;
  gboolean held;
};

#define ROW(name, channel, what) { name, channel },
static const struct
{
  const char *name;
  DrillChannel channel;
} talks[] = { DRILL_TALK (ROW) };

static int
find_talk (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (talks); i++)
    if (strcmp (talks[i].name, name) == 0)
      return i;
  return -1;
}

gboolean
drill_talk_is_for (JailKind kind, const char *name)
{
  static const JailKind owners[] = {
    [DRILL_QMP] = JAIL_QEMU, [DRILL_LINK] = JAIL_DISPLAY, [DRILL_NET] = JAIL_NET
  };
  int talk = find_talk (name);

  return talk >= 0 && owners[talks[talk].channel] == kind;
}

/* What becomes of a process that breaks its protocol. */
static void
end_speaker (DrillTalk *talk, const char *why)
{
  if (talk->held)
    return;
  talk->held = TRUE;
  guest_log ("Drill: the stand-in for %s spoke nonsense (%s) and was ended: %s", talk->role,
             talk->name, why);
  jail_kill (talk->jail);
}

/* --- the monitor --- */

static void
on_greeted (gpointer data)
{
}

/* Nonsense was taken for good: it ends without being held. */
static void
on_ready (const QmpMessage *greeting, gpointer data)
{
  jail_kill (((DrillTalk *) data)->jail);
}

static void
on_event (const QmpMessage *event, gpointer data)
{
}

static void
on_lost (const char *why, gpointer data)
{
  end_speaker (data, why);
}

/* --- the links --- */

static gboolean
is_nonsense (const DrillTalk *talk, const char *packet, gsize size)
{
  LinkMessage message;
  LinkViewer viewer;
  LinkWebTokenUsed used;
  NetReport report;

  if (talk->channel == DRILL_NET)
    return net_report_parse (packet, size, &report) != PARSE_OK;
  if (size == sizeof used)
    return link_parse_token_used (packet, size, &used) != PARSE_OK;
  return size == sizeof viewer ? link_parse_viewer (packet, size, &viewer) != PARSE_OK
                               : link_parse (packet, size, &message) != PARSE_OK;
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer data)
{
  DrillTalk *talk = data;
  char packet[PACKET_MAX];
  gssize got = recv (fd, packet, sizeof packet, MSG_DONTWAIT);

  if (got < 0 && (errno == EAGAIN || errno == EINTR))
    return G_SOURCE_CONTINUE;
  if (got > 0 && is_nonsense (talk, packet, got))
    end_speaker (talk, "it broke the protocol of its link");
  talk->readable = 0;
  return G_SOURCE_REMOVE;
}

/* --- the stand-in --- */

static gboolean
on_deadline (gpointer data)
{
  DrillTalk *talk = data;

  talk->deadline = 0;
  jail_kill (talk->jail); /* nobody minded */
  return G_SOURCE_REMOVE;
}

static void
on_ended (Jail *jail, int wait_status, const char *text, gpointer data)
{
  DrillTalk *talk = data;

  talk->done (talk->held, talk->data);
}

static void
listen_to (DrillTalk *talk, int socket)
{
  static const QmpClientEvents events = { on_greeted, on_ready, on_event, on_lost };

  if (talk->channel == DRILL_QMP)
    {
      talk->qmp = qmp_client_new_take (socket, &events, talk);
      return;
    }
  talk->socket = socket;
  talk->readable = g_unix_fd_add (socket, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, talk);
}

DrillTalk *
drill_talk_new (const char *binary,
                const DrillJail *jailed,
                const char *name,
                DrillTalkDone done,
                gpointer data,
                GError **error)
{
  int which = find_talk (name);
  const char *argv[] = { "vitrine-drill", "--say", name, NULL };
  JailFd fd = { .target = TALK_FD };
  JailRequest request = { .kind = jailed->kind,
                          .binary = binary,
                          .argv = argv,
                          .fds = &fd,
                          .n_fds = 1,
                          .stdin_fd = -1,
                          .stdout_fd = -1,
                          .stderr_fd = -1,
                          .writable_code = jailed->writable_code,
                          .kvm = jailed->kvm };
  DrillTalk *talk;
  autofd theirs = -1;
  int pair[2];

  g_return_val_if_fail (which >= 0, NULL);
  if (!fds_socketpair (talks[which].channel == DRILL_QMP ? SOCK_STREAM : SOCK_SEQPACKET, pair,
                       error))
    return NULL;
  fd.source = theirs = pair[1];
  talk = g_new0 (DrillTalk, 1);
  talk->name = talks[which].name;
  talk->channel = talks[which].channel;
  talk->role = jailed->role;
  talk->done = done;
  talk->data = data;
  talk->socket = -1;
  g_unix_set_fd_nonblocking (pair[0], TRUE, NULL);
  talk->jail = jail_spawn (&request, error);
  listen_to (talk, pair[0]);
  if (talk->jail == NULL)
    {
      drill_talk_free (talk);
      return NULL;
    }
  jail_set_ended (talk->jail, on_ended, talk);
  talk->deadline = g_timeout_add_seconds (DRILL_ATTEMPT_SECONDS, on_deadline, talk);
  return talk;
}

void
drill_talk_free (DrillTalk *talk)
{
  g_clear_handle_id (&talk->readable, g_source_remove);
  g_clear_handle_id (&talk->deadline, g_source_remove);
  if (talk->jail != NULL)
    jail_set_ended (talk->jail, NULL, NULL);
  g_clear_pointer (&talk->jail, jail_free);
  g_clear_pointer (&talk->qmp, qmp_client_free);
  fds_clear (&talk->socket);
  g_free (talk);
}
