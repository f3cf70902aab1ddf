/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * libslirp's callbacks and configuration. Runs in vitrine-net.
 */
#include "net-stack.h"

#include "socket-guard.h"

#include <slirp/libslirp.h>
#include <time.h>

/* The longest that libslirp lets anybody wait. */
#define IDLE_MS 1000

typedef struct
{
  SlirpTimerCb callback;
  gpointer opaque;
  gint64 expires; /* milliseconds of stack_clock (); -1: not set */
} Timer;

struct _NetStack
{
  Slirp *slirp;
  NetStackHost host;
  GPtrArray *timers; /* of Timer */
  GArray *fds;       /* borrowed, between prepare and dispatch */
  guint n_sockets;
  guint rest_ms; /* for so long clients of forwards are left waiting */
  gboolean hold;
};

static ssize_t
on_send (const void *data, size_t size, void *opaque)
{
  NetStack *stack = opaque;

  stack->host.to_guest (data, size, stack->host.user_data);
  return size;
}

/* What a guest does wrong is counted where it is found, not told. */
static void
on_guest_error (const char *text, void *opaque)
{
}

static int64_t
on_clock (void *opaque)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

static void *
on_timer_new (SlirpTimerCb callback, void *callback_opaque, void *opaque)
{
  NetStack *stack = opaque;
  Timer *timer = g_new0 (Timer, 1);

  *timer = (Timer) { callback, callback_opaque, -1 };
  g_ptr_array_add (stack->timers, timer);
  return timer;
}

static void
on_timer_free (void *timer, void *opaque)
{
  NetStack *stack = opaque;

  g_ptr_array_remove (stack->timers, timer);
}

static void
on_timer_mod (void *data, int64_t expires, void *opaque)
{
  Timer *timer = data;

  timer->expires = expires;
}

static void
on_poll_fd (int fd, void *opaque)
{
}

static void
on_notify (void *opaque)
{
}

static struct in6_addr
to_in6 (const NetAddress *address)
{
  struct in6_addr out;

  memcpy (&out, address->bytes, sizeof out);
  return out;
}

NetStack *
net_stack_new (const NetStackHost *host, guint mtu)
{
  static const SlirpCb callbacks = {
    .send_packet = on_send,
    .guest_error = on_guest_error,
    .clock_get_ns = on_clock,
    .timer_new = on_timer_new,
    .timer_free = on_timer_free,
    .timer_mod = on_timer_mod,
    .register_poll_fd = on_poll_fd,
    .unregister_poll_fd = on_poll_fd,
    .notify = on_notify,
  };
  const SlirpConfig config = {
    .version = 3,
    .in_enabled = true,
    .vnetwork.s_addr = htonl (NET_V4_PREFIX),
    .vnetmask.s_addr = htonl (0xffffffffu << (32 - NET_V4_BITS)),
    .vhost.s_addr = htonl (NET_V4_GATEWAY),
    .vdhcp_start.s_addr = htonl (NET_V4_LEASE),
    .vnameserver.s_addr = htonl (NET_V4_RESOLVER),
    .in6_enabled = true,
    .vprefix_addr6 = to_in6 (&net_v6_prefix),
    .vprefix_len = NET_V6_BITS,
    .vhost6 = to_in6 (&net_v6_gateway),
    .vnameserver6 = to_in6 (&net_v6_resolver),
    .if_mtu = mtu,
    .if_mru = mtu,
    .disable_host_loopback = true,
  };
  NetStack *stack = g_new0 (NetStack, 1);

  stack->host = *host;
  stack->timers = g_ptr_array_new_with_free_func (g_free);
  stack->slirp = slirp_new (&config, &callbacks, stack);
  g_assert (stack->slirp != NULL);
  return stack;
}

void
net_stack_free (NetStack *stack)
{
  if (stack == NULL)
    return;
  slirp_cleanup (stack->slirp);
  g_ptr_array_unref (stack->timers);
  g_free (stack);
}

void
net_stack_input (NetStack *stack, const guint8 *data, gsize size)
{
  slirp_input (stack->slirp, data, (int) size);
}

