/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The viewer's part of a link towards the library, played by the front end once the real viewer has
 * been let in. From bytes to bytes, without sockets.
 */
#pragma once

#include "spice/spice-link-parse.h"

typedef enum
{
  SPICE_UPLINK_MORE,
  SPICE_UPLINK_OPEN, /* what follows is the channel's */
  SPICE_UPLINK_FAILED,
} SpiceUplinkResult;

typedef struct
{
  gboolean replied;
} SpiceUplink;

/* `link` is what the viewer said, without what we do not offer. */
void spice_uplink_start (SpiceUplink *uplink, const SpiceLink *link, GByteArray *out);
SpiceUplinkResult spice_uplink_take (SpiceUplink *uplink,
                                     const guint8 *data,
                                     gsize size,
                                     gsize *ret_used,
                                     GByteArray *out);

/* What we offer of a channel: bits of the two capability words, all of them things that the library
 * has. */
guint32 spice_uplink_common_caps (void);
guint32 spice_uplink_channel_caps (guint8 channel);
/* Takes from a viewer's link what we do not pass on. */
void spice_uplink_restrict (SpiceLink *link);
