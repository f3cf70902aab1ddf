/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A conversation in the agents' protocol, whose other end is a peer of the clipboard's broker: the
 * guest's agent, of which the display process is the viewer, or a SPICE viewer, to whom it plays
 * the agent. What the other end says is put together by vdagent-stream.c; what it is told waits as
 * state, the newest only, so that one who does not read costs no memory. Main thread only.
 *
 * Of pictures only PNG passes, as bytes that nobody here decodes: whatever knows another format
 * knows that one.
 */
#pragma once

#include "agent/vdagent-parse.h"
#include "clipboard/clipboard.h"

typedef struct _AgentTalk AgentTalk;

typedef struct
{
  /* agent_talk_fill () has something; never from within agent_talk_fill (). */
  void (*ready) (gpointer user_data);
  /* A viewer wishes for another screen size. NULL if nobody minds. */
  void (*resize) (guint32 width, guint32 height, gpointer user_data);
  /* A person may want to know why something did not pass; a sentence. NULL if nobody minds. */
  void (*complain) (const char *text, gpointer user_data);
  /* The other end has said what it can do. NULL if nobody minds. */
  void (*announced) (gpointer user_data);
  gpointer user_data;
} AgentTalkHost;

/* Joins the broker, as the guest or, with `sender` a viewer, as that. */
AgentTalk *agent_talk_new (Clipboard *clipboard,
                           VdagentSender sender,
                           ClipboardSide side,
                           const AgentTalkHost *host);
void agent_talk_free (AgentTalk *talk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AgentTalk, agent_talk_free)

/* Bytes of the other end, cut anywhere. FALSE if it broke the protocol: the conversation is over.
 */
gboolean agent_talk_take (AgentTalk *talk, const guint8 *data, gsize size);

/* The other end has said a part of a message. */
gboolean agent_talk_is_within (AgentTalk *talk);

/* Asks the other end once more what it can do: who was asked first may not be there any more. Who
 * is asked takes us for another, and gives up what was copied: the Linux agent releases the
 * clipboard. */
void agent_talk_ask (AgentTalk *talk);

/* Tells the other end once more what we can do, and what there is to paste; it keeps what it has.
 */
void agent_talk_tell (AgentTalk *talk);

/* The next bytes for the other end. 0: there are none for now. */
gsize agent_talk_fill (AgentTalk *talk, guint8 *buffer, gsize size);
