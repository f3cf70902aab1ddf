/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Timers and watches of the SPICE library on GLib's main loop. Runs in vitrine-display.
 */
#include "spice-core.h"

#include <glib-unix.h>

/* A link is four reads; what has been written is all there. */
#define FINISH_TURNS_MAX 16

struct SpiceTimer
{
  SpiceTimerFunc func;
  gpointer opaque;
  guint source;
};

struct SpiceWatch
{
  int fd;
  int event_mask;
  SpiceWatchFunc func;
  gpointer opaque;
  guint source;
};

static GPtrArray *watches; /* of SpiceWatch, borrowed */

static gboolean
on_timer (gpointer user_data)
{
  SpiceTimer *timer = user_data;

  timer->source = 0;
  timer->func (timer->opaque); /* may remove the timer */
  return G_SOURCE_REMOVE;
}

static SpiceTimer *
timer_add (SpiceTimerFunc func, void *opaque)
{
  SpiceTimer *timer = g_new0 (SpiceTimer, 1);

  timer->func = func;
  timer->opaque = opaque;
  return timer;
}

static void
timer_cancel (SpiceTimer *timer)
{
  g_clear_handle_id (&timer->source, g_source_remove);
}

static void
timer_start (SpiceTimer *timer, uint32_t ms)
{
  timer_cancel (timer);
  timer->source = g_timeout_add (ms, on_timer, timer);
}

static void
timer_remove (SpiceTimer *timer)
{
  timer_cancel (timer);
  g_free (timer);
}

static gboolean
on_watch (gint fd, GIOCondition condition, gpointer user_data)
{
  SpiceWatch *watch = user_data;
  int event = 0;

  if (condition & (G_IO_IN | G_IO_HUP | G_IO_ERR))
    event |= SPICE_WATCH_EVENT_READ;
  if (condition & (G_IO_OUT | G_IO_HUP | G_IO_ERR))
    event |= SPICE_WATCH_EVENT_WRITE;
  watch->func (fd, event, watch->opaque); /* may remove the watch or change it */
  return G_SOURCE_CONTINUE;
}

static void
watch_update_mask (SpiceWatch *watch, int event_mask)
{
  GIOCondition condition = 0;

  g_clear_handle_id (&watch->source, g_source_remove);
  watch->event_mask = event_mask;
  if (event_mask & SPICE_WATCH_EVENT_READ)
    condition |= G_IO_IN;
  if (event_mask & SPICE_WATCH_EVENT_WRITE)
    condition |= G_IO_OUT;
  if (condition != 0)
    watch->source = g_unix_fd_add (watch->fd, condition, on_watch, watch);
}

static SpiceWatch *
watch_add (int fd, int event_mask, SpiceWatchFunc func, void *opaque)
{
  SpiceWatch *watch = g_new0 (SpiceWatch, 1);

  watch->fd = fd;
  watch->func = func;
  watch->opaque = opaque;
  watch_update_mask (watch, event_mask);
  if (watches == NULL)
    watches = g_ptr_array_new ();
  g_ptr_array_add (watches, watch);
  return watch;
}

static void
watch_remove (SpiceWatch *watch)
{
  g_clear_handle_id (&watch->source, g_source_remove);
  g_ptr_array_remove_fast (watches, watch);
  g_free (watch);
}

static SpiceWatch *
find_reader (int fd)
{
  for (guint i = 0; watches != NULL && i < watches->len; i++)
    {
      SpiceWatch *watch = watches->pdata[i];

      if (watch->fd == fd && (watch->event_mask & SPICE_WATCH_EVENT_READ))
        return watch;
    }
  return NULL;
}

void
spice_core_finish (int fd)
{
  SpiceWatch *watch;

  for (guint i = 0; i < FINISH_TURNS_MAX && (watch = find_reader (fd)) != NULL; i++)
    watch->func (fd, SPICE_WATCH_EVENT_READ, watch->opaque); /* may remove the watch */
}

/* The front end knows of channels what it wants to know. */
static void
channel_event (int event, SpiceChannelEventInfo *info)
{
}

SpiceCoreInterface *
spice_core_get (void)
{
  static SpiceCoreInterface core = {
    .base = { .type = SPICE_INTERFACE_CORE,
              .description = "main loop",
              .major_version = SPICE_INTERFACE_CORE_MAJOR,
              .minor_version = SPICE_INTERFACE_CORE_MINOR },
    .timer_add = timer_add,
    .timer_start = timer_start,
    .timer_cancel = timer_cancel,
    .timer_remove = timer_remove,
    .watch_add = watch_add,
    .watch_update_mask = watch_update_mask,
    .watch_remove = watch_remove,
    .channel_event = channel_event,
  };

  return &core;
}
