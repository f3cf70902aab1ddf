/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the assistant says about this computer, from the doctor's JSON: whether KVM can be used, and
 * if not, truly why and what to do. Pure.
 */
#pragma once

#include <glib.h>

/* FALSE if the JSON says nothing about KVM. Out strings transfer full, plain text. */
gboolean host_notice_from_doctor (const char *json, char **ret_title, char **ret_text);
