/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The upkeep of one vitrine-nbd. What it says is parsed in nbd-order-parse.c (B11). Runs in
 * vitrine-vmm; never waits.
 */
#include "nbd-disk.h"

#include "fds.h"
#include "nbd/nbd-connect.h"
#include "nbd/nbd-order-parse.h"
#include "nbd/nbd-process.h"
#include "nbd/nbd-text.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>

#define REPORTS_MAX 64 /* between two connections: more is a flood */

struct _NbdDisk
{
  const char *binary;
  NbdSource *source;
  gboolean writable;
  NbdDiskEvents events;
  gpointer user_data;

  Jail *jail;
  LogPipe *log;
  int link;
  guint readable;

  NbdConnect *connect;
  guint retry;
  guint grace;
  guint silence;  /* until vitrine-nbd must have said how a connection came out */
  guint attempts; /* since it was last open for some time */
  gint64 opened;  /* monotonic, microseconds */
  guint reports;
  gboolean is_open;
  gboolean was_open; /* once */
  gboolean is_down;  /* `lost` was told of */
  gboolean is_over;  /* nothing is tried any more */
  char *trouble;
};

static void begin_connecting (NbdDisk *disk);
static void break_down (NbdDisk *disk, const char *why);
static gboolean on_retry (gpointer data);

/* --- the link --- */

static gboolean
send_order (NbdDisk *disk, gconstpointer order, gsize size, const int *fds, guint n_fds)
{
  return disk->jail != NULL && fds_send (disk->link, order, size, fds, n_fds) == (gssize) size;
}

static void
send_plain (NbdDisk *disk, guint32 type, int fd)
{
  const NbdOrder order = { .type = type };

  send_order (disk, &order, sizeof order, &fd, fd >= 0 ? 1 : 0);
}

static gboolean
send_setup (NbdDisk *disk, int client)
{
  const NbdAddress *address = disk->source->address;
  NbdSetup setup = { .type = NBD_ORDER_SETUP, .answer_ms = NBD_DISK_ANSWER_MS };
  int fds[4] = { client };
  guint n_fds = 1;

  setup.flags = (address->tls ? NBD_SETUP_TLS : 0) | (disk->writable ? NBD_SETUP_WRITABLE : 0);
  g_strlcpy (setup.name, address->name, sizeof setup.name);
  if (address->host != NULL)
    g_strlcpy (setup.host, address->host, sizeof setup.host);
  if (disk->source->ca >= 0)
    {
      setup.flags |= NBD_SETUP_HAS_CA;
      fds[n_fds++] = disk->source->ca;
    }
  if (disk->source->cert >= 0)
    {
      setup.flags |= NBD_SETUP_HAS_CERT;
      fds[n_fds++] = disk->source->cert;
      fds[n_fds++] = disk->source->key;
    }
  return send_order (disk, &setup, sizeof setup, fds, n_fds);
}

/* --- up and down --- */

static void
clear_process (NbdDisk *disk)
{
  g_clear_handle_id (&disk->readable, g_source_remove);
  g_clear_handle_id (&disk->silence, g_source_remove);
  if (disk->jail != NULL)
    {
      jail_set_ended (disk->jail, NULL, NULL);
      jail_kill (disk->jail);
    }
  g_clear_pointer (&disk->jail, jail_free);
  g_clear_pointer (&disk->log, log_pipe_free);
  fds_clear (&disk->link);
}

static void
stop_trying (NbdDisk *disk)
{
  disk->is_over = TRUE;
  g_clear_pointer (&disk->connect, nbd_connect_cancel);
  g_clear_handle_id (&disk->retry, g_source_remove);
  g_clear_handle_id (&disk->grace, g_source_remove);
  g_clear_handle_id (&disk->silence, g_source_remove);
}

/* Requests fail from now on. */
static void
go_down (NbdDisk *disk, gboolean for_good)
{
  if (disk->is_down && !for_good)
    return;
  disk->is_down = TRUE;
  send_plain (disk, NBD_ORDER_GIVE_UP, -1);
  /* Whatever was under way is forgotten on the other side as well. */
  if (!disk->is_over && disk->connect == NULL && disk->retry == 0)
    disk->retry = g_timeout_add_seconds (1, on_retry, disk);
  disk->events.lost (disk->trouble, for_good, disk->user_data);
}

