/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One connection to the guest's agent (B4: what any program of the guest may have written), and the
 * conversation on it. Whoever breaks the protocol, or closes, ends both; nothing is made up for:
 * the next connection begins anew. Main thread only.
 *
 * An agent that dies in the middle of a message leaves a stream whose next message nobody could
 * find. vmm then hands over another connection (LINK_AGENT); what was underway on this one is
 * thrown away by QEMU, which closes the guest's port with it.
 *
 * QEMU tells vmm at most once a second that the port was closed or opened, and the last of it only:
 * one program may have taken the place of another unseen. What either began is not the other's, so
 * who has opened the port must begin with what it can do.
 */
#pragma once

#include "clipboard/clipboard.h"

/* What is read of a guest in one go, and in a stretch of time: one that says more has it wait in
 * QEMU, which then takes no more of the guest. 8 MiB pass in less than a second. */
#define GUEST_AGENT_READ_BYTES (64u << 10)
#define GUEST_AGENT_STRETCH_BYTES (1u << 20)
#define GUEST_AGENT_STRETCH_MS 50
/* Complaints that reach the guest's log are as far apart. */
#define GUEST_AGENT_COMPLAINT_SECONDS 10
/* Who said what it can do so shortly before the port is said to have been opened may be who opened
 * it. */
#define GUEST_AGENT_BEGINNING_SECONDS 10
/* For the rest of a message, or an answer, without a byte of it. */
#define GUEST_AGENT_PATIENCE_SECONDS 5

typedef struct _GuestAgent GuestAgent;

/* Takes the socket and joins the broker as the guest, of which there must be no other. `broken`:
 * what came is not the agents' protocol, or not whole, or may be of two programs; the connection is
 * closed. Of all calls only from within guest_agent_opened (). */
GuestAgent *guest_agent_new (int socket,
                             Clipboard *clipboard,
                             void (*broken) (gpointer user_data),
                             gpointer user_data);
/* A program of the guest has opened the port. Calls `broken` if the conversation may have been with
 * another. */
void guest_agent_opened (GuestAgent *agent);
void guest_agent_free (GuestAgent *agent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuestAgent, guest_agent_free)
