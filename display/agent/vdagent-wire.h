/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The messages between a guest's agent and whoever shows the guest (vd_agent.h): numbers, sizes and
 * our limits. Little-endian and packed. The display process has both parts: it is the viewer of the
 * guest's agent, and the agent of a SPICE viewer. Messages are cut into chunks.
 */
#pragma once

#include <glib.h>

#define VDAGENT_CHUNK_HEADER_BYTES 8u /* port, size */
/* Of ours and of viewers'. A guest's agent may put a whole message into one chunk. */
#define VDAGENT_CHUNK_BYTES_MAX 2048u
#define VDAGENT_CLIENT_PORT 1u
#define VDAGENT_SERVER_PORT 2u /* SPICE servers' own messages: none for us, and none of ours */

#define VDAGENT_HEADER_BYTES 20u /* protocol, type, opaque, size */
#define VDAGENT_PROTOCOL 1u

typedef enum
{
  VDAGENT_MONITORS_CONFIG = 2,
  VDAGENT_REPLY = 3,
  VDAGENT_CLIPBOARD = 4,
  VDAGENT_ANNOUNCE_CAPABILITIES = 6,
  VDAGENT_CLIPBOARD_GRAB = 7,
  VDAGENT_CLIPBOARD_REQUEST = 8,
  VDAGENT_CLIPBOARD_RELEASE = 9,
} VdagentType;

/* Bits of the capabilities' first word. */
#define VDAGENT_CAP_MONITORS_CONFIG (1u << 1)
#define VDAGENT_CAP_REPLY (1u << 2)
#define VDAGENT_CAP_CLIPBOARD_BY_DEMAND (1u << 5)
#define VDAGENT_CAP_CLIPBOARD_SELECTION (1u << 6)
#define VDAGENT_CAP_SPARSE_MONITORS (1u << 7)
#define VDAGENT_CAP_GUEST_LINEEND_LF (1u << 8)
#define VDAGENT_CAP_GUEST_LINEEND_CRLF (1u << 9)
#define VDAGENT_CAPS_WORDS_MAX 8u

#define VDAGENT_MONITORS_MAX 16u
#define VDAGENT_TYPES_MAX 16u /* kinds of data that one clipboard offers */

typedef enum
{
  VDAGENT_CLIPBOARD_NONE = 0,
  VDAGENT_CLIPBOARD_UTF8 = 1,
  VDAGENT_CLIPBOARD_PNG = 2,
} VdagentClipboardType;

/* Longer contents are passed over unread ... */
#define VDAGENT_CLIPBOARD_BYTES_MAX (8u << 20)
/* ... and such lengths are taken for nonsense. */
#define VDAGENT_CLIPBOARD_BYTES_NONSENSE (512u << 20)
/* What is skipped unread must not be large either. */
#define VDAGENT_OTHER_BYTES_MAX 65536u
