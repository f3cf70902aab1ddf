/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * `vitrinectl backup`: a disk of a running guest, as it is now, on a Unix socket for backup programs,
 * or in a file. Runs in vitrinectl, which makes socket, file and scratch file, and reads none of them.
 */
#include "config.h"

#include "backup-file.h"
#include "bounded-text.h"
#include "ctl-guests.h"
#include "fds.h"
#include "paths.h"
#include "share-options.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <sys/socket.h>

#define BACKUP_SECONDS (24 * 3600)
#define TEXT_MAX 512

static gboolean
on_life (int fd, GIOCondition condition, gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_CONTINUE;
}

/* Until it is over: by vmm's word, or the person's. */
static void
wait_for_end (int life)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  guint source = g_unix_fd_add (life, G_IO_IN | G_IO_HUP, on_life, loop);
  gulong handler;
  g_autofree char *line = NULL;
  char text[TEXT_MAX + 1] = "";
  gssize got;

  if (!g_cancellable_is_cancelled (ctl_interrupt ()))
    {
      handler = g_signal_connect_swapped (ctl_interrupt (), "cancelled",
                                          G_CALLBACK (g_main_loop_quit), loop);
      g_main_loop_run (loop);
      g_signal_handler_disconnect (ctl_interrupt (), handler);
    }
  g_source_remove (source);
  got = recv (life, text, TEXT_MAX, MSG_DONTWAIT);
  text[MAX (got, 0)] = '\0';
  line = bounded_text_line (text);
  if (*line != '\0')
    g_print (_ ("The backup is over. %s\n"), line);
}

static void
announce (VtGuest *guest, guint disk, const char *path)
{
  g_autofree char *escaped = g_uri_escape_string (path, "/", TRUE);

  g_print (_ ("disk%u of “%s”, as it is now, can be read until you press Ctrl-C:\n"), disk,
           vt_guest_get_name (guest));
  g_print ("nbd+unix:///?socket=%s\n", escaped);
  /* Whoever reads a pipe is to see it now. */
  fflush (stdout);
}

static gboolean
serve (VtGuest *guest, guint disk, guint seconds, const char *path, const char *folder, GError **error)
{
  autofd scratch = backup_file_scratch (folder, error);
  autofd listener = -1, ours = -1, theirs = -1;
  g_auto (CtlWait) wait = { NULL };
  gboolean good;
  int pair[2];

  if (scratch < 0 || !fds_socketpair (SOCK_STREAM, pair, error))
    return FALSE;
  ours = pair[0];
  theirs = pair[1];
  listener = backup_file_listen (path, error);
  if (listener < 0)
    return FALSE;
  vt_guest_backup_async (guest, disk, seconds, (const int[3]) { listener, scratch, theirs },
                         ctl_interrupt (), ctl_wait_done, &wait);
  good = vt_guest_backup_finish (guest, ctl_wait_result (&wait), error);
  fds_clear (&theirs);
  fds_clear (&listener);
  fds_clear (&scratch);
  if (good)
    {
      announce (guest, disk, path);
      wait_for_end (ours);
    }
  unlink (path);
  return good;
}

static gboolean
end (VtGuest *guest, GError **error)
{
  g_auto (CtlWait) wait = { NULL };

  vt_guest_verb_async (guest, VT_VERB_END_BACKUP, ctl_interrupt (), ctl_wait_done, &wait);
  return vt_guest_verb_finish (guest, ctl_wait_result (&wait), error);
}

static void
on_progress (VtGuest *guest)
{
  int progress = vt_guest_get_copy_progress (guest);

  if (progress >= 0)
    g_printerr ("\r%3d %%", progress);
}

