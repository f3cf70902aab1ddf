/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A port of the host that leads to one of a guest, as people write it:
 *
 *   PROTOCOL:[ADDRESS:]PORT:GUEST-PORT     tcp:8080:80  udp:127.0.0.1:5353:53  tcp:[::1]:8080:80
 *
 * Without an address it is 127.0.0.1: this computer alone. Used by the front ends and vitrine-vmm.
 * Pure.
 */
#pragma once

#include <gio/gio.h>

#define FORWARD_SPECS_MAX 64u

typedef struct
{
  gboolean udp;
  char *address; /* literal, as share_address_parse () takes it */
  guint16 port;
  guint16 guest_port;
} ForwardSpec;

/* NULL with a sentence that says what is wrong. */
ForwardSpec *forward_spec_parse (const char *text, GError **error);
void forward_spec_free (ForwardSpec *spec);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForwardSpec, forward_spec_free)

/* As in the file, with the address always. */
char *forward_spec_format (const ForwardSpec *spec);

/* Whether other machines can connect to it. */
gboolean forward_spec_is_open (const ForwardSpec *spec);
