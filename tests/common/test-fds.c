/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Descriptors over sockets, and memory that is safe to map.
 */
#include "fds.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

static guint
count_fds (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint count = 0;

  while (g_dir_read_name (dir) != NULL)
    count++;
  return count;
}

static void
make_pair (int pair[2])
{
  g_autoptr (GError) error = NULL;

  g_assert_true (fds_socketpair (SOCK_SEQPACKET, pair, &error));
  g_assert_no_error (error);
}

static void
test_clear (void)
{
  int fd = dup (0);
  int copy = fd;

  errno = ENOSYS;
  fds_clear (&fd);
  g_assert_cmpint (fd, ==, -1);
  g_assert_cmpint (fcntl (copy, F_GETFD), ==, -1);
  fds_clear (&fd);
  {
    int kept = dup (0);
    int taken = fds_steal (&kept);

    g_assert_cmpint (kept, ==, -1);
    g_assert_cmpint (close (taken), ==, 0);
  }
}

static void
test_pass (void)
{
  guint before = count_fds ();
  int pair[2];
  int got[FDS_MESSAGE_MAX];
  guint n = 2;
  char text[8];

  make_pair (pair);
  g_assert_cmpint (fcntl (pair[0], F_GETFD), ==, FD_CLOEXEC);
  g_assert_cmpint (fds_send (pair[0], "hi", 2, (int[]) { 0, 1 }, 2), ==, 2);
  g_assert_cmpint (fds_receive (pair[1], text, sizeof text, got, &n), ==, 2);
  g_assert_cmpuint (n, ==, 2);
  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpint (fcntl (got[i], F_GETFD), ==, FD_CLOEXEC);
      close (got[i]);
    }
  n = FDS_MESSAGE_MAX;
  g_assert_cmpint (fds_receive (pair[1], text, sizeof text, got, &n), ==, -1);
  g_assert_cmpint (errno, ==, EAGAIN);
  close (pair[0]);
  g_assert_cmpint (fds_receive (pair[1], text, sizeof text, got, &n), ==, 0);
  close (pair[1]);
  g_assert_cmpuint (count_fds (), ==, before);
}

/* Whatever a peer sends along unasked must not stay open here. */
static void
test_surplus (void)
{
  guint before = count_fds ();
  int pair[2];
  int got[1];
  guint n = 1;
  char text[2];

  make_pair (pair);
  g_assert_cmpint (fds_send (pair[0], "a", 1, (int[]) { 0, 0, 0 }, 3), ==, 1);
  g_assert_cmpint (fds_receive (pair[1], text, sizeof text, got, &n), ==, 1);
  g_assert_cmpuint (n, ==, 1);
  close (got[0]);
  n = 1;
  g_assert_cmpint (fds_send (pair[0], "long", 4, (int[]) { 0 }, 1), ==, 4);
  g_assert_cmpint (fds_receive (pair[1], text, sizeof text, got, &n), ==, -1);
  g_assert_cmpint (errno, ==, EMSGSIZE);
  n = 0;
  g_assert_cmpint (fds_send (pair[0], "a", 1, (int[]) { 0 }, 1), ==, 1);
  g_assert_cmpint (fds_receive (pair[1], text, sizeof text, NULL, &n), ==, 1);
  close (pair[0]);
  close (pair[1]);
  g_assert_cmpuint (count_fds (), ==, before);
}

/* More descriptors than a message may carry: by hand, as fds_send refuses to. */
static void
test_flood (void)
{
  enum
  {
    MANY = 20
  };
  guint before = count_fds ();
  int pair[2];
  int got[FDS_MESSAGE_MAX];
  int many[MANY] = { 0 };
  guint n = FDS_MESSAGE_MAX;
  char room[CMSG_SPACE (sizeof many)] = { 0 };
  char text[2] = "a";
  struct iovec vector = { text, 1 };
  struct msghdr message = {
    .msg_iov = &vector, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room
  };
  struct cmsghdr *header = CMSG_FIRSTHDR (&message);

  make_pair (pair);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN (sizeof many);
  memcpy (CMSG_DATA (header), many, sizeof many);
  g_assert_cmpint (sendmsg (pair[0], &message, 0), ==, 1);
  g_assert_cmpint (fds_receive (pair[1], text, sizeof text, got, &n), ==, -1);
  g_assert_cmpint (errno, ==, EMSGSIZE);
  g_assert_cmpuint (n, ==, 0);
  close (pair[0]);
  close (pair[1]);
  g_assert_cmpuint (count_fds (), ==, before);
}

