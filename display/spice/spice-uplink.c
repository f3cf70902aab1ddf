/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Links towards the SPICE library. Runs in vitrine-display.
 */
#include "spice-uplink.h"

#include "spice/spice-ticket.h"

#define BIT(n) (1u << (n))

/* Per channel: what the library offers and we let viewers know, and what viewers may say that they
 * can do. Left out: migration, streams of video, scanouts by descriptor. */
static const struct
{
  guint32 offered;
  guint32 accepted;
} caps[SPICE_WIRE_CHANNEL_LAST + 1] = {
  [SPICE_WIRE_MAIN] = { BIT (2), BIT (1) | BIT (2) }, /* agent tokens; name and UUID */
  [SPICE_WIRE_DISPLAY] = { BIT (1), BIT (1) | BIT (2) | BIT (3) | BIT (5) }, /* monitors; composite,
                                                                               A8, LZ4 */
  [SPICE_WIRE_INPUTS] = { BIT (0), BIT (0) },                                /* scan codes */
  [SPICE_WIRE_CURSOR] = { 0, 0 },
  [SPICE_WIRE_PLAYBACK] = { BIT (1) | BIT (3), BIT (1) | BIT (2) | BIT (3) }, /* volume, Opus */
  [SPICE_WIRE_RECORD] = { BIT (1) | BIT (2), BIT (1) | BIT (2) },
};

guint32
spice_uplink_common_caps (void)
{
  return SPICE_WIRE_CAP_AUTH_SELECTION | SPICE_WIRE_CAP_AUTH_SPICE | SPICE_WIRE_CAP_MINI_HEADER;
}

guint32
spice_uplink_channel_caps (guint8 channel)
{
  return caps[channel].offered;
}

void
spice_uplink_restrict (SpiceLink *link)
{
  link->common_caps &= spice_uplink_common_caps ();
  link->channel_caps &= caps[link->channel].accepted;
}

void
spice_uplink_start (SpiceUplink *uplink, const SpiceLink *link, GByteArray *out)
{
  SpiceLink ours = *link;

  *uplink = (SpiceUplink) { 0 };
  ours.common_caps |= SPICE_WIRE_CAP_AUTH_SELECTION | SPICE_WIRE_CAP_AUTH_SPICE;
  spice_link_append (out, &ours);
}

static SpiceUplinkResult
take_reply (SpiceUplink *uplink, const guint8 *data, gsize size, gsize *ret_used, GByteArray *out)
{
  const guint32 mechanism = GUINT32_TO_LE (SPICE_WIRE_AUTH_SPICE);
  guint8 sealed[SPICE_WIRE_TICKET_BYTES];
  SpiceLinkAnswer reply;
  ParseResult result = spice_link_parse_reply (data, size, ret_used, &reply);

  if (result == PARSE_NEED_MORE)
    return SPICE_UPLINK_MORE;
  if (result != PARSE_OK || reply.result != SPICE_WIRE_OK ||
      !spice_ticket_seal_nothing (reply.key, sealed))
    return SPICE_UPLINK_FAILED;
  g_byte_array_append (out, (const guint8 *) &mechanism, sizeof mechanism);
  g_byte_array_append (out, sealed, sizeof sealed);
  uplink->replied = TRUE;
  return SPICE_UPLINK_MORE;
}

SpiceUplinkResult
spice_uplink_take (SpiceUplink *uplink,
                   const guint8 *data,
                   gsize size,
                   gsize *ret_used,
                   GByteArray *out)
{
  guint32 result;

  *ret_used = 0;
  if (!uplink->replied)
    return take_reply (uplink, data, size, ret_used, out);
  if (size < sizeof result)
    return SPICE_UPLINK_MORE;
  memcpy (&result, data, sizeof result);
  *ret_used = sizeof result;
  return GUINT32_FROM_LE (result) == SPICE_WIRE_OK ? SPICE_UPLINK_OPEN : SPICE_UPLINK_FAILED;
}
