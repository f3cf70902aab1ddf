/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The message with which a SPICE viewer opens a channel (B5): sizes, offsets and capabilities are
 * checked before anything else of it is looked at. Also its making, for our side of the library.
 * Pure.
 */
#pragma once

#include "cursor.h"
#include "spice/spice-wire.h"

typedef struct
{
  guint32 connection;  /* 0: a new session */
  guint8 channel;      /* SpiceWireChannel */
  guint8 id;           /* of that type */
  guint32 common_caps; /* the first word, which is all there is */
  guint32 channel_caps;
} SpiceLink;

/* One link message at the front of the data. With PARSE_OK, its length is in *ret_used. With
 * PARSE_BAD, *ret_result tells the viewer why (SpiceWireResult). */
ParseResult spice_link_parse (const guint8 *data,
                              gsize size,
                              gsize *ret_used,
                              SpiceLink *ret_link,
                              guint32 *ret_result);

/* What the library answers to our own link. */
typedef struct
{
  guint32 result;
  guint8 key[SPICE_WIRE_KEY_BYTES];
  guint32 common_caps;
  guint32 channel_caps;
} SpiceLinkAnswer;

ParseResult spice_link_parse_reply (const guint8 *data,
                                    gsize size,
                                    gsize *ret_used,
                                    SpiceLinkAnswer *ret_reply);

void spice_link_append (GByteArray *out, const SpiceLink *link);
void spice_link_append_reply (GByteArray *out, const SpiceLinkAnswer *reply);
