/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * B4, QEMU -> display: org.qemu.Display1.Clipboard (QEMU's ui/dbus-display1.xml). Every number, name
 * and size that QEMU sends of its clipboard passes here. Pure. PARSE_BAD ends the link;
 * PARSE_NEED_MORE is never returned.
 */
#pragma once

#include "clipboard/clipboard.h"
#include "cursor.h"

#define QEMU_CLIPBOARD_TEXT "text/plain;charset=utf-8"
#define QEMU_CLIPBOARD_PNG "image/png"
#define QEMU_CLIPBOARD_MIMES_MAX 64u
#define QEMU_CLIPBOARD_MIME_BYTES_MAX 256u

/* QemuClipboardSelection; only the first is shared: what is merely selected is nobody's business. */
#define QEMU_CLIPBOARD_SELECTION 0u
#define QEMU_CLIPBOARD_SELECTION_LAST 2u

typedef enum
{
  QEMU_CLIPBOARD_REGISTER, /* serials begin anew */
  QEMU_CLIPBOARD_GRAB,     /* the guest's clipboard has other contents */
  QEMU_CLIPBOARD_RELEASE,
  QEMU_CLIPBOARD_REQUEST, /* QEMU stands still until it is answered */
} QemuClipboardVerb;

typedef struct
{
  QemuClipboardVerb verb;
  guint32 selection;
  guint32 serial;
  ClipboardKinds kinds; /* of those that were named; others are passed over */
} QemuClipboardCall;

/* A call of QEMU's: its name and body, which may be NULL. */
ParseResult qemu_clipboard_parse_call (const char *member,
                                       GVariant *body,
                                       QemuClipboardCall *ret_call);

/* QEMU's answer to our Request: contents of that kind, which are checked by the broker; NULL with
 * PARSE_OK if they are of another kind, empty or too long. NULs at the end of a text are cut off:
 * some agents send one. */
ParseResult qemu_clipboard_parse_contents (GVariant *body,
                                           ClipboardKinds kind,
                                           GBytes **ret_contents);
