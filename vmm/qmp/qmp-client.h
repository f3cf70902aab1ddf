/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The only speaker of QMP: commands with numbers, answers matched to them, a deadline on each, a
 * descriptor with those that carry one. QEMU is not trusted: whatever breaks the protocol ends the
 * connection with one call of `lost`. Runs on the default main context of vitrine-vmm.
 */
#pragma once

#include "qmp-parse.h"

typedef struct _QmpClient QmpClient;

/* `result` is the value returned (borrowed), or NULL with `error` set (code
 * QMP_CLIENT_ERROR_REFUSED if QEMU answered with an error, TIMEOUT or LOST otherwise). Called
 * exactly once a command, also when the client is freed. */
typedef void (*QmpReply) (JsonNode *result, const GError *error, gpointer user_data);

typedef struct
{
  /* The greeting has come: QEMU lives. Commands are not enabled yet. */
  void (*greeted) (gpointer user_data);
  /* The commands are enabled. */
  void (*ready) (const QmpMessage *greeting, gpointer user_data);
  void (*event) (const QmpMessage *event, gpointer user_data);
  /* The connection is over; `why` is a sentence. No further call but pending replies. */
  void (*lost) (const char *why, gpointer user_data);
} QmpClientEvents;

#define QMP_CLIENT_ERROR (qmp_client_error_quark ())
GQuark qmp_client_error_quark (void);
typedef enum
{
  QMP_CLIENT_ERROR_REFUSED,
  QMP_CLIENT_ERROR_TIMEOUT,
  QMP_CLIENT_ERROR_LOST,
} QmpClientError;

#define QMP_GREETING_TIMEOUT_MS 15000
#define QMP_NEGOTIATION_TIMEOUT_MS 20000 /* QEMU builds the machine meanwhile; 255 CPUs take 9 s   \
                                          */
#define QMP_COMMAND_TIMEOUT_MS 10000
#define QMP_PENDING_MAX 64 /* commands without an answer */
/* How much is read of QEMU: what comes faster waits. A message, and a read, count as so many bytes
 * at least. */
#define QMP_BYTES_PER_SECOND (1 << 20)
#define QMP_BURST_BYTES (8 << 20)
#define QMP_MESSAGE_COST 1024

/* Takes `socket`, a connected, non-blocking stream socket. */
QmpClient *qmp_client_new_take (int socket, const QmpClientEvents *events, gpointer user_data);
void qmp_client_free (QmpClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QmpClient, qmp_client_free)

/* Sends `command` with `arguments` (transfer full; NULL: none). `fd` goes with it unless -1 and
 * stays the caller's. `timeout_ms` 0: QMP_COMMAND_TIMEOUT_MS. `reply` may be NULL. */
void qmp_client_send (QmpClient *client,
                      const char *command,
                      JsonObject *arguments,
                      int fd,
                      guint timeout_ms,
                      QmpReply reply,
                      gpointer user_data);

gboolean qmp_client_is_alive (QmpClient *client);
