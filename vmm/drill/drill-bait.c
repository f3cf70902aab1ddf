/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The bait. Runs in vitrine-vmm, by then no root. Listens on a port of loopback that nobody is told
 * but the drill; what connects there is never read.
 */
#include "drill-bait.h"

#include "fds.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

typedef enum
{
  PATH_STREAM,
  ABSTRACT_STREAM,
  PATH_DATAGRAM,
  ABSTRACT_DATAGRAM,
  N_UNIX_LISTENERS,
} UnixListener;

struct _DrillBait
{
  char *folder;
  int unix_listeners[N_UNIX_LISTENERS];
  int canary; /* on loopback: a connection to it is an escape */
  int port;   /* of the canary */
  int handed[DRILL_BAIT_FDS];
};

static gboolean
fail (const char *what, GError **error)
{
  int saved = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "The drill cannot %s: %s", what,
               g_strerror (saved));
  return FALSE;
}

static gboolean
listen_unix (DrillBait *bait, UnixListener which, GError **error)
{
  static const struct
  {
    const char *name;
    int type;
    gboolean is_abstract;
  } kinds[N_UNIX_LISTENERS] = { { "socket", SOCK_STREAM, FALSE },
                                { "abstract", SOCK_STREAM, TRUE },
                                { "datagrams", SOCK_DGRAM, FALSE },
                                { "datagrams", SOCK_DGRAM, TRUE } };
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autofree char *path = g_build_filename (bait->folder, kinds[which].name, NULL);
  int abstract = kinds[which].is_abstract ? 1 : 0;
  socklen_t size = G_STRUCT_OFFSET (struct sockaddr_un, sun_path) + abstract + strlen (path);
  int fd = socket (AF_UNIX, kinds[which].type | SOCK_CLOEXEC, 0);

  fds_clear (&bait->unix_listeners[which]);
  bait->unix_listeners[which] = fd;
  if (strlen (path) + 2 > sizeof address.sun_path)
    errno = ENAMETOOLONG;
  else if (fd >= 0)
    {
      memcpy (address.sun_path + abstract, path, strlen (path));
      if (!abstract)
        unlink (path);
      if (bind (fd, (struct sockaddr *) &address, size) == 0 &&
          (kinds[which].type == SOCK_DGRAM || listen (fd, 4) == 0))
        return TRUE;
    }
  return fail ("lay out a socket", error);
}

/* A listening socket on a free port of loopback; -1 with errno. */
static int
listen_loopback (int *ret_port)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t size = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (fd < 0 || bind (fd, (struct sockaddr *) &address, size) != 0 || listen (fd, 64) != 0 ||
      getsockname (fd, (struct sockaddr *) &address, &size) != 0)
    {
      fds_clear (&fd);
      return -1;
    }
  *ret_port = ntohs (address.sin_port);
  return fd;
}

static gboolean
lay_file (DrillBait *bait, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (bait->folder, name, NULL);

  return g_file_set_contents_full (path, "bait\n", -1, G_FILE_SET_CONTENTS_NONE, 0600, error);
}

static gboolean
hand_over (DrillBait *bait, GError **error)
{
  g_autofree char *disk = g_build_filename (bait->folder, "disk", NULL);
  g_autofree char *writable = g_build_filename (bait->folder, "writable", NULL);
  int port;

  for (guint i = 0; i < DRILL_BAIT_FDS; i++)
    fds_clear (&bait->handed[i]);
  bait->handed[0] = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bait->handed[1] = listen_loopback (&port);
  bait->handed[2] = open (disk, O_RDONLY | O_CLOEXEC);
  bait->handed[3] = open (writable, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  for (guint i = 0; i < DRILL_BAIT_FDS; i++)
    if (bait->handed[i] < 0)
      return fail ("open what it hands over", error);
  return TRUE;
}

/* What an attempt that got through has made. */
static void
remove_made (DrillBait *bait)
{
  static const char *const made[] = { "new",     "new-folder", "link",           "victim-2",
                                      "victim",  "secret",     "pipe",           "link-2",
                                      "socket",  "datagrams",  "neighbour.conf", "disk",
                                      "writable" };

  for (guint i = 0; i < G_N_ELEMENTS (made); i++)
    {
      g_autofree char *path = g_build_filename (bait->folder, made[i], NULL);

      g_remove (path);
    }
}

gboolean
drill_bait_lay (DrillBait *bait, GError **error)
{
  remove_made (bait);
  if (!lay_file (bait, "secret", error) || !lay_file (bait, "victim", error) ||
      !lay_file (bait, "disk", error) || !lay_file (bait, "neighbour.conf", error))
    return FALSE;
  for (guint i = 0; i < N_UNIX_LISTENERS; i++)
    if (!listen_unix (bait, i, error))
      return FALSE;
  return hand_over (bait, error);
}

DrillBait *
drill_bait_new (GError **error)
{
  g_autoptr (DrillBait) bait = g_new0 (DrillBait, 1);

  for (guint i = 0; i < N_UNIX_LISTENERS; i++)
    bait->unix_listeners[i] = -1;
  for (guint i = 0; i < DRILL_BAIT_FDS; i++)
    bait->handed[i] = -1;
  bait->canary = listen_loopback (&bait->port);
  if (bait->canary < 0)
    {
      fail ("listen on loopback", error);
      return NULL;
    }
  bait->folder = g_dir_make_tmp ("vitrine-drill-XXXXXX", error);
  if (bait->folder == NULL)
    return NULL;
  return drill_bait_lay (bait, error) ? g_steal_pointer (&bait) : NULL;
}

void
drill_bait_free (DrillBait *bait)
{
  for (guint i = 0; i < N_UNIX_LISTENERS; i++)
    fds_clear (&bait->unix_listeners[i]);
  for (guint i = 0; i < DRILL_BAIT_FDS; i++)
    fds_clear (&bait->handed[i]);
  fds_clear (&bait->canary);
  if (bait->folder != NULL)
    {
      remove_made (bait);
      g_rmdir (bait->folder);
    }
  g_free (bait->folder);
  g_free (bait);
}

char *
drill_bait_world (DrillBait *bait, const char *control)
{
  return g_strdup_printf ("%s:%d:%s:%s", bait->folder, bait->port, g_get_home_dir (),
                          control != NULL ? control : "/nowhere");
}

const char *
drill_bait_folder (DrillBait *bait)
{
  return bait->folder;
}

const int *
drill_bait_fds (DrillBait *bait)
{
  return bait->handed;
}
