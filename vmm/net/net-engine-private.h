/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the two halves of the engine share: net-engine.c (frames) and net-orders.c (vmm's messages).
 */
#pragma once

#include "capture.h"
#include "frame-port.h"
#include "net-engine.h"
#include "net-stack.h"
#include "tap-port.h"
#include "token-bucket.h"

typedef struct
{
  guint32 id; /* 0: not used */
  gboolean udp;
  guint16 guest_port;
  int fd; /* ours, for the next stack */
} EngineForward;

struct _NetEngine
{
  int link;
  guint mtu;
  FramePort *port; /* NULL until SETUP */
  NetStack *stack; /* NULL until SETUP, and if there is a tap */
  TapPort *tap;    /* or NULL */
  NetPolicy policy;
  NetAddress own[NET_ADDRESSES_MAX];
  guint8 own_bits[NET_ADDRESSES_MAX];
  EngineForward forwards[NET_FORWARDS_MAX];
  TokenBucket in;
  TokenBucket out;
  TokenBucket chatter;  /* in units of NET_FRAME_COST_MIN a frame */
  TokenBucket refusals; /* likewise */
  Capture *capture;     /* or NULL */
  NetStats stats;
  GArray *fds; /* of struct pollfd */
  gboolean is_over;
  int status;
};

/* Ends the run after telling vmm why. */
void net_engine_fail (NetEngine *engine, NetFailure failure);
void net_engine_say (NetEngine *engine, NetType type, guint32 value);
/* A new stack under the present policy; every flow ends. */
void net_engine_restart_stack (NetEngine *engine);
void net_engine_end_capture (NetEngine *engine, NetCaptureEnd why);
/* Reads vmm's messages. */
void net_orders_read (NetEngine *engine);
