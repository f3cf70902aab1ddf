/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What libslirp's calls to libc end in. Runs in vitrine-net, in its one thread. It must never let a
 * destination through that the policy does not allow, and never make a socket listen.
 */
#undef _FILE_OFFSET_BITS /* the functions below are meant under the names that libslirp calls */
#undef _FORTIFY_SOURCE

#include "socket-guard.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PORT_DNS 53
#define RESOLV_CONF "/etc/resolv.conf"
/* The clients of UDP forwards have these ports of NET_TOKEN_CLIENT_V4. */
#define CLIENT_PORT_FIRST 20000
#define CLIENTS_MAX 512u
/* As many as the jail allows descriptors. */
#define CROSSED_MAX 1024
/* Clients of TCP forwards come from the gateway, each from a port of its own. The first one's is by
 * the clock, a millisecond a port: to the guest the clients of the vitrine-net before this one are
 * there yet, and a new one with a port of theirs would be answered by what is left of them, and
 * wait for seconds until libslirp tries again. */
#define PEER_PORT_FIRST 1024
#define PEER_PORT_LAST 65535
#define REST_US (1 * G_USEC_PER_SEC)

typedef union
{
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
} Address;

typedef struct
{
  int fd; /* -1: not used */
  gboolean udp;
  guint16 name;
} Handed;

typedef struct
{
  int fd; /* of the forward; -1: not used */
  Address address;
  guint64 used; /* when, in calls */
} Client;

static struct
{
  const NetPolicy *policy;
  NetResolvers resolvers;
  int pending; /* the descriptor for the next bind () */
  Handed next;
  Handed handed[NET_FORWARDS_MAX];
  Client clients[CLIENTS_MAX];
  sa_family_t crossed[CROSSED_MAX]; /* what libslirp takes the socket for; 0: it is what it is */
  guint64 calls;
  guint16 peer_port;
  gint64 rests_until; /* µs, monotonic: there was no descriptor for a client */
  gboolean is_set_up;
} guard = { .pending = -1 };

static void
set_up (void)
{
  if (guard.is_set_up)
    return;
  guard.is_set_up = TRUE;
  guard.peer_port =
      PEER_PORT_FIRST + g_get_monotonic_time () / 1000 % (PEER_PORT_LAST - PEER_PORT_FIRST + 1);
  for (guint i = 0; i < NET_FORWARDS_MAX; i++)
    guard.handed[i].fd = -1;
  for (guint i = 0; i < CLIENTS_MAX; i++)
    guard.clients[i].fd = -1;
}

gboolean
socket_guard_is_in_force (void)
{
  return dlsym (RTLD_DEFAULT, "connect") == (void *) connect &&
         dlsym (RTLD_DEFAULT, "sendto") == (void *) sendto &&
         dlsym (RTLD_DEFAULT, "bind") == (void *) bind &&
         dlsym (RTLD_DEFAULT, "accept") == (void *) accept &&
         dlsym (RTLD_DEFAULT, "recvfrom") == (void *) recvfrom &&
         dlsym (RTLD_DEFAULT, "fopen64") == (void *) fopen64;
}

void
socket_guard_set_policy (const NetPolicy *policy)
{
  guard.policy = policy;
}

void
socket_guard_set_resolvers (const NetResolvers *resolvers)
{
  guard.resolvers = *resolvers;
}

void
socket_guard_hand_over (int fd, gboolean udp, guint16 name)
{
  set_up ();
  guard.pending = fd;
  guard.next = (Handed) { .fd = -1, .udp = udp, .name = name };
}

void
socket_guard_take_back (void)
{
  guard.pending = -1;
}

static sa_family_t
crossed (int fd)
{
  return fd >= 0 && fd < CROSSED_MAX ? guard.crossed[fd] : 0;
}

static Handed *
find_handed (int fd)
{
  set_up ();
  for (guint i = 0; i < NET_FORWARDS_MAX; i++)
    if (guard.handed[i].fd == fd)
      return &guard.handed[i];
  return NULL;
}

