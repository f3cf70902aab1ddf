/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a running guest may use at most, put into force: by its control group, by QEMU's throttle
 * group, by the kernel's limits of a process. Disks never depend on control groups.
 */
#pragma once

#include "guest-definition.h"
#include "limits/cgroup.h"
#include "qmp/qmp-client.h"

/* QEMU's object that all disks of a guest share. */
#define LIMITS_THROTTLE_GROUP "disk-limits"

/* What the guest's own memory needs beside it, for QEMU, its devices, pictures and helpers. */
#define LIMITS_MEMORY_BESIDE_MIB 640u

/* The end of a sentence on limits that a group cannot hold. */
#define LIMITS_NO_CONTROLLER "the control group that this host gives has no controller for it"

/* The JSON of that object, for QEMU's command line. */
char *limits_throttle_json (const GuestLimits *limits);

/* The ceiling of memory in bytes: as defined, else the guest's memory and what it needs beside it.
 */
guint64 limits_memory_bytes (const GuestLimits *limits, guint memory_mib);

/* Those of the control group. */
gboolean limits_apply_cgroup (Cgroup *cgroup,
                              const GuestLimits *limits,
                              guint memory_mib,
                              GError **error);

/* Descriptors of a process that runs; 0 is what its jail allows. */
gboolean limits_apply_descriptors (pid_t pid, const GuestLimits *limits, GError **error);

/* Those of the disks, live. `answered` as of qmp_client_send (). */
void limits_apply_disks (QmpClient *qmp,
                         const GuestLimits *limits,
                         QmpReply answered,
                         gpointer user_data);

/* Takes what `changes` (a{sv}: cpu, memory, disk-rate, disk-iops, processes, descriptors, each u)
 * names into `limits`. FALSE with a plain sentence, and `limits` as it was. */
gboolean limits_change (GuestLimits *limits, GVariant *changes, GError **error);

/* What is defined, and whether it is in force, for the front ends: a{sv}. */
GVariant *limits_describe (const GuestLimits *limits,
                           const GuestDefinition *definition,
                           const Cgroup *cgroup,
                           const char *why_no_cgroup);
