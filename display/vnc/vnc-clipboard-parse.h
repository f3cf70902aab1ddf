/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Texts of a VNC viewer's clipboard (B5): the classic ones in Latin-1, and the messages of the
 * extended clipboard (rfbproto.rst, "Extended Clipboard Pseudo-Encoding") with their compressed
 * texts. Pure.
 */
#pragma once

#include "cursor.h"

/* What a compressed text may become: a mebibyte whose every character is a line end. */
#define VNC_CLIPBOARD_UNPACKED_MAX (2u << 20)

#define VNC_CLIPBOARD_FORMATS 0xffffu
#define VNC_CLIPBOARD_TEXT (1u << 0)
#define VNC_CLIPBOARD_CAPS (1u << 24)
#define VNC_CLIPBOARD_REQUEST (1u << 25)
#define VNC_CLIPBOARD_PEEK (1u << 26)
#define VNC_CLIPBOARD_NOTIFY (1u << 27)
#define VNC_CLIPBOARD_PROVIDE (1u << 28)
#define VNC_CLIPBOARD_ACTIONS (0x1fu << 24)

typedef struct
{
  guint32 action;       /* one of VNC_CLIPBOARD_CAPS to _PROVIDE */
  guint32 formats;      /* mask */
  guint32 actions;      /* with CAPS: what the viewer understands */
  const guint8 *packed; /* with PROVIDE; inside the message */
  gsize packed_size;
} VncClipboardMessage;

/* A whole message of the extended clipboard, behind its length. PARSE_OK or PARSE_BAD. */
ParseResult vnc_clipboard_parse (const guint8 *data, gsize size, VncClipboardMessage *ret_message);

/* The text of a PROVIDE whose formats begin with it: UTF-8 with plain line ends and no NUL. NULL if it
 * is none, damaged, or longer than VNC_CLIPBOARD_UNPACKED_MAX. */
GBytes *vnc_clipboard_unpack (const VncClipboardMessage *message);
/* The other way round. */
GBytes *vnc_clipboard_pack (GBytes *text);

/* Classic texts. Without NULs; what Latin-1 lacks becomes a question mark. */
GBytes *vnc_clipboard_from_latin1 (const guint8 *data, gsize size);
GByteArray *vnc_clipboard_to_latin1 (GBytes *text);
