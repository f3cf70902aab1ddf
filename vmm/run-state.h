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
} RunState;

/* `status`: the string of query-status. */
RunState run_state_describe (const char *status);

/* A sentence about a BLOCK_IO_ERROR event that paused the guest; NULL if it did not. Free it. */
char *run_state_describe_io_error (JsonNode *data, const GuestDefinition *definition);

/* A sentence about a SHUTDOWN event. */
const char *run_state_describe_shutdown (JsonNode *data);
