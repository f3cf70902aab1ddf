/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A SPICE viewer from its ticket to its end: the connections of its channels, which are one viewer
 * to people, and the console that it sees. Main thread only.
 */
#pragma once

#include "spice/spice-connection.h"
#include "spice/spice-console.h"

typedef struct _SpiceSession SpiceSession;

/* `main` is the connection of its main channel, which passed; `media` outlive the
 * session. */
SpiceSession *spice_session_new (SpiceConnection *main, const SpiceMedia *media);
/* Its connections too. */
void spice_session_free (SpiceSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SpiceSession, spice_session_free)

/* A person is asked; or nobody needs to be, or has said yes. FALSE: it cannot be served. */
void spice_session_ask (SpiceSession *session);
gboolean spice_session_is_asking (SpiceSession *session);
gboolean spice_session_let_in (SpiceSession *session, SpicePicture *picture);

/* Another channel, which passed: takes the connection. FALSE: it has one of that kind, or too many
 * came in too short a time. */
gboolean spice_session_add (SpiceSession *session, SpiceConnection *connection);
gboolean spice_session_holds (SpiceSession *session, SpiceConnection *connection);
gboolean spice_session_is_main (SpiceSession *session, SpiceConnection *connection);
/* A channel other than main has ended: frees the connection. */
void spice_session_remove (SpiceSession *session, SpiceConnection *connection);

void spice_session_opened (SpiceSession *session, SpiceConnection *connection);
void spice_session_set_id (SpiceSession *session, guint32 id);
void spice_session_drained (SpiceSession *session);
void spice_session_sent (SpiceSession *session);
gboolean spice_session_is_input_busy (SpiceSession *session);
void spice_session_resume (SpiceSession *session);
void spice_session_update (SpiceSession *session, const ScreenNews *news, SpicePicture *picture);

guint32 spice_session_get_number (SpiceSession *session);
/* As the library calls it; 0: not known yet. */
guint32 spice_session_get_id (SpiceSession *session);
const RemoteViewerHost *spice_session_get_share (SpiceSession *session);
guint spice_session_count_connections (SpiceSession *session);
/* The last report. */
void spice_session_report_end (SpiceSession *session, LinkWhy why);
