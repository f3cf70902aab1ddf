/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * $XDG_RUNTIME_DIR/vitrine/UUID with the guest's two listening sockets, made while vmm may still be
 * root and removed by descriptor when it no longer is.
 */
#pragma once

#include <gio/gio.h>

typedef struct
{
  int parent; /* the folder "vitrine" */
  int dir;
  char *name;  /* of `dir` in `parent`: the uuid */
  int control; /* listening, stream */
  int display; /* listening, seqpacket */
} RuntimeDir;

/* Makes the folder, without the sockets. Needs the guest's lock, so that whatever lies there is a
 * dead predecessor's. */
RuntimeDir *runtime_dir_make (const char *uuid, GError **error);

/* Makes the sockets, after somebody who removes them has been appointed (janitor.h). `owner` gets
 * the folder if the caller is root. */
gboolean runtime_dir_listen (RuntimeDir *runtime, uid_t owner, GError **error);

/* Unlinks sockets and folder; async-signal-safe, so that the janitor may call it. */
void runtime_dir_unlink (const RuntimeDir *runtime);

/* Closes; unlinks nothing. */
void runtime_dir_free (RuntimeDir *runtime);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RuntimeDir, runtime_dir_free)
