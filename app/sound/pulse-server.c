/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A connection to PulseAudio, or to what speaks its protocol. Runs in `vitrine` on the main loop.
 * Must never start a sound server, leave this computer, or ask a server to answer at once.
 */
#include "config.h"

#include "pulse-server.h"

#include "sound/pulse-address.h"

#include <pulse/glib-mainloop.h>

#define RETRY_FIRST_MS 500u
#define RETRY_DOUBLINGS 4u /* every 8 s in the end */
/* Nobody has wanted it for so long: it is closed. */
#define LINGER_SECONDS 5u

struct _PulseServer
{
  GObject parent_instance;

  pa_glib_mainloop *loop; /* owned, as what follows */
  pa_context *context;
  guint retry_timer;
  guint linger_timer;

  guint holders;
  guint failures; /* since it was last ready */
  gboolean ready;
};

G_DEFINE_FINAL_TYPE (PulseServer, pulse_server, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void open_context (PulseServer *self);

static void
close_context (PulseServer *self)
{
  gboolean was_ready = self->ready;

  g_clear_handle_id (&self->retry_timer, g_source_remove);
  self->ready = FALSE;
  if (self->context != NULL)
    {
      pa_context_set_state_callback (self->context, NULL, NULL);
      pa_context_disconnect (self->context);
      g_clear_pointer (&self->context, pa_context_unref);
    }
  if (was_ready)
    g_signal_emit (self, signals[CHANGED], 0);
}

static gboolean
on_retry (gpointer user_data)
{
  PulseServer *self = user_data;

  self->retry_timer = 0;
  open_context (self);
  return G_SOURCE_REMOVE;
}

static void
fail (PulseServer *self)
{
  close_context (self);
  if (self->holders == 0)
    return;
  self->retry_timer = g_timeout_add (RETRY_FIRST_MS << MIN (self->failures, RETRY_DOUBLINGS),
                                     on_retry, self);
  self->failures++;
}

static void
on_state (pa_context *context, void *user_data)
{
  PulseServer *self = user_data;

  switch (pa_context_get_state (context))
    {
    case PA_CONTEXT_READY:
      self->ready = TRUE;
      self->failures = 0;
      g_signal_emit (self, signals[CHANGED], 0);
      break;
    case PA_CONTEXT_FAILED:
    case PA_CONTEXT_TERMINATED:
      fail (self);
      break;
    default:
      break;
    }
}

static void
open_context (PulseServer *self)
{
  g_autofree char *address =
      pulse_address (g_getenv ("PULSE_SERVER"), g_getenv ("PULSE_RUNTIME_PATH"),
                     g_get_user_runtime_dir ());
  pa_proplist *properties;

  if (address == NULL)
    return;
  if (self->loop == NULL)
    self->loop = pa_glib_mainloop_new (NULL);
  properties = pa_proplist_new ();
  pa_proplist_sets (properties, PA_PROP_APPLICATION_NAME, "Vitrine");
  pa_proplist_sets (properties, PA_PROP_APPLICATION_ID, APP_ID);
  pa_proplist_sets (properties, PA_PROP_APPLICATION_ICON_NAME, APP_ID);
  self->context = pa_context_new_with_proplist (pa_glib_mainloop_get_api (self->loop), "Vitrine",
                                                properties);
  pa_proplist_free (properties);
  pa_context_set_state_callback (self->context, on_state, self);
  if (pa_context_connect (self->context, address, PA_CONTEXT_NOAUTOSPAWN, NULL) < 0 &&
      self->context != NULL && self->retry_timer == 0)
    fail (self);
}

static gboolean
on_linger_end (gpointer user_data)
{
  PulseServer *self = user_data;

  self->linger_timer = 0;
  close_context (self);
  return G_SOURCE_REMOVE;
}

void
pulse_server_hold (PulseServer *self)
{
  g_clear_handle_id (&self->linger_timer, g_source_remove);
  if (self->holders++ > 0)
    return;
  self->failures = 0;
  g_clear_handle_id (&self->retry_timer, g_source_remove);
  if (self->context == NULL)
    open_context (self);
}

void
pulse_server_release (PulseServer *self)
{
  g_return_if_fail (self->holders > 0);
  if (--self->holders > 0)
    return;
  g_clear_handle_id (&self->retry_timer, g_source_remove);
  g_clear_handle_id (&self->linger_timer, g_source_remove);
  self->linger_timer = g_timeout_add_seconds (LINGER_SECONDS, on_linger_end, self);
}

pa_context *
pulse_server_get_context (PulseServer *self)
{
  return self->ready ? self->context : NULL;
}

PulseServer *
pulse_server_get (void)
{
  static PulseServer *server; /* weak */

  if (server != NULL)
    return g_object_ref (server);
  server = g_object_new (PULSE_TYPE_SERVER, NULL);
  g_object_add_weak_pointer (G_OBJECT (server), (gpointer *) &server);
  return server;
}

static void
pulse_server_finalize (GObject *object)
{
  PulseServer *self = PULSE_SERVER (object);

  g_clear_handle_id (&self->linger_timer, g_source_remove);
  close_context (self);
  g_clear_pointer (&self->loop, pa_glib_mainloop_free);
  G_OBJECT_CLASS (pulse_server_parent_class)->finalize (object);
}

static void
pulse_server_class_init (PulseServerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pulse_server_finalize;
  signals[CHANGED] = g_signal_new ("changed", PULSE_TYPE_SERVER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
pulse_server_init (PulseServer *self)
{
}
