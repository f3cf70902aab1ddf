/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Watches the files of a running guest's disks for what others do to them: deleting, replacing,
 * moving, cutting off. The guest's own writes wake nobody. What is lost by it, and what can be
 * done, is said in a sentence.
 */
#pragma once

#include <gio/gio.h>

typedef enum
{
  DISK_WATCH_WELL,
  DISK_WATCH_MOVED,    /* it has another name now; nothing is lost */
  DISK_WATCH_DELETED,  /* it has no name: gone when the guest ends */
  DISK_WATCH_REPLACED, /* the same, and another file has its name */
  DISK_WATCH_CUT,      /* it has become shorter: what was there is lost */
} DiskWatchState;

typedef struct _DiskWatch DiskWatch;

/* `state` is another one than before for the file at `path`; `sentence` says what to know and do.
 */
typedef void (*DiskWatchChanged) (DiskWatchState state, const char *sentence, gpointer user_data);

/* Of the files of all `chains` (of ImageChain, borrowed until the watch is freed). To be made by
 * whoever may read them, that is before root is dropped. NULL where the kernel gives no watches:
 * disk_watch_check () on NULL does nothing. */
DiskWatch *disk_watch_new (GPtrArray *chains);
void disk_watch_free (DiskWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DiskWatch, disk_watch_free)

/* From now on, on the default main context. */
void disk_watch_start (DiskWatch *watch, DiskWatchChanged changed, gpointer user_data);

/* Looks at every file now: when the guest stops at an error, and at its end. */
void disk_watch_check (DiskWatch *watch);
