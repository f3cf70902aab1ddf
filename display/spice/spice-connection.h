/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One connection of a SPICE viewer, which is one channel: from accept through TLS, link and ticket
 * to a relay between the viewer and the library that passes well-framed messages only, and no more
 * of them than either side takes. Main thread only.
 */
#pragma once

#include "front/remote-viewer.h"
#include "spice/spice-message-parse.h"
#include "spice/spice-ticket.h"

typedef struct _SpiceConnection SpiceConnection;

/* What becomes of it is for the front end and the session to say; `passed` and `ended` may free the
 * connection. */
typedef struct
{
  /* The ticket is right: spice_connection_open () or spice_connection_refuse () is next, at once or
   * later. */
  void (*passed) (SpiceConnection *connection, gpointer user_data);
  /* The channel is open; the viewer has been told. */
  void (*opened) (SpiceConnection *connection, gpointer user_data);
  /* A main channel has learnt its session's number. */
  void (*named) (SpiceConnection *connection, guint32 session, gpointer user_data);
  /* All that was there has left for the viewer; bytes have been sent. */
  void (*drained) (SpiceConnection *connection, gpointer user_data);
  void (*sent) (SpiceConnection *connection, gpointer user_data);
  gboolean (*is_input_busy) (SpiceConnection *connection, gpointer user_data);
  /* It has ended, and is to be freed. */
  void (*ended) (SpiceConnection *connection, LinkWhy why, gpointer user_data);
  gpointer user_data;
} SpiceConnectionHost;

/* Takes the socket, which is non-blocking. `address` is the peer as text; share, ticket and host
 * outlive it. */
SpiceConnection *spice_connection_new (int socket,
                                       guint32 number,
                                       const PenaltySource *source,
                                       const char *address,
                                       const RemoteViewerHost *share,
                                       SpiceTicket *ticket,
                                       const SpiceConnectionHost *host);
void spice_connection_free (SpiceConnection *connection);

/* Takes one end of a socket pair: on the other, `theirs`, the library waits for a link. */
void spice_connection_open (SpiceConnection *connection, int socket, int theirs);
/* Ends at once. */
void spice_connection_end (SpiceConnection *connection, LinkWhy why);
/* Tells the viewer and ends. */
void spice_connection_refuse (SpiceConnection *connection, SpiceWireResult result, LinkWhy why);
/* The time for the login starts anew, with so many seconds. */
void spice_connection_limit (SpiceConnection *connection, guint seconds);
/* Reads on, if the input was too much for QEMU to take. */
void spice_connection_resume (SpiceConnection *connection);

guint32 spice_connection_get_number (SpiceConnection *connection);
const char *spice_connection_get_address (SpiceConnection *connection);
const RemoteViewerHost *spice_connection_get_share (SpiceConnection *connection);
void spice_connection_fill_crowd (SpiceConnection *connection, CrowdMember *ret_member);
guint8 spice_connection_get_channel (SpiceConnection *connection);
/* The session that a channel other than main belongs to, as the viewer said. */
guint32 spice_connection_get_session (SpiceConnection *connection);
gboolean spice_connection_is_open (SpiceConnection *connection);
gboolean spice_connection_is_drained (SpiceConnection *connection);
/* The library's end, as the library was given it. */
int spice_connection_get_theirs (SpiceConnection *connection);
guint64 spice_connection_get_sent (SpiceConnection *connection);
/* Microseconds, as the kernel measures the way to the viewer; 0: it does not know. */
guint32 spice_connection_get_delay (SpiceConnection *connection);
