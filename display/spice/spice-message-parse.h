/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The messages of a SPICE viewer on an open channel (B5), as far as they are ours to judge: each
 * has a type that its channel knows and that we offer, and a size within that type's limits. A
 * stream that passes is well framed; what the bodies say is the library's to read. Pure.
 */
#pragma once

#include "cursor.h"
#include "spice/spice-wire.h"

typedef struct
{
  guint8 channel; /* SpiceWireChannel */
  gboolean mini;  /* short headers were agreed on */

  guint8 header[SPICE_WIRE_FULL_HEADER_BYTES]; /* of the message under way */
  gsize n_header;
  gsize left; /* of its body */
  guint16 type;
  guint8 body[SPICE_WIRE_DISPLAY_INIT_BYTES]; /* of the one message that is looked into */
  gsize n_body;
  guint64 messages;      /* whole ones so far */
  gboolean said_goodbye; /* one of them was that it leaves */
} SpiceMessages;

void spice_messages_init (SpiceMessages *messages, guint8 channel, gboolean mini);

/* The next bytes of the stream, cut anywhere. PARSE_OK: they may be passed on. PARSE_BAD: never,
 * nor anything after them. */
ParseResult spice_messages_take (SpiceMessages *messages, const guint8 *data, gsize size);

/* How long the message is that a display channel begins with. */
gsize spice_messages_init_size (gboolean mini);
/* Whether a viewer's first bytes, of which there are at least so many, are that message. */
gboolean spice_messages_is_init (const guint8 *data, gboolean mini);
/* Such a message, without any cache: `out` has room for it. */
void spice_messages_make_init (guint8 *out, gboolean mini);

/* Where the library's messages end. Viewers with TLS (spice-gtk 0.42) look for the next message
 * only when the network has something, not in what they have decrypted already: so no TLS record
 * may hold the end of one message and the beginning of another. */
typedef struct
{
  gboolean mini;
  guint8 header[SPICE_WIRE_FULL_HEADER_BYTES];
  gsize n_header;
  gsize left;
} SpiceCuts;

/* How many of the bytes, at least 1, belong to one message. size > 0. */
gsize spice_cuts_take (SpiceCuts *cuts, const guint8 *data, gsize size);

/* Looks for the session's number in what the library sends first on a main channel. NEED_MORE: not
 * there yet. `mini` as above. */
ParseResult spice_messages_find_session (const guint8 *data,
                                         gsize size,
                                         gboolean mini,
                                         guint32 *ret_session);
