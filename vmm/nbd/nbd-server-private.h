/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the two parts of the client's side of the NBD protocol share: nbd-server.c (bytes, time,
 * replies) and nbd-options.c (how it begins). Not for anyone else.
 */
#pragma once

#include "nbd-server.h"
#include "nbd/nbd-stream.h"

#define NBD_SERVER_INPUT_BYTES (64u << 10)

typedef enum
{
  STATE_GREETING,
  STATE_STARTTLS, /* the option is sent */
  STATE_TLS,      /* the handshake of TLS */
  STATE_GO,       /* the option is sent */
  STATE_LIST,     /* GO was refused; which exports are there? */
  STATE_OPEN,     /* requests and replies */
} NbdServerState;

struct _NbdServer
{
  const NbdSetup *setup;
  gnutls_certificate_credentials_t credentials;
  NbdServerEvents events;
  gpointer user_data;
  NbdStream *stream;
  NbdServerState state;
  gnutls_session_t session; /* borrowed from the stream */
  guint8 input[NBD_SERVER_INPUT_BYTES];
  gsize input_at; /* what lies before has been taken */
  gsize input_end;
  guint n_replies; /* to options */
  NbdInfo info;
  GString *listed;
  guint n_listed;

  guint8 *into; /* where the payload of the present reply goes, or NULL */
  gsize into_left;
  NbdReply present;
  guint owed;  /* replies */
  gsize moved; /* bytes since the deadline was set */
  guint deadline;

  gboolean failed;
  NbdWhy why;
  char *text;
};

/* --- nbd-server.c --- */

/* The first reason counts. `text` is taken and may be NULL. */
void nbd_server_fail (NbdServer *server, NbdWhy why, char *text);
void nbd_server_fail_broken (NbdServer *server, const char *how);
/* What has come and is not taken yet, and how much. */
const guint8 *nbd_server_input (const NbdServer *server);
gsize nbd_server_left (const NbdServer *server);
/* For whatever the server owes next; FALSE: it owes nothing. */
void nbd_server_set_deadline (NbdServer *server, gboolean wanted);

/* --- nbd-options.c --- */

/* The server's greeting, which asks for the first option. PARSE_NEED_MORE: it is not whole yet. */
ParseResult nbd_options_begin (NbdServer *server, gsize *used);
/* A reply to an option, likewise. */
ParseResult nbd_options_take (NbdServer *server, gsize *used);
/* TRUE: the handshake is over, and more may be read. */
gboolean nbd_options_go_on_with_tls (NbdServer *server);
