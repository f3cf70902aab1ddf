/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Any bytes as a server's (B10): the whole connection, as vitrine-nbd runs it. It agrees or it does
 * not, and then answers what was asked or is dropped.
 */
#include "nbd/nbd-server.h"

#include "fds.h"

#include <sys/socket.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

#define ASKED 4096u

typedef struct
{
  NbdServer *server;
  guint8 answer[ASKED];
  guint owed;
  gboolean over;
} World;

static gboolean
on_ready (const NbdInfo *info, gpointer data)
{
  World *world = data;
  const NbdRequest request = { .type = NBD_CMD_READ, .length = ASKED };

  g_assert_cmpuint (info->size, >, 0);
  g_assert_cmpuint (info->size, <=, NBD_SIZE_MAX);
  g_assert_cmpuint (info->block_least, <=, NBD_BLOCK_SIZE_MAX);
  world->owed = 1;
  nbd_server_send (world->server, &request, 7, NULL);
  return TRUE;
}

static gboolean
on_reply (guint64 cookie, guint32 error, guint8 **ret_data, gsize *ret_size, gpointer data)
{
  World *world = data;

  if (cookie != 7 || world->owed == 0)
    return FALSE;
  if (error == 0)
    {
      *ret_data = world->answer;
      *ret_size = ASKED;
    }
  return TRUE;
}

static void
on_replied (guint64 cookie, guint32 error, gpointer data)
{
  World *world = data;

  world->owed--;
}

static void
on_over (NbdWhy why, const char *text, gpointer data)
{
  World *world = data;

  g_assert_cmpint (why, <, NBD_WHY_COUNT);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  world->over = TRUE;
  g_clear_pointer (&world->server, nbd_server_free);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const NbdServerEvents events = { on_ready, on_reply, on_replied, on_over };
  static const NbdSetup setup = { .answer_ms = 10000, .name = "disk", .flags = NBD_SETUP_WRITABLE };
  g_autofree World *world = g_new0 (World, 1);
  int pair[2];
  autofd peer = -1;

  if (size > 60000 || !fds_socketpair (SOCK_STREAM, pair, NULL))
    return 0;
  peer = pair[1];
  world->server = nbd_server_new_take (pair[0], &setup, NULL, &events, world);
  g_assert_cmpint (send (peer, data, size, MSG_NOSIGNAL), ==, size);
  shutdown (peer, SHUT_WR); /* so that it is over in any case */
  while (!world->over)
    g_main_context_iteration (NULL, TRUE);
  return 0;
}
