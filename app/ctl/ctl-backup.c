/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * `vitrinectl backup`: a disk of a running guest, as it is now, on a Unix socket for backup programs.
 * Runs in vitrinectl, which makes the socket and the scratch file, and reads neither.
 */
#include "config.h"

#include "bounded-text.h"
#include "ctl-guests.h"
#include "fds.h"
#include "paths.h"
#include "share-options.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define BACKUP_SECONDS (24 * 3600)
#define TEXT_MAX 512

static gboolean
fail (GError **error, const char *format, const char *path, int code)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  g_autofree char *text = g_strdup_printf (format, path, g_strerror (code));
#pragma GCC diagnostic pop

  g_set_error_literal (error, CTL_ERROR, CTL_ERROR_FAILED, text);
  return FALSE;
}

/* For its owner only, from its first moment. */
static int
make_listener (const char *path, GError **error)
{
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  autofd fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  mode_t mask;
  int result;

  if (g_strlcpy (name.sun_path, path, sizeof name.sun_path) >= sizeof name.sun_path)
    {
      fail (error, _ ("%s cannot be a socket: %s"), path, ENAMETOOLONG);
      return -1;
    }
  mask = umask (0177);
  result = fd >= 0 ? bind (fd, (struct sockaddr *) &name, sizeof name) : -1;
  umask (mask);
  if (result != 0)
    {
      fail (error, _ ("%s cannot be a socket: %s"), path, errno);
      return -1;
    }
  if (listen (fd, 8) != 0)
    {
      fail (error, _ ("%s cannot be a socket: %s"), path, errno);
      unlink (path);
      return -1;
    }
  return fds_steal (&fd);
}

/* A file without a name, so that nothing is left whatever happens. */
static int
make_scratch (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, ".backup-XXXXXX", NULL);
  int fd = open (folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

  if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR))
    {
      fd = g_mkstemp_full (path, O_RDWR | O_CLOEXEC, 0600);
      if (fd >= 0)
        unlink (path);
    }
  if (fd < 0)
    fail (error, _ ("No file can be made in %s: %s"), folder, errno);
  return fd;
}

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
  autofd scratch = make_scratch (folder, error);
  autofd listener = -1, ours = -1, theirs = -1;
  g_auto (CtlWait) wait = { NULL };
  gboolean good;
  int pair[2];

  if (scratch < 0 || !fds_socketpair (SOCK_STREAM, pair, error))
    return FALSE;
  ours = pair[0];
  theirs = pair[1];
  listener = make_listener (path, error);
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

/* The one that is asked for, or the first that is no CD. */
static gboolean
choose_disk (const CtlCall *call, VtGuest *guest, guint *ret_disk, GError **error)
{
  const GuestDefinition *definition = vt_guest_get_definition (guest);
  const char *text = ctl_call_value (call, "disk");

  if (text)
    return ctl_parse_number ("backup: --disk", text, 0, GUEST_DISKS_MAX - 1, ret_disk, error);
  for (guint i = 0; definition && i < definition->disks->len; i++)
    {
      const GuestDisk *disk = definition->disks->pdata[i];

      if (disk->media == GUEST_MEDIA_DISK)
        {
          *ret_disk = disk->index;
          return TRUE;
        }
    }
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

gboolean
ctl_backup (const CtlCall *call, GError **error)
{
  const char *path = call->arguments->len > 1 ? ctl_call_argument (call, 1) : NULL;
  g_autofree char *absolute = path ? g_canonicalize_filename (path, NULL) : NULL;
  VtGuest *guest;
  g_autofree char *own = NULL;
  const char *folder = ctl_call_value (call, "scratch");
  guint disk = 0, seconds;

  if ((path != NULL) == ctl_call_has (call, "end"))
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE,
                           _ ("backup: name a socket that is to be made, or use --end"));
      return FALSE;
    }
  if (!parse_expire (call, &seconds, error))
    return FALSE;
  guest = ctl_guest (call, error);
  if (!guest)
    return FALSE;
  if (!ctl_is_running (guest))
    {
      g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED,
                   _ ("“%s” is not running: copy the files of its disks, which 'vitrinectl show' "
                      "names; nothing changes them now"),
                   vt_guest_get_name (guest));
      return FALSE;
    }
  if (!path)
    return end (guest, error);
  own = paths_guest_file (vt_guest_get_uuid (guest), ".");
  return choose_disk (call, guest, &disk, error) &&
         serve (guest, disk, seconds, absolute, folder ? folder : own, error);
}
