/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One viewer from elsewhere, from accept to its end: its time limits, its login, then its session.
 * Whoever it is, it can cost a connection, a few kilobytes and the present picture, no more. Main
 * thread only.
 */
#pragma once

#include "front/crowd.h"
#include "front/farewells.h"
#include "front/login.h"
#include "front/penalties.h"
#include "front/stream.h"
#include "heads.h"
#include "ipc/link-wire.h"
#include "vnc/vnc-server.h"

/* For what a viewer program says by itself: from accept to the password, and from the password's
 * first byte to ClientInit. */
#define REMOTE_LOGIN_SECONDS 10
/* For a person: to compare the certificate and type the password, and for the other one to consent.
 * Whoever has had REMOTE_LOGIN_SECONDS of the former makes room once there is none. */
#define REMOTE_PERSON_SECONDS 120
#define REMOTE_TRAFFIC_SECONDS 2
#define REMOTE_READ_BYTES 4096u
/* Reads from one viewer before the others have their turn. */
#define REMOTE_READ_BURST 8u

typedef struct _RemoteViewer RemoteViewer;

/* What a viewer needs of its share and front end; outlives it. */
typedef struct
{
  guint32 share;
  const char *name; /* what viewers that are in are told they see */
  LoginRules rules;
  gboolean ask;
  gboolean view_only;
  gnutls_certificate_credentials_t credentials; /* NULL: no TLS */
  Penalties *penalties;
  Farewells *farewells;
  Head *head; /* that is shown */
  VncServer *vnc;
  void (*report) (const LinkViewer *report, gpointer user_data);
  void (*gone) (RemoteViewer *viewer, gpointer user_data); /* must free it */
  gpointer user_data;
} RemoteViewerHost;

/* Takes the stream. `address` is the peer as text. */
RemoteViewer *remote_viewer_new (Stream *stream,
                                 guint32 number,
                                 const PenaltySource *source,
                                 const char *address,
                                 const RemoteViewerHost *host);
void remote_viewer_free (RemoteViewer *viewer);

guint32 remote_viewer_get_number (RemoteViewer *viewer);
const RemoteViewerHost *remote_viewer_get_host (RemoteViewer *viewer);

/* Among those who could be sent away for another; FALSE: it has said the password. */
gboolean remote_viewer_fill_crowd (RemoteViewer *viewer, CrowdMember *ret_member);
/* Since when it waits for a person's password, monotonic; 0: it does not. */
gint64 remote_viewer_waits_since (RemoteViewer *viewer);

/* A person has consented; ignored where none was asked. */
void remote_viewer_allow (RemoteViewer *viewer);
/* Ends it, reports why and calls host->gone. Its connection may be among host->farewells then. */
void remote_viewer_end (RemoteViewer *viewer, LinkWhy why);
/* Reads on, if its input was too much for QEMU to take. */
void remote_viewer_resume (RemoteViewer *viewer);

/* A report on a connection that never became a viewer. */
void remote_viewer_fill_report (LinkViewer *report,
                                guint32 number,
                                guint32 share,
                                LinkViewerEvent event,
                                LinkWhy why,
                                const char *address);
