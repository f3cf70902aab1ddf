/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Parser of vmm's messages. Runs in vitrine-net. Pure.
 */
#include "net-request-parse.h"

static gboolean
is_setup_good (const NetSetup *setup)
{
  return setup->mtu >= NET_MTU_MIN && setup->mtu <= NET_MTU_MAX && (setup->mac[0] & 1) == 0 &&
         setup->padding[0] == 0 && setup->padding[1] == 0;
}

static gboolean
is_addresses_good (const NetAddresses *addresses)
{
  if (addresses->count > NET_ADDRESSES_MAX)
    return FALSE;
  for (guint i = 0; i < addresses->count; i++)
    if (addresses->bits[i] > 128)
      return FALSE;
  return TRUE;
}

static gboolean
is_resolvers_good (const NetResolvers *resolvers)
{
  return (resolvers->flags & ~NET_RESOLVER_FLAGS_ALL) == 0;
}

static gboolean
is_rates_good (const NetRates *rates)
{
  return rates->padding == 0 && rates->in <= NET_RATE_MAX && rates->out <= NET_RATE_MAX;
}

static gboolean
is_forward_good (const NetForward *forward)
{
  return forward->id != 0 && forward->udp <= 1 && forward->guest_port >= 1 &&
         forward->guest_port <= 65535;
}

static gboolean
is_capture_good (const NetCapture *capture)
{
  return capture->padding == 0 && capture->bytes_max >= NET_CAPTURE_BYTES_MIN &&
         capture->bytes_max <= NET_CAPTURE_BYTES_MAX;
}

static gboolean
is_message_good (const NetMessage *message)
{
  switch (message->type)
    {
    case NET_POLICY:
      return message->value <= NET_POLICY_LAST;
    case NET_FORWARD_END:
      return message->value != 0;
    case NET_CAPTURE_STOP:
    case NET_TAP:
      return message->value == 0;
    default:
      return message->type == NET_PING;
    }
}

ParseResult
net_request_parse (const void *data, gsize size, guint n_fds, NetRequest *ret_request)
{
  NetRequest request = { 0 };
  gboolean wants_fd = FALSE;
  gsize wanted = sizeof request.message;

  if (size < sizeof request.message || size > sizeof request)
    return PARSE_BAD;
  memcpy (&request, data, size);
  switch (request.type)
    {
    case NET_SETUP:
      wants_fd = TRUE;
      wanted = is_setup_good (&request.setup) ? sizeof request.setup : 0;
      break;
    case NET_ADDRESSES:
      wanted = is_addresses_good (&request.addresses) ? sizeof request.addresses : 0;
      break;
    case NET_RESOLVERS:
      wanted = is_resolvers_good (&request.resolvers) ? sizeof request.resolvers : 0;
      break;
    case NET_RATES:
      wanted = is_rates_good (&request.rates) ? sizeof request.rates : 0;
      break;
    case NET_FORWARD:
      wants_fd = TRUE;
      wanted = is_forward_good (&request.forward) ? sizeof request.forward : 0;
      break;
    case NET_CAPTURE:
      wants_fd = TRUE;
      wanted = is_capture_good (&request.capture) ? sizeof request.capture : 0;
      break;
    case NET_TAP:
      wants_fd = TRUE;
      wanted = is_message_good (&request.message) ? sizeof request.message : 0;
      break;
    default:
      wanted = is_message_good (&request.message) ? sizeof request.message : 0;
      break;
    }
  if (size != wanted || n_fds != (wants_fd ? 1 : 0))
    return PARSE_BAD;
  *ret_request = request;
  return PARSE_OK;
}
