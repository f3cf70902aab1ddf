/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Any bytes as a client's: QEMU's, or those of whoever reads a backup. Every request that gets
 * through is one that the disk can be asked.
 */
#include "nbd/nbd-client.h"

#include "fds.h"

#include <sys/socket.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

#define SIZE (1u << 20)

typedef struct
{
  NbdClient *client;
  gboolean gone;
} World;

static void
on_request (const NbdRequest *request, GBytes *payload, gpointer data)
{
  World *world = data;

  g_assert_cmpuint (nbd_judge_request (request, SIZE, NBD_FLAGS_KNOWN & ~NBD_FLAG_READ_ONLY), ==, 0);
  g_assert_true ((payload != NULL) == (request->type == NBD_CMD_WRITE));
  g_assert_true (payload == NULL || g_bytes_get_size (payload) == request->length);
  nbd_client_reply (world->client, request->cookie, NBD_EIO, NULL);
}

static void
on_gone (gpointer data)
{
  World *world = data;

  world->gone = TRUE;
  g_clear_pointer (&world->client, nbd_client_free);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const NbdClientEvents events = { on_request, on_gone };
  static const NbdInfo info = { TRUE, SIZE, NBD_FLAGS_KNOWN & ~NBD_FLAG_READ_ONLY, 1, 4096, 1 << 25 };
  g_autofree World *world = g_new0 (World, 1);
  int pair[2];
  autofd peer = -1;

  if (size > 60000 || !fds_socketpair (SOCK_STREAM, pair, NULL))
    return 0;
  peer = pair[1];
  world->client = nbd_client_new_take (pair[0], &info, &events, world);
  g_assert_cmpint (send (peer, data, size, MSG_NOSIGNAL), ==, size);
  shutdown (peer, SHUT_WR);
  while (!world->gone)
    g_main_context_iteration (NULL, TRUE);
  return 0;
}
