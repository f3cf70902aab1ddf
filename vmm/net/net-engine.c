/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The engine: frames. Runs in vitrine-net. No frame reaches libslirp but through judge ().
 */
#include "net-engine-private.h"

#include "fds.h"
#include "frame-refuse.h"
#include "net-address.h"
#include "socket-guard.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

/* The first descriptors of each poll (). */
enum
{
  POLL_LINK,
  POLL_FRAMES,
  POLL_TAP,
  POLL_FIXED,
};

static gint64
wall_clock_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_REALTIME, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

static gboolean
spend (TokenBucket *bucket, gint64 now)
{
  if (!token_bucket_is_open (bucket, now))
    return FALSE;
  token_bucket_take (bucket, NET_FRAME_COST_MIN);
  return TRUE;
}

/* --- to the guest --- */

/* What libslirp hands out is ours to believe; behind a tap, others say so of others too. */
static void
note_lease (NetEngine *engine, const Frame *frame)
{
  if ((frame->flags & FRAME_DHCP) && frame->dhcp_operation == 2 && frame->dhcp_type == 5 &&
      memcmp (frame->link_address, engine->policy.mac, FRAME_MAC_SIZE) == 0)
    memcpy (engine->stats.lease, frame->dhcp_yours.bytes + 12, 4);
}

static void
write_to_guest (NetEngine *engine, const guint8 *data, gsize size)
{
  if (!frame_port_write (engine->port, data, size))
    {
      engine->stats.drops[NET_DROP_FULL]++;
      return;
    }
  engine->stats.frames_in++;
  engine->stats.bytes_in += size;
  if (engine->capture != NULL)
    capture_add (engine->capture, wall_clock_ns (), data, size);
}

static void
on_to_guest (const guint8 *data, gsize size, gpointer user_data)
{
  NetEngine *engine = user_data;
  Frame frame = { 0 };

  /* Behind a tap, others send what they like; it counts all the same. */
  if (frame_parse (data, size, &frame) == PARSE_OK)
    note_lease (engine, &frame);
  token_bucket_take (&engine->in, net_policy_cost (&frame, size));
  write_to_guest (engine, data, size);
}

/* --- from the guest --- */

static NetDrop
judge (NetEngine *engine, const guint8 *data, gsize size, gint64 now, Frame *frame)
{
  NetDrop drop;

  if (frame_parse (data, size, frame) != PARSE_OK)
    return NET_DROP_MALFORMED;
  drop = net_policy_judge (&engine->policy, frame);
  if (drop == NET_DROP_NONE && net_policy_is_chatter (frame) && !spend (&engine->chatter, now))
    return NET_DROP_STORM;
  return drop;
}

static void
refuse (NetEngine *engine,
        const Frame *frame,
        NetDrop drop,
        const guint8 *data,
        gsize size,
        gint64 now)
{
  guint8 answer[FRAME_REFUSAL_MAX];
  gsize n;

  if (drop != NET_DROP_GATEWAY && drop != NET_DROP_HOST && drop != NET_DROP_PRIVATE &&
      drop != NET_DROP_LINK && drop != NET_DROP_SPECIAL)
    return;
  n = frame_refuse (frame, data, size, answer);
  if (n > 0 && spend (&engine->refusals, now))
    write_to_guest (engine, answer, n);
}

static void
take_frame (NetEngine *engine, const guint8 *data, gsize size, gint64 now)
{
  Frame frame = { 0 };
  NetDrop drop;

  engine->stats.frames_out++;
  engine->stats.bytes_out += size;
  if (engine->capture != NULL)
    capture_add (engine->capture, wall_clock_ns (), data, size);
  drop = judge (engine, data, size, now, &frame);
  token_bucket_take (&engine->out, net_policy_cost (&frame, size));
  if (drop != NET_DROP_NONE)
    {
      engine->stats.drops[drop]++;
      refuse (engine, &frame, drop, data, size, now);
      return;
    }
  if (engine->tap != NULL)
    {
      if (!tap_port_write (engine->tap, data, size))
        engine->stats.drops[NET_DROP_FULL]++;
      return;
    }
  if (frame.kind == FRAME_IPV6 && net_address_in_prefix (&frame.from, &net_v6_prefix, NET_V6_BITS))
    memcpy (engine->stats.address6, frame.from.bytes, 16);
  net_stack_input (engine->stack, data, size);
}

