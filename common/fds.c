/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Descriptors: closing, passing and sealed memory. Runs in every process; treats every peer as
 * hostile, so nothing here asserts on what was received.
 */
#include "fds.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

void
fds_clear (int *fd)
{
  int saved = errno;

  if (*fd >= 0)
    close (*fd);
  *fd = -1;
  errno = saved;
}

static gboolean
fail_errno (GError **error, const char *what)
{
  int code = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "%s: %s", what, g_strerror (code));
  return FALSE;
}

gboolean
fds_socketpair (int type, int out[2], GError **error)
{
  if (socketpair (AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, out) != 0)
    return fail_errno (error, "Cannot create a pair of connected sockets");
  return TRUE;
}

gboolean
fds_have_room (int fd, guint n)
{
  int copies[FDS_ROOM_MAX];
  guint made = 0;

  g_return_val_if_fail (n <= FDS_ROOM_MAX, FALSE);
  while (made < n && (copies[made] = fcntl (fd, F_DUPFD_CLOEXEC, 0)) >= 0)
    made++;
  for (guint i = 0; i < made; i++)
    close (copies[i]);
  return made == n;
}

gssize
fds_send (int socket, const void *data, gsize size, const int *fds, guint n_fds)
{
  union
  {
    struct cmsghdr header;
    char room[CMSG_SPACE (sizeof (int) * FDS_MESSAGE_MAX)];
  } control = { 0 };
  struct iovec vector = { (void *) data, size };
  struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
  gssize sent;

  g_return_val_if_fail (n_fds <= FDS_MESSAGE_MAX, -1);
  if (n_fds > 0)
    {
      struct cmsghdr *header;

      message.msg_control = &control;
      message.msg_controllen = CMSG_SPACE (sizeof (int) * n_fds);
      header = CMSG_FIRSTHDR (&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN (sizeof (int) * n_fds);
      memcpy (CMSG_DATA (header), fds, sizeof (int) * n_fds);
    }
  do
    sent = sendmsg (socket, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent;
}

/* Moves what fits of one SCM_RIGHTS header into `fds`, closing the rest. */
static guint
take_fds (struct cmsghdr *header, int *fds, guint room, guint have)
{
  guint count = (header->cmsg_len - CMSG_LEN (0)) / sizeof (int);

  for (guint i = 0; i < count; i++)
    {
      int fd;

      memcpy (&fd, CMSG_DATA (header) + i * sizeof (int), sizeof (int));
      if (have < room)
        fds[have++] = fd;
      else
        close (fd);
    }
  return have;
}

gssize
fds_receive (int socket, void *data, gsize size, int *fds, guint *n_fds)
{
  union
  {
    struct cmsghdr header;
    char room[CMSG_SPACE (sizeof (int) * FDS_MESSAGE_MAX)];
  } control;
  struct iovec vector = { data, size };
  struct msghdr message = {
    .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
  };
  guint room = *n_fds;
  guint have = 0;
  gssize got;

  *n_fds = 0;
  do
    got = recvmsg (socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  while (got < 0 && errno == EINTR);
  if (got < 0)
    return -1;
  for (struct cmsghdr *h = CMSG_FIRSTHDR (&message); h != NULL; h = CMSG_NXTHDR (&message, h))
    if (h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_RIGHTS)
      have = take_fds (h, fds, room, have);
  if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
    {
      for (guint i = 0; i < have; i++)
        close (fds[i]);
      errno = EMSGSIZE;
      return -1;
    }
  *n_fds = have;
  return got;
}

int
fds_sealed_memory_at (const char *name, gsize size, void *place, void **ret_map, GError **error)
{
  autofd fd = memfd_create (name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  void *map;

  if (fd < 0 || ftruncate (fd, size) != 0)
    {
      fail_errno (error, "Cannot allocate shared memory");
      return -1;
    }
  map = mmap (place, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (map == MAP_FAILED)
    {
      fail_errno (error, "Cannot map shared memory");
      return -1;
    }
  if (fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) != 0)
    {
      fail_errno (error, "Cannot seal shared memory");
      munmap (map, size);
      return -1;
    }
  *ret_map = map;
  return fds_steal (&fd);
}

int
fds_sealed_memory (const char *name, gsize size, void **ret_map, GError **error)
{
  return fds_sealed_memory_at (name, size, NULL, ret_map, error);
}

gboolean
fds_is_safe_to_map (int fd, gsize size, GError **error)
{
  struct stat info;
  int seals = fcntl (fd, F_GET_SEALS);

  if (seals < 0 || !(seals & F_SEAL_SHRINK))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                           "The memory offered is not sealed against shrinking");
      return FALSE;
    }
  if (fstat (fd, &info) != 0)
    return fail_errno (error, "Cannot examine the memory offered");
  if (!S_ISREG (info.st_mode) || info.st_size < 0 || (guint64) info.st_size < size)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                           "The memory offered is smaller than announced");
      return FALSE;
    }
  return TRUE;
}

gboolean
fds_is_whole (int fd, GError **error)
{
  struct stat info;
  int seals = fcntl (fd, F_GET_SEALS);

  if (seals >= 0 && (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) != 0 && /* or punched later */
      fstat (fd, &info) == 0 && (guint64) info.st_blocks * 512 >= (guint64) info.st_size)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                       "The memory offered has holes, or can be given some");
  return FALSE;
}

GBytes *
fds_read_memory (int fd, gsize size, GError **error)
{
  g_autofree guint8 *data = NULL;
  gsize at = 0;

  if (!fds_is_safe_to_map (fd, size, error))
    return NULL;
  data = g_malloc (size);
  while (at < size)
    {
      gssize got = pread (fd, data + at, size - at, at);

      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                               "The memory offered cannot be read");
          return NULL;
        }
      at += got;
    }
  return g_bytes_new_take (g_steal_pointer (&data), size);
}

int
fds_memory_of (const char *name, GBytes *contents, GError **error)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (contents, &size);
  void *map;
  int fd = fds_sealed_memory (name, size, &map, error);

  if (fd < 0)
    return -1;
  memcpy (map, data, size);
  munmap (map, size);
  return fd;
}

gboolean
fds_peer_uid (int socket, uid_t *ret_uid, GError **error)
{
  struct ucred peer;
  socklen_t size = sizeof peer;

  if (getsockopt (socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return fail_errno (error, "Cannot tell who connected");
  *ret_uid = peer.uid;
  return TRUE;
}
