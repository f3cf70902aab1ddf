/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Everything that must be had before the first jail: definition, lock, opened resources, sockets,
 * and no root any more. All steps that wait or need the starter's rights are here.
 */
#pragma once

#include "guest-definition.h"
#include "host-config.h"
#include "image/disk-watch.h"
#include "janitor.h"
#include "machine/resources.h"
#include "runtime-dir.h"
#include "start-report.h"

typedef struct
{
  char *uuid;
  uid_t starter; /* who may use the control socket */
  int lock;
  GuestDefinition *definition;
  HostConfig *host;
  Resources *resources;
  DiskWatch *disks; /* NULL: they cannot be watched */
  RuntimeDir *runtime;
  Janitor *janitor;
  Cgroup *cgroup;      /* NULL: this host gives none */
  char *why_no_cgroup; /* then: the end of a sentence */
  char *display_binary;
  char *drill_binary;
  char *viewer_binary; /* the drill's */
  char *net_binary;
  char *nbd_binary;
  int tap; /* for a bridged guest; -1: none */
} Launch;

/* `accel` NULL: as defined; else "auto", "kvm" or "tcg". `tap` is taken; -1: none. On failure
 * everything is undone. */
Launch *launch_prepare (const char *uuid,
                        const char *accel,
                        int tap,
                        StartReport *report,
                        GError **error);

/* Closes the guest's files, removes its sockets, lets its lock go: another start may follow. */
void launch_free (Launch *launch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Launch, launch_free)
