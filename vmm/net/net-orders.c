/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The engine: what vmm orders. Runs in vitrine-net. A vmm that breaks the protocol of the link ends
 * the process.
 */
#include "net-engine-private.h"

#include "fds.h"
#include "net-request-parse.h"
#include "socket-guard.h"

#include <errno.h>

static void
set_up (NetEngine *engine, const NetSetup *setup, int fd)
{
  memcpy (engine->policy.mac, setup->mac, sizeof setup->mac);
  engine->mtu = setup->mtu;
  engine->port = frame_port_new_take (fd);
  if (engine->policy.mode == NET_POLICY_BRIDGE && engine->tap == NULL)
    {
      net_engine_fail (engine, NET_FAILURE_TAP);
      return;
    }
  net_engine_restart_stack (engine);
  net_engine_say (engine, NET_READY, 0);
}

static void
set_addresses (NetEngine *engine, const NetAddresses *addresses)
{
  memcpy (engine->own, addresses->addresses, addresses->count * sizeof *engine->own);
  memcpy (engine->own_bits, addresses->bits, addresses->count);
  engine->policy.n_own = addresses->count;
}

/* Every flow was allowed by the old policy: none outlives it. */
static void
set_policy (NetEngine *engine, NetPolicyNumber mode)
{
  if (engine->policy.mode == mode)
    return;
  engine->policy.mode = mode;
  if (engine->stack != NULL)
    net_engine_restart_stack (engine);
}

static void
set_rates (NetEngine *engine, const NetRates *rates)
{
  gint64 now = g_get_monotonic_time ();

  token_bucket_set_rate (&engine->in, rates->in, now);
  token_bucket_set_rate (&engine->out, rates->out, now);
}

/* FALSE if there is no room, which vmm knows to avoid. Takes fd. */
static gboolean
add_forward (NetEngine *engine, const NetForward *order, int fd)
{
  for (guint i = 0; i < NET_FORWARDS_MAX; i++)
    {
      EngineForward *forward = &engine->forwards[i];

      if (forward->id != 0)
        continue;
      *forward = (EngineForward) { order->id, order->udp != 0, order->guest_port, fd };
      engine->policy.forwards[i].used = TRUE;
      engine->policy.forwards[i].udp = forward->udp;
      engine->policy.forwards[i].port = forward->guest_port;
      if (engine->stack != NULL &&
          !net_stack_forward (engine->stack, fd, forward->udp, i + 1, forward->guest_port))
        g_printerr ("vitrine-net: a port cannot be forwarded: %s\n", g_strerror (errno));
      return TRUE;
    }
  close (fd);
  return FALSE;
}

static void
end_forward (NetEngine *engine, guint32 id)
{
  for (guint i = 0; i < NET_FORWARDS_MAX; i++)
    {
      EngineForward *forward = &engine->forwards[i];

      if (forward->id != id)
        continue;
      if (engine->stack != NULL)
        net_stack_forward_end (engine->stack, forward->udp, i + 1);
      forward->id = 0;
      fds_clear (&forward->fd);
      engine->policy.forwards[i].used = FALSE;
    }
}

/* Takes fd. */
static void
begin_capture (NetEngine *engine, guint64 bytes_max, int fd)
{
  if (engine->capture != NULL)
    g_clear_pointer (&engine->capture, capture_free);
  engine->capture = capture_new_take (fd, bytes_max);
  if (engine->capture == NULL)
    net_engine_say (engine, NET_CAPTURE_END, NET_CAPTURE_BROKEN);
}

static void
tell_stats (NetEngine *engine, guint32 serial)
{
  engine->stats.type = NET_STATS;
  engine->stats.serial = serial;
  engine->stats.policy = engine->policy.mode;
  /* Now, not when this turn began: an order before this one may have cut them all. */
  engine->stats.flows = engine->stack != NULL ? net_stack_count_sockets (engine->stack) : 0;
  engine->stats.capture_bytes = engine->capture != NULL ? capture_get_bytes (engine->capture) : 0;
  if (fds_send (engine->link, &engine->stats, sizeof engine->stats, NULL, 0) < 0)
    engine->is_over = TRUE;
}

/* Takes fd, -1 for none. FALSE: it comes at the wrong time. */
static gboolean
obey (NetEngine *engine, const NetRequest *request, int fd)
{
  switch (request->type)
    {
    case NET_SETUP:
      if (engine->port != NULL)
        {
          close (fd);
          return FALSE;
        }
      set_up (engine, &request->setup, fd);
      return TRUE;
    case NET_TAP:
      if (engine->port != NULL || engine->tap != NULL)
        {
          close (fd);
          return FALSE;
        }
      engine->tap = tap_port_new_take (fd);
      return TRUE;
    case NET_ADDRESSES:
      set_addresses (engine, &request->addresses);
      return TRUE;
    case NET_RESOLVERS:
      socket_guard_set_resolvers (&request->resolvers);
      return TRUE;
    case NET_POLICY:
      set_policy (engine, request->message.value);
      return TRUE;
    case NET_RATES:
      set_rates (engine, &request->rates);
      return TRUE;
    case NET_FORWARD:
      return add_forward (engine, &request->forward, fd);
    case NET_FORWARD_END:
      end_forward (engine, request->message.value);
      return TRUE;
    case NET_CAPTURE:
      begin_capture (engine, request->capture.bytes_max, fd);
      return TRUE;
    case NET_CAPTURE_STOP:
      if (engine->capture != NULL)
        net_engine_end_capture (engine, NET_CAPTURE_STOPPED);
      return TRUE;
    default:
      tell_stats (engine, request->message.value);
      return TRUE;
    }
}

void
net_orders_read (NetEngine *engine)
{
  while (!engine->is_over)
    {
      NetRequest raw;
      NetRequest request;
      int fd = -1;
      guint n_fds = 1;
      gssize got = fds_receive (engine->link, &raw, sizeof raw, &fd, &n_fds);

      if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return;
      if (got > 0 && net_request_parse (&raw, got, n_fds, &request) == PARSE_OK &&
          obey (engine, &request, n_fds > 0 ? fd : -1))
        continue;
      if (got != 0)
        g_printerr ("vitrine-net: vitrine-vmm broke the protocol of the link\n");
      engine->is_over = TRUE;
      engine->status = got == 0 ? 0 : 1;
    }
}