static void
test_sealed (void)
{
  g_autoptr (GError) error = NULL;
  void *map = NULL;
  autofd fd = fds_sealed_memory ("test", 8192, &map, &error);

  g_assert_no_error (error);
  memcpy (map, "frame", 5);
  g_assert_true (fds_is_safe_to_map (fd, 8192, &error));
  g_assert_false (fds_is_safe_to_map (fd, 8193, NULL));
  g_assert_cmpint (ftruncate (fd, 0), ==, -1);
  g_assert_cmpint (ftruncate (fd, 1 << 20), ==, -1);
  g_assert_cmpint (pwrite (fd, "x", 1, 0), ==, -1);
  g_assert_true (mmap (NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
  munmap (map, 8192);
}

static void
test_unsafe (void)
{
  autofd unsealed = memfd_create ("unsealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  autofd null = open ("/dev/null", O_RDWR | O_CLOEXEC);
  int ends[2];
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (ftruncate (unsealed, 4096), ==, 0);
  g_assert_false (fds_is_safe_to_map (unsealed, 4096, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_cmpint (fcntl (unsealed, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_WRITE), ==, 0);
  g_assert_false (fds_is_safe_to_map (unsealed, 4096, NULL));
  g_assert_cmpint (fcntl (unsealed, F_ADD_SEALS, F_SEAL_SHRINK), ==, 0);
  g_assert_true (fds_is_safe_to_map (unsealed, 4096, NULL));
  g_assert_false (fds_is_safe_to_map (unsealed, G_MAXSIZE, NULL));
  g_assert_false (fds_is_safe_to_map (null, 1, NULL));
  g_assert_false (fds_is_safe_to_map (-1, 1, NULL));
  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
  g_assert_false (fds_is_safe_to_map (ends[0], 1, NULL));
  close (ends[0]);
  close (ends[1]);
}

static void
test_peer (void)
{
  int pair[2];
  uid_t uid = 12345;

  make_pair (pair);
  g_assert_true (fds_peer_uid (pair[0], &uid, NULL));
  g_assert_cmpuint (uid, ==, geteuid ());
  close (pair[0]);
  close (pair[1]);
  g_assert_false (fds_peer_uid (-1, &uid, NULL));
}

/* Nothing stays taken of what is tried. */
static void
test_room (void)
{
  struct rlimit before, few;
  autofd fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  guint count = count_fds ();

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &before), ==, 0);
  few = before;
  few.rlim_cur = fd + 1; /* every number below is taken */
  g_assert_true (fds_have_room (fd, FDS_ROOM_MAX));
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &few), ==, 0);
  g_assert_true (fds_have_room (fd, 0));
  g_assert_false (fds_have_room (fd, FDS_ROOM_MAX));
  few.rlim_cur += 64; /* of these some may be */
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &few), ==, 0);
  g_assert_true (fds_have_room (fd, FDS_ROOM_MAX));
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &before), ==, 0);
  g_assert_cmpuint (count_fds (), ==, count);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fds/clear", test_clear);
  g_test_add_func ("/fds/pass", test_pass);
  g_test_add_func ("/fds/surplus", test_surplus);
  g_test_add_func ("/fds/flood", test_flood);
  g_test_add_func ("/fds/sealed", test_sealed);
  g_test_add_func ("/fds/unsafe", test_unsafe);
  g_test_add_func ("/fds/peer", test_peer);
  g_test_add_func ("/fds/room", test_room);
  return g_test_run ();
}
