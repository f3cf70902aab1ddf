/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Waiting for a guest's display. Runs in vitrinectl; trusts nothing that the display process says
 * (vt-glass-client.h does the checking).
 */
#include "config.h"

#include "ctl-display.h"

#include "ctl-guests.h"

#include <glib/gi18n.h>

#define WAIT_MS 5000
#define RETRY_MS 50
/* Slower than a PS/2 keyboard's line (1 ms a byte), quicker than any hand; a guest's interrupt
 * handler under emulation keeps up. */
#define PACE_MS 15
#define FLUSH_PACES 2
/* QEMU may stand still for a while, and the display process then reads no further. */
#define TAKE_SECONDS 10
#define SETTLE_MS 1000

struct _CtlDisplay
{
  VtGuest *guest; /* borrowed */
  guint head;
  VtGlassClient *client; /* owned; NULL between two connections */
  gboolean answered;
  gboolean closed; /* since the last connection was made */
  gboolean told;   /* that the guest is paused */
  gboolean stuck;  /* what was sent last is not taken */
};

static void
on_news (CtlDisplay *display)
{
  display->answered = TRUE;
}

static void
on_frame (CtlDisplay *display)
{
  display->answered = TRUE;
  vt_glass_client_ack (display->client);
}

static void
on_closed (CtlDisplay *display)
{
  display->closed = TRUE;
}

static void
disconnect_client (CtlDisplay *display)
{
  if (display->client)
    g_signal_handlers_disconnect_by_data (display->client, display);
  g_clear_object (&display->client);
}

static gboolean
connect_client (CtlDisplay *display, GError **error)
{
  static const struct
  {
    const char *signal;
    void (*handler) (CtlDisplay *display);
  } handlers[] = {
    { "scanout", on_frame }, { "damage", on_frame },      { "blank", on_news },
    { "heads", on_news },    { "pointer-mode", on_news }, { "leds", on_news },
    { "cursor", on_news },   { "closed", on_closed },
  };

  disconnect_client (display);
  display->closed = FALSE;
  display->client = vt_guest_open_display (display->guest, display->head, error);
  for (gsize i = 0; display->client && i < G_N_ELEMENTS (handlers); i++)
    g_signal_connect_swapped (display->client, handlers[i].signal, G_CALLBACK (handlers[i].handler),
                              display);
  return display->client != NULL;
}

static gboolean
on_timer (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
sleep_ms (guint milliseconds)
{
  gboolean over = FALSE;

  g_timeout_add (milliseconds, on_timer, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
}

static gboolean
fail_ended (CtlDisplay *display, GError **error)
{
  g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED, _ ("The guest “%s” has ended meanwhile"),
               vt_guest_get_name (display->guest));
  return FALSE;
}

/* Until `done` says so, connecting anew while the display process is being replaced; TRUE if it did
 * within the time. Fails only if the guest ends. */
static gboolean
wait_for (CtlDisplay *display,
          gboolean (*done) (CtlDisplay *display),
          gboolean *ret_done,
          GError **error)
{
  gboolean late = FALSE;
  guint timer = g_timeout_add (WAIT_MS, on_timer, &late);

  while (!late && !done (display) && ctl_is_running (display->guest))
    {
      if (!display->client || display->closed)
        {
          sleep_ms (RETRY_MS);
          if (ctl_is_running (display->guest))
            connect_client (display, NULL);
        }
      else
        g_main_context_iteration (NULL, TRUE);
    }
  if (!late)
    g_source_remove (timer);
  *ret_done = done (display);
  return *ret_done || ctl_is_running (display->guest) || fail_ended (display, error);
}

static gboolean
is_answered (CtlDisplay *display)
{
  return display->answered && display->client && !display->closed &&
         vt_glass_client_get_n_heads (display->client) > 0;
}

static gboolean
is_lit (CtlDisplay *display)
{
  return (vt_glass_client_get_lit (display->client) >> display->head & 1) != 0;
}

static gboolean
has_picture (CtlDisplay *display)
{
  return is_answered (display) && vt_glass_client_get_frame (display->client) != NULL &&
         (display->head == 0 || is_lit (display));
}

static gboolean
is_absolute (CtlDisplay *display)
{
  return has_picture (display) && vt_glass_client_is_absolute (display->client);
}

static gboolean
check_head (CtlDisplay *display, GError **error)
{
  guint count = vt_glass_client_get_n_heads (display->client);

  if (display->head < count)
    return TRUE;
  g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED,
               _ ("The guest “%s” has no display %u: it has %u, by its setting display.heads"),
               vt_guest_get_name (display->guest), display->head + 1, count);
  return FALSE;
}

