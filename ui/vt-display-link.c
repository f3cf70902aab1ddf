/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A display connection that outlives the display process. Runs in `vitrine`; connects only through
 * app/ and never waits.
 */
#include "config.h"

#include "vt-display-link.h"

#include "vt-text.h"

/* Retries after 50, 100, 200... ms: about 6 s in all, then the user decides. */
#define RETRY_FIRST_MS 50u
#define RETRIES_MAX 7u

struct _VtDisplayLink
{
  GObject parent_instance;

  /* owned */
  VtGuest *guest;
  VtGlassClient *client;
  guint retry_source;

  guint head;
  guint retries; /* since the last frame arrived */
  gboolean wanted;
  gboolean closed; /* client's connection is gone */
};

G_DEFINE_FINAL_TYPE (VtDisplayLink, vt_display_link, G_TYPE_OBJECT)

enum
{
  CLIENT,
  LOST,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void update (VtDisplayLink *self);

static void
drop_client (VtDisplayLink *self)
{
  if (!self->client)
    return;
  g_signal_handlers_disconnect_by_data (self->client, self);
  g_clear_object (&self->client);
}

static gboolean
retry_now (gpointer data)
{
  VtDisplayLink *self = data;

  self->retry_source = 0;
  update (self);
  return G_SOURCE_REMOVE;
}

static void
retry_later (VtDisplayLink *self, const char *reason)
{
  if (self->retry_source)
    return;
  if (self->retries >= RETRIES_MAX)
    {
      g_signal_emit (self, signals[LOST], 0, reason);
      return;
    }
  self->retry_source = g_timeout_add (RETRY_FIRST_MS << self->retries, retry_now, self);
  self->retries++;
}

static void
on_scanout (VtDisplayLink *self)
{
  self->retries = 0;
}

static void
on_closed (VtDisplayLink *self, const char *reason, VtGlassClient *client)
{
  if (client != self->client)
    return;
  self->closed = TRUE;
  if (self->retries == 0)
    update (self);
  else
    retry_later (self, reason);
}

static void
connect_now (VtDisplayLink *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VtGlassClient) client = vt_guest_open_display (self->guest, self->head, &error);

  if (!client)
    {
      retry_later (self, error->message);
      return;
    }
  if (self->closed)
    self->retries++; /* until it shows something, a second close waits */
  drop_client (self);
  self->client = g_steal_pointer (&client);
  self->closed = FALSE;
  g_signal_connect_object (self->client, "scanout", G_CALLBACK (on_scanout), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->client, "closed", G_CALLBACK (on_closed), self, G_CONNECT_SWAPPED);
  g_signal_emit (self, signals[CLIENT], 0);
}

static void
update (VtDisplayLink *self)
{
  if (self->wanted && vt_text_is_live (vt_guest_get_state (self->guest)))
    {
      if ((!self->client || self->closed) && !self->retry_source)
        connect_now (self);
      return;
    }
  g_clear_handle_id (&self->retry_source, g_source_remove);
  self->retries = 0;
  if (self->client)
    {
      drop_client (self);
      g_signal_emit (self, signals[CLIENT], 0);
    }
}

void
vt_display_link_set_wanted (VtDisplayLink *self, gboolean wanted)
{
  if (self->wanted == wanted)
    return;
  self->wanted = wanted;
  update (self);
}

void
vt_display_link_retry (VtDisplayLink *self)
{
  self->retries = 0;
  update (self);
}

VtGlassClient *
vt_display_link_get_client (VtDisplayLink *self)
{
  return self->client;
}

VtDisplayLink *
vt_display_link_new (VtGuest *guest, guint head)
{
  VtDisplayLink *self = g_object_new (VT_TYPE_DISPLAY_LINK, NULL);

  self->guest = g_object_ref (guest);
  self->head = head;
  g_signal_connect_object (guest, "notify::state", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  return self;
}

static void
vt_display_link_dispose (GObject *object)
{
  VtDisplayLink *self = VT_DISPLAY_LINK (object);

  g_clear_handle_id (&self->retry_source, g_source_remove);
  drop_client (self);
  g_clear_object (&self->guest);
  G_OBJECT_CLASS (vt_display_link_parent_class)->dispose (object);
}

static void
vt_display_link_class_init (VtDisplayLinkClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = vt_display_link_dispose;
  signals[CLIENT] = g_signal_new ("client", VT_TYPE_DISPLAY_LINK, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
  signals[LOST] = g_signal_new ("lost", VT_TYPE_DISPLAY_LINK, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
vt_display_link_init (VtDisplayLink *self)
{
}
