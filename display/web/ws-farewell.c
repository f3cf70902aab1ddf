/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Last frames. Runs in vitrine-display. Pure; must never hold more than a control frame may.
 */
#include "ws-farewell.h"

#include <string.h>

#define NOT_KNOWN "Something was sent that this console does not know."

static const struct
{
  WsCode fault;
  const char *sentence;
} faults[] = {
  { WS_CODE_PROTOCOL, "What was sent breaks the rules of WebSockets." },
  { WS_CODE_UNSUPPORTED, "Only binary messages are understood here." },
  { WS_CODE_TOO_BIG, "What was sent is too long." },
};

static const char *const sentences[LINK_WHY_LAST + 1] = {
  [LINK_WHY_NONE] = "The console was closed.",
  [LINK_WHY_PASSWORD] = "The password is wrong.",
  [LINK_WHY_PROTOCOL] = NOT_KNOWN,
  [LINK_WHY_TIMEOUT] = "Logging in took too long.",
  [LINK_WHY_PENALTY] = "Too many wrong passwords came from your address. Try again later.",
  [LINK_WHY_TLS] = "This console is served with TLS and a password only.",
  [LINK_WHY_FULL] = "This console has as many viewers as it can have.",
  [LINK_WHY_LEFT] = "You have left.",
  [LINK_WHY_DROPPED] = "Your connection was ended by the owner of this guest.",
  [LINK_WHY_STUCK] = "Nothing was taken for 20 seconds.",
  [LINK_WHY_LINK] = "This link has been used, or is too old.",
  [LINK_WHY_UNSHARED] = "The owner of this guest has stopped sharing it.",
  [LINK_WHY_EXPIRED] = "The time for which this guest was shared is over.",
  [LINK_WHY_OFF] = "The guest was turned off.",
};

static gsize
put (guint code, const char *sentence, guint8 *out)
{
  gsize size = MIN (strlen (sentence), WS_CONTROL_BYTES_MAX - 2);

  out[0] = code >> 8;
  out[1] = code & 0xff;
  memcpy (out + 2, sentence, size);
  return 2 + size;
}

gsize
ws_farewell (WsCode fault, LinkWhy why, guint8 out[WS_CONTROL_BYTES_MAX])
{
  for (gsize i = 0; fault != 0 && i < G_N_ELEMENTS (faults); i++)
    if (faults[i].fault == fault)
      return put (fault, faults[i].sentence, out);
  return put (why == LINK_WHY_OFF ? WS_CODE_GOING_AWAY : WS_CODE_WHY + why, sentences[why], out);
}

gsize
ws_farewell_back (WsCode code, guint8 out[WS_CONTROL_BYTES_MAX])
{
  return put (code, "", out);
}
