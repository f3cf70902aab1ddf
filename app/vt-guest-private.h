/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the vt-guest*.c files and VtLibrary share.
 */
#pragma once

#include "guest-store.h"
#include "vt-guest-dbus.h"
#include "vt-guest.h"

struct _VtGuest
{
  GObject parent;

  /* owned */
  GuestStore *store;
  char *uuid;
  GuestDefinition *definition; /* NULL: broken */
  char *broken;                /* why */
  VtDBusGuest1 *proxy;         /* NULL while not connected to a vmm */
  GCancellable *connecting;    /* of the attempt to connect; NULL if there is none */
  GPtrArray *settling;         /* GTasks that wait for the attempt to end */
  GFileMonitor *conf_monitor;
  GFileMonitor *socket_monitor; /* while the runtime folder has no socket yet */
  char *unanswered;             /* why a vmm that holds the lock cannot be talked to */
  gint64 unanswered_since;      /* monotonic */
  char *ended_reason;           /* what the vmm said last */

  guint look_again; /* while a vmm holds the lock and has no socket yet */
  int tap;       /* for the next start; -1: none */
  guint retries; /* of a connection refused although the lock is held */
  guint retry;
  gboolean starting;      /* by this process */
  gboolean foreign_start; /* another process holds the lock, and control does not answer yet */
  gboolean ending;        /* connection closed, lock still held */

  GCancellable *copying; /* of the copy of a disk that is being made here; NULL: none is */
  int copy_progress;     /* per cent; -1: none is */

  /* What was notified last. */
  VtGuestState state;
  VtRemedy remedy;
  VtBadge badge;
  guint viewers;
  guint clipboard; /* ClipboardPolicy */
  gboolean shared;
  gboolean capturing;
  const char *network_policy; /* a word of a table */
  GVariant *shares;
  GHashTable *share_passwords; /* id to that of a share made here; NULL: none was */
  GVariant *remote_viewers;
  char *name;
  char *state_reason;
  char *accelerator;
  char *accelerator_reason;
  char *badge_reason;
};

enum
{
  VT_GUEST_WARNING,
  VT_GUEST_ENDED,
  VT_GUEST_START_STEP,
  VT_GUEST_REMOVED,
  VT_GUEST_SHARING_CHANGED,
  VT_GUEST_N_SIGNALS
};
extern guint vt_guest_signals[VT_GUEST_N_SIGNALS];

/* Reads guest.conf; emits "removed" (private) once deleted by vt_guest_delete. */
VtGuest *vt_guest_new (GuestStore *store, const char *uuid);

/* Follows changes of guest.conf from now on. */
void vt_guest_watch (VtGuest *self);
/* Reads guest.conf again. */
void vt_guest_reload (VtGuest *self);
/* Something changed in the runtime folder: connects to the vmm if there is one. */
void vt_guest_probe (VtGuest *self);
/* Works out every property anew and notifies those that changed. */
void vt_guest_refresh (VtGuest *self);

/* Completes once the vmm that ran the guest has let go of it. */
void vt_guest_when_ended (VtGuest *self, GAsyncReadyCallback callback, gpointer data);

/* What a call to the vmm failed with, fit to be shown. Takes the error. */
void vt_guest_return_remote_error (GTask *task, GError *taken);

/* Forgets the passwords of shares made here that were listed `before` and are no more; of all,
 * without a vmm. */
void vt_guest_forget_passwords (VtGuest *self, GVariant *before);

/* The proxy of a settled guest, or NULL with VT_GUEST_ERROR_STATE. Borrowed. */
VtDBusGuest1 *vt_guest_require_proxy (VtGuest *self, GError **error);

/* Has the vmm of a guest, the task's source, do something with descriptors of ours, once the guest has
 * settled, and answers `task`, which it takes, with TRUE or an error. `arguments` is sunk; its handles
 * are places in `fds`, which stay the caller's. `method` is static. */
void vt_guest_call_with_fds (
    GTask *task, const char *method, GVariant *arguments, const int *fds, guint n_fds);
