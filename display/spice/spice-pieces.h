/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * From what has changed of the picture to the library's drawing commands, for one viewer: pieces of
 * a bounded size, made when the library asks for the next, of which a bounded amount is on its way.
 * A viewer that takes nothing costs no more than that, and what changes meanwhile is drawn once.
 * Any thread.
 */
#pragma once

#include "spice/spice-picture.h"

#include <spice.h>

/* Of one viewer: on its way, or kept by the library until it is drawn over. */
#define SPICE_PIECES_BYTES_MAX (2u << 20)
#define SPICE_PIECES_MAX 60u /* the library lets go of 64 at a time when it is asked to */
#define SPICE_PIECE_BYTES_MAX (512u << 10)

typedef struct _SpicePieces SpicePieces;

SpicePieces *spice_pieces_new (void);
/* After the library has given back all of them, or has ended. */
void spice_pieces_free (SpicePieces *pieces);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SpicePieces, spice_pieces_free)

/* Another picture. Takes a reference. All of it is to be drawn unless the viewer `sees` it as it is
 * at this moment. */
void spice_pieces_set_picture (SpicePieces *pieces, SpicePicture *picture, gboolean sees);
/* What has changed of that picture. FALSE if it is of another size. */
gboolean spice_pieces_add (SpicePieces *pieces, const Tiles *damage);
/* While shut, none are given out. */
void spice_pieces_open (SpicePieces *pieces);
void spice_pieces_shut (SpicePieces *pieces);

typedef enum
{
  SPICE_PIECES_ONE,  /* *ret_command is set */
  SPICE_PIECES_NONE, /* nothing has changed, or it is shut */
  SPICE_PIECES_FULL, /* the viewer has to take, or the library to let go of, what there is */
} SpicePiecesResult;

SpicePiecesResult spice_pieces_next (SpicePieces *pieces, QXLCommandExt *ret_command);
/* The library is done with one. *ret_again: it was full, and is so no more. *ret_empty: that was
 * the last one out. */
void spice_pieces_release (SpicePieces *pieces,
                           QXLReleaseInfo *info,
                           gboolean *ret_again,
                           gboolean *ret_empty);
guint spice_pieces_get_out (SpicePieces *pieces);