static gboolean
on_grace_over (gpointer data)
{
  NbdDisk *disk = data;

  disk->grace = 0;
  go_down (disk, FALSE);
  return G_SOURCE_REMOVE;
}

static gboolean
on_retry (gpointer data)
{
  NbdDisk *disk = data;

  disk->retry = 0;
  begin_connecting (disk);
  return G_SOURCE_REMOVE;
}

/* `why` is taken: a sentence. */
static void
fail (NbdDisk *disk, char *why)
{
  g_autofree char *old = disk->trouble;
  guint seconds;

  if (disk->is_open &&
      g_get_monotonic_time () - disk->opened > NBD_DISK_STABLE_SECONDS * G_USEC_PER_SEC)
    disk->attempts = 0;
  seconds = MIN (disk->attempts, NBD_DISK_RETRY_SECONDS_MAX);
  disk->trouble = why;
  disk->is_open = FALSE;
  if (disk->is_over)
    return;
  if (g_strcmp0 (old, why) != 0)
    guest_log ("%s", why);
  if (!disk->was_open)
    {
      stop_trying (disk);
      disk->events.failed (disk->trouble, disk->user_data);
      return;
    }
  if (!disk->is_down && disk->grace == 0)
    disk->grace = g_timeout_add (NBD_DISK_GRACE_MS, on_grace_over, disk);
  if (disk->retry == 0)
    disk->retry =
        seconds > 0 ? g_timeout_add_seconds (seconds, on_retry, disk) : g_idle_add (on_retry, disk);
  disk->attempts++;
}

static gboolean
on_silence (gpointer data)
{
  NbdDisk *disk = data;

  disk->silence = 0;
  break_down (disk, "it stopped answering");
  return G_SOURCE_REMOVE;
}

static void
on_connected (int fd, const char *why, gpointer data)
{
  NbdDisk *disk = data;
  autofd owned = fd;

  disk->connect = NULL;
  if (owned < 0)
    {
      fail (disk, nbd_text_unreachable (disk->source->address, why));
      return;
    }
  disk->reports = 0;
  send_plain (disk, NBD_ORDER_CONNECT, owned);
  g_clear_handle_id (&disk->silence, g_source_remove);
  disk->silence = g_timeout_add (NBD_DISK_SILENCE_MS, on_silence, disk);
}

static void
begin_connecting (NbdDisk *disk)
{
  autofd first = fds_steal (&disk->source->socket);

  if (first >= 0)
    on_connected (fds_steal (&first), NULL, disk);
  else if (disk->connect == NULL)
    disk->connect = nbd_connect_begin (disk->source->address, on_connected, disk);
}

/* --- what vitrine-nbd says --- */

static void
become_open (NbdDisk *disk)
{
  gboolean first = !disk->was_open;
  gboolean was_down = disk->is_down;

  disk->is_open = disk->was_open = TRUE;
  disk->is_down = FALSE;
  disk->opened = g_get_monotonic_time ();
  g_clear_handle_id (&disk->retry, g_source_remove);
  g_clear_handle_id (&disk->grace, g_source_remove);
  g_clear_pointer (&disk->trouble, g_free);
  if (first)
    disk->events.ready (disk->user_data);
  else
    guest_log ("The NBD server of “%s” is back", disk->source->address->name);
  if (was_down)
    disk->events.back (disk->user_data);
}

static void
warn_unsaved (NbdDisk *disk)
{
  g_autofree char *server = nbd_address_describe_server (disk->source->address);
  g_autofree char *text = g_strdup_printf (
      "The NBD server %s went away with writes of the guest that it had not been told to make "
      "durable yet. If only its program or the network failed, nothing is lost. If its computer "
      "lost power, treat the guest as after a power cut: reset it",
      server);

  disk->events.warning (text, disk->user_data);
}

static void
break_down (NbdDisk *disk, const char *why)
{
  clear_process (disk);
  stop_trying (disk);
  g_free (disk->trouble);
  disk->trouble = g_strdup_printf (
      "The process that stands between the guest and its NBD server ended: %s. The disk is away "
      "until the guest is started again: force it off, and start it",
      why);
  guest_log ("%s", disk->trouble);
  disk->is_open = FALSE;
  if (disk->was_open)
    go_down (disk, TRUE);
  else
    disk->events.failed (disk->trouble, disk->user_data);
  disk->events.changed (disk->user_data);
}

