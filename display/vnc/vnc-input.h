/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a VNC viewer types and points at, to QEMU: key numbers, keysyms of a US keyboard where a
 * viewer knows no key numbers, button masks to buttons. Main thread only.
 */
#pragma once

#include "front/rfb-parse.h"
#include "qemu/qemu-input.h"

/* QEMU's key number for an X keysym, 0 for none. Pure. */
guint32 vnc_keysym_to_key (guint32 keysym);

typedef struct
{
  guint head;
  InputSource *source; /* owned; NULL before the first input */
  guint8 buttons;
  gboolean placed; /* x and y are known */
  guint16 x, y;
} VncInput;

void vnc_input_clear (VncInput *input);

/* `guess`: the viewer does not see the guest's lock keys, so that they follow what it types: a
 * capital letter without Shift means that Caps Lock is on over there, a digit of the keypad Num Lock. */
void vnc_input_key (VncInput *input,
                    QemuInput *qemu,
                    const RfbRequest *request,
                    gboolean guess);

typedef struct
{
  guint32 width; /* of the picture */
  guint32 height;
  gboolean absolute; /* what the guest's pointer is */
  gboolean told;     /* the viewer knows it, and sends motion when it is not absolute */
} VncPointerMode;
void vnc_input_pointer (VncInput *input,
                        QemuInput *qemu,
                        const RfbRequest *request,
                        const VncPointerMode *mode);
void vnc_input_resize (VncInput *input, QemuInput *qemu, guint16 width, guint16 height);
