/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the kernel's security module calls a process, read: AppArmor's "A//&B (enforce)" (proc(5),
 * attr/apparmor/current) or SELinux's "user:role:type:range", to which isolation-facts.c adds the
 * mode, "(enforce)" or "(permissive)". Pure.
 */
#pragma once

#include <glib.h>

typedef enum
{
  LSM_ABSENT,         /* no such module is in force */
  LSM_APPARMOR_IDLE,  /* it is, and confines this process by nothing */
  LSM_SELINUX_OTHER,  /* a domain that is not ours */
  LSM_APPARMOR_OTHER, /* a profile that is not ours */
  LSM_LENIENT,        /* ours, which only writes down what it would refuse */
  LSM_ENFORCED,       /* ours, in force */
} LsmState;

/* `label` NULL: the kernel gave none. `role` as in the report: "qemu", "display", "net", … */
LsmState lsm_label_judge (const char *label, const char *role);
