/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The monitor's verbs, each with its verdict and the reason. Data only.
 */
#pragma once

#include <glib.h>

typedef struct
{
  const char *name; /* a final * matches any rest */
  gboolean allowed;
  const char *reason; /* completes "it …" of a verb that is allowed, "… because it …" of another */
} AllowListVerb;

/* The first match counts; ends with a NULL name. */
extern const AllowListVerb allow_list_verbs[];

/* The lines of QEMU's human monitor that pass, to the letter: each only reads state that no QMP
 * command tells. Ends with NULL. */
extern const char *const allow_list_lines[];
