/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's network as vitrine-vmm runs it: the socketpair between QEMU's card and vitrine-net,
 * the process of that name, started, watched and replaced when it dies or falls silent, and what
 * can be changed while the guest runs. QEMU never notices that a process was replaced: vmm keeps
 * both ends. A guest that is offline has no such process, and its card no carrier. Runs on the main
 * context of vitrine-vmm.
 */
#pragma once

#include "guest-definition.h"
#include "jail/jail.h"
#include "qmp/qmp-client.h"

typedef struct _Network Network;

typedef struct
{
  /* Processes or settings are others now. */
  void (*changed) (gpointer user_data);
  /* A person should know; a sentence. */
  void (*warning) (const char *text, gpointer user_data);
} NetworkEvents;

/* While anything flows, a vitrine-net that has not answered one tick's question by the next is
 * killed, so that another is there within two seconds. */
#define NETWORK_TICK_MS 850
/* A process that runs all the while gets so many ticks more: the machine may be busy. */
#define NETWORK_RUNNING_TICKS 3
/* As does one whose tick came so late itself. */
#define NETWORK_LATE_MS 200
/* From its start to READY. */
#define NETWORK_READY_MS 10000
/* For an answer that somebody waits for. */
#define NETWORK_QUERY_MS 3000

/* Makes the card's socketpair and opens the forwards' ports; NULL with a sentence if one cannot be
 * had. `definition` is borrowed, as is `tap` (-1: none); `binary` is vitrine-net. */
Network *network_new (const char *binary,
                      const GuestDefinition *definition,
                      int tap,
                      const NetworkEvents *events,
                      gpointer user_data,
                      GError **error);
/* Unless the guest is offline, starts the process. FALSE if its jail cannot be made. */
gboolean network_start (Network *network, GError **error);
/* Kills the process, closes the ports. */
void network_free (Network *network);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Network, network_free)

/* QEMU's end of the frames, or -1 if the guest has no card. Borrowed. */
int network_get_card (Network *network);

/* QEMU answers: its card gets or loses its carrier from now on. `qmp` outlives the network. */
void network_attach (Network *network, QmpClient *qmp);
/* QEMU is about to end: a process that ends now is not replaced. */
void network_expect_end (Network *network);

/* Changes of a running guest, of these: policy s, forward as, dns s (empty: the host's), rate-in u,
 * rate-out u. All or, with a sentence, none. */
gboolean network_change (Network *network, GVariant *options, GError **error);

/* Begins to write frames into `fd` (a regular file; taken), until it has `bytes_max`. */
gboolean network_capture_take (Network *network, int fd, guint64 bytes_max, GError **error);
gboolean network_capture_stop (Network *network, GError **error);
gboolean network_is_capturing (Network *network);
/* The file's name now, or NULL. Transfer full. */
char *network_capture_path (Network *network);

/* Calls `answer` with the state as JSON (documented in docs/NETWORK.md), soon. */
typedef void (*NetworkAnswer) (const char *json, gpointer user_data);
void network_query (Network *network, NetworkAnswer answer, gpointer user_data);

/* What the tap is open by, such as /dev/net/tun, or NULL. Transfer full. */
char *network_tap_path (Network *network);
/* Whether the process has a tap now, and makes no socket. */
gboolean network_is_bridged (Network *network);

/* "offline", "internet", "lan", "bridge"; "none" without a card. */
const char *network_get_policy (Network *network);

/* The present process, or NULL while there is none. Borrowed. */
/* Whether it has put on its own filter of system calls, and serves the guest. */
gboolean network_is_ready (const Network *network);
Jail *network_get_jail (Network *network);

/* Of a card: what it takes in one frame. Only virtio can tell the guest that it takes more. */
#define NETWORK_MTU 1500
#define NETWORK_MTU_VIRTIO 32768
/* A bridged guest's frames are those of its network. */
guint network_mtu (const GuestDefinition *definition);

/* The hardware address of the card of guest `uuid`. Pure. */
void network_mac (const char *uuid, guint8 mac[6]);
