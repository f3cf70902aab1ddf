/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the two halves of a SPICE viewer's connection share: spice-connection.c (the viewer's side)
 * and spice-relay.c (the library's). Not for anyone else.
 */
#pragma once

#include "front/stream.h"
#include "spice/spice-connection.h"
#include "spice/spice-login.h"
#include "spice/spice-uplink.h"

typedef enum
{
  SPICE_CONNECTION_SECURING,
  SPICE_CONNECTION_LOGGING_IN,
  SPICE_CONNECTION_WAITING, /* for the host's word */
  SPICE_CONNECTION_LINKING, /* with the library */
  SPICE_CONNECTION_OPEN,
} SpiceConnectionState;

struct _SpiceConnection
{
  const RemoteViewerHost *share;   /* borrowed */
  const SpiceConnectionHost *host; /* borrowed */
  guint32 number;
  PenaltySource source;
  gint64 came_at; /* monotonic */
  char address[LINK_ADDRESS_MAX];
  int peer;       /* the viewer's socket, borrowed from the stream */
  Stream *stream; /* owned */
  SpiceConnectionState state;
  SpiceLogin login;
  guint limit_timer;
  guint8 input[REMOTE_READ_BYTES]; /* of a login */
  gsize n_input;

  int library; /* owned; -1 before SPICE_CONNECTION_LINKING */
  int theirs;  /* the library's end of it; the library's */
  guint read_source;
  guint write_source;
  SpiceUplink uplink;
  GByteArray *answer;  /* of the library: of a link, then what names the session; NULL after that */
  GByteArray *pending; /* to the library, which has not taken it yet */
  gsize pending_at;
  /* On a display channel, what the viewer says until the library draws; else NULL. */
  GByteArray *held;
  gboolean init_passed; /* its first message is on its way to the library */

  GByteArray *outgoing; /* to the viewer, while it has not taken what was before */
  gsize outgoing_at;
  SpiceCuts cuts;

  SpiceMessages messages;
  guint64 counted; /* messages before this second */
  gint64 second;   /* its start */
};

/* Sends the viewer what is in `answer`, and empties it. */
void spice_connection_answer (SpiceConnection *connection, GByteArray *answer);

/* --- spice-relay.c --- */

/* Takes what the viewer has said on an open channel. FALSE if the connection is gone. */
gboolean spice_relay_take (SpiceConnection *connection, const guint8 *data, gsize size);
/* The viewer has taken all that it was sent. */
void spice_relay_drained (SpiceConnection *connection);
/* Before the connection is freed. */
void spice_relay_end (SpiceConnection *connection);
