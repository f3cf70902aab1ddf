/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the two parts of the control socket share: control.c (calls) and control-accept.c (who makes
 * them). Not for anyone else.
 */
#pragma once

#include "control.h"

#define CONTROL_PATH "/org/vitrine/Guest"

typedef struct
{
  Control *control;
  ControlVerb verb;
} ControlBinding;

struct _Control
{
  VtDBusGuest1 *guest;
  uid_t starter;
  ControlCalled called;
  ControlCapture capture;
  ControlBackup backup;
  gpointer user_data;
  int listener; /* borrowed */
  guint accept;
  guint accept_later; /* while there is no descriptor for another connection */
  GCancellable *cancellable;
  GPtrArray *connections;   /* of GDBusConnection */
  GPtrArray *arrivals;      /* each owned by its call; the oldest first */
  ControlBinding *bindings; /* owned; of the calls without an argument, then of those with one */

  guint flushing;
  guint flush_deadline;
  void (*flushed) (gpointer user_data);
  gpointer flushed_data;
};

/* --- control-accept.c --- */

/* Accepts from now on. */
void control_watch_listener (Control *control);
/* Nobody is accepted any more, who is authenticating is not let in, and who was is not heard. */
void control_end_accepting (Control *control);