static int
on_add_poll (int fd, int wanted, void *opaque)
{
  NetStack *stack = opaque;
  struct pollfd poll = { .fd = fd };

  if ((wanted & SLIRP_POLL_IN) && !stack->hold)
    poll.events |= POLLIN;
  if ((wanted & SLIRP_POLL_PRI) && !stack->hold)
    poll.events |= POLLPRI;
  if (wanted & SLIRP_POLL_OUT)
    poll.events |= POLLOUT;
  if (stack->rest_ms > 0 && socket_guard_is_listening (fd))
    poll.events = 0;
  /* A peer that is gone would wake us again and again before it may be read. */
  if (poll.events == 0)
    poll.fd = -1;
  stack->n_sockets++;
  g_array_append_val (stack->fds, poll);
  return (int) stack->fds->len - 1;
}

static int
on_get_revents (int index, void *opaque)
{
  NetStack *stack = opaque;
  short got = g_array_index (stack->fds, struct pollfd, index).revents;
  int out = 0;

  if ((got & POLLIN) && !stack->hold)
    out |= SLIRP_POLL_IN;
  if ((got & POLLPRI) && !stack->hold)
    out |= SLIRP_POLL_PRI;
  if (got & POLLOUT)
    out |= SLIRP_POLL_OUT;
  if (got & POLLERR)
    out |= SLIRP_POLL_ERR;
  if ((got & POLLHUP) && !stack->hold)
    out |= SLIRP_POLL_HUP;
  return out;
}

void
net_stack_prepare (NetStack *stack, GArray *fds, gboolean hold, guint32 *timeout_ms)
{
  gint64 now = on_clock (stack) / 1000000;
  guint32 wanted = IDLE_MS;

  stack->fds = fds;
  stack->hold = hold;
  stack->n_sockets = 0;
  stack->rest_ms = socket_guard_rest_ms ();
  slirp_pollfds_fill (stack->slirp, &wanted, on_add_poll, stack);
  if (stack->rest_ms > 0)
    *timeout_ms = MIN (*timeout_ms, stack->rest_ms);
  /* Without a socket it asks for a turn a second all the same. */
  if (stack->n_sockets > 0 || wanted < IDLE_MS)
    *timeout_ms = MIN (*timeout_ms, wanted);
  for (guint i = 0; i < stack->timers->len; i++)
    {
      const Timer *timer = stack->timers->pdata[i];

      if (timer->expires >= 0)
        *timeout_ms = MIN (*timeout_ms, (guint32) CLAMP (timer->expires - now, 0, G_MAXINT32));
    }
}

static int
on_count_poll (int fd, int wanted, void *opaque)
{
  NetStack *stack = opaque;

  stack->n_sockets++;
  return -1;
}

guint
net_stack_count_sockets (NetStack *stack)
{
  guint32 wanted = IDLE_MS;

  stack->n_sockets = 0;
  slirp_pollfds_fill (stack->slirp, &wanted, on_count_poll, stack);
  return stack->n_sockets;
}

void
net_stack_dispatch (NetStack *stack, GArray *fds, gboolean failed)
{
  gint64 now = on_clock (stack) / 1000000;

  stack->fds = fds;
  slirp_pollfds_poll (stack->slirp, failed, on_get_revents, stack);
  for (guint i = 0; i < stack->timers->len; i++)
    {
      Timer *timer = stack->timers->pdata[i];

      if (timer->expires < 0 || timer->expires > now)
        continue;
      timer->expires = -1;
      timer->callback (timer->opaque);
    }
}

gboolean
net_stack_forward (NetStack *stack, int fd, gboolean udp, guint16 name, guint16 guest_port)
{
  const struct in_addr host = { .s_addr = htonl (INADDR_LOOPBACK) };
  const struct in_addr guest = { .s_addr = htonl (NET_V4_LEASE) };
  int result;

  socket_guard_hand_over (fd, udp, name);
  result = slirp_add_hostfwd (stack->slirp, udp, host, name, guest, guest_port);
  socket_guard_take_back ();
  return result == 0;
}

void
net_stack_forward_end (NetStack *stack, gboolean udp, guint16 name)
{
  const struct in_addr host = { .s_addr = htonl (INADDR_LOOPBACK) };

  slirp_remove_hostfwd (stack->slirp, udp, host, name);
}