/* A new socket may have the number of a closed one. */
static void
forget (int fd)
{
  Handed *old = fd >= 0 ? find_handed (fd) : NULL;

  if (crossed (fd))
    guard.crossed[fd] = 0;
  if (old == NULL)
    return;
  old->fd = -1;
  for (guint i = 0; i < CLIENTS_MAX; i++)
    if (guard.clients[i].fd == fd)
      guard.clients[i].fd = -1;
}

static int
refuse (int code)
{
  errno = code;
  return -1;
}

/* --- destinations --- */

static gboolean
is_token (const Address *address)
{
  if (address->any.sa_family == AF_INET)
    return address->v4.sin_port == htons (PORT_DNS) &&
           address->v4.sin_addr.s_addr == htonl (NET_TOKEN_RESOLVER_V4);
  return address->v6.sin6_port == htons (PORT_DNS) &&
         memcmp (&address->v6.sin6_addr, net_token_resolver_v6.bytes, 16) == 0;
}

static gboolean
has_resolver (sa_family_t family)
{
  return (guard.resolvers.flags & (family == AF_INET ? NET_RESOLVER_V4 : NET_RESOLVER_V6)) != 0;
}

static void
fill_resolver (Address *address, sa_family_t family)
{
  memset (address, 0, sizeof *address);
  address->any.sa_family = family;
  if (family == AF_INET)
    {
      address->v4.sin_port = htons (PORT_DNS);
      memcpy (&address->v4.sin_addr, guard.resolvers.v4, 4);
      return;
    }
  address->v6.sin6_port = htons (PORT_DNS);
  address->v6.sin6_scope_id = guard.resolvers.scope;
  memcpy (&address->v6.sin6_addr, guard.resolvers.v6, 16);
}

static sa_family_t
other (sa_family_t family)
{
  return family == AF_INET ? AF_INET6 : AF_INET;
}

/* Puts a socket of the other family in the place of libslirp's, which goes on taking it for one of
 * its own: the guest asks by IPv4, and this computer's resolver speaks IPv6 only, or the other way
 * round. */
