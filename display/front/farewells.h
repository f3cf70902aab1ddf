/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Connections whose viewer is over, but which have something to leave with: what the viewer has not
 * taken yet, and the word of its protocol that says why. Each goes on its way by itself: what waits
 * leaves, sending ends (TLS's word for that, then the connection's), what the viewer still says is
 * thrown away until it closes. None stays longer than FAREWELL_MS, be the viewer deaf or a flood.
 * Main thread only.
 */
#pragma once

#include "front/stream.h"

#define FAREWELL_MS 3000
/* What all of them together may keep; one that would be too much is closed at once. */
#define FAREWELLS_BYTES_MAX (16u << 20)
/* Thrown away of one viewer's words before its connection is closed nevertheless: more than it may
 * have had on their way. */
#define FAREWELL_WORDS_MAX (4u << 20)

typedef struct _Farewells Farewells;

/* `done` is called when the last one has gone. */
Farewells *farewells_new (void (*done) (gpointer user_data), gpointer user_data);
/* Closes all at once. */
void farewells_free (Farewells *farewells);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Farewells, farewells_free)

/* Takes what stream_take_rest () gave. */
void farewells_add (Farewells *farewells, const StreamRest *rest);

guint farewells_count (Farewells *farewells);
/* The one that has had the most time is closed. FALSE: there is none. */
gboolean farewells_make_room (Farewells *farewells);
