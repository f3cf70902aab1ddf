/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Everything of the host that one guest is given, opened: disks with their backing files, kernel
 * and initrd, firmware and its variables, KVM. The machine is built of these descriptors alone.
 */
#pragma once

#include "guest-definition.h"
#include "host/kvm-probe.h"

#include <gio/gio.h>

typedef struct
{
  const GuestDefinition *definition; /* borrowed */
  GPtrArray *chains;                 /* of ImageChain, in the order of the definition's disks */
  int kernel;                        /* -1: none. The rest likewise. */
  int initrd;
  int firmware_code;
  int firmware_variables; /* this guest's own nvram.qcow2, read-write and locked */
  int kvm;                /* -1: TCG */
  gboolean use_kvm;
  char *accelerator_reason; /* a sentence: why this accelerator */
  char *disks_changed;      /* a sentence: what is another file than at the last start; or NULL */
} Resources;

/* Opens all, or nothing with a sentence that names the file. `accel` is the accelerator to use (the
 * definition's or the command line's). Runs jailed tools: only before the main loop runs. */
Resources *resources_open (const GuestDefinition *definition, GuestAccel accel, GError **error);
void resources_free (Resources *resources);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Resources, resources_free)