/* Into a file; for whoever looks at a terminal with its progress. */
static gboolean
copy (VtGuest *guest, const VtGuestCopy *order, GError **error)
{
  g_auto (CtlWait) wait = { NULL };
  gboolean shown = isatty (STDERR_FILENO);
  gulong interrupt, progress = 0;
  gboolean good;

  if (shown)
    progress = g_signal_connect (guest, "notify::copy-progress", G_CALLBACK (on_progress), NULL);
  vt_guest_copy_disk_async (guest, order, ctl_wait_done, &wait);
  interrupt = g_signal_connect_swapped (ctl_interrupt (), "cancelled",
                                        G_CALLBACK (vt_guest_cancel_copy), guest);
  if (g_cancellable_is_cancelled (ctl_interrupt ()))
    vt_guest_cancel_copy (guest);
  good = vt_guest_copy_disk_finish (guest, ctl_wait_result (&wait), error);
  g_signal_handler_disconnect (ctl_interrupt (), interrupt);
  g_clear_signal_handler (&progress, guest);
  if (shown)
    g_printerr ("\r      \r");
  if (good)
    g_print (_ ("disk%u of “%s” is now in %s\n"), order->disk, vt_guest_get_name (guest),
             order->path);
  return good;
}

/* The one that is asked for, or the first that is no CD. */
static gboolean
choose_disk (const CtlCall *call, VtGuest *guest, guint *ret_disk, GError **error)
{
  const char *text = ctl_call_value (call, "disk");

  if (text)
    return ctl_parse_number ("backup: --disk", text, 0, GUEST_DISKS_MAX - 1, ret_disk, error);
  if (vt_guest_first_disk (guest, ret_disk))
    return TRUE;
  g_set_error_literal (error, CTL_ERROR, CTL_ERROR_FAILED, _ ("The guest has no disk"));
  return FALSE;
}

static gboolean
parse_expire (const CtlCall *call, guint *ret_seconds, GError **error)
{
  const char *text = ctl_call_value (call, "expire");
  g_autoptr (GError) inner = NULL;

  *ret_seconds = BACKUP_SECONDS;
  if (!text || share_options_parse_duration (text, ret_seconds, &inner))
    return TRUE;
  g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, inner->message);
  return FALSE;
}

/* One of three things, and only with options of its own. */
static gboolean
check_usage (const CtlCall *call, GError **error)
{
  gboolean to_socket = call->arguments->len > 1, to_file = ctl_call_has (call, "to");
  const char *wrong = NULL;

  if (to_socket + to_file + ctl_call_has (call, "end") != 1)
    wrong = _ ("backup: name a socket that is to be made, or use --to FILE or --end");
  else if (ctl_call_has (call, "replace") && !to_file)
    wrong = _ ("backup: --replace is for --to");
  else if (ctl_call_has (call, "expire") && !to_socket)
    wrong = _ ("backup: --expire is for a socket");
  if (!wrong)
    return TRUE;
  g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, wrong);
  return FALSE;
}

static gboolean
check_running (VtGuest *guest, GError **error)
{
  if (ctl_is_running (guest))
    return TRUE;
  g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED,
               _ ("“%s” is not running: copy the files of its disks, which 'vitrinectl show' "
                  "names; nothing changes them now"),
               vt_guest_get_name (guest));
  return FALSE;
}

gboolean
ctl_backup (const CtlCall *call, GError **error)
{
  const char *path =
      call->arguments->len > 1 ? ctl_call_argument (call, 1) : ctl_call_value (call, "to");
  g_autofree char *absolute = path ? g_canonicalize_filename (path, NULL) : NULL;
  VtGuest *guest;
  g_autofree char *own = NULL;
  VtGuestCopy order = { .path = absolute,
                        .replace = ctl_call_has (call, "replace"),
                        .scratch = ctl_call_value (call, "scratch") };
  guint seconds;

  if (!check_usage (call, error) || !parse_expire (call, &seconds, error))
    return FALSE;
  guest = ctl_guest (call, error);
  if (!guest || !check_running (guest, error))
    return FALSE;
  if (!path)
    return end (guest, error);
  if (!choose_disk (call, guest, &order.disk, error))
    return FALSE;
  if (ctl_call_has (call, "to"))
    return copy (guest, &order, error);
  own = paths_guest_file (vt_guest_get_uuid (guest), ".");
  return serve (guest, order.disk, seconds, absolute, order.scratch ? order.scratch : own, error);
}
