/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * qemu-img, jailed, for one image by descriptor. A vmm that was started by root is still root when
 * it needs this, and a jail is never made by root; so each use is a short-lived `vitrine-vmm
 * --image-tool VERB` that becomes the guest's uid, jails qemu-img, waits for it and passes on what
 * it printed.
 */
#pragma once

#include <gio/gio.h>

#define IMAGE_TOOL_TIMEOUT_MS 15000
#define IMAGE_TOOL_OUTPUT_MAX (64u << 10)

/* Descriptor numbers in the short-lived process and in the jail. */
#define IMAGE_TOOL_FD_IN 3
#define IMAGE_TOOL_FD_OUT 4

/* Supervisor's side. `verb`: "info" (qcow2 memfd `in`; returns the JSON), "create" (an empty qcow2
 * of `bytes` into memfd `out`; returns ""), "convert" (raw memfd `in` to qcow2 memfd `out`). Unused
 * descriptors are -1; all stay the caller's. Waits for the tool, at most IMAGE_TOOL_TIMEOUT_MS:
 * only before the main loop runs. NULL with what qemu-img said. */
char *image_tool_run (const char *verb,
                      const char *uuid,
                      guint64 bytes,
                      int in,
                      int out,
                      GError **error);

/* Appends what can be read of `fd`, which does not block or has something; FALSE at its end, or
 * with more than `max` bytes in all. */
gboolean image_tool_drain (int fd, GString *into, gsize max);

/* The short-lived process: returns its exit status. */
int image_tool_main (const char *verb, const char *uuid, guint64 bytes);
