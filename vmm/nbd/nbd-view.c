/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A reader's vitrine-nbd. Whatever it says means that it is over (B11). Runs in vitrine-vmm.
 */
#include "nbd-view.h"

#include "fds.h"
#include "guest-log.h"
#include "nbd/nbd-order-parse.h"
#include "nbd/nbd-process.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>

/* QEMU answers from a disk; and a paused one answers as well. */
#define ANSWER_MS (120 * 1000)
/* Until the reader is served at all: somebody may hang. */
#define READY_MS (15 * 1000)

struct _NbdView
{
  Jail *jail;
  LogPipe *log;
  int link;
  guint readable;
  guint deadline; /* until it is ready */
  NbdViewGone gone;
  gpointer user_data;
};

static gboolean
on_readable (int fd, GIOCondition condition, gpointer data)
{
  NbdView *view = data;
  char packet[sizeof (NbdReport) + 1];
  guint n_fds = 0;
  NbdReport report;
  gssize got = fds_receive (fd, packet, sizeof packet, NULL, &n_fds);

  if (got < 0 && errno == EAGAIN)
    return G_SOURCE_CONTINUE;
  if (got > 0 && nbd_report_parse (packet, got, &report) == PARSE_OK &&
      report.type == NBD_REPORT_READY)
    {
      g_clear_handle_id (&view->deadline, g_source_remove);
      return G_SOURCE_CONTINUE;
    }
  view->readable = 0;
  view->gone (view, view->user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
on_deadline (gpointer data)
{
  NbdView *view = data;

  view->deadline = 0;
  guest_log ("A reader of the backup is turned away: vitrine-nbd was not ready for it in time");
  view->gone (view, view->user_data);
  return G_SOURCE_REMOVE;
}

NbdView *
nbd_view_new (const char *binary,
              int reader,
              const InnerSocket *server,
              NbdViewGone gone,
              gpointer user_data,
              GError **error)
{
  g_autoptr (NbdView) view = g_new0 (NbdView, 1);
  const NbdSetup setup = { .type = NBD_ORDER_SETUP,
                           .flags = NBD_SETUP_READ_ONLY,
                           .answer_ms = ANSWER_MS,
                           .name = NBD_VIEW_EXPORT };
  const NbdOrder order = { .type = NBD_ORDER_CONNECT };
  autofd connected = -1;

  view->link = -1;
  view->gone = gone;
  view->user_data = user_data;
  view->jail = nbd_process_spawn (binary, &view->log, &view->link, error);
  if (view->jail == NULL)
    return NULL;
  /* Connected as late as can be: QEMU gives a connection ten seconds until it has spoken. */
  connected = inner_socket_connect (server);
  if (connected < 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "QEMU does not show the disk: %s",
                   g_strerror (errno));
      return NULL;
    }
  if (fds_send (view->link, &setup, sizeof setup, &reader, 1) < 0 ||
      fds_send (view->link, &order, sizeof order, &connected, 1) < 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "vitrine-nbd takes no orders: %s",
                   g_strerror (errno));
      return NULL;
    }
  view->readable = g_unix_fd_add (view->link, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, view);
  view->deadline = g_timeout_add (READY_MS, on_deadline, view);
  return g_steal_pointer (&view);
}

void
nbd_view_free (NbdView *view)
{
  g_clear_handle_id (&view->readable, g_source_remove);
  g_clear_handle_id (&view->deadline, g_source_remove);
  if (view->jail != NULL)
    jail_kill (view->jail);
  g_clear_pointer (&view->jail, jail_free);
  g_clear_pointer (&view->log, log_pipe_free);
  fds_clear (&view->link);
  g_free (view);
}
