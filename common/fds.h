/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Descriptors: closing them on scope exit, passing them over Unix sockets, and the sealed memory
 * that frames travel in. Used by every process. Never blocks, never touches a path.
 */
#pragma once

#include <glib.h>
#include <unistd.h>

/* -1 means "no descriptor"; 0 is a valid one. errno survives. */
void fds_clear (int *fd);

/* Hands the descriptor over: returns it and leaves -1 behind. */
static inline int
fds_steal (int *fd)
{
  int taken = *fd;
  *fd = -1;
  return taken;
}

#define autofd __attribute__ ((cleanup (fds_clear))) int

/* The most descriptors that one message may carry; a peer's further ones are closed unseen. */
#define FDS_MESSAGE_MAX 8

/* A close-on-exec, non-blocking pair of AF_UNIX sockets of `type` (SOCK_STREAM or
 * SOCK_SEQPACKET). */
gboolean fds_socketpair (int type, int out[2], GError **error);

#define FDS_ROOM_MAX 16
/* Whether the process may have `n` more descriptors (FDS_ROOM_MAX at most), found out by copies of
 * `fd`. For what runs into GLib's, which ends the program when it cannot make one. */
gboolean fds_have_room (int fd, guint n);

/* Sends one message with n_fds descriptors (at most FDS_MESSAGE_MAX), never raising SIGPIPE. The
 * descriptors stay the caller's. Returns the bytes sent, or -1 with errno set (EAGAIN: try again
 * when writable). */
gssize fds_send (int socket, const void *data, gsize size, const int *fds, guint n_fds);

/* Receives one message of at most `size` bytes. Descriptors come close-on-exec and are the
 * caller's; *n_fds holds the room of `fds` on entry and the number received on return. Surplus
 * descriptors are closed. Returns 0 at end of stream and -1 with errno set on failure; EMSGSIZE if
 * the message or its descriptors were cut off (all received descriptors are then closed). */
gssize fds_receive (int socket, void *data, gsize size, int *fds, guint *n_fds);

/* A memfd of `size` bytes sealed against shrinking and growing, mapped read-write at *ret_map;
 * every later writable mapping or write() is sealed off too, so whoever is handed the descriptor
 * can only read. Free the mapping with munmap. Returns the descriptor, or -1 with `error`. */
int fds_sealed_memory (const char *name, gsize size, void **ret_map, GError **error);

/* The same, mapped at `place` if nothing else is there; NULL: anywhere. Pages come as they are
 * written: it is whole (below) once all of it was. */
int fds_sealed_memory_at (const char *name,
                          gsize size,
                          void *place,
                          void **ret_map,
                          GError **error);

/* Whether `fd` is a memfd of at least `size` bytes sealed against shrinking, so that a read-only
 * mapping of `size` bytes can never raise SIGBUS. To be asked before every mmap of a descriptor
 * that came up the trust ladder, unless only guarded_copy () touches what is mapped. */
gboolean fds_is_safe_to_map (int fd, gsize size, GError **error);

/* Whether all of a memfd's pages are there, and stay. Whoever reads a hole through a mapping gets a
 * page on the own account, which stays for as long as anybody has the descriptor: memory that no
 * limit of the sender's counts. */
gboolean fds_is_whole (int fd, GError **error);

/* A copy of the first `size` bytes of such a memory. The descriptor stays the caller's. */
GBytes *fds_read_memory (int fd, gsize size, GError **error);

/* fds_sealed_memory () with these contents. */
int fds_memory_of (const char *name, GBytes *contents, GError **error);

/* SO_PEERCRED of a connected Unix socket. */
gboolean fds_peer_uid (int socket, uid_t *ret_uid, GError **error);
