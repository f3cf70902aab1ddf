/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * libhandy's rows show a title and a subtitle but tell neither to screen readers; this does.
 */
#pragma once

#include <handy.h>

/* Keeps the accessible name and description of a row equal to its title and subtitle. */
void row_names_bind (HdyPreferencesRow *row);

/* The same for every row below a container. */
void row_names_bind_all (GtkContainer *root);