CtlDisplay *
ctl_display_open (VtGuest *guest, const CtlCall *call, GError **error)
{
  g_autoptr (CtlDisplay) display = g_new0 (CtlDisplay, 1);
  gboolean done;
  guint head;

  if (!ctl_call_head (call, &head, error))
    return NULL;
  display->guest = guest;
  display->head = head - 1;
  connect_client (display, NULL);
  if (!wait_for (display, is_answered, &done, error))
    return NULL;
  if (!done)
    {
      g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED,
                   _ ("The display of the guest “%s” does not answer; its log tells more"),
                   vt_guest_get_name (guest));
      return NULL;
    }
  return check_head (display, error) ? g_steal_pointer (&display) : NULL;
}

void
ctl_display_free (CtlDisplay *display)
{
  disconnect_client (display);
  g_free (display);
}

VtGlassClient *
ctl_display_client (CtlDisplay *display)
{
  return display->client;
}

static void
fail_dark (CtlDisplay *display, GError **error)
{
  g_set_error (
      error, CTL_ERROR, CTL_ERROR_FAILED,
      _ ("Display %u of the guest “%s” is off; 'vitrinectl resize --head %u NAME 1280x800' "
         "switches it on"),
      display->head + 1, vt_guest_get_name (display->guest), display->head + 1);
}

gboolean
ctl_display_wait_picture (CtlDisplay *display, GError **error)
{
  gboolean done;

  if (!wait_for (display, has_picture, &done, error))
    return FALSE;
  if (!done && display->head > 0)
    fail_dark (display, error);
  else if (!done)
    g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED, _ ("The guest “%s” shows no picture now"),
                 vt_guest_get_name (display->guest));
  return done;
}

gboolean
ctl_display_wait_absolute (CtlDisplay *display, GError **error)
{
  gboolean done;

  if (!wait_for (display, is_absolute, &done, error))
    return FALSE;
  if (!done && display->head > 0 && !is_lit (display))
    fail_dark (display, error);
  else if (!done)
    g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED,
                 _ ("The guest “%s” uses a mouse that knows movements only, no places; a tablet "
                    "needs a driver in the guest and display.pointer=tablet"),
                 vt_guest_get_name (display->guest));
  return done;
}

static gboolean
is_up (CtlDisplay *display)
{
  VtGuestState state = vt_guest_get_state (display->guest);

  return state == VT_GUEST_RUNNING || state == VT_GUEST_PAUSED;
}

/* A guest that ends closes its display first; its vmm says so a moment later. */
static void
wait_state (CtlDisplay *display)
{
  gboolean late = FALSE;
  guint timer = g_timeout_add (SETTLE_MS, on_timer, &late);

  while (!late && is_up (display))
    g_main_context_iteration (NULL, TRUE);
  if (!late)
    g_source_remove (timer);
}

gboolean
ctl_display_is_over (CtlDisplay *display)
{
  if (display->closed)
    wait_state (display);
  return display->closed && !is_up (display);
}

/* Whether all that was sent so far has reached the guest, or may still. */
static gboolean
check (CtlDisplay *display, GError **error)
{
  const char *name = vt_guest_get_name (display->guest);

  if (ctl_display_is_over (display))
    return fail_ended (display, error);
  if (display->closed)
    g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED,
                 _ ("The display of the guest “%s” was lost; not everything has reached the guest"),
                 name);
  else if (display->stuck)
    g_set_error (
        error, CTL_ERROR, CTL_ERROR_FAILED,
        _ ("The guest “%s” has taken nothing for %u seconds; not everything has reached it"), name,
        TAKE_SECONDS);
  return !display->closed && !display->stuck;
}

gboolean
ctl_display_wait_awake (CtlDisplay *display, GError **error)
{
  VtGuestState state = vt_guest_get_state (display->guest);

  if (state == VT_GUEST_PAUSED && !display->told)
    g_printerr (_ ("vitrinectl: The guest “%s” is paused; the keys are pressed once it goes on "
                   "('vitrinectl resume')\n"),
                vt_guest_get_name (display->guest));
  display->told |= state == VT_GUEST_PAUSED;
  /* One that is switched off meanwhile takes nothing more either. */
  for (gboolean waits = state == VT_GUEST_PAUSED;
       waits && (state == VT_GUEST_PAUSED || state == VT_GUEST_STOPPING);
       state = vt_guest_get_state (display->guest))
    g_main_context_iteration (NULL, TRUE);
  return check (display, error) && (ctl_is_running (display->guest) || fail_ended (display, error));
}

void
ctl_display_pace (CtlDisplay *display)
{
  gint64 end = g_get_monotonic_time () + TAKE_SECONDS * G_USEC_PER_SEC;

  do
    sleep_ms (PACE_MS);
  while (!display->closed && !vt_glass_client_is_taken (display->client) &&
         g_get_monotonic_time () < end);
  display->stuck = !display->closed && !vt_glass_client_is_taken (display->client);
}

gboolean
ctl_display_flush (CtlDisplay *display, GError **error)
{
  /* A reader that answers one who has left may drop what it has not read. */
  for (guint i = 0; i < FLUSH_PACES && !display->closed; i++)
    ctl_display_pace (display);
  return ctl_display_is_over (display) || check (display, error);
}
