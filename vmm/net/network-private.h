/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the parts of the guest's network share: network.c (card and policy), network-process.c (one
 * process after another), network-orders.c (what it is told), network-replies.c (what it says),
 * network-watch.c (does it hang), network-change.c (settings), network-report.c (JSON). Not for
 * anyone else.
 */
#pragma once

#include "forward-spec.h"
#include "guest-log.h"
#include "host-network.h"
#include "network.h"
#include "restart-budget.h"

typedef struct
{
  guint32 id;
  ForwardSpec *spec;
  int fd;
} NetworkForward;

typedef struct
{
  NetworkAnswer answer;
  gpointer user_data;
  guint deadline;
  Network *network;
} NetworkQuery;

struct _Network
{
  NetworkEvents events;
  gpointer user_data;
  char *binary;
  guint8 mac[6];
  GuestNic nic;
  int card;   /* QEMU's end of the frames; -1: no card */
  int frames; /* vitrine-net's end */
  int tap;    /* borrowed; -1: none */
  guint mtu;
  QmpClient *qmp;
  gboolean is_ending;
  HostNetwork *host;

  /* settings */
  GuestNetwork policy;
  GPtrArray *forwards; /* of NetworkForward */
  guint32 last_forward;
  char *dns;
  guint rate_in; /* kB a second */
  guint rate_out;

  /* the process */
  Jail *jail; /* NULL while none runs */
  LogPipe *log;
  int link;
  guint readable;
  guint ready_deadline;
  gboolean is_listening; /* `readable` is for messages too, not for the end alone */
  guint restart;
  guint32 serial;
  gboolean is_ready;
  gboolean is_bridged; /* it was started to have the tap and no sockets */
  gboolean answered;   /* `asked`, or a later serial */
  guint32 asked;
  guint packets; /* since the last ping */

  /* network-watch.c */
  guint tick;
  gint64 tick_due;
  guint missed;        /* ticks without an answer, of a process that runs */
  guint64 frames_seen; /* at the last tick */
  GArray *wakers;      /* of guint, sources that begin the ticks again */

  guint starts;
  RestartBudget budget;

  int capture; /* the file; -1: none */
  guint64 capture_max;
  NetStats stats;  /* of the present process */
  NetStats past;   /* of those before it, added up */
  guint8 lease[4]; /* that one of them gave the guest, which keeps it; or zero */
  guint8 address6[16];
  GPtrArray *queries; /* of NetworkQuery */
};

/* Why a process is over whose link has ended. */
#define NETWORK_CLOSED "it closed its link"

/* --- network-orders.c: to the process, if there is one --- */

/* `fd` is borrowed; -1: none. */
void network_send (Network *network, gconstpointer message, gsize size, int fd);
void network_send_value (Network *network, guint32 type, guint32 value);
void network_send_rates (Network *network);
void network_send_forward (Network *network, const NetworkForward *forward);
void network_send_resolvers (Network *network);
void network_send_policy (Network *network);
/* FALSE with a sentence: without them no policy can be kept, so there is no network. */
gboolean network_send_addresses (Network *network, GError **error);
/* Everything that a new process must know. FALSE as above. */
gboolean network_brief (Network *network, GError **error);

/* --- network-replies.c --- */

/* Handles what the process has said. FALSE if it is over: `closed` is why if its link has ended. */
gboolean network_read_all (Network *network, const char *closed);
/* To be called when it changed whether messages are waited for. */
void network_listen (Network *network);
/* Whoever waits gets what is known. */
void network_answer_queries (Network *network);

/* --- network-process.c --- */

/* FALSE with a sentence: its jail cannot be made, or it cannot be told what it must know. */
gboolean network_start_process (Network *network, GError **error);
/* Kills and forgets the present one, if there is one; none follows by itself. */
void network_clear_process (Network *network);
/* The process is over, or shall be; another follows if the policy wants one. */
void network_end (Network *network, const char *why);

/* --- network.c --- */

/* Starts or ends the process as the policy wants, and tells QEMU's card. */
void network_apply_policy (Network *network);

/* --- network-watch.c --- */

/* Begins to ask whether the process answers; it stops by itself when nothing flows. */
void network_watch_begin (Network *network);
void network_watch_end (Network *network);

/* --- network-change.c --- */

/* FALSE with a sentence; then nothing is changed. */
gboolean network_set_forwards (Network *network, const char *const *texts, GError **error);
void network_clear_forwards (Network *network);

/* --- network-report.c --- */

/* Free with g_free. */
char *network_describe (Network *network);