static void
read_frames (NetEngine *engine)
{
  gint64 now = g_get_monotonic_time ();
  int n = frame_port_read (engine->port);

  if (n < 0)
    net_engine_fail (engine, NET_FAILURE_FRAMES);
  for (int i = 0; i < n; i++)
    {
      gsize size;
      const guint8 *data = frame_port_get (engine->port, i, &size);

      take_frame (engine, data, size, now);
    }
}

/* --- the tap --- */

/* To the guest, or to all. A bridge sends everywhere what it does not know the place of. */
static gboolean
is_for_guest (const NetEngine *engine, const guint8 *data, gsize size)
{
  return size >= FRAME_HEADER_SIZE && size <= FRAME_BYTES_MAX &&
         ((data[0] & 1) != 0 || memcmp (data, engine->policy.mac, FRAME_MAC_SIZE) == 0);
}

static void
read_tap (NetEngine *engine)
{
  gint64 now = g_get_monotonic_time ();

  for (guint i = 0; i < FRAME_PORT_BATCH; i++)
    {
      const guint8 *data;
      gsize size;
      TapPortResult got;

      if (!token_bucket_is_open (&engine->in, now))
        return;
      got = tap_port_read (engine->tap, &data, &size);
      if (got == TAP_PORT_GONE)
        net_engine_fail (engine, NET_FAILURE_TAP);
      if (got != TAP_PORT_FRAME)
        return;
      if (is_for_guest (engine, data, size))
        on_to_guest (data, size, engine);
    }
}

/* --- the stack --- */

static void
set_forward (NetEngine *engine, guint index)
{
  EngineForward *forward = &engine->forwards[index];

  /* Their numbers, from 1, name them to libslirp. */
  if (forward->id != 0 &&
      !net_stack_forward (engine->stack, forward->fd, forward->udp, index + 1, forward->guest_port))
    g_printerr ("vitrine-net: a port cannot be forwarded: %s\n", g_strerror (errno));
}

void
net_engine_restart_stack (NetEngine *engine)
{
  const NetStackHost host = { on_to_guest, engine };

  if (engine->tap != NULL)
    return;
  net_stack_free (engine->stack);
  engine->stack = net_stack_new (&host, engine->mtu);
  for (guint i = 0; i < NET_FORWARDS_MAX; i++)
    set_forward (engine, i);
}

void
net_engine_end_capture (NetEngine *engine, NetCaptureEnd why)
{
  g_clear_pointer (&engine->capture, capture_free);
  engine->stats.capture_bytes = 0;
  net_engine_say (engine, NET_CAPTURE_END, why);
}

/* --- the loop --- */

void
net_engine_say (NetEngine *engine, NetType type, guint32 value)
{
  const NetMessage message = { type, value };

  if (fds_send (engine->link, &message, sizeof message, NULL, 0) < 0)
    engine->is_over = TRUE; /* a vmm that does not read its few messages */
}

void
net_engine_fail (NetEngine *engine, NetFailure failure)
{
  net_engine_say (engine, NET_FAILED, failure);
  engine->is_over = TRUE;
  engine->status = 1;
}

/* Not read while the guest may or can take no more: the kernel's queue is short, and drops. */
static void
add_tap (NetEngine *engine, gint64 now, struct pollfd *poll, guint32 *timeout)
{
  gint64 wait = token_bucket_wait (&engine->in, now);

  if (wait == 0 && !frame_port_is_behind (engine->port))
    *poll = (struct pollfd) { .fd = tap_port_get_fd (engine->tap), .events = POLLIN };
  else if (wait > 0)
    *timeout = MIN (*timeout, (guint32) (wait / 1000 + 1));
}

