/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * QEMU's run states and events in the words of the control interface, with a sentence for people.
 * Pure.
 */
#pragma once

#include "guest-definition.h"

#include <json-glib/json-glib.h>

typedef struct
{
  const char *state;  /* as in org.vitrine.Guest1.State; NULL: leave it */
  const char *reason; /* "" or a sentence */
  const char *remedy; /* as in org.vitrine.Guest1.Remedy */
} RunState;

/* `status`: the string of query-status. */
RunState run_state_describe (const char *status);

/* A sentence about a BLOCK_IO_ERROR event that paused the guest; NULL if it did not. Free it. */
char *run_state_describe_io_error (JsonNode *data, const GuestDefinition *definition);

/* The disk of a BLOCK_IO_ERROR event that paused the guest and may come from a flush, which the
 * event calls a write; NULL: it cannot. Only of files of this computer, where a flush that failed
 * once fails for ever: what the kernel could not write it has forgotten. */
const GuestDisk *run_state_find_flushed (JsonNode *data, const GuestDefinition *definition);
/* The sentence if it was one. Free it. */
char *run_state_describe_flush (const GuestDisk *disk);

/* A sentence about a SHUTDOWN event. */
const char *run_state_describe_shutdown (JsonNode *data);
