/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What SPICE's worker threads draw from: the present frame, mapped once for all sessions, and the
 * memory that stands in for the library's own copies of the screen.
 */
#pragma once

#include "frame/screen.h"

typedef struct
{
  gatomicrefcount refs;
  const guint8 *map; /* XRGB8888, width * 4 bytes a row, changing under our eyes; NULL: black */
  gsize size;
  int fd; /* owned; -1: black */
  guint64 generation;
  guint32 width; /* never 0: a blank screen is a black one */
  guint32 height;
} SpicePicture;

/* The screen's present frame. Main thread. */
SpicePicture *spice_picture_new (Screen *screen);
/* Any thread. */
SpicePicture *spice_picture_ref (SpicePicture *picture);
void spice_picture_unref (SpicePicture *picture);

/* The library wants memory for its own copy of the screen, which it reads once, for the viewer's
 * first look, and then only draws into what viewers have been sent. So at first that memory shows
 * the frame itself, and once that has been read it is the same small piece of memory again and
 * again. */
typedef struct
{
  guint8 *pixels; /* NULL: none */
  gsize size;
} SpiceCanvas;

/* *ret_shows: it has the picture; else it is to be drawn. FALSE without memory. */
gboolean spice_canvas_map (SpiceCanvas *canvas, const SpicePicture *picture, gboolean *ret_shows);
/* It has been read. Nothing draws into it at that moment. */
void spice_canvas_settle (SpiceCanvas *canvas);
void spice_canvas_unmap (SpiceCanvas *canvas);
