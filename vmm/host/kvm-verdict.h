/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * From what the KVM probe found to a verdict, its reason and what to do about it. Pure.
 */
#pragma once

#include "kvm-probe.h"

/* The measuring loop must reach this many iterations a second of processor time: an emulator makes
 * about 8e5, nested virtualization 3e8, hardware 1e9. */
#define KVM_USABLE_ITERATIONS 20000000u
/* A hypervisor that does other things first may still be real. Below this it is an emulator. */
#define KVM_REAL_ITERATIONS 4000000u

typedef enum
{
  KVM_RUN_NOT_TRIED,
  KVM_RUN_OK,
  KVM_RUN_INTERNAL_ERROR, /* the kernel could not execute the instruction: it emulates */
  KVM_RUN_UNEXPECTED,     /* another exit than the one expected; `exit_reason` */
  KVM_RUN_TIMEOUT,        /* the guest did not come back in time */
  KVM_RUN_FAILED,         /* a request to the kernel failed: `failed_step`, `failed_errno` */
} KvmRunResult;

typedef struct
{
  int open_errno;      /* of /dev/kvm; 0 if it was opened */
  gboolean cpu_has;    /* CPUID tells of VT-x or AMD-V */
  gboolean kernel_has; /* /proc/cpuinfo does: the firmware lets the kernel use it */
  gboolean is_amd;
  gboolean is_virtual; /* this machine runs under a hypervisor itself */
  KvmRunResult run;
  guint exit_reason;
  const char *failed_step; /* borrowed */
  int failed_errno;
  guint64 iterations_per_s; /* 0: not measured */
} KvmFindings;

KvmProbe *kvm_verdict_new (const KvmFindings *findings);