static void
handle (NbdDisk *disk, const NbdReport *report)
{
  gboolean expected = report->type == NBD_REPORT_LOST ? disk->is_open : !disk->is_open;

  if (report->why == NBD_WHY_CLIENT)
    return; /* QEMU ends, or has ended */
  g_clear_handle_id (&disk->silence, g_source_remove);
  if (!expected || ++disk->reports > REPORTS_MAX)
    break_down (disk, "it broke the protocol of its link");
  else if (report->type == NBD_REPORT_READY)
    become_open (disk);
  else
    {
      if (report->unsaved)
        warn_unsaved (disk);
      fail (disk, nbd_text_failure (disk->source->address, report->why, report->text));
    }
}

/* A process that ended with orders unread resets the link, which is told once, before what it said
 * last can be read. */
static gssize
receive (NbdDisk *disk, char *packet, gsize size)
{
  guint n_fds = 0;
  gssize got = fds_receive (disk->link, packet, size, NULL, &n_fds);

  if (got < 0 && errno == ECONNRESET)
    got = fds_receive (disk->link, packet, size, NULL, &n_fds);
  return got;
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer data)
{
  NbdDisk *disk = data;
  char packet[sizeof (NbdReport) + 1];
  NbdReport report;
  gssize got = receive (disk, packet, sizeof packet);

  if (got < 0 && errno == EAGAIN)
    return G_SOURCE_CONTINUE;
  if (got > 0 && nbd_report_parse (packet, got, &report) == PARSE_OK)
    {
      handle (disk, &report);
      return G_SOURCE_CONTINUE;
    }
  disk->readable = 0;
  if (got > 0)
    break_down (disk, "it broke the protocol of its link");
  return G_SOURCE_REMOVE; /* else its end is told of by itself */
}

static void
on_process_ended (Jail *jail, int wait_status, const char *text, gpointer data)
{
  NbdDisk *disk = data;
  const char *said = log_pipe_last_line (disk->log);
  g_autofree char *why =
      g_strdup_printf ("it %s%s%s", text, *said != '\0' ? ", having said: " : "", said);

  if (disk->is_over)
    {
      clear_process (disk);
      return;
    }
  /* What it said last, before it is forgotten: why it could not go on. */
  while (disk->readable != 0 && !disk->is_over)
    {
      char packet[sizeof (NbdReport) + 1];
      NbdReport report;
      gssize got = receive (disk, packet, sizeof packet);

      if (got <= 0 || nbd_report_parse (packet, got, &report) != PARSE_OK)
        break;
      handle (disk, &report);
    }
  if (!disk->is_over)
    break_down (disk, why);
}

NbdDisk *
nbd_disk_new (const char *binary,
              NbdSource *source,
              gboolean writable,
              const NbdDiskEvents *events,
              gpointer user_data,
              int *ret_client,
              GError **error)
{
  g_autoptr (NbdDisk) disk = g_new0 (NbdDisk, 1);
  autofd client = -1, qemu = -1;
  int pair[2];

  disk->binary = binary;
  disk->source = source;
  disk->writable = writable;
  disk->events = *events;
  disk->user_data = user_data;
  disk->link = -1;
  if (!fds_socketpair (SOCK_STREAM, pair, error))
    return NULL;
  client = pair[0];
  qemu = pair[1];
  disk->jail = nbd_process_spawn (binary, &disk->log, &disk->link, error);
  if (disk->jail == NULL)
    return NULL;
  if (!send_setup (disk, client))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                           "vitrine-nbd does not take its first order");
      return NULL;
    }
  jail_set_ended (disk->jail, on_process_ended, disk);
  disk->readable = g_unix_fd_add (disk->link, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, disk);
  disk->retry = g_idle_add (on_retry, disk);
  *ret_client = fds_steal (&qemu);
  return g_steal_pointer (&disk);
}

void
nbd_disk_expect_end (NbdDisk *disk)
{
  stop_trying (disk);
  if (!disk->is_open)
    send_plain (disk, NBD_ORDER_GIVE_UP, -1);
}

void
nbd_disk_free (NbdDisk *disk)
{
  stop_trying (disk);
  clear_process (disk);
  g_free (disk->trouble);
  g_free (disk);
}

const char *
nbd_disk_get_trouble (NbdDisk *disk)
{
  return disk->trouble;
}

gboolean
nbd_disk_is_open (NbdDisk *disk)
{
  return disk->is_open;
}

Jail *
nbd_disk_get_jail (NbdDisk *disk)
{
  return disk->jail;
}
