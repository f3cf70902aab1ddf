/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Judges an NBD server: by a vitrine-nbd of its own, which must let it go, say so, and then take
 * another order. Runs in vitrine-vmm, which is vitrine-nbd's client as well and asks for one block.
 */
#include "drill/drill-judge.h"

#include "fds.h"
#include "nbd/nbd-order-parse.h"
#include "nbd/nbd-process.h"
#include "nbd/nbd-wire.h"

#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>

/* More than it takes to say anything; a server that is merely slow is not what is looked for. */
#define ANSWER_MS (DRILL_ATTEMPT_SECONDS * 1000)

typedef struct
{
  Jail *jail; /* vitrine-nbd's */
  LogPipe *log;
  int link;
  int client; /* this end of it */
  guint readable;
  gboolean let_go; /* the server, and was ordered to take another */
} Relay;

/* What QEMU would say first; it need not wait for the answers. */
static void
ask_for_a_block (int client)
{
  const struct
  {
    guint32 flags;
    guint64 magic;
    guint32 option;
    guint32 size;
    guint32 name_size;
    guint16 n_infos;
    NbdWireRequest read;
  } __attribute__ ((packed)) words = { GUINT32_TO_BE (NBD_FIXED_NEWSTYLE | NBD_NO_ZEROES),
                                       GUINT64_TO_BE (NBD_MAGIC_OPTION),
                                       GUINT32_TO_BE (NBD_OPT_GO),
                                       GUINT32_TO_BE (6),
                                       0,
                                       0,
                                       { .magic = GUINT32_TO_BE (NBD_MAGIC_REQUEST),
                                         .type = GUINT16_TO_BE (NBD_CMD_READ),
                                         .length = GUINT32_TO_BE (4096) } };

  fds_send (client, &words, sizeof words, NULL, 0);
}

static gboolean
order (int link, gconstpointer message, gsize size, int fd, GError **error)
{
  if (fds_send (link, message, size, &fd, 1) >= 0)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "vitrine-nbd takes no orders");
  return FALSE;
}

static gboolean
connect_to (Relay *relay, int server, GError **error)
{
  const NbdOrder connect = { .type = NBD_ORDER_CONNECT };

  return order (relay->link, &connect, sizeof connect, server, error);
}

/* Another server, which is gone already: whoever lives says so. */
static gboolean
connect_to_nobody (Relay *relay)
{
  int pair[2];
  gboolean good;

  if (!fds_socketpair (SOCK_STREAM, pair, NULL))
    return FALSE;
  fds_clear (&pair[1]);
  good = connect_to (relay, pair[0], NULL);
  fds_clear (&pair[0]);
  return good;
}

static void
take_report (DrillTalk *talk, const NbdReport *report)
{
  Relay *relay = talk->state;
  gboolean refused = report->why != NBD_WHY_CLOSED && report->why != NBD_WHY_SILENT &&
                     report->why != NBD_WHY_CLIENT && report->why != NBD_WHY_CREDENTIALS;

  if (report->type == NBD_REPORT_READY)
    return;
  if (relay->let_go)
    drill_talk_judge (talk, drill_talk_is_bounded (relay->jail),
                      "vitrine-nbd let the server go and goes on");
  else if (!refused || !connect_to_nobody (relay))
    drill_talk_judge (talk, FALSE, "vitrine-nbd did not let the server go");
  relay->let_go = TRUE;
}

static gboolean
on_report (int fd, GIOCondition condition, gpointer data)
{
  DrillTalk *talk = data;
  char packet[sizeof (NbdReport) + 1];
  guint n_fds = 0;
  NbdReport report;
  gssize got = fds_receive (fd, packet, sizeof packet, NULL, &n_fds);

  if (got > 0 && nbd_report_parse (packet, got, &report) == PARSE_OK)
    {
      take_report (talk, &report);
      return G_SOURCE_CONTINUE;
    }
  ((Relay *) talk->state)->readable = 0;
  drill_talk_judge (talk, FALSE, "vitrine-nbd ended of it");
  return G_SOURCE_REMOVE;
}

static gboolean
set_up (DrillTalk *talk, int client, int server, GError **error)
{
  Relay *relay = talk->state;
  NbdSetup setup = { .type = NBD_ORDER_SETUP, .answer_ms = ANSWER_MS, .name = "disk" };

  if (g_str_has_prefix (talk->name, "server-tls-"))
    setup.flags = NBD_SETUP_TLS;
  relay->jail = nbd_process_spawn (talk->programs->nbd, &relay->log, &relay->link, error);
  return relay->jail != NULL && order (relay->link, &setup, sizeof setup, client, error) &&
         connect_to (relay, server, error);
}

static gboolean
begin (DrillTalk *talk, int *ret_speaker, GError **error)
{
  Relay *relay = talk->state = g_new0 (Relay, 1);
  int clients[2], servers[2];
  gboolean good;

  relay->link = relay->client = -1;
  if (!fds_socketpair (SOCK_STREAM, clients, error))
    return FALSE;
  relay->client = clients[0];
  good = fds_socketpair (SOCK_STREAM, servers, error);
  if (good)
    {
      *ret_speaker = servers[1];
      good = set_up (talk, clients[1], servers[0], error);
      fds_clear (&servers[0]);
    }
  fds_clear (&clients[1]);
  if (!good)
    return FALSE;
  ask_for_a_block (relay->client);
  relay->readable = g_unix_fd_add (relay->link, G_IO_IN | G_IO_HUP | G_IO_ERR, on_report, talk);
  return TRUE;
}

/* It hung up after vitrine-nbd did, whose report is there to be read; or before, and is reported.
 */
static void
spoken (DrillTalk *talk, int wait_status)
{
}

static void
end (DrillTalk *talk)
{
  Relay *relay = talk->state;

  if (relay == NULL)
    return;
  g_clear_handle_id (&relay->readable, g_source_remove);
  g_clear_pointer (&relay->jail, jail_free);
  g_clear_pointer (&relay->log, log_pipe_free);
  fds_clear (&relay->link);
  fds_clear (&relay->client);
  g_free (relay);
}

const DrillJudge drill_judge_server = { begin, spoken, end };