static void
add_fixed (NetEngine *engine, gint64 now, guint32 *timeout)
{
  struct pollfd fixed[POLL_FIXED] = {
    [POLL_LINK] = { .fd = engine->link, .events = POLLIN },
    [POLL_FRAMES] = { .fd = -1 },
    [POLL_TAP] = { .fd = -1 },
  };
  gint64 wait = token_bucket_wait (&engine->out, now);

  if (engine->port != NULL)
    {
      short events = (wait == 0 ? POLLIN : 0) | (frame_port_is_behind (engine->port) ? POLLOUT : 0);

      if (events != 0)
        fixed[POLL_FRAMES] =
            (struct pollfd) { .fd = frame_port_get_fd (engine->port), .events = events };
      if (wait > 0)
        *timeout = MIN (*timeout, (guint32) (wait / 1000 + 1));
    }
  if (engine->tap != NULL && engine->port != NULL)
    add_tap (engine, now, &fixed[POLL_TAP], timeout);
  g_array_set_size (engine->fds, 0);
  g_array_append_vals (engine->fds, fixed, POLL_FIXED);
}

static void
turn (NetEngine *engine)
{
  gint64 now = g_get_monotonic_time ();
  guint32 timeout = G_MAXINT32;
  struct pollfd *fds;
  int got;

  add_fixed (engine, now, &timeout);
  if (engine->stack != NULL)
    {
      gint64 wait = token_bucket_wait (&engine->in, now);
      gboolean hold = wait > 0 || frame_port_is_behind (engine->port);

      if (wait > 0)
        timeout = MIN (timeout, (guint32) (wait / 1000 + 1));
      net_stack_prepare (engine->stack, engine->fds, hold, &timeout);
    }
  fds = (struct pollfd *) engine->fds->data;
  got = poll (fds, engine->fds->len, timeout >= G_MAXINT32 ? -1 : (int) timeout);
  if (got < 0 && errno != EINTR)
    {
      g_printerr ("vitrine-net: poll: %s\n", g_strerror (errno));
      engine->is_over = TRUE;
      engine->status = 1;
      return;
    }
  if (got < 0)
    for (guint i = 0; i < engine->fds->len; i++)
      fds[i].revents = 0;
  if (engine->stack != NULL)
    net_stack_dispatch (engine->stack, engine->fds, got < 0);
  /* An order counts for the frames behind it. */
  fds = (struct pollfd *) engine->fds->data;
  if (fds[POLL_LINK].revents != 0)
    net_orders_read (engine);
  if (engine->port != NULL && !engine->is_over &&
      (fds[POLL_FRAMES].revents & (POLLIN | POLLHUP | POLLERR)))
    read_frames (engine);
  if (!engine->is_over && fds[POLL_TAP].revents != 0)
    read_tap (engine);
  if (engine->port != NULL)
    frame_port_flush (engine->port);
}

static void
flush_capture (NetEngine *engine)
{
  NetCaptureEnd why;

  if (engine->capture != NULL && !capture_flush (engine->capture, &why))
    net_engine_end_capture (engine, why);
}

NetEngine *
net_engine_new (int link)
{
  NetEngine *engine = g_new0 (NetEngine, 1);
  gint64 now = g_get_monotonic_time ();

  engine->link = link;
  engine->fds = g_array_new (FALSE, FALSE, sizeof (struct pollfd));
  engine->policy.own = engine->own;
  engine->policy.own_bits = engine->own_bits;
  engine->policy.mode = NET_POLICY_OFFLINE;
  token_bucket_set_rate (&engine->chatter, NET_CHATTER_PER_SECOND * NET_FRAME_COST_MIN, now);
  token_bucket_set_rate (&engine->refusals, NET_REFUSALS_PER_SECOND * NET_FRAME_COST_MIN, now);
  token_bucket_fill_up (&engine->chatter);
  token_bucket_fill_up (&engine->refusals);
  for (guint i = 0; i < NET_FORWARDS_MAX; i++)
    engine->forwards[i].fd = -1;
  socket_guard_set_policy (&engine->policy);
  return engine;
}

void
net_engine_free (NetEngine *engine)
{
  socket_guard_set_policy (NULL);
  net_stack_free (engine->stack);
  frame_port_free (engine->port);
  tap_port_free (engine->tap);
  capture_free (engine->capture);
  for (guint i = 0; i < NET_FORWARDS_MAX; i++)
    fds_clear (&engine->forwards[i].fd);
  g_array_unref (engine->fds);
  g_free (engine);
}

int
net_engine_run (NetEngine *engine)
{
  while (!engine->is_over)
    {
      turn (engine);
      flush_capture (engine);
    }
  return engine->status;
}