static gboolean
cross (int fd, sa_family_t family)
{
  int type = 0;
  socklen_t size = sizeof type;
  int made;

  if (fd < 0 || fd >= CROSSED_MAX || getsockopt (fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0)
    return FALSE;
  made = syscall (SYS_socket, other (family), type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (made < 0)
    return FALSE;
  if (dup3 (made, fd, O_CLOEXEC) == fd)
    guard.crossed[fd] = family;
  close (made);
  return guard.crossed[fd] != 0;
}

/* The real resolver for its token. */
static gboolean
put_resolver (int fd, Address *address)
{
  sa_family_t family = address->any.sa_family;

  if (!crossed (fd) && has_resolver (family))
    {
      fill_resolver (address, family);
      return TRUE;
    }
  if (!has_resolver (other (family)) || (!crossed (fd) && !cross (fd, family)))
    return FALSE;
  fill_resolver (address, other (family));
  return TRUE;
}

static gboolean
is_allowed (const Address *address)
{
  NetAddress to;

  if (address->any.sa_family == AF_INET)
    to = net_address_from_v4 (ntohl (address->v4.sin_addr.s_addr));
  else
    {
      memcpy (to.bytes, &address->v6.sin6_addr, 16);
      if (net_address_is_v4 (&to))
        return FALSE;
    }
  return net_policy_judge_destination (guard.policy, &to) == NET_DROP_NONE;
}

/* The client of the forward `fd` that has this token. */
static Client *
find_client (int fd, const Address *address)
{
  guint index = ntohs (address->v4.sin_port) - CLIENT_PORT_FIRST;

  if (address->any.sa_family != AF_INET ||
      address->v4.sin_addr.s_addr != htonl (NET_TOKEN_CLIENT_V4) || index >= CLIENTS_MAX ||
      guard.clients[index].fd != fd || find_handed (fd) == NULL)
    return NULL;
  return &guard.clients[index];
}

static socklen_t
size_of (const Address *address)
{
  return address->any.sa_family == AF_INET ? sizeof address->v4 : sizeof address->v6;
}

/* Address and port. */
static gboolean
is_same (const Address *a, const Address *b)
{
  if (a->any.sa_family != b->any.sa_family)
    return FALSE;
  if (a->any.sa_family == AF_INET)
    return a->v4.sin_port == b->v4.sin_port && a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
  return a->v6.sin6_port == b->v6.sin6_port &&
         memcmp (&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof a->v6.sin6_addr) == 0;
}

/* Copies a destination and changes it into the real one. FALSE if it is not allowed. */
static gboolean
resolve (int fd, const struct sockaddr *given, socklen_t size, Address *out)
{
  Client *client;

  memset (out, 0, sizeof *out);
  if (guard.policy == NULL || guard.policy->mode == NET_POLICY_OFFLINE || given == NULL ||
      size < sizeof (sa_family_t))
    return FALSE;
  memcpy (out, given, MIN (size, sizeof *out));
  if ((out->any.sa_family != AF_INET && out->any.sa_family != AF_INET6) || size < size_of (out))
    return FALSE;
  if (is_token (out))
    return put_resolver (fd, out);
  if (crossed (fd))
    return FALSE; /* it can lead to the resolver only */
  client = find_client (fd, out);
  if (client != NULL)
    {
      client->used = ++guard.calls;
      *out = client->address;
      return TRUE;
    }
  return is_allowed (out);
}

/* --- clients of UDP forwards --- */

static Client *
note_client (int fd, const Address *address)
{
  Client *oldest = &guard.clients[0];

  for (guint i = 0; i < CLIENTS_MAX; i++)
    {
      Client *client = &guard.clients[i];

      if (client->fd == fd && memcmp (&client->address, address, sizeof *address) == 0)
        {
          client->used = ++guard.calls;
          return client;
        }
      if (oldest->fd >= 0 && (client->fd < 0 || client->used < oldest->used))
        oldest = client;
    }
  *oldest = (Client) { .fd = fd, .address = *address, .used = ++guard.calls };
  return oldest;
}

static void
give_v4 (struct sockaddr *at, socklen_t *size, guint32 address, guint16 port)
{
  struct sockaddr_in out = { .sin_family = AF_INET,
                             .sin_port = htons (port),
                             .sin_addr.s_addr = htonl (address) };

  memcpy (at, &out, MIN (*size, sizeof out));
  *size = sizeof out;
}

/* --- the functions that libslirp calls --- */

int
socket (int domain, int type, int protocol)
{
  int fd;

  if (domain != AF_INET && domain != AF_INET6)
    return refuse (EACCES);
  fd = syscall (SYS_socket, domain, type, protocol);
  forget (fd);
  return fd;
}

int
connect (int fd, const struct sockaddr *address, socklen_t size)
{
  Address to;

  if (!resolve (fd, address, size, &to))
    return refuse (EACCES);
  return syscall (SYS_connect, fd, &to, size_of (&to));
}

ssize_t
sendto (int fd,
        const void *data,
        size_t n,
        int flags,
        const struct sockaddr *address,
        socklen_t size)
{
  Address to;

  if (!resolve (fd, address, size, &to))
    return refuse (EACCES);
  return syscall (SYS_sendto, fd, data, n, flags | MSG_NOSIGNAL, &to, size_of (&to));
}

/* What the resolver answers a socket that libslirp takes for another: from the token. */
static ssize_t
receive_crossed (int fd, void *data, size_t n, int flags, struct sockaddr *address, socklen_t *size)
{
  Address resolver;
  Address from = { 0 };
  socklen_t from_size = sizeof from;
  ssize_t got = syscall (SYS_recvfrom, fd, data, n, flags, &from, &from_size);

  if (got < 0 || address == NULL)
    return got;
  fill_resolver (&resolver, other (crossed (fd)));
  if (from_size != size_of (&resolver) || !is_same (&from, &resolver))
    return refuse (EAGAIN); /* nobody was asked but the resolver */
  if (crossed (fd) == AF_INET)
    {
      give_v4 (address, size, NET_TOKEN_RESOLVER_V4, PORT_DNS);
      return got;
    }
  from.v6 = (struct sockaddr_in6) { .sin6_family = AF_INET6, .sin6_port = htons (PORT_DNS) };
  memcpy (&from.v6.sin6_addr, net_token_resolver_v6.bytes, 16);
  memcpy (address, &from, MIN (*size, sizeof from.v6));
  *size = sizeof from.v6;
  return got;
}

ssize_t
recvfrom (int fd, void *data, size_t n, int flags, struct sockaddr *address, socklen_t *size)
{
  Handed *handed = find_handed (fd);
  Address from = { 0 };
  socklen_t from_size = sizeof from;
  ssize_t got;

  if (crossed (fd))
    return receive_crossed (fd, data, n, flags, address, size);
  if (handed == NULL || address == NULL)
    return syscall (SYS_recvfrom, fd, data, n, flags, address, size);
  got = syscall (SYS_recvfrom, fd, data, n, flags, &from, &from_size);
  if (got >= 0)
    give_v4 (address, size, NET_TOKEN_CLIENT_V4,
             CLIENT_PORT_FIRST + (note_client (fd, &from) - guard.clients));
  return got;
}

/* vmm has bound the real one. */
int
bind (int fd, const struct sockaddr *address, socklen_t size)
{
  Handed *place = find_handed (-1);

  if (guard.pending < 0 || place == NULL)
    return refuse (EACCES);
  if (dup3 (guard.pending, fd, O_CLOEXEC) < 0)
    return -1;
  *place = guard.next;
  place->fd = fd;
  guard.pending = -1;
  return 0;
}

int
listen (int fd, int backlog)
{
  return find_handed (fd) != NULL ? 0 : refuse (EACCES);
}

int
accept (int fd, struct sockaddr *address, socklen_t *size)
{
  int got;

  if (find_handed (fd) == NULL)
    return refuse (EACCES);
  got = syscall (SYS_accept4, fd, NULL, NULL, SOCK_CLOEXEC);
  forget (got);
  if (got < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS))
    guard.rests_until = g_get_monotonic_time () + REST_US;
  if (got < 0)
    return got;
  give_v4 (address, size, INADDR_LOOPBACK, guard.peer_port);
  guard.peer_port = guard.peer_port == PEER_PORT_LAST ? PEER_PORT_FIRST : guard.peer_port + 1;
  return got;
}

guint
socket_guard_rest_ms (void)
{
  gint64 left = guard.rests_until > 0 ? guard.rests_until - g_get_monotonic_time () : 0;

  return left > 0 ? (guint) (left / 1000 + 1) : 0;
}

gboolean
socket_guard_is_listening (int fd)
{
  const Handed *handed = fd >= 0 ? find_handed (fd) : NULL;

  return handed != NULL && !handed->udp;
}

int
getsockname (int fd, struct sockaddr *address, socklen_t *size)
{
  Handed *handed = find_handed (fd);

  if (handed == NULL)
    return syscall (SYS_getsockname, fd, address, size);
  give_v4 (address, size, INADDR_LOOPBACK, handed->name);
  return 0;
}

static gboolean
is_resolv_conf (const char *path)
{
  return strcmp (path, RESOLV_CONF) == 0;
}

FILE *
fopen64 (const char *path, const char *mode)
{
  static char text[64];

  if (!is_resolv_conf (path))
    {
      errno = EACCES;
      return NULL;
    }
  g_snprintf (text, sizeof text, "nameserver 192.0.2.53\nnameserver 2001:db8::53\n");
  return fmemopen (text, strlen (text), "r");
}

int
stat64 (const char *path, struct stat64 *info)
{
  if (!is_resolv_conf (path))
    return refuse (EACCES);
  memset (info, 0, sizeof *info);
  info->st_mode = S_IFREG | 0444;
  return 0;
}
