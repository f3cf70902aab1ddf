/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's heads: each its picture and state, and those who serve it. A head is made when
 * something first wants it, whether the guest has it or not: without one it stays dark. Main thread
 * only.
 */
#pragma once

#include "frame/screen.h"
#include "vnc/vnc-server.h"

typedef struct _Heads Heads;

typedef struct
{
  guint number; /* from 0 */
  Heads *heads;
  Screen *screen;
  ScreenNews news; /* the present state; its damage is valid in HeadsHost.changed only */
  VncServer *vnc;
} Head;

typedef struct
{
  void (*changed) (Head *head, gpointer user_data); /* head->news is new, and read */
  QemuInput *(*get_input) (gpointer user_data);     /* NULL: QEMU is not linked yet */
  gpointer user_data;
} HeadsHost;

/* Takes the encoders; `sound`, `clipboard` and `host` outlive it. With the first head. */
Heads *heads_new (Encoders *encoders, Sound *sound, Clipboard *clipboard, const HeadsHost *host);
/* After GDBus's last use of the screens, that is at the end of the process. */
void heads_free (Heads *heads);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Heads, heads_free)

/* number < GLASS_HEADS_MAX. */
Head *heads_get (Heads *heads, guint number);

/* QEMU has told how many there are; 0 until then. */
void heads_set_count (Heads *heads, guint count);
guint heads_get_count (Heads *heads);
/* Mask of those that the guest drives, of heads_get_count (). */
guint32 heads_get_lit (Heads *heads);
