/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One guest as the front ends see it: its definition on disk and, while it runs, its vmm. Nothing
 * blocks: verbs are async in GIO's manner, and properties notify. Text for people is English here
 * only where it comes from the vmm; everything else is translated.
 *
 * Properties (all read-only): "uuid" string, "name" string, "state" VtGuestState, "state-reason"
 * string, "remedy" VtRemedy, "accelerator" string ("kvm", "tcg" or ""), "accelerator-reason" string, "badge" VtBadge,
 * "badge-reason" string, "viewers" uint, "clipboard" uint, "definition" boxed, "shared" boolean, "network-policy"
 * string, "capturing" boolean, "copy-progress" int (per cent of a copy of a disk that is made here; -1:
 * none is).
 * Signals: "sharing-changed" (shares or remote viewers did), "warning" (string), "ended" (string reason), "start-step" (string, progress of a start).
 */
#pragma once

#include "clipboard-policy.h"
#include "guest-definition.h"
#include "vt-glass-client.h"
#include "vt-share.h"
#include "vt-types.h"

#include <gio/gio.h>

#define VT_TYPE_GUEST (vt_guest_get_type ())
G_DECLARE_FINAL_TYPE (VtGuest, vt_guest, VT, GUEST, GObject)

const char *vt_guest_get_uuid (VtGuest *self);
const char *vt_guest_get_name (VtGuest *self);
VtGuestState vt_guest_get_state (VtGuest *self);
const char *vt_guest_get_state_reason (VtGuest *self);
/* Of a guest that is paused or has failed. */
VtRemedy vt_guest_get_remedy (VtGuest *self);
const char *vt_guest_get_accelerator (VtGuest *self);
const char *vt_guest_get_accelerator_reason (VtGuest *self);
VtBadge vt_guest_get_badge (VtGuest *self);
const char *vt_guest_get_badge_reason (VtGuest *self);
guint vt_guest_get_viewers (VtGuest *self);
/* Which way the clipboard may pass now, as the guest's vmm says: its display process is believed
 * nothing. Off while the guest is. */
ClipboardPolicy vt_guest_get_clipboard (VtGuest *self);
/* NULL if the guest is VT_GUEST_BROKEN. Borrowed. */
const GuestDefinition *vt_guest_get_definition (VtGuest *self);
/* Where its last picture is kept (PNG), whether or not it exists. Transfer full. */
char *vt_guest_get_thumbnail_path (VtGuest *self);

/* Completes once it is known whether the guest runs. Until then a fresh VtGuest may say "stopped" of a
 * running one. Verbs wait for it by themselves. */
void vt_guest_settle_async (VtGuest *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer data);
gboolean vt_guest_settle_finish (VtGuest *self, GAsyncResult *result, GError **error);

/* Starts the guest and returns when its display is up. `accel` NULL: as defined, else "auto", "kvm"
 * or "tcg". `force_memory` skips the check for free memory (error VT_GUEST_ERROR_MEMORY otherwise).
 * Cancelling undoes the start. */
