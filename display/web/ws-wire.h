/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * WebSocket frames (RFC 6455): numbers and limits only.
 */
#pragma once

#define WS_ACCEPT_SUFFIX "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define WS_HEAD_BYTES_MAX 14u
#define WS_CONTROL_BYTES_MAX 125u
/* Of one frame; noVNC sends at most 10 KiB, and 1 MiB of clipboard. */
#define WS_PAYLOAD_MAX (1u << 21)

typedef enum
{
  WS_CONTINUATION = 0,
  WS_TEXT = 1,
  WS_BINARY = 2,
  WS_CLOSE = 8,
  WS_PING = 9,
  WS_PONG = 10,
} WsOpcode;

typedef enum
{
  WS_CODE_NORMAL = 1000,
  WS_CODE_GOING_AWAY = 1001, /* the guest is off */
  WS_CODE_PROTOCOL = 1002,
  WS_CODE_UNSUPPORTED = 1003,
  WS_CODE_TOO_BIG = 1009,
  /* Ours, of those for private use: the page tells people why the console is gone. Plus a LinkWhy. */
  WS_CODE_WHY = 4000,
} WsCode;
