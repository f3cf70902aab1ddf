/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Turns the assistant's answers into a guest: definition, new disk, library entry. Undone as a
 * whole when a step fails.
 */
#pragma once

#include "vt-library.h"

typedef enum
{
  NEW_GUEST_ISO,
  NEW_GUEST_DISK,
  NEW_GUEST_KERNEL,
  NEW_GUEST_EMPTY,
} NewGuestSource;

/* Borrowed strings; NULL where not asked for. */
typedef struct
{
  NewGuestSource source;
  const char *name;
  guint memory_mib;
  guint cpus;
  guint disk_gib; /* a new disk; 0: none */
  const char *firmware;
  const char *network; /* a policy */
  const char *iso;
  const char *disk;
  const char *disk_format;
  const char *kernel;
  const char *initrd;
  const char *cmdline;
} NewGuestAnswers;

/* NULL with an error that says which answer is wrong. */
GuestDefinition *new_guest_define (const NewGuestAnswers *answers, GError **error);

/* A name that no guest has yet, made from a file's ("debian-12.iso" to "debian-12"). */
char *new_guest_suggest_name (VtLibrary *library, const char *path);

/* "qcow2" or "raw" by the file's suffix alone. Static. */
const char *new_guest_suggest_format (const char *path);

/* Takes `definition`. */
void new_guest_create_async (VtLibrary *library,
                             GuestDefinition *definition,
                             guint disk_gib,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer data);
/* Transfer full. */
VtGuest *new_guest_create_finish (VtLibrary *library, GAsyncResult *result, GError **error);
