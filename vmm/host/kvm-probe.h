/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Whether KVM is there and really runs guest code on the processor. /dev/kvm may exist, open, and
 * yet be a slow emulation that stops guests half-way, so the probe runs a small guest (long mode,
 * ring 0) for a few milliseconds. Takes at most 250 ms; usually 15.
 */
#pragma once

#include <gio/gio.h>

typedef enum
{
  KVM_USABLE,
  KVM_NO_HARDWARE,   /* the processor offers neither VT-x nor AMD-V to this system */
  KVM_FIRMWARE,      /* the processor has it, the firmware has switched it off */
  KVM_NO_MODULE,     /* the kernel module is not loaded: /dev/kvm is not there */
  KVM_NO_PERMISSION, /* /dev/kvm may not be opened by this user */
  KVM_EMULATED,      /* /dev/kvm exists but emulates guest code in software */
  KVM_SLOW,          /* it works, far below what hardware does */
  KVM_BROKEN,        /* an ioctl failed in an unexpected way */
} KvmVerdict;

typedef struct
{
  KvmVerdict verdict;
  guint64 iterations_per_s; /* of the measuring loop, by thread CPU time; 0 if it was not reached */
  char *reason;             /* a sentence: what was found */
  char *remedy;             /* a sentence: what the user can do; empty if nothing */
} KvmProbe;

/* Opens /dev/kvm and probes it. If usable, *ret_fd (if not NULL) receives the open descriptor. */
KvmProbe *kvm_probe_run (int *ret_fd);
void kvm_probe_free (KvmProbe *probe);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KvmProbe, kvm_probe_free)

/* "usable", "no-hardware", "firmware", "no-module", "no-permission", "emulated", "slow", "broken"
 */
const char *kvm_verdict_word (KvmVerdict verdict);
