/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Judges of what jailed processes say to vmm, by the parsers that read those processes: QEMU's
 * monitor, the links, and what qemu-img says of an image. Runs in vitrine-vmm. What they take for
 * good changes nothing; it counts as open.
 */
#include "drill/drill-judge.h"

#include "fds.h"
#include "image/image-policy.h"
#include "image/image-tool.h"
#include "link-parse.h"
#include "nbd/nbd-order-parse.h"
#include "net-report-parse.h"
#include "qmp/qmp-client.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <sys/socket.h>

#define PACKET_MAX 16384u

/* --- the monitor --- */

static void
on_greeted (gpointer data)
{
}

static void
on_ready (const QmpMessage *greeting, gpointer data)
{
  drill_talk_judge (data, FALSE, "it was taken for good");
}

static void
on_event (const QmpMessage *event, gpointer data)
{
}

static void
on_lost (const char *why, gpointer data)
{
  drill_talk_judge (data, TRUE, why);
}

static gboolean
begin_monitor (DrillTalk *talk, int *ret_speaker, GError **error)
{
  static const QmpClientEvents events = { on_greeted, on_ready, on_event, on_lost };
  int pair[2];

  if (!fds_socketpair (SOCK_STREAM, pair, error))
    return FALSE;
  *ret_speaker = pair[1];
  talk->state = qmp_client_new_take (pair[0], &events, talk);
  return TRUE;
}

static void
end_monitor (DrillTalk *talk)
{
  g_clear_pointer ((QmpClient **) &talk->state, qmp_client_free);
}

const DrillJudge drill_judge_monitor = { begin_monitor, NULL, end_monitor };

/* --- the links --- */

typedef struct
{
  int fd;
  guint readable;
  GString *text; /* of qemu-img */
} Listener;

static void
end_listener (DrillTalk *talk)
{
  Listener *listener = talk->state;

  if (listener == NULL)
    return;
  g_clear_handle_id (&listener->readable, g_source_remove);
  fds_clear (&listener->fd);
  g_string_free (listener->text, TRUE);
  g_free (listener);
}

static void
begin_listener (DrillTalk *talk, int fd, GUnixFDSourceFunc readable)
{
  Listener *listener = talk->state = g_new0 (Listener, 1);

  listener->fd = fd;
  listener->text = g_string_new (NULL);
  listener->readable = g_unix_fd_add (fd, G_IO_IN | G_IO_HUP | G_IO_ERR, readable, talk);
}

static gboolean
is_display_nonsense (const char *packet, gsize size)
{
  LinkMessage message;
  LinkViewer viewer;
  LinkWebTokenUsed used;

  if (size == sizeof used)
    return link_parse_token_used (packet, size, &used) != PARSE_OK;
  return size == sizeof viewer ? link_parse_viewer (packet, size, &viewer) != PARSE_OK
                               : link_parse (packet, size, &message) != PARSE_OK;
}

static gboolean
is_nonsense (const DrillTalk *talk, const char *packet, gsize size)
{
  NetReport net;
  NbdReport nbd;

  if (talk->channel == DRILL_NET)
    return net_report_parse (packet, size, &net) != PARSE_OK;
  if (talk->channel == DRILL_NBD)
    return nbd_report_parse (packet, size, &nbd) != PARSE_OK;
  return is_display_nonsense (packet, size);
}

static gboolean
on_packet (int fd, GIOCondition condition, gpointer data)
{
  DrillTalk *talk = data;
  char packet[PACKET_MAX];
  gssize got = recv (fd, packet, sizeof packet, MSG_DONTWAIT);

  if (got < 0 && (errno == EAGAIN || errno == EINTR))
    return G_SOURCE_CONTINUE;
  ((Listener *) talk->state)->readable = 0;
  if (got > 0)
    drill_talk_judge (talk, is_nonsense (talk, packet, got), "by the protocol of its link");
  return G_SOURCE_REMOVE;
}

static gboolean
begin_link (DrillTalk *talk, int *ret_speaker, GError **error)
{
  int pair[2];

  if (!fds_socketpair (SOCK_SEQPACKET, pair, error))
    return FALSE;
  *ret_speaker = pair[1];
  begin_listener (talk, pair[0], on_packet);
  return TRUE;
}

const DrillJudge drill_judge_link = { begin_link, NULL, end_listener };

/* --- qemu-img --- */

/* What the start of a guest would make of it. */
static void
judge_image (DrillTalk *talk, const GString *text)
{
  const GuestDisk disk = { .file = "/images/top.qcow2", .format = GUEST_DISK_QCOW2 };
  g_autoptr (GError) error = NULL;
  g_autoptr (ImageBacking) backing = NULL;
  g_autoptr (ImageInfo) info = image_info_parse (text->str, text->len, &error);
  gboolean taken =
      info != NULL && image_policy_check (info, disk.file, &disk, "drilled", &backing, &error);

  drill_talk_judge (talk, !taken, taken ? "it was taken for good" : error->message);
}

static gboolean
on_text (int fd, GIOCondition condition, gpointer data)
{
  DrillTalk *talk = data;
  Listener *listener = talk->state;

  if (image_tool_drain (fd, listener->text, IMAGE_TOOL_OUTPUT_MAX))
    return G_SOURCE_CONTINUE;
  listener->readable = 0;
  judge_image (talk, listener->text);
  return G_SOURCE_REMOVE;
}

static gboolean
begin_image (DrillTalk *talk, int *ret_speaker, GError **error)
{
  int ends[2];

  if (!g_unix_open_pipe (ends, FD_CLOEXEC, error))
    return FALSE;
  *ret_speaker = ends[1];
  g_unix_set_fd_nonblocking (ends[0], TRUE, NULL);
  begin_listener (talk, ends[0], on_text);
  return TRUE;
}

/* The end of what it said is there to be read, or will be. */
static void
spoken_image (DrillTalk *talk, int wait_status)
{
}

const DrillJudge drill_judge_image = { begin_image, spoken_image, end_listener };
