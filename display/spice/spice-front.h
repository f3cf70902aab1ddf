/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The part of the front end that is SPICE's: connections on their way in, and sessions. Nothing of
 * the library is touched, and no key made, before the first SPICE viewer comes. Main thread only.
 */
#pragma once

#include "front/remote-viewer.h"
#include "spice/spice-console.h"

/* Each costs a thread and a few megabytes. */
#define SPICE_SESSIONS_MAX 16u

typedef struct _SpiceFront SpiceFront;

SpiceFront *spice_front_new (const SpiceMedia *media);
void spice_front_free (SpiceFront *front);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SpiceFront, spice_front_free)

/* A viewer has connected to this share: takes the socket, which is non-blocking. The share outlives
 * it: see spice_front_share_end (). */
void spice_front_take (SpiceFront *front,
                       int socket,
                       guint32 number,
                       const PenaltySource *source,
                       const char *address,
                       const RemoteViewerHost *share);
guint spice_front_count_connections (SpiceFront *front);
/* Appends a CrowdMember for each that has not logged in. */
void spice_front_add_crowd (SpiceFront *front, GArray *crowd);

/* FALSE: no such viewer here. */
gboolean spice_front_drop (SpiceFront *front, guint32 number);
gboolean spice_front_allow (SpiceFront *front, guint32 number);
void spice_front_share_end (SpiceFront *front, const RemoteViewerHost *share, LinkWhy why);
/* QEMU takes input again. */
void spice_front_resume (SpiceFront *front);
/* The head has news. */
void spice_front_update (SpiceFront *front, const Head *head);
