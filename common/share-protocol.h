/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The protocols that a console can be shared by, in the order in which people are offered them. A
 * row here is all that vmm and the command line need to know of one. Pure.
 */
#pragma once

#include "ipc/link-wire.h"

typedef struct
{
  LinkProtocol number;
  const char *word;   /* an option of `vitrinectl share`, and in JSON */
  const char *title;  /* a name, never translated: "VNC" */
  const char *served; /* how, in the guest's log: "by VNC" */
} ShareProtocol;

/* Ends with a row whose word is NULL. The first is what is meant where none is named. */
extern const ShareProtocol share_protocols[];

/* NULL: there is none of that word. */
const ShareProtocol *share_protocol_find (const char *word);
