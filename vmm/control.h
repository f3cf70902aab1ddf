/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The control interface (common/ipc/org.vitrine.Guest1.xml) on the guest's control socket, for
 * processes of the user who started vmm, and root.
 */
#pragma once

#include "vt-guest-dbus.h"

typedef enum
{
  CONTROL_PAUSE,
  CONTROL_RESUME,
  CONTROL_RESET,
  CONTROL_POWER_OFF,
  CONTROL_FORCE_OFF,
  CONTROL_MONITOR,
  CONTROL_SET_CLIPBOARD,
  CONTROL_ISOLATION,
  CONTROL_DRILL,
  CONTROL_END_BACKUP,
  CONTROL_SET_LIMITS, /* the argument is that of the call */
  CONTROL_SHARE, /* the arguments of this and the next ones are those of the call */
  CONTROL_SHARE_LINK,
  CONTROL_UNSHARE,
  CONTROL_DISCONNECT_VIEWER,
  CONTROL_ALLOW_VIEWER,
  CONTROL_NETWORK,
  CONTROL_SET_NETWORK,
  CONTROL_STOP_CAPTURE,
} ControlVerb;

typedef struct _Control Control;

/* A caller waits for control_answer () on `call`. `text` is Monitor's command or
 * SetClipboard's policy, else NULL. */
typedef void (*ControlCalled) (ControlVerb verb,
                               const char *text,
                               GDBusMethodInvocation *call,
                               gpointer user_data);

/* StartCapture: `fd` is the callee's. */
typedef void (*ControlCapture) (int fd,
                                guint64 bytes_max,
                                GDBusMethodInvocation *call,
                                gpointer user_data);

/* StartBackup: the three descriptors are the callee's. */
typedef void (*ControlBackup) (guint disk,
                               guint seconds,
                               const int fds[3],
                               GDBusMethodInvocation *call,
                               gpointer user_data);

#define CONTROL_CONNECTIONS_MAX 32
/* For the few words by which a connection authenticates; and so many may be at that: of more, the
 * one that has had the most time goes. */
#define CONTROL_ARRIVING_SECONDS 10
#define CONTROL_ARRIVING_MAX 24
#define CONTROL_FLUSH_MS 1000

/* Listens on `listener`, which stays the caller's; `starter` may connect. */
Control *control_new (int listener, uid_t starter, ControlCalled called, gpointer user_data);
/* With the same user_data. */
void control_set_capture (Control *control, ControlCapture capture);
void control_set_backup (Control *control, ControlBackup backup);
/* Serves a connected socket of whoever may connect. */
void control_serve_take (Control *control, int fd);
void control_free (Control *control);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Control, control_free)

/* The object whose properties and signals the front ends see. Borrowed. */
VtDBusGuest1 *control_get_guest (Control *control);

/* Sends what has changed in its properties at once: by itself it would when nothing else is to do. */
void control_send_changes (Control *control);

/* Answers a call and consumes it: with `error`, or with `text` (for verbs that return one). */
void control_answer (GDBusMethodInvocation *call, const char *text, const GError *error);

/* Calls `flushed` once everything said so far is on its way, or after CONTROL_FLUSH_MS. */
void control_flush (Control *control, void (*flushed) (gpointer user_data), gpointer user_data);
