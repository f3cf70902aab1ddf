/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Guests by name, and asynchronous calls waited for. Runs in vitrinectl.
 */
#include "config.h"

#include "ctl-guests.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>

VtLibrary *
ctl_library (GError **error)
{
  static VtLibrary *library; /* for the life of the program, which runs one command */

  if (!library)
    library = vt_library_new (error);
  return library;
}

static gboolean
settle (VtGuest *guest, GError **error)
{
  g_auto (CtlWait) wait = { NULL };

  vt_guest_settle_async (guest, NULL, ctl_wait_done, &wait);
  return vt_guest_settle_finish (guest, ctl_wait_result (&wait), error);
}

gboolean
ctl_settle_all (VtLibrary *library, GError **error)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (library));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (VtGuest) guest = g_list_model_get_item (G_LIST_MODEL (library), i);

      if (guest && !settle (guest, error))
        return FALSE;
    }
  return TRUE;
}

VtGuest *
ctl_guest (const CtlCall *call, GError **error)
{
  VtLibrary *library = ctl_library (error);
  VtGuest *guest = library ? vt_library_find (library, ctl_call_argument (call, 0), error) : NULL;

  return guest && settle (guest, error) ? guest : NULL;
}

gboolean
ctl_is_running (VtGuest *guest)
{
  VtGuestState state = vt_guest_get_state (guest);

  return state != VT_GUEST_STOPPED && state != VT_GUEST_BROKEN;
}

VtGuest *
ctl_running_guest (const CtlCall *call, GError **error)
{
  VtGuest *guest = ctl_guest (call, error);

  if (!guest || ctl_is_running (guest))
    return guest;
  g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED,
               _ ("The guest “%s” is not running; 'vitrinectl start' starts it"),
               vt_guest_get_name (guest));
  return NULL;
}

void
ctl_wait_done (GObject *source, GAsyncResult *result, gpointer data)
{
  CtlWait *wait = data;

  wait->result = g_object_ref (result);
}

GAsyncResult *
ctl_wait_result (CtlWait *wait)
{
  while (!wait->result)
    g_main_context_iteration (NULL, TRUE);
  return wait->result;
}

void
ctl_wait_clear (CtlWait *wait)
{
  g_clear_object (&wait->result);
}

static gboolean
on_interrupt (gpointer data)
{
  g_cancellable_cancel (data);
  return G_SOURCE_CONTINUE;
}

GCancellable *
ctl_interrupt (void)
{
  static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
  static GCancellable *cancellable; /* for the life of the program */

  if (cancellable)
    return cancellable;
  cancellable = g_cancellable_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    g_unix_signal_add (signals[i], on_interrupt, cancellable);
  return cancellable;
}
