/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The table of protocols. Used by the front ends and vitrine-vmm.
 */
#include "share-protocol.h"

#include <string.h>

const ShareProtocol share_protocols[] = {
  { LINK_PROTOCOL_VNC, "vnc", "VNC", "by VNC" },
  { LINK_PROTOCOL_WEB, "web", "Web", "to browsers" },
  { LINK_PROTOCOL_SPICE, "spice", "SPICE", "by SPICE" },
  { 0 },
};

const ShareProtocol *
share_protocol_find (const char *word)
{
  for (const ShareProtocol *protocol = share_protocols; protocol->word != NULL; protocol++)
    if (strcmp (protocol->word, word) == 0)
      return protocol;
  return NULL;
}
