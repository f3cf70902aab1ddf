/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What of the host a guest runs with: the programs, from vitrine.conf or PATH, and the UEFI
 * firmware.
 */
#pragma once

#include <gio/gio.h>

#define HOST_QEMU_MAJOR_MIN 10

typedef struct
{
  char *qemu;     /* absolute path of an existing program, links resolved */
  char *qemu_img; /* the same, or NULL if there is none */
  char *novnc;    /* absolute path of noVNC's folder, be it there or not */
} HostConfig;

/* Reads $XDG_CONFIG_HOME/vitrine/vitrine.conf, [host] qemu=, qemu-img= and novnc=; a missing file is
 * fine. */
HostConfig *host_config_load (GError **error);
void host_config_free (HostConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HostConfig, host_config_free)

/* Opens the UEFI firmware read-only, code and the template of its variables. */
gboolean host_config_open_firmware (int *ret_code, int *ret_variables, GError **error);
