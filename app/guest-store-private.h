/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What guest-store.c and guest-store-change.c share.
 */
#pragma once

#include "guest-store.h"

#define GUEST_STORE_NEW ".new-"
#define GUEST_STORE_OLD ".old-"

struct _GuestStore
{
  char *path;
  int dir;
  GHashTable *prepared; /* uuid to the locked descriptor of its new folder's `lock` */
};

/* errno after `what`; returns FALSE. */
gboolean guest_store_fail (GError **error, const char *what);

/* Takes the lock around changes, waiting for others (who hold it for some milliseconds). Closing
 * the descriptor lets go. -1 with an error. */
int guest_store_lock (GuestStore *store, GError **error);

/* Takes a guest folder's own lock at once, or -1. */
int guest_store_lock_guest (GuestStore *store, const char *folder);

char *guest_store_conf_path (const GuestStore *store, const char *folder);
char *guest_store_read_text (GuestStore *store, const char *uuid, gsize *ret_size, GError **error);
