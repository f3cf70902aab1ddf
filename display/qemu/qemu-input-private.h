/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What input to QEMU consists of: qemu-input.c (what all viewers have in common) and input-source.c
 * (what one of them does). Not for anyone else.
 */
#pragma once

#include "qemu/qemu-input.h"
#include "vt-qemu-dbus.h"

typedef struct
{
  QemuInput *input;
  guint number;
  VtQemuMouse *mouse; /* owned, as what follows; NULL: QEMU has no such head */
  VtQemuConsole *console;
  guint resize_timer;
  gboolean resizing; /* a SetUIInfo is out */
  gboolean fixed;    /* QEMU has refused one */
  gboolean have_resize;
  GlassResize resize; /* of 0 x 0: off */
} InputHead;

/* Keys, buttons and touches go to the first head: a guest has one keyboard and one pointer. */
struct _QemuInput
{
  GDBusConnection *connection; /* owned, as what follows */
  VtQemuKeyboard *keyboard;
  VtQemuMultiTouch *touch;
  GCancellable *cancellable; /* ends the calls with us */
  InputHead heads[GLASS_HEADS_MAX];
  guint n_heads;
  HeadLayout layout;

  void (*relieved) (gpointer user_data);
  gpointer user_data;

  guint key_holders[GLASS_KEY_MAX + 1]; /* how many viewers hold each */
  guint button_holders[GLASS_BUTTON_LAST + 1];
  guint32 leds;  /* as the guest last said */
  guint32 locks; /* and as they are by what was pressed since */
  guint32 wish;  /* what those of wish_mask are to become */
  guint32 wish_mask;
  guint lock_timer; /* until the next may be pressed */

  gboolean moving; /* a motion call is out */
  enum
  {
    MOVE_NONE,
    MOVE_ABSOLUTE,
    MOVE_RELATIVE
  } next_move;
  HeadPlace place;
  gint32 dx, dy;
};

/* Somebody has pressed the key: if it is a lock, that is what they want it to be. */
void qemu_input_note_lock (QemuInput *input, guint32 key);
/* The locks of `mask` are to become what `leds` says, unless somebody holds one of their keys. */
void qemu_input_wish_locks (QemuInput *input, guint32 leds, guint32 mask);
/* Asks for another size of a head, soon; 0 x 0: off. */
void qemu_input_resize (QemuInput *input, guint head, const GlassResize *resize);
