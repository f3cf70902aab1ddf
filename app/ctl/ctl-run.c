/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * `vitrinectl start stop pause resume reset`. Runs in vitrinectl, which may be killed at any time:
 * the guest then goes on.
 */
#include "config.h"

#include "ctl-guests.h"
#include "ctl-print.h"

#include <fcntl.h>
#include <glib/gi18n.h>
#include <unistd.h>

#define STOP_SECONDS 60
#define STOP_SECONDS_MAX (24 * 60 * 60)
#define STATE_SECONDS 5

/* Progress for a person who looks on; scripts get the result only. */
static void
on_step (VtGuest *guest, const char *step, gpointer data)
{
  g_autofree char *plain = ctl_plain (step);

  g_printerr ("  %s\n", plain);
}

static void
on_warning (VtGuest *guest, const char *text, gpointer data)
{
  g_autofree char *plain = ctl_plain (text);

  /* Translators: before a warning of a guest. */
  g_printerr (_ ("vitrinectl: warning: %s\n"), plain);
}

static gboolean
on_timeout (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

/* What is wrong with a guest that has started all the same, such as another disk than last time.
 * Its new state may come a moment after the end of the start. */
static void
tell_trouble (VtGuest *guest)
{
  gboolean late = FALSE;
  guint timer = g_timeout_add_seconds (STATE_SECONDS, on_timeout, &late);

  while (!late && vt_guest_get_state (guest) == VT_GUEST_STARTING)
    g_main_context_iteration (NULL, TRUE);
  if (!late)
    g_source_remove (timer);
  if (*vt_guest_get_state_reason (guest) != '\0')
    on_warning (guest, vt_guest_get_state_reason (guest), NULL);
}

/* FALSE with a sentence if it is no open descriptor. */
static gboolean
take_tap (const CtlCall *call, VtGuest *guest, GError **error)
{
  const char *text = ctl_call_value (call, "tap-fd");
  guint number;

  if (!text)
    return TRUE;
  if (!ctl_parse_number ("start: --tap-fd", text, 3, 1 << 20, &number, error))
    return FALSE;
  if (fcntl ((int) number, F_GETFD) < 0)
    {
      g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, _ ("start: --tap-fd: %u is not open"), number);
      return FALSE;
    }
  vt_guest_set_tap (guest, (int) number);
  return TRUE;
}

gboolean
ctl_start (const CtlCall *call, GError **error)
{
  VtGuest *guest = ctl_guest (call, error);
  g_auto (CtlWait) wait = { NULL };

  if (!guest || !take_tap (call, guest, error))
    return FALSE;
  if (isatty (STDERR_FILENO))
    g_signal_connect (guest, "start-step", G_CALLBACK (on_step), NULL);
  g_signal_connect (guest, "warning", G_CALLBACK (on_warning), NULL);
  vt_guest_start_async (guest, ctl_call_value (call, "accel"), ctl_call_has (call, "force"),
                        ctl_interrupt (), ctl_wait_done, &wait);
  if (!vt_guest_start_finish (guest, ctl_wait_result (&wait), error))
    return FALSE;
  tell_trouble (guest);
  return TRUE;
}

static gboolean
run_verb (VtGuest *guest, VtVerb verb, GError **error)
{
  g_auto (CtlWait) wait = { NULL };

  vt_guest_verb_async (guest, verb, NULL, ctl_wait_done, &wait);
  return vt_guest_verb_finish (guest, ctl_wait_result (&wait), error);
}

/* Until it is off, by itself. */
static gboolean
wait_stopped (VtGuest *guest, guint seconds, GError **error)
{
  gboolean late = FALSE;
  guint timer = g_timeout_add_seconds (seconds, on_timeout, &late);

  while (!late && ctl_is_running (guest) && vt_guest_get_state (guest) != VT_GUEST_FAILED)
    g_main_context_iteration (NULL, TRUE);
  if (!late)
    g_source_remove (timer);
  if (!ctl_is_running (guest))
    return TRUE;
  if (!late)
    g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED, _ ("The guest “%s” has failed: %s"),
                 vt_guest_get_name (guest), vt_guest_get_state_reason (guest));
  else
    g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED,
                 ngettext ("The guest “%s” has not powered off within %u second; "
                           "'vitrinectl stop --force' ends it without asking",
                           "The guest “%s” has not powered off within %u seconds; "
                           "'vitrinectl stop --force' ends it without asking",
                           seconds),
                 vt_guest_get_name (guest), seconds);
  return FALSE;
}

gboolean
ctl_stop (const CtlCall *call, GError **error)
{
  const char *timeout = ctl_call_value (call, "timeout");
  guint seconds = STOP_SECONDS;
  g_autoptr (GError) verb_error = NULL;
  VtGuest *guest;

  if (timeout &&
      !ctl_parse_number ("stop: --timeout", timeout, 0, STOP_SECONDS_MAX, &seconds, error))
    return FALSE;
  guest = ctl_running_guest (call, error);
  if (!guest)
    return FALSE;
  if (!run_verb (guest, ctl_call_has (call, "force") ? VT_VERB_FORCE_OFF : VT_VERB_POWER_OFF,
                 &verb_error))
    {
      if (!ctl_is_running (guest)) /* it ended just now, which is what was wanted */
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&verb_error));
      return FALSE;
    }
  return ctl_call_has (call, "force") || wait_stopped (guest, seconds, error);
}

static gboolean
simple_verb (const CtlCall *call, VtVerb verb, GError **error)
{
  VtGuest *guest = ctl_running_guest (call, error);

  return guest && run_verb (guest, verb, error);
}

gboolean
ctl_pause (const CtlCall *call, GError **error)
{
  return simple_verb (call, VT_VERB_PAUSE, error);
}

gboolean
ctl_resume (const CtlCall *call, GError **error)
{
  return simple_verb (call, VT_VERB_RESUME, error);
}

gboolean
ctl_reset (const CtlCall *call, GError **error)
{
  return simple_verb (call, VT_VERB_RESET, error);
}