void vt_guest_start_async (VtGuest *self, const char *accel, gboolean force_memory,
                           GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* For the next start: a tap for network.policy=bridge, which stays the caller's; -1: none. */
void vt_guest_set_tap (VtGuest *self, int fd);
gboolean vt_guest_start_finish (VtGuest *self, GAsyncResult *result, GError **error);

/* The verbs of a running guest that take and return nothing. */
typedef enum
{
  VT_VERB_PAUSE,
  VT_VERB_RESUME,
  VT_VERB_RESET,
  VT_VERB_POWER_OFF, /* asks the guest; returns at once */
  VT_VERB_FORCE_OFF, /* returns when it is off */
  VT_VERB_STOP_CAPTURE,
  VT_VERB_END_BACKUP,
} VtVerb;
void vt_guest_verb_async (VtGuest *self, VtVerb verb, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer data);
gboolean vt_guest_verb_finish (VtGuest *self, GAsyncResult *result, GError **error);

/* One QMP command through vmm's allow-list; the reply as JSON text. */
void vt_guest_monitor_async (VtGuest *self, const char *json, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer data);
char *vt_guest_monitor_finish (VtGuest *self, GAsyncResult *result, GError **error);

/* A drill in the guest's jails: takes seconds; its report as JSON text (drill-result.h). */
void vt_guest_drill_async (VtGuest *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer data);
char *vt_guest_drill_finish (VtGuest *self, GAsyncResult *result, GError **error);

/* The isolation report as JSON text. */
void vt_guest_isolation_async (VtGuest *self, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer data);
char *vt_guest_isolation_finish (VtGuest *self, GAsyncResult *result, GError **error);

/* The state of the network as JSON text: docs/NETWORK.md. */
void vt_guest_network_async (VtGuest *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer data);
char *vt_guest_network_finish (VtGuest *self, GAsyncResult *result, GError **error);

/* Writes the guest's frames into `fd`, a regular file that stays the caller's, until it has so many
 * bytes or VT_VERB_STOP_CAPTURE. */
void vt_guest_capture_async (VtGuest *self, int fd, guint64 bytes_max, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer data);
gboolean vt_guest_capture_finish (VtGuest *self, GAsyncResult *result, GError **error);

/* Shows a disk of the running guest as it is now, until `seconds` are over: StartBackup of the control
 * interface. `fds` are listener, scratch file and the other end of its life; they stay the
 * caller's. */
void vt_guest_backup_async (VtGuest *self, guint disk, guint seconds, const int fds[3],
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer data);
gboolean vt_guest_backup_finish (VtGuest *self, GAsyncResult *result, GError **error);

/* A disk of the running guest, as it is now, as a qcow2 file: whole and durable, or not at all. */
typedef struct
{
  guint disk;          /* of the definition: diskN */
  const char *path;    /* of the file */
  gboolean replace;    /* a file that there is; never a disk image that is in use */
  const char *scratch; /* the folder for what the guest overwrites meanwhile; NULL: its own */
} VtGuestCopy;
/* Takes as long as it takes: "copy-progress" tells. One at a time. */
void vt_guest_copy_disk_async (VtGuest *self, const VtGuestCopy *copy, GAsyncReadyCallback callback,
                               gpointer data);
gboolean vt_guest_copy_disk_finish (VtGuest *self, GAsyncResult *result, GError **error);
/* It ends soon after, with G_IO_ERROR_CANCELLED, and leaves nothing. */
void vt_guest_cancel_copy (VtGuest *self);
int vt_guest_get_copy_progress (VtGuest *self);
/* The first disk that is no CD. FALSE: it has none. */
gboolean vt_guest_first_disk (VtGuest *self, guint *ret_disk);

/* "offline", "internet", "lan"; "none" without a card: in force if it runs, else as defined. */
const char *vt_guest_get_network_policy (VtGuest *self);
gboolean vt_guest_get_capturing (VtGuest *self);

/* Serves the console to other machines, by a certificate of the user's where TLS is due. Returns what
 * was made of it; free it. */
void vt_guest_share_async (VtGuest *self, const VtShareOptions *options, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer data);
VtShare *vt_guest_share_finish (VtGuest *self, GAsyncResult *result, GError **error);
/* The password of a share that this process made, for as long as it lasts; NULL of others. */
const char *vt_guest_get_share_password (VtGuest *self, guint id);

typedef enum
{
  VT_SHARE_VERB_END,        /* number: of the share; 0: all */
  VT_SHARE_VERB_DISCONNECT, /* number: of the viewer */
  VT_SHARE_VERB_ALLOW,      /* number: of a viewer that asks */
  VT_SHARE_VERB_LINK,       /* number: of a share by web; finished by the next but one */
} VtShareVerb;
void vt_guest_share_verb_async (VtGuest *self, VtShareVerb verb, guint number,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer data);
gboolean vt_guest_share_verb_finish (VtGuest *self, GAsyncResult *result, GError **error);
/* The address of a web page, with a token that lets one viewer in. Transfer full. */
char *vt_guest_share_link_finish (VtGuest *self, GAsyncResult *result, GError **error);

/* Arrays of VtShare and VtViewer as they are now; empty if the guest is stopped. Transfer full. */
GPtrArray *vt_guest_get_shares (VtGuest *self);
GPtrArray *vt_guest_get_remote_viewers (VtGuest *self);
gboolean vt_guest_get_shared (VtGuest *self);

/* Connects to a head (from 0) of a running guest. */
VtGlassClient *vt_guest_open_display (VtGuest *self, guint head, GError **error);

/* Whether this key of a definition ("network.policy") can change while the guest runs. */
gboolean vt_guest_key_is_live (const char *key);

/* Changes a guest: in its definition and, if it runs, at once in the guest too. All that was changed
 * in `wanted`, a changed copy of its definition, or nothing, with a sentence; VT_GUEST_ERROR_STATE if
 * it runs and something of it cannot change then. `keys`, or NULL: those that are to be said to the
 * running guest even if the definition has the value already. */
void vt_guest_change_async (VtGuest *self, const GuestDefinition *wanted, const char *const *keys,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer data);
gboolean vt_guest_change_finish (VtGuest *self, GAsyncResult *result, GError **error);

/* The same for one key. */
void vt_guest_set_async (VtGuest *self, const char *key, const char *value,
                         GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
gboolean vt_guest_set_finish (VtGuest *self, GAsyncResult *result, GError **error);

/* The limits in force as vmm tells them (a{sv}, Limits of the control interface), or NULL. */
GVariant *vt_guest_dup_limits (VtGuest *self);

/* Writes a changed definition, atomically and durably. Only while stopped. */
gboolean vt_guest_save (VtGuest *self, const GuestDefinition *definition, GError **error);

/* Removes the guest and its own folder (never a file outside it). Only while stopped. */
gboolean vt_guest_delete (VtGuest *self, GError **error);

#define VT_GUEST_ERROR (vt_guest_error_quark ())
GQuark vt_guest_error_quark (void);
typedef enum
{
  VT_GUEST_ERROR_STATE,     /* not in the state that the verb needs */
  VT_GUEST_ERROR_MEMORY,    /* less memory is free than the guest wants */
  VT_GUEST_ERROR_START,     /* the start failed and was undone */
  VT_GUEST_ERROR_PROTOCOL,  /* the other side broke the protocol */
} VtGuestError;
