/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Where the heads stand in the guest's desktop, for the pointer's sake. A guest has one tablet,
 * whose surface is its whole desktop; QEMU scales a position on one console to all of that surface.
 * So with several heads lit, a place on one of them is first made a place in the whole: heads side
 * by side from left to right, tops aligned, which is how guests arrange monitors that nobody has
 * moved. Pure.
 */
#pragma once

#include "ipc/glass-wire.h"

typedef struct
{
  struct
  {
    guint32 width; /* pixels; 0: no picture */
    guint32 height;
    gboolean lit;
  } heads[GLASS_HEADS_MAX];
} HeadLayout;

typedef struct
{
  guint head; /* the console that the position is to be given to */
  guint32 x;  /* inside its picture */
  guint32 y;
} HeadPlace;

/* The position to give QEMU for (x, y) on `head`, inside its picture. */
HeadPlace head_layout_place (const HeadLayout *layout, guint head, guint32 x, guint32 y);

/* Pixels of the lit heads to the left of it. */
guint32 head_layout_left (const HeadLayout *layout, guint head);
