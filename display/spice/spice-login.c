/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * SPICE logins. Runs in vitrine-display. Must never assert on input.
 */
#include "spice-login.h"

#include "spice/spice-uplink.h"

void
spice_login_init (SpiceLogin *login, SpiceTicket *ticket, const char *password)
{
  *login = (SpiceLogin) { .ticket = ticket, .password = password, .state = SPICE_LOGIN_LINK };
}

static SpiceLoginResult
take_link (SpiceLogin *login, const guint8 *data, gsize size, gsize *ret_used, GByteArray *answer)
{
  SpiceLinkAnswer reply = { .common_caps = spice_uplink_common_caps () };
  ParseResult result = spice_link_parse (data, size, ret_used, &login->link, &reply.result);

  if (result == PARSE_NEED_MORE)
    {
      *ret_used = 0;
      return SPICE_LOGIN_MORE;
    }
  if (result != PARSE_OK)
    {
      spice_link_append_reply (answer, &reply);
      return SPICE_LOGIN_BROKEN;
    }
  login->state = (login->link.common_caps & SPICE_WIRE_CAP_AUTH_SELECTION) != 0
                     ? SPICE_LOGIN_MECHANISM
                     : SPICE_LOGIN_TICKET;
  spice_uplink_restrict (&login->link);
  reply.result = SPICE_WIRE_OK;
  reply.channel_caps = spice_uplink_channel_caps (login->link.channel);
  memcpy (reply.key, spice_ticket_get_key (login->ticket), sizeof reply.key);
  spice_link_append_reply (answer, &reply);
  return SPICE_LOGIN_STEP;
}

static SpiceLoginResult
take_mechanism (SpiceLogin *login, const guint8 *data, gsize size, gsize *ret_used)
{
  guint32 mechanism;

  if (size < sizeof mechanism)
    return SPICE_LOGIN_MORE;
  memcpy (&mechanism, data, sizeof mechanism);
  *ret_used = sizeof mechanism;
  if (GUINT32_FROM_LE (mechanism) != SPICE_WIRE_AUTH_SPICE)
    return SPICE_LOGIN_BROKEN;
  login->state = SPICE_LOGIN_TICKET;
  return SPICE_LOGIN_STEP;
}

static SpiceLoginResult
take_ticket (SpiceLogin *login, const guint8 *data, gsize size, gsize *ret_used, GByteArray *answer)
{
  if (size < SPICE_WIRE_TICKET_BYTES)
    return SPICE_LOGIN_MORE;
  *ret_used = SPICE_WIRE_TICKET_BYTES;
  login->state = SPICE_LOGIN_DONE;
  if (spice_ticket_check (login->ticket, data, login->password))
    return SPICE_LOGIN_PASSED;
  spice_login_finish (SPICE_WIRE_PERMISSION_DENIED, answer);
  return SPICE_LOGIN_WRONG;
}

SpiceLoginResult
spice_login_take (SpiceLogin *login,
                  const guint8 *data,
                  gsize size,
                  gsize *ret_used,
                  GByteArray *answer)
{
  *ret_used = 0;
  switch (login->state)
    {
    case SPICE_LOGIN_LINK:
      return take_link (login, data, size, ret_used, answer);
    case SPICE_LOGIN_MECHANISM:
      return take_mechanism (login, data, size, ret_used);
    case SPICE_LOGIN_TICKET:
      return take_ticket (login, data, size, ret_used, answer);
    default: /* it is not its turn to speak */
      return SPICE_LOGIN_MORE;
    }
}

void
spice_login_finish (SpiceWireResult result, GByteArray *answer)
{
  guint32 wire = GUINT32_TO_LE ((guint32) result);

  g_byte_array_append (answer, (const guint8 *) &wire, sizeof wire);
}
