/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How a SPICE viewer opens a channel: link message, mechanism, ticket. A state machine from bytes
 * to bytes without sockets or clocks.
 */
#pragma once

#include "spice/spice-link-parse.h"
#include "spice/spice-ticket.h"

typedef enum
{
  SPICE_LOGIN_MORE,   /* not a whole message yet */
  SPICE_LOGIN_STEP,   /* one taken; there may be more */
  SPICE_LOGIN_PASSED, /* spice_login_finish () is next */
  SPICE_LOGIN_WRONG,  /* the password; send the answer and close, as after the next */
  SPICE_LOGIN_BROKEN,
} SpiceLoginResult;

typedef struct
{
  SpiceTicket *ticket;  /* borrowed */
  const char *password; /* borrowed */
  enum
  {
    SPICE_LOGIN_LINK,
    SPICE_LOGIN_MECHANISM,
    SPICE_LOGIN_TICKET,
    SPICE_LOGIN_DONE,
  } state;
  SpiceLink link; /* once it has come; without what we do not offer */
} SpiceLogin;

void spice_login_init (SpiceLogin *login, SpiceTicket *ticket, const char *password);
/* Takes one message, of the length *ret_used (0 with SPICE_LOGIN_MORE); what is to be sent is
 * appended to `answer`. */
SpiceLoginResult spice_login_take (SpiceLogin *login,
                                   const guint8 *data,
                                   gsize size,
                                   gsize *ret_used,
                                   GByteArray *answer);
/* The end of the login, good or bad. */
void spice_login_finish (SpiceWireResult result, GByteArray *answer);
